"""A new city and a new source, without Python: drafts that load at once, and what is still to do, in order.

Belongs here: recognising an address, looking at a sample, drafting a source's contract and a staging model, the
folder of a new city, the checklist. Does not belong here: fetching (``ingest``), loading (``contracts``), deciding
anything that a person must decide: a draft says ``TO DO`` there, and ``cauce city check`` finds it.

Nothing here runs when a city runs: what stands in the files is all that counts.
"""
