"""The words of the catalogue in plain words: the one list that the glossary page, the search and links are made of.

Belongs here: each word, what it means here, and the group it stands in. Does not belong here: how the page looks,
words of one city or one contract (their columns say what they mean themselves). An id never changes, since pages link
to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.language import Translator


@dataclass(frozen=True)
class Term:
    """A word and its meaning. ``see`` names other words by id."""

    id: str
    name: str
    meaning: str
    see: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Words that belong together."""

    id: str
    title: str
    terms: tuple[Term, ...]


def glossary(translator: Translator) -> tuple[Group, ...]:
    """Every word, in groups, in the language of ``translator``."""
    t = translator.gettext
    return (
        Group("of-pages", t("What stands on these pages"), _pages(translator)),
        Group("of-checks", t("How data is checked"), _checks(translator)),
        Group("of-readers", t("Who may see what"), _readers(translator)),
        Group("of-measures", t("Units and measures"), _measures(translator)),
        Group("of-standards", t("Standards and files"), _standards(translator)),
    )


def _pages(translator: Translator) -> tuple[Term, ...]:
    t = translator.gettext
    return (
        Term("problem", t("Problem"),
             t("A question the city must answer, with the decision it serves and the people who decide. This catalogue"
               " opens on problems, because data is published to be used."), ("product",)),
        Term("product", t("Product"),
             t("A dataset made for use: it has a contract, somebody who answers for it, and a date by which it is"
               " renewed."), ("contract", "release")),
        Term("source", t("Source"),
             t("Where records come from: a file, a portal or a system of the city."), ("delivery",)),
        Term("delivery", t("Delivery"), t("One state of a source, as it was fetched on one day."), ("source",)),
        Term("release", t("Release"),
             t("One version of a product, in files that never change again. A figure can be cited by its release and"
               " found again."), ("product",)),
        Term("contract", t("Contract"),
             t("The written promise about a dataset: what each column means, which rules its data keeps, how often it"
               " is renewed, who may see it."), ("rule", "odcs")),
        Term("inventory", t("Inventory card"),
             t("All that may be told of data that is not open here: that it exists, what it is for, why it is not"
               " public, and how to ask for it."), ("tier",)),
        Term("lineage", t("Lineage"),
             t("The way from a published figure back to the records it was made from, step by step."), ("source",)),
        Term("staging", t("Same names (staging)"),
             t("The step that gives a city's own columns the names and forms that all cities share, before anything is"
               " worked out."), ("lineage",)),
        Term("as-of", t("As of (as-of instant)"),
             t("The moment a release speaks of. What happened later is not in it, even if it was published later.")),
        Term("next-due", t("Next due"), t("The day by which a product's next release is promised."), ("late",)),
        Term("late", t("Late"),
             t("The day promised for the next release, or for a source's next delivery, has passed. What is shown is"
               " still checked, but older than promised.")),
        Term("withdrawn", t("Withdrawn"),
             t("Taken away from every reader on purpose. The page stays and says since when, and what to use"
               " instead.")),
    )  # fmt: skip


def _checks(translator: Translator) -> tuple[Term, ...]:
    t = translator.gettext
    return (
        Term("rule", t("Rule"),
             t("One promise of a contract that can be checked, said as a sentence: every request has an opening"
               " date."), ("contract",)),
        Term("gate", t("Gate"),
             t("The check between making a release and publishing it. Every rule is run on the very files that readers"
               " would get; nothing passes unchecked."), ("held",)),
        Term("held", t("Held"),
             t("A new release that broke a rule and was not published. The last good release stays, and the page says"
               " what was wrong."), ("gate",)),
        Term("quarantine", t("Set aside (quarantine)"),
             t("Single records that break a rule are taken out of a delivery and kept with the reason, so that they"
               " can be mended. They are counted, never lost."), ("reconciliation",)),
        Term("refused", translator.pgettext("status of a delivery", "Refused"),
             t("A delivery that is wrong as a whole, or cannot be read. What was made from the last good delivery"
               " stays.")),
        Term("reconciliation", t("Reconciliation"),
             t("The sum that must come out: records received are the records accepted, set aside and refused."),
             ("quarantine",)),
        Term("vacuous", t("Nothing to check (vacuous)"),
             t("A rule that found no record to look at. It says nothing, so it is never counted as passed.")),
        Term("waived", t("Waived"),
             t("A rule failed, and a named person decided to publish all the same, with a reason and until a date.")),
        Term("proof", t("Proof of a rule"),
             t("The data was broken on purpose, and the rule noticed. A rule that cannot fail checks nothing.")),
        Term("freshness", t("Freshness"),
             t("How old the newest event in the data is, told from the data itself and not from the day the file"
               " arrived."), ("as-of",)),
        Term("drift", t("Change of form"),
             t("A delivery has columns that its contract does not know, lacks some, or holds other values than"
               " before.")),
        Term("evidence", t("Evidence"),
             t("The record of what was checked, on which bytes and with what result. It is only ever added to, so that"
               " an auditor can follow it."), ("hash",)),
        Term("hash", t("Fingerprint (hash)"),
             t("A short number made from all bytes of a file. If one byte differs, so does the number: with it anybody"
               " can tell whether a file is the one that was checked.")),
    )  # fmt: skip


