"""The search as readers use it: in a real browser, from a disk and from a server, with a keyboard, without scripts."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from catalog.search import ColumnText, Entry, Kind, build_index, fold, words
from catalog.search.folding import STOPS
from catalog.site.assets import SCRIPTS
from tests.e2e.browser import DESK, PHONE, Reader, View, sideways, structure, violations

pytestmark = pytest.mark.browser

SCRIPT = next(path for path in SCRIPTS if path.stem == "search")
LETTERS = "abcdefghijklmnñopqrstuvwxyzáéíóúüãõâêôçàœßABCDÁÉÑÇÃ0123456789²"
TEXTS = st.text(st.characters(max_codepoint=0x24F, categories=("L", "N", "P", "Z", "M")), max_size=30)
TITLES = st.lists(st.text(LETTERS, min_size=1, max_size=10), min_size=1, max_size=4).map(" ".join)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SAME = {
    "en": [
        *("street streets", "city cities", "box boxes", "pothole potholes", "mend mended mending", "status"),
        *("plan planned planning", "inspection inspections inspect", "month monthly months", "service services"),
        *("class classes", "district districts", "report reported reports reporting", "close closed closing"),
    ],
    "es": [
        *("calle calles", "luz luces", "solicitud solicitudes", "camión camiones", "mes meses", "día días"),
        *("luminaria luminarias", "publicación publicaciones publicar publicado", "vez veces", "abierto abiertas"),
        *("distrito distritos", "reparación reparaciones reparar", "ciudad ciudades", "niño niños niña"),
        *("árbol árboles", "mensual mensuales mensualmente"),
    ],
    "pt": [
        *("rua ruas", "luz luzes", "solicitação solicitações solicitar", "mês meses", "municipal municipais"),
        *("jardim jardins", "cidade cidades", "flor flores", "iluminação iluminar", "público públicas", "mão mãos"),
        *("contagem contagens", "distrito distritos", "nível níveis", "órgão órgãos"),
    ],
}
"""Words that mean the same to whoever looks for them."""


@pytest.fixture
def blank(reader: Reader) -> Iterator[Page]:
    """A page with the script and nothing else."""
    page = reader.browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(path=str(SCRIPT))
    yield page
    page.close()


def entry(title: str, number: int = 0, **more: Any) -> Entry:
    return Entry(Kind.PRODUCT, f"products/{number}/index.html", title, **more)


def find(page: Page, entries: list[Entry], questions: list[str], language: str = "en") -> list[list[int]]:
    """What each question finds: the numbers of the entries, the best first."""
    data = build_index(entries, language).decode()
    return list(
        page.evaluate(
            """([script, questions]) => {
              const index = new self.cauceSearch.Index(JSON.parse(script));
              return questions.map((q) => index.find(q).found.map((f) => f.thing));
            }""",
            [data.removeprefix("self.cauceIndex = ").rstrip().removesuffix(";"), questions],
        )
    )


@FEW
@given(st.lists(TEXTS, min_size=20, max_size=60))
def test_the_script_folds_as_the_index_does(blank: Page, texts: list[str]) -> None:
    assert blank.evaluate("texts => texts.map(self.cauceSearch.fold)", texts) == [fold(text) for text in texts]
    assert blank.evaluate("texts => texts.map(self.cauceSearch.words)", texts) == [list(words(t)) for t in texts]


@pytest.mark.parametrize("language", ["en", "es", "pt"])
@FEW
@given(titles=st.lists(TITLES, min_size=1, max_size=15))
def test_every_word_of_every_title_is_found_with_and_without_accents(
    blank: Page, language: str, titles: list[str]
) -> None:
    asked = [(n, word) for n, title in enumerate(titles) for word in title.split()]
    asked += [(n, fold(word)) for n, word in asked] + [(n, title) for n, title in enumerate(titles)]
    found = find(blank, [entry(t, n) for n, t in enumerate(titles)], [q for _, q in asked], language)
    lost = [(q, titles[n]) for (n, q), things in zip(asked, found, strict=True) if n not in things]
    common = set(STOPS[language])
    assert [(q, title) for q, title in lost if not set(words(q)) <= common] == []


@pytest.mark.parametrize("language", SAME)
def test_endings_do_not_matter_in_either_direction(blank: Page, language: str) -> None:
    for family in SAME[language]:
        for written in family.split():
            asked = [*family.split(), *(fold(word) for word in family.split())]
            found = find(blank, [entry(f"{written} 7"), entry("something else", 1)], asked, language)
            assert found == [[0]] * len(asked), (language, written, asked)


def test_more_words_mean_all_of_them_and_some_only_where_nothing_has_all(blank: Page) -> None:
    entries = [entry("Streets of the port"), entry("Lamps of the port", 1), entry("Streets and lamps", 2)]
    asked = ["streets port", "port lamps", "lamps", "streets zebra", "of the", "zebra"]
    assert find(blank, entries, asked) == [[0], [1], [1, 2], [0, 2], [], []]


def test_where_a_word_stands_decides_the_order(blank: Page) -> None:
    entries = [
        entry("One", rest=("about lamps",)),
        entry("Two", 1, columns=(ColumnText("lamps", "Lamps", "How many."),)),
        entry("Three", 2, line="Where lamps stand"),
        entry("Lamps", 3),
    ]
    assert find(blank, entries, ["lamps"]) == [[3, 2, 1, 0]]


def test_the_exact_name_of_a_column_is_answered_by_what_has_it_alone(blank: Page) -> None:
    """ "opened_at" brought everything with "opened" in it."""
    entries = [
        entry("Opened doors", line="Which were opened"),
        entry("Requests", 1, columns=(ColumnText("opened_at", "Opened", "When it was opened."),)),
        entry("Opened files", 2, columns=(ColumnText("opened", "Opened", "How many."),)),
    ]
    assert find(blank, entries, ["opened_at", "Opened_AT", "opened"]) == [[1], [1], [0, 2, 1]]


def test_the_beginning_of_a_word_is_enough_and_a_slip_is_forgiven_where_nothing_fits(blank: Page) -> None:
    entries = [entry("Streetlights"), entry("Street trees", 1), entry("Libraries", 2), entry("Water quality", 3)]
    asked = ["stre", "streetl", "streetlihgts", "libaries", "watter", "watre quality", "wter", "w"]
    assert find(blank, entries, asked) == [[0, 1], [0], [0], [2], [3], [3], [], [3]]


def test_a_name_with_signs_of_a_pattern_is_only_a_name(blank: Page) -> None:
    entries = [entry("a+b (c) [d] ^$"), entry("constructor __proto__ toString", 1)]
    asked = ["(d)", "[", "constructor", "__proto__", "tostring", "\\", ".*"]
    assert find(blank, entries, asked) == [[0], [], [1], [1], [1], [], []]


# the page ------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(small_site: Path) -> Iterator[str]:
    """The public site's address on a server."""
    handler = functools.partial(Quiet, directory=str(small_site / "public"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def search(site: Path, language: str = "en") -> Path:
    return site / "public" / language / "search" / "index.html"


@pytest.fixture
def trouble() -> list[str]:
    return []


def watched(page: Page, trouble: list[str]) -> Page:
    """A page whose errors and refusals are written down."""
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("requestfailed", lambda request: trouble.append(request.url))
    return page


@pytest.mark.parametrize("way", ["disk", "server"])
def test_results_come_with_their_words_marked_and_their_number_said(
    reader: Reader, small_site: Path, served: str, trouble: list[str], way: str
) -> None:
    page = watched(reader.browser.new_page(viewport={"width": DESK, "height": 900}), trouble)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    start = search(small_site).as_uri() if way == "disk" else f"{served}/en/search/index.html"
    page.goto(f"{start}?q=REQUEST+m%C3%B3nth")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^Found: \d+\.$"))
    assert page.input_value("#q") == "REQUEST mónth"
    product = page.locator("section[aria-labelledby=found-product] li").first
    expect(product.locator("h3 a")).to_have_text("Service requests by month")
    assert product.locator("h3 mark").all_inner_texts() == ["requests", "month"]
    for link in page.locator("[data-results] h3 a").all():
        address = str(link.evaluate("a => a.href")).partition("#")[0]
        root = (small_site / "public").as_uri() if way == "disk" else served
        assert (small_site / "public" / address.removeprefix(f"{root}/")).is_file(), address
    assert all(url.startswith((start.rpartition("/en/")[0], "data:")) for url in asked)
    assert "REQUEST" in page.title()
    assert [t for t in trouble if "favicon" not in t] == []
    page.close()


def test_what_is_typed_is_found_at_once_and_kept_in_the_address(
    reader: Reader, small_site: Path, trouble: list[str]
) -> None:
    page = watched(reader.browser.new_page(), trouble)
    page.goto(search(small_site, "es").as_uri())
    expect(page.get_by_role("status")).to_be_empty()
    page.fill("#q", "distrito")
    expect(page.locator("#found-product")).to_be_visible()
    some = page.locator("[data-results] h3").count()
    page.press("#q", "Enter")
    assert page.url.endswith("?q=distrito")
    page.reload()
    assert page.locator("[data-results] h3").count() == some
    other = page.locator(".tongues a").first
    assert (other.get_attribute("href") or "").endswith("/index.html?q=distrito"), "the other language keeps the words"
    other.click()
    expect(page.locator("#q")).to_have_value("distrito")
    page.go_back()
    page.fill("#q", "")
    expect(page.get_by_role("status")).to_be_empty()
    expect(page.locator("[data-results]")).to_be_empty()
    assert trouble == []
    page.close()


def test_a_column_is_told_with_the_product_that_has_it(reader: Reader, small_site: Path) -> None:
    with reader.open(search(small_site), View(scripts=True)) as page:
        page.fill("#q", "median")
        first = page.locator("section[aria-labelledby=found-product] li").first
        expect(first.locator(".meta code")).to_have_text("median_days")
        assert first.locator(".meta mark").all_inner_texts() == ["median"]


def test_where_nothing_is_found_the_page_says_whom_to_ask(reader: Reader, small_site: Path) -> None:
    with reader.open(search(small_site), View(scripts=True)) as page:
        expect(page.locator("[data-none]")).to_be_hidden()
        page.fill("#q", "xylophone <zzz>")
        expect(page.get_by_role("status")).to_contain_text("xylophone <zzz>")
        expect(page.locator("[data-none]")).to_be_visible()
        assert page.locator("[data-none] a[href^='mailto:']").count() >= 1
        page.fill("#q", "")
        expect(page.locator("[data-none]")).to_be_hidden()


def test_many_results_are_shown_in_two_steps_and_the_focus_goes_on(reader: Reader, small_site: Path) -> None:
    with reader.open(search(small_site), View(scripts=True)) as page:
        page.fill("#q", "a")
        page.fill("#q", "of")
        page.fill("#q", "c")
        section = page.locator("section[aria-labelledby=found-word]")
        total = int(section.locator(".count").inner_text())
        assert total > 8
        assert section.locator("li h3").count() == 8
        section.get_by_role("button").click()
        assert section.locator("li h3").count() == total
        assert section.locator("li h3 a").nth(8).evaluate("a => a === document.activeElement")
        expect(section.get_by_role("button")).to_have_count(0)


def test_the_keyboard_is_enough(reader: Reader, small_site: Path) -> None:
    with reader.open(search(small_site), View(scripts=True)) as page:
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "q":
                break
        page.keyboard.type("districts")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('[data-results]') !== null")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/en/(?!search/)"))
        expect(page.locator("h1")).to_be_visible()


