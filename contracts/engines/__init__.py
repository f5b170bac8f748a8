"""Engines: the one list of checks, compiled and judged four ways.

Belongs here: the only code that imports pandera and Great Expectations, the one-scan DuckDB verdict,
the dbt properties. An engine knows the checks and no other engine; what they say is compared by
``contracts.results``.
"""
