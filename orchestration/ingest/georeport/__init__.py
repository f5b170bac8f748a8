"""Open311's GeoReport v2: its answers, its errors, and all requests of a span of time.

Belongs here: what the Open311 connector needs of the standard's own forms. Does not belong here: a contract's settings
(``connectors/open311``).
"""
