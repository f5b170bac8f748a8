"""Floor 3: what happens when.

Belongs here: fetching and landing, running dbt, the gate and the writer, the planner, Dagster's
definitions, the command line, settings. Does not belong here: what a contract means (``contracts``) or
how a release is shown (``catalog``).
"""
