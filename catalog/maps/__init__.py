"""What a map is made of: outlines from released boundaries, and the steps that figures fall into.

Belongs here: geometry and classes, in numbers. Does not belong here: words, drawing (``catalog.charts``), pages.
"""
