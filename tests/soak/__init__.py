"""``make soak``: long trials of the whole that no change waits for.

Each kind of trial is a module with ``once(folder, seed, shared) -> int``: one bounded piece of work on a folder of
its own, decided by its seed alone as far as a machine allows; it returns how many trials it made and raises at the
first violation. ``__main__`` gives each piece a process of its own, so that memory comes back, a crash is seen and
a hang is ended, and shares the time among the kinds.

Does not belong here: tests that every change runs (their trials are used here with other moments and seeds).
"""
