"""Benchmarks: what Cauce costs beside a bare script and beside a peer, measured in the same run.

Belongs here: commands to run, timings, tables. Does not belong here: tests (a slow machine fails no test).
Run ``make bench``, or one of ``python -m bench.scan`` and ``python -m bench.full_run`` with ``--help``.
"""
