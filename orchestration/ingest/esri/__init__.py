"""Esri's layers: what they say of themselves, their answers, and all their records as lines of GeoJSON.

Belongs here: what the ArcGIS connector needs of Esri's own forms. Does not belong here: a contract's settings
(``connectors/arcgis``).
"""
