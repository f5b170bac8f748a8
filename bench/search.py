"""The search of a large catalogue: making the index, its size, and how long a browser takes to answer.

    python -m bench.search --products 1000

Belongs here: a catalogue of made-up products as views, the making of its index, questions asked in a real browser. Does
not belong here: building the whole site (``many_products``). Words are made of syllables and drawn as often as words
are in real texts (the n-th most frequent 1/n times as often); of twenty columns, eight are of the kinds that many
products share. The browser is measured where there is one: from a key to the
results laid out on the page, the quickest of three times, since a shared machine pauses now and then.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import random
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bench.budgets import Budget, show_budgets
from bench.measure import keep, machine, table
from catalog.search import build_index
from catalog.site.assets import assets
from catalog.site.rendering import Renderer
from catalog.site.search_entries import product_entry
from catalog.site.search_pages import search_files, search_pages
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import CatalogView, ColumnView, ProductView
from contracts.city import City, Publisher
from contracts.condition import State
from contracts.model import Text

VOCABULARY = 8_000
SHARED_COLUMNS, OWN_COLUMNS = 8, 12
QUESTIONS = 200
SECONDS_TO_MAKE, MILLISECONDS_TO_ANSWER = 3.0, 50.0
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_ASK = """(questions) => {
  const field = document.querySelector('#q'), spent = [], found = [];
  for (const question of questions) {
    let best = Infinity;
    for (let round = 0; round < 3; round += 1) {
      field.value = question;
      const began = performance.now();
      field.dispatchEvent(new Event('input'));
      document.body.getBoundingClientRect();
      best = Math.min(best, performance.now() - began);
    }
    spent.push(best);
    found.push(document.querySelectorAll('[data-results] li h3').length);
  }
  const again = performance.now();
  new self.cauceSearch.Index(self.cauceIndex);
  return {spent, found, opened: performance.now() - again};
}"""


class Writer:
    """Made-up texts; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        heads = ("ba", "co", "di", "fe", "gra", "lo", "mu", "na", "pre", "ri", "sta", "tu", "ver", "in", "ex", "al")
        tails = ("ción", "do", "les", "mente", "ra", "tes", "vidad", "nes", "gua", "sor", "to", "lar")
        syllables = [*heads, "ca", "de", "li", "mo", "ne", "pa", "ro", "si", "ta", "vi"]
        made = dict.fromkeys(
            "".join(self.random.choices(syllables, k=self.random.randint(1, 3))) + self.random.choice(tails)
            for _ in range(3 * VOCABULARY)
        )
        self.words = list(itertools.islice(made, VOCABULARY))
        self.weights = list(itertools.accumulate(1 / n for n in range(1, len(self.words) + 1)))

    def say(self, length: int) -> str:
        """So many words."""
        return " ".join(self.random.choices(self.words, cum_weights=self.weights, k=length)).capitalize()


def catalogue(count: int) -> tuple[City, CatalogView]:
    """A city of so many products, as one tier sees them."""
    writer = Writer(7)
    common = [_column(writer, f"shared_{n}") for n in range(40)]
    products = {}
    for number in range(count):
        columns = [*writer.random.sample(common, SHARED_COLUMNS)]
        columns += [_column(writer, f"own_{number}_{n}") for n in range(OWN_COLUMNS)]
        products[f"product_{number}"] = _product(writer, f"product_{number}", tuple(columns))
    city = City(
        id="many", folder=Path(), name=Text("Many"), country="CO", timezone="America/Bogota", languages=("es",),
        environment="development", publisher=Publisher(Text("Office"), "data@many.example"), licence="CC-BY-4.0",
        minimum_cell=10, portals={}, sources={}, staging={}, products={}, problems={}, rulings=(), unavailable={},
    )  # fmt: skip
    return city, CatalogView("public", products)


def _column(writer: Writer, name: str) -> ColumnView:
    return ColumnView(name, Text(writer.say(2)), Text(writer.say(10)), "string")


def _product(writer: Writer, name: str, columns: tuple[ColumnView, ...]) -> ProductView:
    facts: Mapping[str, Any] = {
        "name": name,
        "title": Text(writer.say(4)),
        "purpose": Text(writer.say(25)),
        "row": Text(writer.say(6)),
        "limitations": Text(writer.say(25)),
        "usage": Text(writer.say(20)),
        "practice": "performance",
        "columns": columns,
        "state": State.PUBLISHED,
    }
    return cast(ProductView, SimpleNamespace(**facts))


