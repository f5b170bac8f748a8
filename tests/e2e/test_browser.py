"""The browser harness itself: each of its findings is shown to be found on a page that has the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.browser import (
    DESK,
    PHONE,
    REFLOW,
    Reader,
    View,
    sideways,
    skip_link,
    spaced,
    structure,
    unread_in_own_colours,
    unseen_stops,
    violations,
)

pytestmark = pytest.mark.browser

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Good</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>.skip{position:absolute;left:-999px}.skip:focus{left:0}a:focus{outline:2px solid}</style></head>
<body><a class="skip" href="#main">Skip</a><header><nav aria-label="Main"><a href="#x">One</a></nav></header>
<main id="main" tabindex="-1"><h1>Good</h1><h2>Part</h2><p><a href="#y">Two</a></p>
<div style="overflow-x:auto" tabindex="0" role="region" aria-label="Wide"><div style="width:900px">wide</div></div>
<table><thead><tr><th scope="col">A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table></main></body></html>"""


def page(folder: Path, *changes: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_page_has_no_findings(reader: Reader, tmp_path: Path) -> None:
    assert reader.findings(page(tmp_path), tmp_path / "picture") == []
    assert {p.name for p in tmp_path.glob("*.png")} == {f"picture-{DESK}.png", f"picture-{PHONE}.png"}


def test_findings_name_the_view(reader: Reader, tmp_path: Path) -> None:
    found = reader.findings(page(tmp_path, ("<p>", '<p class="long" style="width:340px">'), ("<h1>Good</h1>", "")))
    assert any(f.startswith(f"{DESK} light: the page has 0 headings") for f in found)
    assert any(f.startswith(f"{PHONE} dark: at four times the size: p.long") for f in found)


def test_violations_are_found_however_grave(reader: Reader, tmp_path: Path) -> None:
    close = '<a href="#a" style="font-size:6px">a</a><br><a href="#b" style="font-size:6px">b</a>'
    pale = '<p><img src="data:,"><span style="color:#ddd;background:#fff">pale</span>'
    path = page(tmp_path, ("<p>", pale), ("<h2>Part</h2>", f"<h4>Part</h4><div>{close}</div>"))
    with reader.open(path, View(scripts=True)) as opened:
        found = " ".join(violations(opened))
    assert "image-alt (critical)" in found
    assert "color-contrast (serious)" in found
    assert "target-size (serious)" in found
    assert "heading-order (moderate)" in found


def test_text_that_cannot_be_set_apart_is_found(reader: Reader, tmp_path: Path) -> None:
    tight = '<p class="tight" style="height:1.1em;overflow:hidden">Tight</p><p class="fits">Fits</p>'
    with reader.open(page(tmp_path, ("<p>", f"{tight}<p>"))) as opened:
        assert spaced(opened) == ["with text set apart: p.tight is cut off: Tight"]
    long = '<p class="long" style="width:318px;white-space:nowrap">' + "word " * 8 + "</p>"
    with reader.open(page(tmp_path, ("<p>", f"{long}<p>")), View(REFLOW)) as opened:
        assert any("wide on a screen of 320" in f for f in spaced(opened))


def test_what_is_lost_in_the_colours_of_the_system_is_found(reader: Reader, tmp_path: Path) -> None:
    drawn = (
        '<svg role="img" aria-label="x"><text y="20" fill="#000">Black</text><text y="40" class="own">Own</text></svg>'
    )
    style = "a:focus{box-shadow:0 0 2px red;outline:none} .own{fill:CanvasText}</style>"
    path = page(tmp_path, ("<p>", f"{drawn}<p>"), ("a:focus{outline:2px solid}</style>", style))
    with reader.open(path, View(scheme="dark")) as opened:
        found = unread_in_own_colours(opened)
    assert "in forced colours: Black has a contrast of 1.0" in found
    assert "in forced colours: a Two cannot be seen to have the focus" in found
    assert not any("Own" in f for f in found)


def test_what_a_page_waits_for_is_found(reader: Reader, tmp_path: Path) -> None:
    for name in ("a.css", "b.css", "now.js", "later.js"):
        (tmp_path / name).write_text("", encoding="utf-8")
    sheets = '<link rel="stylesheet" href="a.css"><link rel="stylesheet" href="b.css">'
    scripts = '<script src="now.js"></script><script src="later.js" defer></script>'
    path = page(tmp_path, ("<style>", f"{sheets}{scripts}<style>"))
    with reader.tab(View(scripts=True)) as tab:
        found = [f for f in reader.read(tab, path, View(DESK, "light")) if "waits for" in f]
    assert [f.rpartition("/")[2] for f in found] == ["now.js", "b.css as well"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_page_wider_than_the_screen_is_found_also_when_folded(reader: Reader, tmp_path: Path, wrapped: bool) -> None:
    wide = '<p class="long" style="width:700px">Long</p>'
    path = page(tmp_path, ("<p>", f"<details><summary>More</summary>{wide}</details><p>" if wrapped else f"{wide}<p>"))
    with reader.open(path, View(PHONE, scripts=True)) as opened:
        found = sideways(opened)
    assert any("p.long" in f for f in found)
    assert any("on a screen of 360" in f for f in found)
    with reader.open(path, View(DESK, scripts=True)) as opened:
        assert sideways(opened) == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('<a class="skip" href="#main">Skip</a>', "", "does not lead to the main part"),
        (".skip:focus{left:0}", "", "not visible while it has the focus"),
        ('href="#main"', 'href="#nowhere"', "does not lead to the main part"),
    ],
)
def test_a_missing_or_useless_skip_link_is_found(
    reader: Reader, tmp_path: Path, old: str, new: str, finding: str
) -> None:
    with reader.open(page(tmp_path, (old, new)), View(scripts=True)) as opened:
        assert any(finding in f for f in skip_link(opened))


