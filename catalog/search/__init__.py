"""The index of a site's search: words without accents, and where each stands.

Belongs here: folding, the index's form. Does not belong here: what of a view is searched
(``catalog.site.search_entries``), the page (``catalog.site.search_pages``), finding (``catalog/site/scripts/search.js``
reads what is written here).
"""

from catalog.search.folding import fold, words
from catalog.search.index import ColumnText, Entry, Field, Kind, build_index

__all__ = ["ColumnText", "Entry", "Field", "Kind", "build_index", "fold", "words"]
