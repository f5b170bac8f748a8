"""Identifiers of persons in data: which kinds there are, whether a text can be one, which columns hold some.

``kinds`` is the table, ``validity`` the rules of each kind, ``chance`` tells identifiers from codes that only look
alike, ``search`` looks through a table. Nothing here keeps, tells or logs a value it found.
"""
