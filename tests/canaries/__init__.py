"""Canaries: a city whose columns above public hold values that stand nowhere else, and a search for them in all bytes.

``markers`` makes the values, ``renderings`` says in which forms each is recognised, ``views`` opens files, ``hunt``
searches, ``days`` is the city's story, ``readers`` who may read which file. ``test_search`` shows that a marker in
any form and any kind of file is found; ``test_canaries`` that none is where it may not be.
``python -m tests.canaries`` prints the table of docs/security.md.
"""
