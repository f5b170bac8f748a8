"""The part of a problem's page on what was decided: each decision, the release it rests on, what changed after it.

Belongs here: how that release stands here and now, and the follow-ups of the problem. Does not belong here: the form of
the record (``contracts.problems``), the page (``problem_pages``). A product that the tier may not see is not named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.packet.register import Due, register_on
from catalog.site.addresses import Addresses
from catalog.site.follow_up_rows import FollowUpRow, rows_of, visible_follow_ups
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import ProductView
from contracts.city import DecisionRecord, FollowUp, Problem
from contracts.model import Text


@dataclass(frozen=True)
class RestedOn:
    """The release that lay before those who decided.

    Attributes:
        title: Its product; None where the tier may not see it.
        version: Its number.
        address: Its page; None where it has none here.
        status: How it stands; None where that is not known here.
        said: What is to be known of it besides.
    """

    title: Text | None
    version: int
    address: str | None = None
    status: Standing | None = None
    said: str = ""


@dataclass(frozen=True)
class Taken:
    """A decision, and the release it rests on."""

    record: DecisionRecord
    rested_on: RestedOn


@dataclass(frozen=True)
class Decided:
    """What was decided on a problem, the newest first, and its follow-ups, the overdue ones first."""

    taken: tuple[Taken, ...]
    follow_ups: tuple[FollowUpRow, ...]


def decided_context(site: Site, problem: Problem, speech: Speech) -> dict[str, Any]:
    """What ``decided_part.html`` is handed: ``decided``, None where there is nothing that the tier may read."""
    mine = (entry for entry in visible_follow_ups(site) if entry.problem == problem.id)
    register = register_on(mine, site.today, since=date.min)
    entries: tuple[Due | FollowUp, ...] = (*register.overdue, *register.soon, *register.later, *register.closed)
    follow_ups = rows_of(site, entries, speech, site.today)
    taken = tuple(Taken(record, _rested_on(site, record, speech)) for record in problem.decided)
    return {"decided": Decided(taken, follow_ups) if taken or follow_ups else None}


def _rested_on(site: Site, record: DecisionRecord, speech: Speech) -> RestedOn:
    t = speech.gettext
    product = site.catalog.products.get(record.product)
    if product is None:
        return RestedOn(None, record.version, said=t("It rests on data that this site may not show."))
    return _released(product, record.version, speech)


def _released(product: ProductView, version: int, speech: Speech) -> RestedOn:
    t, at = speech.gettext, Addresses(speech.language)
    address = at.release(product.name, version) if product.is_listed(version) else None
    release = product.release(version)
    if release is None:
        if version in product.versions:
            said = t("That release is no longer offered, because what may be seen of it has changed.")
            return RestedOn(product.title, version, address, said=said)
        return RestedOn(product.title, version, said=t("This site knows no release of that number."))
    status, said = speech.words.standing(release.standing), ""
    if release.removed is not None:
        said = t("Its data was removed on %(day)s.") % {"day": speech.day(release.removed.at)}
    elif release.standing == "replaced" and product.current is not None:
        said = t("Release %(n)s is served now; its figures may be others.") % {"n": product.current.version}
    elif release.standing != "served":
        said = t("It is no longer served.")
    return RestedOn(product.title, version, address, status, said)
