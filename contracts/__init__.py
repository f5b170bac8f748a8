"""Floor 1: what is promised about a dataset, and the proof that it was kept.

Belongs here: the contract model and its strict loader, the engine-neutral list of
checks and the engines that judge it, contract changes, access tiers, the city's
declared content, the format of releases and of evidence.

Does not belong here: Dagster, the web, fetching data, dbt execution, reading the
environment. This package imports nothing of Cauce outside itself.
"""
