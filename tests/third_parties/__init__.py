"""Third parties that judge a built site: validators that others wrote, each over the files it knows.

Belongs here: running them, and showing that each can refuse. Does not belong here: our own opinion of a page.
``python -m tests.third_parties`` runs all of them over whole built sites and writes docs/reference/third-parties.md;
``test_third_parties.py`` runs those that are installed beside us over a small site.
"""
