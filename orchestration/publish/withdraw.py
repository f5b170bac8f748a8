"""Taking a product away: a commit without a version in every tier, which stands until a decision lifts it.

Belongs here: withdrawing on an order or by a decision of the city, what stands withdrawn, what lifts it. A
withdrawal is committed like a release: from the highest tier to the lowest under one intent, rolled forward after
a crash. Does not belong here: removing files (``removal``), the page that stays in the product's place (``catalog``).

The reason may itself tell what must not be told: it stands in the ledger and in the commit of the highest tier, and
there only where that tier is not open to everybody. Lower tiers are told the public note, if there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts import failing_keys, kept, tiers
from contracts.city import Ruling
from contracts.errors import ArtefactError, InputError
from contracts.evidence import Ledger
from contracts.home import CityHome
from contracts.model import Text
from contracts.release import Commit, commits
from orchestration.publish import commit, recover
from orchestration.publish.job import stamp, wall_clock


@dataclass(frozen=True)
class Order:
    """What is wanted of a withdrawal.

    Attributes:
        reason: Why, in full.
        by: Who asks for it.
        on: The day it was decided.
        public_note: What everybody may read in the product's place.
        instead: The product to use instead.
        erase: Whether the data files of all its versions go too.
    """

    reason: str
    by: str
    on: date
    public_note: Text | None = None
    instead: str | None = None
    erase: bool = False


@dataclass(frozen=True)
class Withdrawal:
    """A product that is withdrawn. ``entry`` is the intent in the ledger, by which a review names it."""

    product: str
    entry: int
    at: str
    tiers: tuple[str, ...]
    order: Order

    @property
    def sentence(self) -> str:
        """Since when, by whom and why."""
        return f"withdrawn on {self.at[:10]} by {self.order.by}: {self.order.reason}"

    @property
    def lift(self) -> str:
        """What ends it."""
        return (
            f"stays so until a decision lifts it: in decisions.yaml, kind: review, subject: {self.product}, "
            f"lifts: {self.entry}"
        )

    def as_dict(self) -> dict[str, Any]:
        """For a result that is printed or kept."""
        return {
            "product": self.product,
            "entry": self.entry,
            "withdrawn_at": self.at,
            "by": self.order.by,
            "reason": self.order.reason,
            "lift": self.lift,
        }


def withdraw(home: CityHome, ledger: Ledger, product: str, order: Order, at: datetime) -> Withdrawal:
    """Withdraw ``product`` from every tier it is served in.

    Args:
        home: The city's state.
        ledger: Its ledger.
        product: The product's name.
        order: Why, by whom, and what may be told.
        at: The time of it (UTC).

    Raises:
        InputError: Nothing of the product is served, it is withdrawn already (and there is nothing to erase), or no
            reason or name is given.
        OutsideError: Another process published at the same time, or the disk refused.
    """
    for name, text in (("--reason", order.reason), ("--by", order.by)):
        if not text.strip():
            raise InputError("a withdrawal needs a reason and a name", where=name, found="nothing")
    failing_keys.forget(home, product)
    steps = _steps(home, product, order)
    for _ in recover.finish_intents(home, ledger, at, product):
        steps = _steps(home, product, order)
    known = None if steps else standing(home, ledger, product)
    if known and order.erase:
        from orchestration.publish import removal

        removal.erase(home, ledger, product, known.entry, order)
        return known
    if not steps:
        raise InputError(
            "this product is withdrawn already" if known else "nothing of this product is served",
            where=f"product {product}",
            found=known.sentence if known else "no release of it",
            expected="a product that is served",
            hint=f"cauce release list {product}; --erase removes its data too" if known else "cauce release list",
        )
    served = {step.tier: commits(home, step.tier, product)[-1].version for step in steps}
    plan = commit.Plan(
        product=product,
        action="withdraw",
        version=None,
        steps=steps,
        committed_at=stamp(at),
        facts={**_facts(order), "from_versions": served},
    )
    marker = home.work / f"withdraw-{product}"
    kept.make_folder(marker)
    entry = commit.declare(ledger, plan, wall_clock())
    if not commit.finish(home, ledger, entry, wall_clock()):
        commit.abandon(ledger, entry, "another process published at the same time", wall_clock())
        raise commit.lost_race(product, None)
    if order.erase:
        from orchestration.publish import removal

        removal.erase(home, ledger, product, entry.n, order)
    kept.discard(marker)
    return _read(product, entry.n, plan)


def _steps(home: CityHome, product: str, order: Order) -> tuple[commit.TierStep, ...]:
    """A withdrawal in every tier that serves something; the number is read before the product's intents are."""
    histories = {tier: commits(home, tier, product) for tier in commit.product_tiers(home, product)}
    serving = {tier: h for tier, h in histories.items() if h and h[-1].version is not None}
    note = order.public_note.default if order.public_note else ""
    top = next((t for t in serving if t != tiers.LEAST_RESTRICTIVE), None)
    return tuple(
        commit.TierStep(tier, len(h) + 1, "withdraw", None, None, order.reason if tier == top else note)
        for tier, h in serving.items()
    )