def test_without_scripts_the_page_says_so_and_lists_everything(reader: Reader, small_site: Path) -> None:
    with reader.open(search(small_site)) as page:
        expect(page.locator("noscript .banner")).to_contain_text("this browser runs none here")
        expect(page.locator("noscript .banner")).to_be_visible()
        names = set(page.locator(".by-letter a").all_inner_texts())
        assert {"Service requests by month", "Districts", "Hours of crews", "Map of districts"} <= names
        assert "SECRET hidden product" not in names
        page.locator(".letters a").first.click()
        assert "#letter-" in page.url
        for link in page.locator(".by-letter a").all():
            target = (search(small_site).parent / str(link.get_attribute("href"))).resolve()
            assert target.is_file(), target


def test_the_field_at_the_top_of_every_page_leads_here(reader: Reader, small_site: Path) -> None:
    home = small_site / "public" / "en" / "products" / "districts" / "index.html"
    with reader.open(home, View(scripts=True)) as page:
        page.locator("header input[name=q]").fill("letters budget")
        page.locator("header input[name=q]").press("Enter")
        page.wait_for_url(re.compile(r"/en/search/index\.html\?q=letters\+budget"))
        expect(page.get_by_role("status")).to_contain_text("Found with some of them")


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_results_are_accessible(reader: Reader, small_site: Path, width: int, scheme: Any) -> None:
    with reader.open(search(small_site), View(width, scheme, scripts=True)) as page:
        for question in ("requests month", "median", "xylophone"):
            page.fill("#q", question)
            found = [*violations(page), *structure(page), *sideways(page)]
            assert found == [], question
    assert reader.foreign_requests() == []
