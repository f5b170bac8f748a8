"""How well the catalogue itself serves: promises of renewal kept, quality by dimension, the inventory's reviews.

Belongs here: working out the built-in measures of one tier from its kept releases, reports, refusals and deliveries.
Does not belong here: the measures a city defines (``contracts.measure``, the dbt models), pages
(``catalog.site.data_service_pages``), deciding what a tier may see (``catalog.store``).
"""
