"""A site in any language: every word of the interface is translated, what is not says so, machines see no difference.

The sharpest test is a language that does not exist: each of its texts is the English one in brackets. What stands on a
page outside brackets, and is no text of the city's marked with its own language, was never handed to a translation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from catalog import language, messages
from catalog.settings import CatalogSettings
from catalog.site.build import build
from contracts.model import Text
from tests.unit.catalog import site_world
from tests.unit.catalog.site_world import CHECKED_AT, NAMES, build_world, city

INVENTED = "eo"
"""A language that the world's conventions know and nobody here writes: its words are put in brackets."""
OPEN, CLOSE = "\u27e6", "\u27e7"

SPOKEN = frozenset({"title", "alt", "aria-label", "aria-description", "placeholder", "data-head", "content"})
VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "wbr", "col"})
MUTE = frozenset({"style", "script", "code", "pre", "kbd"})
# Names of makers, licences, standards, units and files, the same in every language.
SAME = frozenset(
    {
        *(
            "Cauce",
            "CSV",
            "Parquet",
            "GeoJSON",
            "JSON",
            "SHA",
            "DCAT",
            "US",
            "AP",
            "UTC",
            "kB",
            "Atom",
            "Data",
            "Package",
        ),
        *(
            "Croissant",
            "ODCS",
            "OpenLineage",
            "Sitemap",
            "DuckDB",
            "Great",
            "Expectations",
            "Dagster",
            "dbt",
            "pandera",
        ),
        *("Babel", "Jinja", "SQLGlot", "Apache", "MIT", "BSD", "Clause", "CC", "BY"),
    }
)
# What the small city's contracts, decisions and data say as it is, and a tier's name, which its contract translates.
CITY = frozenset(
    {
        *(
            "Public",
            "Internal",
            "Restricted",
            "By",
            "month",
            "Register",
            "of",
            "requests",
            "Two",
            "districts",
            "swapped",
        ),
        *("Replaced", "by", "the", "street", "map", "days", "population", "category", "opened", "unknown", "Pothole"),
        *("Streetlight", "Ana", "Ruiz", "Inés", "Vela", "app", "phone", "channel", "all", "index", "need", "abcdef"),
        *("true", "false", "period", "value", "numerator", "denominator"),
    }
)


class Words(HTMLParser):
    """What a person sees or hears of a page, each piece with the language it is marked with."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[tuple[str, str]] = []
        self.langs: list[str] = []
        self.elements: list[str] = []
        self.depth = 0
        self.links: list[dict[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        spoken = named.get("lang") or (self.langs[-1] if self.langs else "")
        if "hreflang" in named:
            self.links.append({"tag": tag, **named})
        if tag != "meta" or named.get("name") == "description":
            self.pieces += [(spoken, bare(value)[0]) for name, value in named.items() if name in SPOKEN]
        if tag not in VOID:
            self.elements.append(tag)
            self.langs.append(spoken)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A shape of a drawing."""

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.elements.pop() == tag
        self.langs.pop()

    def handle_data(self, data: str) -> None:
        if not MUTE.intersection(self.elements) and data.strip():
            left, self.depth = bare(data, self.depth)
            self.pieces.append((self.langs[-1] if self.langs else "", left))


def bare(text: str, depth: int = 0) -> tuple[str, int]:
    """``text`` without what stands in brackets, which may have begun ``depth`` times before and end behind it."""
    kept = []
    for sign in text:
        depth += sign == OPEN
        if not depth:
            kept.append(sign)
        depth -= sign == CLOSE
    return "".join(kept), depth


def plain_words(text: str, names: frozenset[str]) -> set[str]:
    """Words of a text that are neither an address, a file or a column nor a name."""
    left = re.sub(
        r"\S+@\S+|https?://\S+|\S+/\S*|\S*_\S*|\S+\.(json|csv|yaml|ndjson|parquet|xml|jsonld|txt)\b", " ", text
    )
    return {w for w in re.findall(r"[^\W\d_]{2,}", left) if w not in names}


