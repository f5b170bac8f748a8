"""Every kind of page, read as people read: on a phone, with a keyboard, with a screen reader, on paper, in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from catalog.language import languages
from tests.e2e.browser import DESK, PHONE, REFLOW, Reader, View, sideways, spaced, unread_in_own_colours, walk
from tests.e2e.kinds import ABSENT, KINDS, LARGE_ONLY, pages_of

pytestmark = pytest.mark.browser

OUT = Path(__file__).resolve().parents[1] / "out"

SITES = ("small", "demo")
TIERS = ("public", "internal")
ODD = frozenset({"tombstone", "closed release", *LARGE_ONLY})
"""Kinds of which the demo has no page."""
READ = tuple(kind for kind in KINDS if kind != "root")
"""Kinds of pages that stay; the root leads on at once."""
WALKED = tuple(kind for kind in READ if kind != "search")
"""Kinds of pages that are walked with the Tab key; the search page has tests of its own."""


def one_of(sites: Path, tier: str, kind: str, language: str) -> Path | None:
    """The heaviest page of a kind; None where this tier has none of it."""
    found = pages_of(sites / tier, kind, language)
    if (tier, kind) in ABSENT:
        assert found == []
        return None
    assert found, f"no {kind} page in the {tier} site"
    return found[0]


@pytest.fixture(params=SITES)
def sites(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(f"{request.param}_site")
    return folder


@pytest.fixture(scope="module")
def tab(reader: Reader) -> Iterator[Page]:
    """A tab that runs scripts, for one page after the other."""
    with reader.tab(View(scripts=True)) as opened:
        yield opened


@pytest.mark.parametrize("tier", TIERS)
def test_every_page_is_of_a_kind_that_is_tested(sites: Path, tier: str) -> None:
    site = sites / tier
    spoken = [tongue for tongue in languages() if (site / tongue).exists()]
    known = {p for kind in KINDS for language in spoken for p in pages_of(site, kind, language)}
    assert {p.relative_to(site).as_posix() for p in set(site.rglob("*.html")) - known} == set()


def ways(kind: str) -> list[tuple[str, str, View]]:
    """How a kind is read. From kind to kind the ways change places, so that all of them are gone."""
    shift = READ.index(kind)
    found = []
    for turn, language in enumerate(languages()):
        other = (turn + shift) % 2 == 1
        dark = (turn + shift // 2) % 2 == 1
        tier = "internal" if (other and ("internal", kind) not in ABSENT) or ("public", kind) in ABSENT else "public"
        found.append((tier, language, View(PHONE, "dark") if dark else View(DESK, "light")))
    return found


def test_the_ways_cover_each_other() -> None:
    each = {(tier, language, view.scheme) for kind in READ for tier, language, view in ways(kind)}
    assert each == {(t, n, s) for t in TIERS for n in languages() for s in ("light", "dark")}
    for kind in READ:
        tiers, tongues, views = (set(found) for found in zip(*ways(kind), strict=True))
        assert len(tiers) == (1 if any(k == kind for _, k in ABSENT) else 2), kind
        assert (tongues, len(views)) == (set(languages()), 2), kind


@pytest.mark.parametrize("kind", READ)
def test_every_kind_of_page_serves_everybody(reader: Reader, tab: Page, small_site: Path, kind: str) -> None:
    findings: list[str] = []
    for tier, language, view in ways(kind):
        path = one_of(small_site, tier, kind, language)
        if path:
            findings += [f"{tier} {language} {f}" for f in reader.read(tab, path, view)]
    assert findings == [], "\n".join(findings)


@pytest.mark.parametrize("kind", WALKED)
def test_a_keyboard_is_enough(reader: Reader, small_site: Path, kind: str) -> None:
    path = one_of(small_site, "public" if ("internal", kind) in ABSENT else "internal", kind, "es")
    assert path is not None
    with reader.open(path) as tab:
        assert walk(tab) == []


@pytest.mark.parametrize("tier", TIERS)
def test_the_root_serves_everybody_who_is_not_led_on(
    reader: Reader, small_site: Path, tmp_path: Path, tier: str
) -> None:
    root = (small_site / tier / "index.html").read_text(encoding="utf-8")
    standing = re.sub(r'<meta http-equiv="(refresh|Content-Security-Policy)"[^>]*>', "", root)
    assert standing.count("<meta") == root.count("<meta") - 2
    path = tmp_path / "index.html"
    path.write_text(
        standing.replace('href="assets/', f'href="{(small_site / tier).as_uri()}/assets/'), encoding="utf-8"
    )
    assert reader.findings(path) == []


def test_the_heaviest_page_of_each_kind_of_the_demo_serves_everybody(
    reader: Reader, tab: Page, demo_site: Path
) -> None:
    findings: list[str] = []
    for number, kind in enumerate(k for k in READ if k not in ODD):
        tier, language, view = ways(kind)[number % 2]  # English or Spanish: the demo speaks no Portuguese
        path = one_of(demo_site, tier, kind, language)
        if path:
            picture = OUT / "demo" / tier / f"{kind.replace(' ', '-')}-{language}"
            findings += [f"{kind}: {f}" for f in reader.read(tab, path, view, picture)]
    assert findings == [], "\n".join(findings)


def seen_by_anybody(sites: Path, language: str) -> Iterator[tuple[str, Path]]:
    """One page of every kind: the public's, and where the public has none of it, the staff's."""
    for kind in READ:
        path = one_of(sites, "internal" if ("public", kind) in ABSENT else "public", kind, language)
        if path:
            yield kind, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_may_be_set_apart_and_shown_in_the_colours_of_the_system(
    reader: Reader, small_site: Path, scheme: Literal["light", "dark"]
) -> None:
    findings: list[str] = []
    with reader.tab(View(REFLOW, scheme)) as tab:
        for kind, path in seen_by_anybody(small_site, "pt"):
            tab.goto(path.as_uri())
            found = unread_in_own_colours(tab) if scheme == "dark" else spaced(tab)
            findings += [f"{kind}: {f}" for f in found]
    assert findings == [], "\n".join(findings)


def test_every_page_is_read_without_scripts_and_on_paper(reader: Reader, small_site: Path) -> None:
    findings: list[str] = []
    with reader.tab(View(PHONE, "dark", scripts=False)) as tab:
        for kind, path in seen_by_anybody(small_site, "pt"):
            tab.emulate_media(media="screen")
            tab.set_viewport_size({"width": PHONE, "height": 900})
            tab.goto(path.as_uri())
            found = sideways(tab)
            if len(tab.locator("main").inner_text().split()) < 12:
                found.append("there is nothing to read")
            # The page for what is not found is served at any address, so that its links are from the site's root.
            found += [f"leads nowhere: {h}" for h in dead_ends(tab, path) if kind != "missing" or h[0] != "/"]
            tab.emulate_media(media="print")
            tab.set_viewport_size({"width": DESK, "height": 900})
            findings += [f"{kind}: {f}" for f in [*found, *on_paper(tab)]]
    assert findings == [], "\n".join(findings)


def on_paper(tab: Page) -> list[str]:
    """What is wrong with a page in print."""
    found = [
        f"in print: {n.inner_text()[:40]}" for n in tab.locator("nav, form, .tongues, .skip").all() if n.is_visible()
    ]
    if not tab.locator("main h1").is_visible():
        found.append("in print: its heading is not seen")
    background = tab.evaluate("() => getComputedStyle(document.body).backgroundColor")
    if background not in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}:
        found.append(f"in print: its ground is {background}")
    shown = [c.get_attribute("class") or "" for c in tab.locator("svg.chart").all() if c.is_visible()]
    return found + ["in print: the chart for a phone" for c in shown if "chart-narrow" in c]


def dead_ends(tab: Page, path: Path) -> list[str]:
    """Links of a page to files that are not there, or to places that the page does not have."""
    hrefs = [a.get_attribute("href") or "" for a in tab.locator("a[href]").all()]
    ids = set(re.findall(r'\bid="([^"]+)"', path.read_text(encoding="utf-8")))
    found = []
    for href in {h for h in hrefs if h and not re.match(r"[a-z]+:", h)}:
        file, _, anchor = href.partition("#")
        there = (path.parent / file.split("?")[0]).exists() if file else not anchor or anchor in ids
        if not there:
            found.append(href)
    return sorted(found)


@pytest.mark.parametrize("tier", TIERS)
def test_the_root_leads_to_a_first_page(reader: Reader, sites: Path, tier: str) -> None:
    with reader.open(sites / tier / "index.html") as page:
        page.wait_for_url(re.compile(r"/(en|es)/index\.html$"))
        assert page.locator("main h1").is_visible()


@pytest.mark.parametrize(("tier", "language"), [("public", "en"), ("internal", "es")])
def test_a_problem_opens_with_its_answer_without_scripts(reader: Reader, sites: Path, tier: str, language: str) -> None:
    pages = pages_of(sites / tier, "problem", language)
    assert pages
    for path in pages:
        with reader.open(path, View(PHONE, scripts=False)) as page:
            answer = page.locator(".answer").first
            box = answer.bounding_box()
            assert box is not None
            assert box["y"] < 500, "the answer must stand on the first screen of a phone"
            assert answer.inner_text().strip().endswith(".")
            assert page.locator("html").get_attribute("lang") == language
            shown = [c for c in page.locator("svg.chart").all() if c.is_visible()]
            assert all("chart-narrow" in (c.get_attribute("class") or "") for c in shown)
            assert dead_ends(page, path) == []


def test_pages_are_light(sites: Path) -> None:
    """Under 100 kB without the rows of their tables, and none is a burden even with them."""
    heavy: dict[str, int] = {}
    for path in sites.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        bare = len(re.sub(r"<tbody>.*?</tbody>", "", page, flags=re.DOTALL).encode())
        if bare > 100_000 or path.stat().st_size > 250_000:
            heavy[path.relative_to(sites).as_posix()] = bare
    assert heavy == {}
