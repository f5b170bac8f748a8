"""Every bad day that the tests play through, in plain words, with what Cauce does about it.

Belongs here: the rows of the page "When a portal misbehaves", and how each is switched on. Does not belong here:
what a row does to an answer (``misbehaviour``), playing it through (``tests/integration/test_portals_*``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.portals.misbehaviour import (
    ANY,
    Misbehaviour,
    cut,
    duplicate_page,
    error_with_200,
    gzip_bomb,
    hanging,
    html,
    no_validators,
    redirected,
    slow,
    throttled,
    unavailable,
    wrong_count,
)

PAGED = ("socrata", "ckan", "arcgis", "open311")
"""Kinds of portals that give their records page by page."""
EVERY = (*PAGED, "http")
AGAIN = "Asks again after a pause, some times, then says so; the next run goes on where this one came to."


@dataclass(frozen=True)
class BadDay:
    """What a portal does, and what Cauce does then.

    Attributes:
        make: Switches it on.
        does: What Cauce does, in a sentence.
        portals: Kinds of portals that it can happen to.
    """

    make: Callable[[], Misbehaviour]
    does: str
    portals: tuple[str, ...] = EVERY


PASSES: Mapping[str, BadDay] = {
    "429 twice, Retry-After in seconds": BadDay(
        lambda: throttled(times=2, after=1), "Waits as long as the portal asks, and asks again."
    ),
    "429 once, Retry-After as a date": BadDay(
        lambda: throttled(times=1, as_date=True), "Waits until that date, by the portal's own clock."
    ),
    "503 twice in the middle": BadDay(
        lambda: unavailable(times=2, after=1), "Asks for that page again, each time a bit later."
    ),
    "500 once at the first question": BadDay(
        lambda: unavailable(times=1, status=500, kinds=ANY), "Asks again, each time a bit later."
    ),
    "a body that breaks off once": BadDay(
        lambda: cut(times=1, after=1), "Asks for that page again; of a file, for the rest where the server gives parts."
    ),
    "a body in chunks that breaks off once": BadDay(
        lambda: cut(times=1, chunked=True), "Sees that the last chunk is missing, and asks again."
    ),
    "no answer once": BadDay(lambda: hanging(times=1, after=1), "Stops waiting, and asks again."),
    "a slow body": BadDay(lambda: slow(pause=0.0002), "Reads on as long as it keeps coming."),
    "no validators": BadDay(no_validators, "Reads everything, and sees by its hash that nothing changed."),
}
"""What a portal may do without anybody having to care: the very same bytes come in."""

STAYS: Mapping[str, BadDay] = {
    "503 from the second page on": BadDay(lambda: unavailable(after=1), AGAIN, PAGED),
    "503 at every request": BadDay(lambda: unavailable(kinds=ANY), AGAIN),
    "429 at every request": BadDay(lambda: throttled(times=None, kinds=ANY), AGAIN),
    "429 and come back in an hour": BadDay(
        lambda: throttled(times=None, retry_after=3_600), "Does not wait that long: says when to run again."
    ),
    "404 for the records": BadDay(
        lambda: unavailable(status=404), "Does not ask again: says what is not there, and where to look for it."
    ),
    "403 for the records": BadDay(
        lambda: unavailable(status=403), "Does not ask again: says that it may not be read, and what would help."
    ),
    "every body breaks off": BadDay(cut, AGAIN),
    "the second page never comes": BadDay(lambda: hanging(after=1), AGAIN, PAGED),
    "a body that drips": BadDay(
        lambda: slow(pause=0.05), "Stops below a least speed, so that nobody can hold it for ever."
    ),
    "a page of HTML with status 200": BadDay(
        html, "Says what came instead of records; nothing of it is taken for data."
    ),
    "the portal's own error with status 200": BadDay(
        error_with_200, "Reads the error as the portal words it, and passes its code on.", PAGED
    ),
    "a body that unpacks to 20 GB": BadDay(
        lambda: gzip_bomb(megabytes=20_000), "Stops unpacking at a ratio and at a size."
    ),
    "sent on to where machines keep keys": BadDay(
        lambda: redirected("http://169.254.169.254/latest/meta-data/"), "Judges every hop, and goes nowhere inside."
    ),
    "sent on to a file": BadDay(lambda: redirected("file:///etc/passwd"), "Follows to http and https alone."),
    "sent on in a circle": BadDay(lambda: redirected("{target}"), "Follows some hops, then says so."),
    "three records more are claimed": BadDay(
        lambda: wrong_count(3), "Counts what came, and lets nothing in.", ("socrata", "ckan", "arcgis")
    ),
    "three records fewer are claimed": BadDay(
        lambda: wrong_count(-3), "Counts what came, and lets nothing in.", ("socrata", "ckan")
    ),
    "every page is the first one again": BadDay(
        lambda: duplicate_page(times=None), "Sees that a page does not lie behind the one before.", PAGED
    ),
}
"""What a portal may do for good: it is told, and nothing is lost."""

CHANGES: Mapping[str, tuple[str, str]] = {
    "test_a_renamed_column_is_refused_with_its_likely_new_name": (
        "A column has another name.",
        "Refuses the delivery and names the new column that looks like the old one.",
    ),
    "test_a_new_column_comes_in_unread_and_a_missing_one_is_refused": (
        "A column is new, and later another one gone.",
        "Takes the records in without reading the new column, and reports it; refuses the delivery without the other.",
    ),
    "test_a_column_renamed_between_two_pages_never_comes_in_half": (
        "A column is renamed between two pages.",
        "Sees after the last page that the columns are others, reads everything again, and refuses it as a whole.",
    ),
    "test_a_page_that_comes_twice_adds_nothing_and_loses_nothing": (
        "A page comes twice, and another not at all.",
        "Sees it by the order or the count, and reads again, or says so; no record is in twice.",
    ),
    "test_a_token_opens_the_portal_and_stands_nowhere": (
        "The portal wants a token.",
        "Takes it from the environment and sends it in a header to that portal alone; it stands in no file.",
    ),
    "test_a_certificate_that_nobody_vouches_for": (
        "The portal's certificate signed itself.",
        "Sends nothing.",
    ),
}
"""What changes under the reader's hands, and what a portal may want, by the test that shows it."""