def invented(shelf: Path) -> None:
    """Write the invented language's file."""
    translated = Catalog(locale=Locale(INVENTED))
    for message in messages.extract():
        if message.id:
            forms = (message.id,) if isinstance(message.id, str) else message.id
            said = tuple(f"{OPEN}{form}{CLOSE}" for form in forms)
            translated.add(message.id, said if len(said) > 1 else said[0], context=message.context)
    path = shelf / INVENTED / "LC_MESSAGES" / "cauce.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, translated)


def built(folder: Path, *languages: str, country: str = "CO") -> Path:
    """The small city's sites in these languages."""
    home = build_world(folder).home
    settings = CatalogSettings(site_processes=1)
    build(city(languages=languages, country=country), home, checked_at=CHECKED_AT, settings=settings)
    return home.site


@pytest.fixture(scope="module")
def portuguese(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sites of a city in Brazil whose first language is Portuguese."""
    return built(tmp_path_factory.mktemp("pt"), "pt", "es", country="BR")


@pytest.fixture
def bracketed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sites of the small city in the invented language; the city's own texts stand in brackets too."""
    monkeypatch.setattr(language, "LOCALES", tmp_path / "locales")
    monkeypatch.setattr(site_world, "text", lambda en, _="": Text(f"{OPEN}{en}{CLOSE}"))
    invented(tmp_path / "locales")
    language.translator.cache_clear()
    yield built(tmp_path / "home", INVENTED)
    language.translator.cache_clear()


def pages(site: Path) -> list[Path]:
    """Every page of both tiers."""
    return sorted(page for tier in ("public", "internal") for page in (site / tier).rglob("*.html"))


def names_here() -> frozenset[str]:
    """Names, and what the world's conventions write: months in few letters, languages."""
    locale = Locale(INVENTED)
    months = {n.strip(".") for width in locale.months["format"].values() for n in width.values()}
    tongue = str(locale.get_display_name(INVENTED))
    return frozenset({*SAME, *CITY, *months, tongue, tongue.capitalize(), *NAMES.values()})


def test_every_word_of_every_page_was_handed_to_a_translation(bracketed: Path) -> None:
    names, found, read = names_here(), set(), 0
    for path in pages(bracketed):
        for spoken, text in Words(path.read_text(encoding="utf-8")).pieces:
            if spoken == INVENTED:
                read += 1
                if plain_words(text, names):
                    found.add(f"{path.relative_to(bracketed)}: {' '.join(text.split())[:160]}")
    assert read > 5_000, "the pages are not in the invented language at all"
    assert sorted(found) == []


def test_a_city_may_speak_portuguese_first(portuguese: Path) -> None:
    for tier in ("public", "internal"):
        site = portuguese / tier
        assert {p.name for p in site.iterdir() if (p / "index.html").exists()} == {"pt", "es"}
        for page in (site / "index.html", site / "404.html", *(site / "pt").rglob("*.html")):
            assert re.search(r'<html lang="([^"]+)"', page.read_text(encoding="utf-8")).group(1) == "pt"  # type: ignore[union-attr]
        assert "url=pt/index.html" in (site / "index.html").read_text(encoding="utf-8")


def test_no_english_word_of_the_interface_stands_on_a_portuguese_page(portuguese: Path) -> None:
    texts = {form for m in messages.extract() if m.id for form in ([m.id] if isinstance(m.id, str) else m.id)}
    words = language.translator("pt")
    # A text with something put into it is looked for by its longest piece.
    english = {max(re.split(r"%\(\w+\)s", text), key=len).strip() for text in texts}
    english = {piece for piece in english if len(piece.split()) > 1 and words.gettext(piece) != piece}
    assert len(english) > 500
    found = {
        f"{path.relative_to(portuguese)}: {text}"
        for path in pages(portuguese)
        if path.relative_to(portuguese).parts[1] == "pt"
        for spoken, text in Words(path.read_text(encoding="utf-8")).pieces
        if spoken == "pt"
        for piece in english
        if piece in text
    }
    assert sorted(found) == []


def test_a_text_that_the_city_has_not_translated_says_its_language(portuguese: Path) -> None:
    page = (portuguese / "public" / "pt" / "problems" / "streetlights" / "index.html").read_text(encoding="utf-8")
    pieces = Words(page).pieces
    assert ("en", "Why do streetlights stay dark longer in the South?") in pieces
    assert ("en", "Director of Works") in pieces
    # Inside the page's own sentences as well: the answer, the breadcrumbs.
    assert ("en", "Days to mend a streetlight") in pieces
    assert ("en", "Streetlights") in pieces
    # What is the same in every language is a name, and needs no mark.
    assert ("pt", "Ribera") in pieces
    assert ("pt", "A decisão a que isto serve") in pieces
    assert "8,4 dias" in page
    assert "outubro de 2026" in page


def test_every_language_has_the_same_pages_and_each_leads_to_the_other(portuguese: Path) -> None:
    for tier in ("public", "internal"):
        site = portuguese / tier
        own = {
            tongue: {p.relative_to(site / tongue) for p in (site / tongue).rglob("*.html")} for tongue in ("pt", "es")
        }
        assert own["pt"] == own["es"] != set()
        for tongue, other in (("pt", "es"), ("es", "pt")):
            for page in own[tongue]:
                path = site / tongue / page
                links = Words(path.read_text(encoding="utf-8")).links
                # a feed says its language as well
                feeds = [link for link in links if link["href"].endswith(".xml")]
                assert all((path.parent / link["href"]).is_file() for link in feeds)
                led = [link for link in links if link["tag"] == "a" and link not in feeds]
                assert {link["hreflang"] for link in led} == {other}
                assert {(path.parent / link["href"]).resolve() for link in led} == {(site / other / page).resolve()}
                root = "https://data.ribera.example/" if tier == "public" else ""
                named = {
                    link["hreflang"]: link["href"] for link in links if link["tag"] == "link" and link not in feeds
                }
                there = {
                    mark: site / href.removeprefix(root) if root else path.parent / href for mark, href in named.items()
                }
                assert {mark: file.resolve() for mark, file in there.items()} == {
                    "pt": site / "pt" / page, "es": site / "es" / page, "x-default": site / "pt" / page,
                }  # fmt: skip


def test_files_for_machines_are_the_same_whatever_the_language_and_the_country(
    portuguese: Path, tmp_path: Path
) -> None:
    """Only what names a language differs: the addresses of pages, the languages of the catalogue and of its titles."""
    english = built(tmp_path, "en", "es", country="US")
    for tier in ("public", "internal"):
        ours, theirs = machine_files(portuguese / tier), machine_files(english / tier)
        assert ours.keys() == theirs.keys()
        assert {name for name in ours if name.endswith(".csv")}
        for name, found in ours.items():
            assert without_language(found) == without_language(theirs[name]), name


def machine_files(site: Path) -> dict[str, bytes]:
    """Everything but pages, what pages load, feeds, which speak, and lists with a line for each language's page."""
    lists = {"sitemap.xml", "gone.json", "gone.map"}
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file() and path.suffix != ".html" and path.name not in lists
        if path.relative_to(site).parts[0] not in {"assets", "feeds", "pt", "es", "en"}
    }


def without_language(found: bytes) -> str:
    """A file's text without the codes of languages: in addresses, and where a catalogue names those it speaks."""
    text = found.decode("utf-8", errors="replace")
    text = re.sub(r"\[Atom \([^)]*\)\]\([^)]*\)", "[Atom]", text)
    text = re.sub(r"\b(en|es|pt)/", "", text)
    text = re.sub(r"\s*\"[^\"]*/(language/[A-Z]{3}|iso639-1/[a-z]{2})\",?", "", text)
    return re.sub(r"title_(en|es|pt)(,title_(en|es|pt))*", "title", text)