def test_a_stop_without_a_visible_focus_is_found(reader: Reader, tmp_path: Path) -> None:
    path = page(tmp_path, ("a:focus{outline:2px solid}", "a:focus{outline:none}"))
    with reader.open(path, View(scripts=True)) as opened:
        assert "a Two cannot be seen to have the focus" in unseen_stops(opened)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (' lang="en"', "", "does not say its language"),
        ("<title>Good</title>", "<title> </title>", "no title"),
        ("<h1>Good</h1>", "", "0 headings of the first level"),
        ("<h2>Part</h2>", "<h4>Part</h4>", "level 4 follows one of level 1"),
        (' scope="col"', "", "do not say what they head"),
        ('<main id="main" tabindex="-1">', '<main id="main" tabindex="-1"></main><main>', "2 main parts"),
    ],
)
def test_a_weak_structure_is_found(reader: Reader, tmp_path: Path, old: str, new: str, finding: str) -> None:
    with reader.open(page(tmp_path, (old, new)), View(scripts=True)) as opened:
        assert any(finding in f for f in structure(opened))


def test_a_request_to_another_host_is_seen(reader: Reader, tmp_path: Path) -> None:
    path = page(tmp_path, ("<p>", '<p><img alt="" src="http://127.0.0.1:9/x.png">'))
    with reader.open(path):
        pass
    assert reader.foreign_requests() == ["http://127.0.0.1:9/x.png"]


def test_without_scripts_no_script_runs(reader: Reader, tmp_path: Path) -> None:
    path = page(tmp_path, ("</main>", '</main><script>document.querySelector("h1").textContent = "Ran"</script>'))
    for scripts, title in ((False, "Good"), (True, "Ran")):
        with reader.open(path, View(scripts=scripts)) as opened:
            assert opened.locator("h1").inner_text() == title


def test_a_picture_is_taken_of_the_whole_page(reader: Reader, tmp_path: Path) -> None:
    picture = reader.picture(page(tmp_path), tmp_path / "out" / "page.png", View(360, "dark"))
    assert picture.read_bytes().startswith(b"\x89PNG")
