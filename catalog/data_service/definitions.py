"""The built-in measures of the data service: what each counts, which way is better, how it could be made to look good.

Belongs here: the one table of definitions, from which the page, its file of figures and their tests are made. Does not
belong here: working a figure out (``figures``), the measures that a city defines for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from contracts.city import BetterSide

SERVICE_LEVEL: Final = "service_level_met"
RULES_HELD: Final = "rules_held"
RECORDS_HELD: Final = "record_checks_held"
DATA_AGE: Final = "data_age"
REFUSED: Final = "attempts_refused"
SET_ASIDE: Final = "records_set_aside"
IN_REVIEW: Final = "inventory_in_review"
OWNERS_IN_REVIEW: Final = "inventory_owners_in_review"

DIMENSION: Final = "dimension"
"""By what the two measures of quality are told apart: the contract standard's seven dimensions."""

Kind = Literal["share", "days"]
Subject = Literal["product", "source", "inventory"]


@dataclass(frozen=True)
class Definition:
    """A built-in measure, its words in one language.

    Attributes:
        id: Its name in the file of figures.
        version: Of the definition; a changed way of counting is a new version.
        kind: ``share``: a part of a whole in per cent; ``days``: a length of time.
        direction: Which way is better.
        subject: What it is told of one by one: the ``area_id`` of its rows beside ``all``.
        title: What it is called.
        meaning: In plain words: what is counted, and what is not.
        numerator: What stands above the line; of days, what is measured.
        denominator: What stands below it; empty for days.
        gaming: How it could be made to look better than things are.
        empty: Why there is no figure where there is none.
        has_interval: Whether its figures are few enough cases of something that goes on for an interval to say
            something (Wilson's, 95 %). Where all there are were counted, there is none.
        by_dimension: Whether it is also told by dimension of quality.
        target: What it should reach; None where nobody set one.
    """

    id: str
    version: str
    kind: Kind
    direction: BetterSide
    subject: Subject
    title: str
    meaning: str
    numerator: str
    denominator: str
    gaming: str
    empty: str
    has_interval: bool = False
    by_dimension: bool = False
    target: float | None = None


def definitions(t: Callable[[str], str]) -> tuple[Definition, ...]:
    """All of them in the order in which they are read; ``t`` puts a text into the reader's language."""
    return (
        Definition(
            SERVICE_LEVEL, "1.0.0", "share", "higher", "product",
            t("Promises of renewal kept"),
            t(
                "Of the days on which newer data of a product was due by its contract, those on which it was there. "
                "Due is the end of what the data covers, plus how often it is renewed, plus how long that may take: "
                "the same day by which this site calls a product late. While a product stays late, another renewal "
                "falls due each time its interval has passed. A refusal is no excuse. A product that is withdrawn, "
                "not dated or promises nothing owes nothing."
            ),
            t("renewals that were there when due"),
            t("renewals that were due"),
            t("Promising less: a longer interval makes fewer renewals due. The contract's history shows it."),
            t("Nothing was due yet."),
            has_interval=True,
        ),
        Definition(
            RULES_HELD, "1.0.0", "share", "higher", "product",
            t("Rules of quality that held"),
            t(
                "Of the rules asked of the last release of each product in the month, those that held. A rule that "
                "was waived, only warned, could not run or had nothing to look at did not hold. Rules that did not "
                "apply were not asked. The contract's rules count, and the gate's on age, sums and number of rows. "
                "Only what was published counts: what failed was refused, and is counted as such."
            ),
            t("rules that held"),
            t("rules that were asked"),
            t(
                "Dropping rules, or adding many that cannot fail. Every release's report names its rules, and each "
                "was shown able to fail."
            ),
            t("No release has a report here yet."),
            by_dimension=True,
        ),
        Definition(
            RECORDS_HELD, "1.0.0", "share", "higher", "product",
            t("Checks of single records that held"),
            t(
                "Each rule that looks at one record at a time, times the records it looked at: of these checks, those"
                " that held, in the last release of each product in the month. Empty cells count only where the rule "
                "asks whether a cell is filled. Rules that could not run looked at nothing and are not in it."
            ),
            t("checks of a record that held"),
            t("checks of a record"),
            t("Setting records aside at the door makes the rest look whole: read it beside the records set aside."),
            t("No release has a report with checks of single records here yet."),
            by_dimension=True,
        ),
        Definition(
            DATA_AGE, "1.0.0", "days", "lower", "product",
            t("Age of the newest data when published"),
            t(
                "How many days lay between the last day that the data covers and the moment as of which it was made, "
                "for the last release of each product in the month; for the catalogue the middle one of all products."
                " The hour of the run does not count."
            ),
            t("days from the last day covered to the moment of making"),
            "",
            t("Publishing less often leaves out the months in which data was old."),
            t("No release here holds dated data."),
        ),
        Definition(
            REFUSED, "1.0.0", "share", "none", "product",
            t("Attempts to publish that were refused"),
            t(
                "Of all attempts to publish a release, those that the rules stopped. A refusal is the check doing its"
                " work, so neither more nor less of it is better by itself."
            ),
            t("attempts that were refused"),
            t("attempts, refused or published"),
            t("Loosening a rule makes refusals go away, and with them what they protect."),
            t("Nobody has tried to publish yet."),
            has_interval=True,
        ),
        Definition(
            SET_ASIDE, "1.0.0", "share", "lower", "source",
            t("Records set aside at the door"),
            t(
                "Of the records received in accepted deliveries in the month, those that broke a rule and were set "
                "aside with the reason. Deliveries that were refused as a whole are not in it."
            ),
            t("records set aside"),
            t("records received"),
            t("Dropping rules at the door lets bad records through: read it beside the rules of quality."),
            t("No delivery was accepted yet."),
        ),
        Definition(
            IN_REVIEW, "1.0.0", "share", "higher", "inventory",
            t("Inventory entries whose review is not overdue"),
            t(
                "Of the products that are not withdrawn and the open sources of the inventory, those whose contract "
                "names a day of review that has not passed. An entry that names none counts as overdue. Where no "
                "entry names one, there is no figure. Entries that are not open here are not counted."
            ),
            t("entries whose day of review has not passed"),
            t("entries of the inventory that are open here"),
            t("Moving the day of review without a review."),
            t("No contract names a day of review."),
        ),
        Definition(
            OWNERS_IN_REVIEW, "1.0.0", "share", "higher", "inventory",
            t("Owners of data with an entry whose review is not overdue"),
            t(
                "Of the addresses that answer for an entry of the inventory, those that answer for at least one whose"
                " day of review has not passed. It stands in for the share of departments, which cannot be worked out"
                " here."
            ),
            t("owners with such an entry"),
            t("owners of an entry that is open here"),
            t("One address for a whole city makes it a single owner. Departments that own no data are not in it."),
            t("No contract names a day of review."),
        ),
    )  # fmt: skip


BY_ID: Final[Mapping[str, Definition]] = MappingProxyType({d.id: d for d in definitions(lambda said: said)})
"""Each by its id, in English: for what does not depend on words."""