def _facts(order: Order) -> dict[str, Any]:
    note = order.public_note
    return {
        "reason": order.reason,
        "by": order.by,
        "decided_on": order.on.isoformat(),
        "public_note": {"en": note.default, **note.translations} if note else None,
        "instead": order.instead,
        "erase": order.erase,
    }


# What stands --------------------------------------------------------------------------------


def standing(home: CityHome, ledger: Ledger, product: str) -> Withdrawal | None:
    """The withdrawal of a product that serves nothing now; None where it serves something, or never did.

    Raises:
        ArtefactError: A commit names an intent that cannot be read.
    """
    last: list[Commit] = []
    for tier in commit.product_tiers(home, product):
        history = commits(home, tier, product)
        if history and history[-1].version is not None:
            return None
        last += history[-1:]
    if not last:
        return None
    newest = max(int(c.intent) for c in last)
    plan = commit.Plan.of(ledger.read(newest))
    return _read(product, newest, plan) if plan.action == "withdraw" else None


def withdrawals(home: CityHome, ledger: Ledger, product: str) -> tuple[Withdrawal, ...]:
    """Every withdrawal of a product, oldest first, lifted since or not."""
    histories = [commits(home, tier, product) for tier in commit.product_tiers(home, product)]
    intents = sorted({int(c.intent) for history in histories for c in history if c.action == "withdraw"})
    plans = {n: commit.Plan.of(ledger.read(n)) for n in intents}
    return tuple(_read(product, n, plan) for n, plan in plans.items() if plan.action == "withdraw")


def _read(product: str, entry: int, plan: commit.Plan) -> Withdrawal:
    facts = plan.facts
    try:
        note = dict(facts["public_note"] or {})
        order = Order(
            reason=facts["reason"],
            by=facts["by"],
            on=date.fromisoformat(facts["decided_on"]),
            public_note=Text(note.pop("en"), note) if note else None,
            instead=facts["instead"],
            erase=facts["erase"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(
            "a withdrawal in the ledger cannot be read", where=f"ledger entry {entry}", found=str(error)
        ) from error
    return Withdrawal(product, entry, plan.committed_at, tuple(s.tier for s in plan.steps), order)


# Decisions ----------------------------------------------------------------------------------


def lifted_by(known: Withdrawal, rulings: Iterable[Ruling]) -> Ruling | None:
    """The review that ends this very withdrawal."""
    named = (r for r in rulings if r.kind == "review" and r.subject == known.product)
    return next((r for r in named if r.lifts == known.entry), None)


def in_force(home: CityHome, ledger: Ledger, product: str, rulings: Iterable[Ruling]) -> Withdrawal | None:
    """The withdrawal that keeps a product from being published; None where there is none, or it was lifted.

    Raises:
        InputError: A review lifts an entry of the ledger that is no withdrawal of the product.
    """
    known = standing(home, ledger, product)
    if known is None:
        return None
    listed = tuple(rulings)
    if lifted_by(known, listed):
        return None
    entries = [w.entry for w in withdrawals(home, ledger, product)]
    for ruling in listed:
        if ruling.kind == "review" and ruling.subject == product and ruling.lifts not in (None, *entries):
            raise InputError(
                "a review lifts what is no withdrawal of this product",
                where=str(ruling.place),
                found=f"lifts: {ruling.lifts}",
                expected=f"lifts: {known.entry}, the ledger entry by which {product} was withdrawn",
            )
    return known


def undecided(
    home: CityHome, ledger: Ledger, rulings: Iterable[Ruling], today: date, product: str | None = None
) -> tuple[Ruling, ...]:
    """Declared withdrawals whose day has come and that are not settled, oldest first.

    One is settled by any withdrawal of the product decided on its day or later, and by any review since that lifts one.
    """
    listed = tuple(rulings)
    due = (r for r in listed if r.kind == "withdrawal" and r.on <= today and product in (None, r.subject))
    found = []
    for ruling in sorted(due, key=lambda r: (r.on, r.subject)):
        done = (w.order.on for w in withdrawals(home, ledger, ruling.subject))
        over = (r.on for r in listed if r.subject == ruling.subject and r.lifts is not None)
        if not any(day >= ruling.on for day in (*done, *over)):
            found.append(ruling)
    return tuple(found)


def carry_out(
    home: CityHome, ledger: Ledger, rulings: Iterable[Ruling], at: datetime, product: str | None = None
) -> tuple[Withdrawal, ...]:
    """Withdraw what the city's decisions withdraw and that is still served.

    Raises:
        OutsideError: Another process published at the same time, or the disk refused.
    """
    done = []
    for ruling in undecided(home, ledger, rulings, at.date(), product):
        order = Order(ruling.reason, ruling.by, ruling.on, ruling.public_note, ruling.instead)
        if _steps(home, ruling.subject, order):
            done.append(withdraw(home, ledger, ruling.subject, order, at))
    return tuple(done)
