"""What of each view is searched, and where it leads.

Belongs here: one entry a problem, measure, product, source, inventory card, page of help and word of the glossary, each
made of its own view and its own released files alone, so that only what changed is made anew. Does not belong here: the
index (``catalog.search``), pages. An entry holds nothing that its view and those files do not, and they hold nothing
above their tier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.glossary import Term
from catalog.search import ColumnText, Entry, Kind, words
from catalog.site.addresses import Addresses
from catalog.site.speech import Speech
from catalog.views import ColumnView, InventoryCard, ProductView, SourceView
from contracts.city import Problem
from contracts.condition import State
from contracts.measure import Measure
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE

LONGEST_LINE = 220
"""Letters of a line under a result."""
_TOLD_STATES = (State.HELD, State.WITHDRAWN, State.CLOSED, State.NEVER)


def problem_entry(speech: Speech, problem: Problem, values: Sequence[str] = ()) -> Entry:
    """A problem; ``values`` are the areas that its figures tell of, and what they are counted of."""
    measure = problem.measure
    texts = [problem.why, problem.decision.what, problem.decision.who, *problem.users, problem.owner.role]
    return Entry(
        kind=Kind.PROBLEM,
        address=_within(speech, Addresses(speech.language).problem(problem.id)),
        title=speech.plain(problem.question),
        line=speech.plain(problem.title),
        name=_spaced(problem.id),
        rest=(*(speech.plain(t) for t in (*texts, *([measure.title, measure.unit] if measure else []))),),
        columns=_values(values),
        language=_tongue(speech, problem.question),
    )


def measure_entry(speech: Speech, measure: Measure, problems: Sequence[Problem] = ()) -> Entry:
    """A measure; it is found by the words of the ``problems`` that name it too."""
    texts = [measure.definition, measure.unit, measure.gaming, measure.owner.role]
    return Entry(
        kind=Kind.MEASURE,
        address=_within(speech, Addresses(speech.language).measure(measure.id)),
        title=speech.plain(measure.title),
        line=cut(speech.plain(measure.definition)),
        name=_spaced(measure.id),
        rest=(*(speech.plain(t) for t in (*texts, *(problem.title for problem in problems))),),
        language=_tongue(speech, measure.title),
    )


def product_entry(
    speech: Speech, product: ProductView, problems: Sequence[Problem] = (), values: Sequence[str] = ()
) -> Entry:
    """A product with its columns; ``problems`` are those it serves, by whose words it is found too.

    ``values`` are what its released files hold again and again.
    """
    return Entry(
        kind=Kind.PRODUCT,
        address=_within(speech, Addresses(speech.language).product(product.name)),
        title=speech.plain(product.title),
        line=cut(speech.plain(product.purpose)),
        note=speech.words.state(product.state.value).word if product.state in _TOLD_STATES else "",
        name=_spaced(product.name),
        rest=(
            speech.plain(product.purpose),
            speech.plain(product.row),
            speech.plain(product.limitations),
            speech.plain(product.usage),
            speech.words.practice(product.practice) if product.practice else "",
            speech.words.state(product.state.value).word if product.state in _TOLD_STATES else "",
            *(speech.plain(text) for problem in problems for text in (problem.title, problem.question)),
        ),
        columns=(*(_column(speech, column) for column in product.columns), *_values(values)),
        language=_tongue(speech, product.title),
    )


def source_entry(speech: Speech, source: SourceView) -> Entry:
    """A source; its columns, and the frequent values that its page shows, where the tier may know them."""
    return Entry(
        kind=Kind.SOURCE,
        address=_within(speech, Addresses(speech.language).source(source.name)),
        title=speech.plain(source.title),
        line=cut(speech.plain(source.purpose)),
        name=_spaced(source.name),
        rest=(
            speech.plain(source.purpose),
            speech.plain(source.limitations),
        ),
        columns=(
            *(_column(speech, column) for column in source.columns),
            *_values(share.value for column in source.shape for share in column.shares),
        ),
        language=_tongue(speech, source.title),
    )


def card_entry(speech: Speech, card: InventoryCard) -> Entry:
    """An inventory card."""
    return Entry(
        kind=Kind.CARD,
        address=_within(speech, Addresses(speech.language).card(card.key)),
        title=speech.plain(card.title),
        line=cut(speech.plain(card.purpose)),
        note=speech.words.not_open().word,
        rest=(speech.plain(card.purpose), speech.plain(card.why_not_public)),
        language=_tongue(speech, card.title),
    )


def help_entries(speech: Speech, tier: str = LEAST_RESTRICTIVE) -> tuple[Entry, ...]:
    """Pages, and parts of them, that answer what readers ask of any catalogue, with the words they ask by.

    Pages that each product has are not listed one by one: its own page leads to them, and is found by its state too.
    """
    at, t = Addresses(speech.language), speech.gettext
    about = at.about()
    listed = (
        (at.products(), t("Download data"),
         t("Every product has its files on its page: CSV, Parquet, and where there are places GeoJSON."),
         t("download file files spreadsheet excel export open data get")),
        (at.follow(), t("Get told when something changes"),
         t("Addresses that tell of new releases, by a program that reads feeds."),
         t("subscribe subscription follow feed atom rss news alert notify notification update e-mail newsletter")),
        (f"{about}#cite", t("How to cite"),
         t("What to name when you use a figure; every product's page has the line ready to copy."),
         t("cite citation quote reference attribution source credit")),
        (f"{about}#licence", t("Licence"),
         t("What anybody may do with the data, and how its publisher wants to be named."),
         t("licence license terms use reuse rights copyright Creative Commons CC-BY commercial")),
        (f"{about}#who", t("Report a problem"),
         t("Whom to tell that something is wrong here, and whom to ask for data."),
         t("report problem mistake error wrong broken correct complain contact ask question help request data")),
        (f"{at.glossary()}#hash", t("Check a file (SHA-256)"),
         t("Each release names the fingerprint of its files: with it anybody can tell whether a file is the one that"
           " was checked."),
         t("sha256 sha checksum hash verify fingerprint integrity")),
        (f"{about}#machines", t("For machines"),
         t("The catalogue in forms that programs read:").rstrip(":") + ".",
         t("API machine program harvest DCAT data.json schema.org catalogue JSON")),
        (f"{about}#made", t("How figures are made and checked"),
         t("From the records as they come to the release, step by step."),
         t("method methodology quality trust audit rules check")),
        (f"{about}#readers-privacy", t("Your privacy"),
         t("These pages set no cookies, count nobody and load nothing from another host."),
         t("privacy cookies tracking personal data")),
        (at.products(), t("What was held, and why"),
         t("A product whose newest release broke a rule says so on its page, with the rule and the report."),
         t("held hold back blocked failed refused release quality report check")),
        (at.sources(), t("Records set aside, and deliveries refused"),
         t("The page of each source tells how many records were set aside, and why."),
         t("quarantine quarantined set aside rejected refused delivery")),
        (at.lineages(), t("Where every product comes from"),
         t("From each product back to its sources, step by step and column by column."),
         t("lineage origin provenance source trace where from made")),
        (at.measures(), t("Targets, and whether they are met"),
         t("Every measure with its newest figure, its target and who answers for it."),
         t("measure indicator KPI target goal performance dashboard scorecard")),
        (at.packet(), t("Stat packet"),
         t("For the meeting on how the city's measures stand: follow-ups, figures, signals, what to ask, what to"
           " mind."),
         t("stat packet memo meeting agenda follow-up follow-ups signals performance review")),
        (at.data_service(), t("How well the data service serves"),
         t("Whether data is renewed as promised, how good it is, and whether the inventory is looked after."),
         t("service level on time freshness late quality dimension scorecard inventory coverage data strategy")),
        (at.requests(), t("What readers reported and asked for"),
         t("What became of it, with the answer."),
         t("request requests reported asked errata correction answer readers")),
        *((
            (at.status(), t("Data team"),
             t("What ran, what was held and set aside, what is late, and what to do next."),
             t("status state run held quarantine late waiting to do")),
        ) if tier != LEAST_RESTRICTIVE else ()),
        (at.accessibility(), t("Accessibility statement"),
         t("How far everybody can use this site, what was tested, and whom to tell what is in the way."),
         t("accessibility screen reader keyboard contrast disability")),
    )  # fmt: skip
    return tuple(
        Entry(Kind.PAGE, _within(speech, address), title, line, name=asked) for address, title, line, asked in listed
    )


def term_entry(speech: Speech, term: Term) -> Entry:
    """A word of the glossary."""
    address = _within(speech, Addresses(speech.language).glossary())
    return Entry(Kind.WORD, f"{address}#{term.id}", term.name, term.meaning)


def cut(text: str) -> str:
    """The beginning of a text, ending with a word."""
    text = " ".join(text.split())
    if len(text) <= LONGEST_LINE:
        return text
    return text[: LONGEST_LINE + 1].rpartition(" ")[0].rstrip(",;:.") + "…"


def _column(speech: Speech, column: ColumnView) -> ColumnText:
    return ColumnText(column.name, speech.plain(column.title), speech.plain(column.description))


def _values(values: Iterable[str]) -> tuple[ColumnText, ...]:
    """Values as they are searched and shown, each once; a value without a word cannot be found."""
    return tuple(ColumnText("", value, "") for value in dict.fromkeys(values) if words(value))


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _within(speech: Speech, address: str) -> str:
    """An address from the language's folder on."""
    return address.removeprefix(f"{speech.language}/")


def _tongue(speech: Speech, text: Text) -> str:
    """The language of a text where it is not the page's."""
    has = speech.language in text.translations or speech.base in text.translations
    spoken = speech.base if has else "en"
    return "" if spoken == speech.interface.partition("-")[0] else spoken
