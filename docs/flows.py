"""Writes one page a city: what each column of its products is made of, and which step lets it be seen.

``python -m docs.flows [CITY …]`` writes the pages (all cities without a name), with ``--check`` it writes nothing and
fails where one is out of date. The models are compiled and not run, so that no record is needed.

Belongs here: the page's form, and the command. Does not belong here: what the page says (``flow_facts``).
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from contracts.city import City
from contracts.city_load import discover, load_city
from contracts.flow.model import ORDER, PRESENCE, Nature
from contracts.home import CityHome
from contracts.tiers import TIERS, rank
from docs.flow_facts import CityFacts, ColumnFacts, ProductFacts, Way, facts_of
from orchestration import shaping
from orchestration.flows import CityFlow, read_flow

CITIES = Path(__file__).resolve().parents[1] / "cities"
FOLDER = Path(__file__).parent / "reference" / "flows"
HEAD = "<!-- Written by `python -m docs.flows`. Do not edit. -->\n\n"
NONE = "no source's column"
NAMES = {PRESENCE: "which records there are", ORDER: "the order of its records"}
COUNTED = (
    *("products", "columns", "columns with a way that a step lowers"),
    *("models refused", "findings", "steps that lower nothing"),
)
INTRODUCTION = """\
Every column of every product, and every column of a source that it is made from, is decided by, or owes its record to.
Worked out from the SQL of the models as it is compiled, column by column; no record is read for it. The rule that is
applied, and what it cannot see, stand in [Security](../../security.md). Tests compare this page with what real runs
of the city's files are made of.

How to read it:

- **declared** is the class that the product's contract gives the column. **worked out** is the class by what it is made
  from. Declared may be above worked out, never below: that would be a finding, and hold the product.
- A source's column without a word after it is public. *internal* after it is its class in the source's contract;
  *restricted → public, point_to_area 1.0.0* says that the step of that name and version lowered it on this way
  ([all steps](../steps.md)). One column may come by several ways; each is told.
- **by value**: the column's values are made of it. **by condition**: it decides which of several values is there (a
  `case`, a filter, a join, a group, an order). What decides **which records are there** holds for every column of the
  product and stands once, above its table.
- “which records there are” and “the order of its records” are told of a source where not a column takes part but the
  fact that a record is there, or where it lies. *public → internal* says that a contract on the way declares more than
  comes in; *public, raised, then lowered by …* that a step took that off again.
- “a number of records” is told of a count that no column is part of; an empty cell says that nothing takes part but
  what decides which records are there.
- What a model asks of the data while it is compiled (does any request lack its district?) is answered so that it reads
  all it may ever read. A run may read less.

`cauce tier explain PRODUCT.COLUMN` tells the same of a run, with every model on each way.
"""


def page(city: City, flow: CityFlow) -> str:
    """The whole page of a city."""
    facts = facts_of(city, flow)
    parts = [f"# {facts.title}: what its products are made of\n", INTRODUCTION, *_totals(facts), *_closed(facts)]
    for product in facts.products:
        parts += _product(product)
    return HEAD + "\n".join(parts)


def compiled(city: City) -> CityFlow:
    """The flows of a city whose models are compiled for this alone.

    Raises:
        InputError: The project cannot be read, or a model cannot be compiled.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = CityHome(Path(folder) / city.id)
        shaping.compile_models(city, home)
        return read_flow(city, home)


def path_of(name: str) -> Path:
    """Where a city's page stands."""
    return FOLDER / f"{name}.md"


def _totals(facts: CityFacts) -> Iterator[str]:
    columns = [(product, column) for product in facts.products for column in product.columns]
    declared = Counter(column.declared for _, column in columns)
    computed = Counter(column.computed for _, column in columns)
    lowered = sum(any(way.is_lowered for way in product.ways_of(column)) for product, column in columns)
    yield "## Totals\n"
    yield "| | |\n|---|---:|"
    yield f"| products | {len(facts.products)} |"
    yield f"| columns | {len(columns)} |"
    for tier in TIERS:
        if declared[tier] or computed[tier]:
            yield f"| declared {tier} | {declared[tier]} |\n| worked out {tier} | {computed[tier]} |"
    yield f"| columns with a way that a step lowers | {lowered} |"
    yield f"| ways to sources' columns | {sum(len(product.ways_of(column)) for product, column in columns)} |"
    yield f"| models refused | {sum(product.refused for product in facts.products)} |"
    findings = sorted({finding for product in facts.products for finding in product.findings})
    yield f"| findings | {len(findings)} |"
    yield f"| steps that lower nothing | {len(facts.idle)} |\n"
    yield from (f"- Finding: {_plain(finding)}" for finding in findings)
    if findings:
        yield ""
    if facts.idle:
        yield (
            "A step that lowers nothing is used where none is needed: what goes in is already as low as it would make"
            " it, or above what it may lower. It holds nothing, since the class worked out is the same without it."
            " Those of minimum cells stand in a model that all cities share: they are there for a city whose requests"
            " are not public one by one, and hide nothing in one whose smallest count is 1. Found:\n"
        )
        yield from (f"- {_plain(note)}" for note in facts.idle)
        yield ""


