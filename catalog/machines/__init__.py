"""The catalogue for machines: what a tier's site offers programs beside its pages.

Belongs here: one module a format, each a function from a shared description (``entries``) or a view to bytes, and
``files``, which says which files there are and where. Does not belong here: what a tier may see (``catalog.store`` and
``contracts.readable``: what is handed in is already cut), pages, translations.

Every file is in the contract's own language, the same whatever language its reader's pages are in; where a format has
language maps, the contract's other languages stand beside it.
"""
