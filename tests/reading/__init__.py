"""The reading test: situations, the figures of each, and the sentence that the rules make of them.

Belongs here: situations and the documents made of them. Does not belong here: the rules (``catalog.answer``).
"""