def _readers(translator: Translator) -> tuple[Term, ...]:
    t = translator.gettext
    return (
        Term("tier", t("Tier"),
             t("A circle of readers: everyone, city staff, named groups, named people. Each column of a contract"
               " belongs to one; what nobody has classed belongs to the narrowest."), ("rendition",)),
        Term("rendition", t("Rendition"),
             t("A product with exactly the columns that one tier may see. Each is a file of its own, so that a public"
               " file never holds a value that is not public."), ("tier",)),
        Term("step", t("De-identifying step"),
             t("A named way to make a value safe to show: a date becomes a month, a place becomes a district, a small"
               " count is hidden."), ("minimum-cell",)),
        Term("minimum-cell", t("Smallest count shown"),
             t("Counts of fewer people or cases than this are hidden, because they could point at somebody. Other"
               " figures that would give them away are hidden with them."), ("unreliable",)),
        Term("sample", t("Sample"), t("A few rows as they stand in a file, taken at even steps.")),
        Term("licence", t("Licence"), t("What anybody may do with the data, and how its publisher wants to be named.")),
    )  # fmt: skip


def _measures(translator: Translator) -> tuple[Term, ...]:
    t = translator.gettext
    return (
        Term("median", t("Median"),
             t("The value in the middle: half of the cases took less, half took more. A few very long cases do not"
               " move it, as they would move an average.")),
        Term("percentile", t("90th percentile"),
             t("Nine of ten cases took no longer than this. It shows what the unlucky wait.")),
        Term("share", t("Share (%)"), t("How many of a hundred. The page says of which hundred.")),
        Term("per-1000", t("Per 1,000 residents"),
             t("A count divided by the number of residents, times one thousand, so that large and small districts can"
               " be compared.")),
        Term("usual-range", t("Usual range"),
             t("Where a series normally moves, reckoned from its own past (limits of a process behaviour chart): the"
               " mean, plus and minus 2.66 times the mean step from one month to the next, over the months before the"
               " newest twelve, or over the first twelve where there are fewer. A value outside is a signal; one"
               " inside is news only where several in a row say the same."), ("signal", "moving-range")),
        Term("signal", t("Signal"),
             t("A change larger than chance explains. There are four: a value outside the usual range; seven values"
               " in a row above, or below, the middle of it; seven in a row that rise, or that fall; two of three"
               " values in a row that lie more than two thirds of the way from the middle to the same"
               " end."), ("usual-range",)),
        Term("interval", t("Interval of uncertainty"),
             t("The range in which the true value probably lies. The fewer the cases, the wider it is.")),
        Term("unreliable", t("Unreliable"),
             t("A rate, a share or a median with fewer than 16 cases behind it. One case more or less moves it far, so"
               " it is marked, and is not compared with figures that rest on more."), ("interval",)),
        Term("garwood", t("Garwood's interval"),
             t("A way to reckon the interval of uncertainty of a count of cases, exact also where there are few: the"
               " ends lie where chance would give the count seen, or one further off, in 2.5 of 100 times."),
             ("interval",)),
        Term("kaplan-meier", t("Kaplan-Meier estimate"),
             t("A way to tell how long cases take that counts those still open too, for as long as they have been"
               " open. Without them only the quick ones would be counted, and the wait would look shorter than it"
               " is."), ("median",)),
        Term("clearance", t("Clearance"),
             t("Requests closed in a month for each 100 opened in it. Above 100 the number that waits shrinks, below"
               " it grows."), ("share",)),
        Term("moving-range", t("Moving range"),
             t("The step from one month's figure to the next, up or down. The mean of these steps says how much a"
               " series moves without any cause."), ("usual-range",)),
        Term("near-target", t("Near target"),
             t("The figure misses the target, by no more than a tenth of it."), ("target",)),
        Term("target", t("Target"), t("What the city has promised or set itself for a measure.")),
        Term("direction", t("Direction"),
             t("Whether the newest values get better or worse, told by a rule and not by eye. Of some measures neither"
               " more nor less is better; of them it is told whether they rose or fell."), ("signal",)),
    )  # fmt: skip


def _standards(translator: Translator) -> tuple[Term, ...]:
    t = translator.gettext
    return (
        Term("odcs", t("ODCS"),
             t("Open Data Contract Standard: the form in which the contracts are written, so that other programs can"
               " read them."), ("contract",)),
        Term("dcat", t("DCAT"),
             t("Data Catalog Vocabulary: the form in which catalogues list their datasets for other catalogues. A"
               " national portal can harvest this one through it.")),
        Term("openlineage", t("OpenLineage"),
             t("A form for telling machines what was made from what, and when."), ("lineage",)),
        Term("open311", t("Open311"), t("A standard way to exchange requests for city services between systems.")),
        Term("csv", t("CSV"),
             t("A table as plain text, one row a line. Any spreadsheet opens it.")),
        Term("parquet", t("Parquet"),
             t("A compact table file for analysis programs. It keeps the kind of each column, which CSV does not.")),
        Term("geojson", t("GeoJSON"), t("Places and boundaries as text, for maps.")),
        Term("feed", t("Feed"),
             t("An address that a reader program asks now and then, to tell you when something new is published.")),
        Term("wcag", t("WCAG"),
             t("Web Content Accessibility Guidelines: what a page must do so that people with disabilities can use"
               " it.")),
    )  # fmt: skip