def questions(products: CatalogView, count: int) -> list[str]:
    """What readers may type: whole words, beginnings, slips of the pen, two and three words, words nobody has."""
    chance = random.Random(11)  # noqa: S311
    texts = [p.title.default + " " + p.purpose.default for p in products.products.values()]
    asked = []
    for number in range(count):
        words = chance.choice(texts).split()
        one, two, three = (chance.choice(words).lower() for _ in range(3))
        ways = (one, one[:3], one[:1], f"{one} {two}", f"{one} {two} {three[:4]}", one[:2] + one[3:], f"zz{one}q")
        asked.append(ways[number % len(ways)])
    return asked


def compare(products: int) -> dict[str, Any]:
    """The figures of a catalogue of so many products."""
    measured_on = machine()
    city, catalog = catalogue(products)
    speech = Speech(city, "es")
    speech.translator, speech.words  # noqa: B018  read once, as in a build
    began = time.process_time()
    made = [product_entry(speech, product) for product in catalog.products.values()]
    entries_seconds = time.process_time() - began
    began = time.process_time()
    data = build_index(made, speech.language)
    index_seconds = time.process_time() - began
    began = time.process_time()
    build_index(made, speech.language)
    again = time.process_time() - began
    site = Site(city, "public", datetime(2026, 11, 1), catalog, (), {}, {})
    return {
        "machine": measured_on,
        "products": products,
        "columns": SHARED_COLUMNS + OWN_COLUMNS,
        "entries_seconds": entries_seconds,
        "index_seconds": index_seconds,
        "again_seconds": again,
        "bytes": len(data),
        "gzip_bytes": len(gzip.compress(data, 6, mtime=0)),
        "browser": in_browser(site, speech),
    }


def in_browser(site: Site, speech: Speech) -> dict[str, Any] | None:
    """How long a browser takes, from the disk; None where there is none."""
    path = next((c for c in CHROMIUM if Path(c).exists()), None)
    if path is None:
        return None
    from playwright.sync_api import sync_playwright

    asked = questions(site.catalog, QUESTIONS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        start = _write(site, speech, Path(folder))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            page = browser.new_page()
            page.goto(start.as_uri(), wait_until="load")
            loaded = page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
            told = page.evaluate(_ASK, asked)
        finally:
            browser.close()
    spent = sorted(told["spent"])
    return {
        "questions": len(spent),
        "answered": sum(count > 0 for count in told["found"]),
        "load_ms": loaded,
        "open_ms": told["opened"],
        "median_ms": spent[len(spent) // 2],
        "p95_ms": spent[int(len(spent) * 0.95)],
        "worst_ms": spent[-1],
    }


def _write(site: Site, speech: Speech, folder: Path) -> Path:
    """The search page and what it loads; its path."""
    renderer = Renderer(speech, site.tier, (speech.language,))
    pages = ((page.address, renderer.render(page)) for page in search_pages(site, speech))
    for address, data in itertools.chain(pages, search_files(site, speech), assets().items()):
        path = folder / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / speech.language / "search" / "index.html"


def budgets_of_search(result: Mapping[str, Any]) -> list[Budget]:
    """The budgets of the search; that of the answer where a browser was there to measure it."""
    at = f"{result['products']:,} products"
    made = result["entries_seconds"] + result["index_seconds"]
    found = [Budget("index of the search made, CPU", SECONDS_TO_MAKE, made, "s", at)]
    if result["browser"]:
        slow = result["browser"]["p95_ms"]
        found.append(Budget("answer in the browser, 95th of 100", MILLISECONDS_TO_ANSWER, slow, "ms", at))
    return found


def rows(result: Mapping[str, Any]) -> list[list[object]]:
    """The figures, each with what it is."""
    found: list[list[object]] = [
        ["entries made, CPU s", result["entries_seconds"]],
        ["index made of them, CPU s", result["index_seconds"]],
        ["index made again, CPU s", result["again_seconds"]],
        ["index, kB", round(result["bytes"] / 1000)],
        ["index, gzip, kB", round(result["gzip_bytes"] / 1000)],
    ]
    browser = result["browser"]
    if browser is None:
        return [*found, ["answer in a browser", "not measured: no Chromium here"]]
    return [
        *found,
        ["page opened from the disk, ms", round(browser["load_ms"])],
        ["of which the index is read, ms", browser["open_ms"]],
        [f"answer, median of {browser['questions']} questions, ms", browser["median_ms"]],
        ["answer, 95th of 100, ms", browser["p95_ms"]],
        ["answer, worst, ms", browser["worst_ms"]],
    ]


def show(result: Mapping[str, Any]) -> str:
    """The figures as a table, with their budgets."""
    head = f"Search: {result['products']:,} products with {result['columns']} columns each"
    return f"{head}\n{table(['', ''], rows(result))}\n{show_budgets(budgets_of_search(result))}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--products", type=int, default=1_000)
    result = compare(parser.parse_args().products)
    keep("search", result)
    print(show(result))


if __name__ == "__main__":
    main()
