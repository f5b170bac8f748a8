"""The dynamic proof: what a tier is given stays the same when only what stands above the tier is changed.

Belongs here: a sample of a city's accepted records, other contents of the columns above a tier, building the models
again in a scratch warehouse, comparing what comes out. Does not belong here: following SQL (``contracts.flow``),
holding a release for what is found (``publish.proof_rules``).

It knows DuckDB and the models' compiled SQL. From the analysis of flows it takes one thing: through which registered
steps a column may reach a tier, so that what a step may tell stays as it is (``lowering``).
"""
