"""The packet for a stat meeting, as data: what is due, how the measures stand, what is new, what to ask, what to mind.

Belongs here: the follow-up register on a day (``register``), measures judged as of that day (``standing``), what their
signals found (``findings``), lines of inquiry by rules (``inquiry``), what the figures leave out (``gaps``). Does not
belong here: judging a series (``catalog.answer``), words and pages (``catalog.site.packet_pages``).
"""