def _closed(facts: CityFacts) -> Iterator[str]:
    """What is not public at the sources, and what becomes of it."""
    reached: dict[tuple[str, str], dict[str, set[Way]]] = {}
    for product in facts.products:
        for way in {way for column in product.columns for way in product.ways_of(column)}:
            reached.setdefault((way.source, way.column), {}).setdefault(product.name, set()).add(way)
    closed = sorted(
        (one for one in facts.sources if rank(one.classification) > 0),
        key=lambda one: (one.source, -rank(one.classification), one.name),
    )
    yield "## What is not public at the sources\n"
    if not closed:
        yield "Nothing: every column of every source is public.\n"
        return
    used = [one for one in closed if (one.source, one.name) in reached]
    if used:
        yield "| source's column | class | goes into | arrives as |\n|---|---|---|---|"
    for one in used:
        into = reached[one.source, one.name]
        told = sorted({_told(way) for found in into.values() for way in found})
        products = ", ".join(map(_code, sorted(into)))
        yield f"| {_code(f'{one.source}.{one.name}')} | {one.classification} | {products} | {_lines(told)} |"
    yield "" if used else "None of it goes into a product.\n"
    unused = [one for one in closed if one not in used]
    if unused:
        yield "No product is made from these, and none is decided by them:\n"
    for source, tier in sorted({(one.source, one.classification) for one in unused}):
        names = [one.name for one in unused if (one.source, one.classification) == (source, tier)]
        yield f"- {_code(source)}, {tier}: {', '.join(map(_code, names))}"
    if unused:
        yield ""


def _product(product: ProductFacts) -> Iterator[str]:
    classes = Counter(column.declared for column in product.columns)
    told = ", ".join(f"{classes[tier]} {tier}" for tier in TIERS if classes[tier])
    yield f"## {_code(product.name)}: {_plain(product.title)}\n"
    yield f"{len(product.columns)} columns, by what is declared: {told}.\n"
    records = _grouped(product.records) or NONE
    yield f"Which records are there ({product.records_class}) is decided by: {records}\n"
    yield "| column | declared | worked out | by value | by condition |\n|---|---|---|---|---|"
    yield from (_row(column) for column in product.columns)
    yield ""


def _row(column: ColumnFacts) -> str:
    title = f"<br>{_plain(column.title)}" if column.title else ""
    none = "a number of records" if column.nature is Nature.COUNT else NONE
    values = _grouped(column.values) or none
    row = (f"{_code(column.name)}{title}", column.declared, column.computed, values, _grouped(column.conditions))
    return "| " + " | ".join(row) + " |"


def _grouped(ways: Iterable[Way]) -> str:
    """Ways by source, a line each."""
    sources: dict[str, dict[str, None]] = {}
    for way in ways:
        named = NAMES.get(way.column) or _code(way.column)
        sources.setdefault(way.source, {})[f"{named} {_told(way)}".rstrip()] = None
    return _lines(f"{source}: {'; '.join(told)}" for source, told in sources.items())


def _told(way: Way) -> str:
    """The class of a way and the steps on it; nothing where it is public all along."""
    end = {"declared": " as declared there", "refused": " not understood"}.get(way.end, "")
    steps = ", ".join(way.steps)
    if way.is_lowered:
        return f"*{way.begins}{end} → {way.arrives}, {steps}*"
    if way.arrives != way.begins:
        return f"*{way.begins}{end} → {way.arrives}*"
    if way.steps:
        return f"*{way.begins}{end}, raised, then lowered by {steps}*"
    return f"*{way.begins}{end}*" if end or rank(way.begins) else ""


def _lines(parts: Iterable[str]) -> str:
    return "<br>".join(parts)


def _code(name: str) -> str:
    return "`" + name.replace("|", "\\|") + "`"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def index() -> str:
    """The page that names the others, with the totals that stand in them."""
    lines = [
        "# What products are made of\n",
        "One page a city: each column of each product, its class as declared and as worked out, the sources' columns it"
        " is made from and decided by, and the registered step that lowers each. Written from the compiled SQL"
        " (`python -m docs.flows`).\n",
        "| city | " + " | ".join(COUNTED) + " |",
        "|---|" + "---:|" * len(COUNTED),
    ]
    for city in cities():
        told = path_of(city.id).read_text(encoding="utf-8") if path_of(city.id).is_file() else ""
        totals = dict(re.findall(r"^\| ([a-z -]+) \| (\d+) \|$", told, re.MULTILINE))
        figures = [totals.get(name, "") for name in COUNTED]
        lines.append(f"| [{_plain(city.name.default)}]({city.id}.md) | " + " | ".join(figures) + " |")
    return "\n".join(lines) + "\n"


def cities(names: Iterable[str] = ()) -> list[City]:
    """The cities with products, or those named."""
    found = discover([CITIES])
    loaded = [load_city(found[name]) for name in sorted(names or found)]
    return [city for city in loaded if city.products]


def main() -> None:
    """Write the pages, or check them."""
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    if unknown := sorted(set(names) - set(discover([CITIES]))):
        sys.exit(f"no such city: {', '.join(unknown)}. There is: {', '.join(sorted(discover([CITIES])))}")
    pages = {city.id: page(city, compiled(city)) for city in cities(names)}
    old = [name for name, text in pages.items() if not _is(path_of(name), text)]
    if "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(old)}. Try: python -m docs.flows" if old else 0)
    FOLDER.mkdir(exist_ok=True)
    for name in old:
        path_of(name).write_text(pages[name], encoding="utf-8")
    sys.stdout.write(f"{len(old)} pages of flows written, {len(pages) - len(old)} were current.\n")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
