"""The static site of one city: pages for people, a folder per tier.

Belongs here: addresses, templates, the one style sheet, the builders that turn the store's views into
pages, and the swap that shows a finished site whole. Does not belong here: reading releases (``catalog.store``),
sentences and charts (``catalog.answer``, ``catalog.charts``), anything that decides what may be seen.
"""
