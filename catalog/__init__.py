"""Floor 2: what was published, shown.

Belongs here: reading releases and the ledger for one tier, pages, metadata for machines. Does not
belong here: building or judging a release, Dagster, fetching. A page holds only what its tier may see,
because the store hands it nothing else.
"""
