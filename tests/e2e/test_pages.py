"""Every kind of page, read as people read: on a phone, with a keyboard, with a screen reader, on paper, in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.browser import DESK, PHONE, Reader, View

pytestmark = pytest.mark.browser

OUT = Path(__file__).resolve().parents[1] / "out"

KINDS = {
    "home": r"{lang}/index\.html",
    "about": r"{lang}/about/index\.html",
    "problems": r"{lang}/problems/index\.html",
    "problem": r"{lang}/problems/[^/]+/index\.html",
    "products": r"{lang}/products/index\.html",
    "product": r"{lang}/products/[^/]+/index\.html",
    "release": r"{lang}/products/[^/]+/releases/[^/]+/index\.html",
    "quality": r"{lang}/quality/[^/]+/\d+/index\.html",
    "attempt": r"{lang}/quality/[^/]+/held-\d+/index\.html",
    "sources": r"{lang}/sources/index\.html",
    "source": r"{lang}/sources/[^/]+/index\.html",
    "card": r"{lang}/inventory/[^/]+/index\.html",
    "status": r"{lang}/status/index\.html",
    "missing": r"404\.html",
}
ROOT_PAGE = "index.html"
SITES = ("small", "demo")
VIEWS = (("public", "en"), ("internal", "es"))
# Staff see the product itself where the public sees its card; the data team's page is for staff alone.
ABSENT = {("public", "status"), ("internal", "card")}


def pages_of(site: Path, kind: str, language: str) -> list[Path]:
    """The pages of one kind, the heaviest first."""
    pattern = re.compile(KINDS[kind].format(lang=re.escape(language)))
    found = [p for p in site.rglob("*.html") if pattern.fullmatch(p.relative_to(site).as_posix())]
    return sorted(found, key=lambda p: (-p.stat().st_size, p.as_posix()))


@pytest.fixture(params=SITES)
def sites(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(f"{request.param}_site")
    return folder


@pytest.fixture(params=SITES)
def named_sites(request: pytest.FixtureRequest) -> tuple[str, Path]:
    return request.param, request.getfixturevalue(f"{request.param}_site")


def test_every_page_is_of_a_kind_that_is_tested(sites: Path) -> None:
    for tier in ("public", "internal"):
        site = sites / tier
        known = {site / ROOT_PAGE} | {
            p for kind in KINDS for language in ("en", "es") for p in pages_of(site, kind, language)
        }
        assert {p.relative_to(site).as_posix() for p in set(site.rglob("*.html")) - known} == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("tier", "language"), VIEWS)
def test_the_heaviest_page_of_each_kind_serves_everybody(
    reader: Reader, named_sites: tuple[str, Path], tier: str, language: str, kind: str
) -> None:
    name, sites = named_sites
    found = pages_of(sites / tier, kind, language)
    if (tier, kind) in ABSENT:
        assert found == []
        return
    assert found, f"no {kind} page in the {tier} site"
    findings = reader.findings(found[0], OUT / name / tier / f"{kind}-{language}")
    assert findings == [], f"{found[0]}\n" + "\n".join(findings)


def test_the_root_leads_to_a_first_page(reader: Reader, sites: Path) -> None:
    for tier in ("public", "internal"):
        with reader.open(sites / tier / "index.html") as page:
            page.wait_for_url(re.compile(r"/(en|es)/index\.html$"))
            assert page.locator("main h1").is_visible()


@pytest.mark.parametrize(("tier", "language"), VIEWS)
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
            hrefs = [a.get_attribute("href") or "" for a in page.locator("a[href]").all()]
        here = [h.split("#")[0].split("?")[0] for h in hrefs if h and not re.match(r"[a-z]+:", h)]
        missing = [h for h in here if h and not (path.parent / h).exists()]
        assert missing == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_problem_prints_without_navigation(reader: Reader, sites: Path, language: str) -> None:
    path = pages_of(sites / "public", "problem", language)[0]
    with reader.open(path, View(DESK, "dark")) as page:
        page.emulate_media(media="print")
        assert not any(n.is_visible() for n in page.locator("header nav").all())
        assert page.locator(".answer").first.is_visible()
        background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert background in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}
        charts = [c.get_attribute("class") or "" for c in page.locator("svg.chart").all() if c.is_visible()]
        assert all("chart-wide" in c for c in charts)


def test_pages_are_light(sites: Path) -> None:
    """Under 100 kB without the rows of their tables, and none is a burden even with them."""
    heavy: dict[str, int] = {}
    for path in sites.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        bare = len(re.sub(r"<tbody>.*?</tbody>", "", page, flags=re.DOTALL).encode())
        if bare > 100_000 or path.stat().st_size > 250_000:
            heavy[path.relative_to(sites).as_posix()] = bare
    assert heavy == {}
