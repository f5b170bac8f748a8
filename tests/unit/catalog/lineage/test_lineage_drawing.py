"""A lineage as SVG: well-formed, said in words, linked, and legible without colour."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from catalog.lineage import read_graph
from catalog.lineage.drawing import Form, Label, Picture, draw, legend_forms, lines_of
from tests.unit.catalog.lineage.lineage_graphs import made

SVG = "{http://www.w3.org/2000/svg}"


def picture(*labels: Label, edges: tuple[tuple[str, str], ...] = ()) -> Picture:
    return Picture("way", "The <steps>", "Words & more", labels, edges)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def text_of(element: ET.Element) -> str:
    return " ".join(t.text or "" for t in element.iter(f"{SVG}tspan"))


FORMS: tuple[Form, ...] = ("wide", "narrow")


@pytest.mark.parametrize("form", FORMS)
def test_the_drawing_says_what_it_is(form: Form) -> None:
    root = parsed(draw(picture(Label("a", "source", "Source", "A & <b>", "x?y=1&z=2", "public")), form))
    named = root.attrib["aria-labelledby"], root.attrib["aria-describedby"]
    told = {child.attrib["id"]: child.text for child in root if child.tag in (f"{SVG}title", f"{SVG}desc")}
    assert [told[n] for n in named] == ["The <steps>", "Words & more"]
    link = root.find(f"{SVG}a")
    assert link is not None and link.attrib["href"] == "x?y=1&z=2"
    assert text_of(link) == "A & <b>"
    assert root.attrib["role"] == "group", "an image would hide its links"


def test_two_forms_of_one_picture_share_no_id() -> None:
    graph = read_graph(made(12))
    labels = [Label(n.id, n.kind, n.kind, n.title) for n in graph.nodes]
    drawn = [parsed(draw(picture(*labels, edges=graph.edges), form)) for form in FORMS]
    ids = [[e.attrib["id"] for e in root.iter() if "id" in e.attrib] for root in drawn]
    assert not set(ids[0]) & set(ids[1])
    assert all(len(set(found)) == len(found) for found in ids)


def test_a_drawing_carries_classes_and_no_colour() -> None:
    graph = read_graph(made(30))
    svg = draw(picture(*[Label(n.id, n.kind, n.kind, n.title, tier="public") for n in graph.nodes]), "wide")
    for word in ("style=", "#", "rgb", "fill=", "stroke="):
        assert word not in svg


def test_every_kind_has_a_form_of_its_own() -> None:
    forms = legend_forms()
    bare = {kind: form.replace(f"k-{kind}", "") for kind, form in forms.items()}
    assert len(set(bare.values())) == len(forms) == 5


def test_a_step_that_is_not_open_is_drawn_so_in_every_form() -> None:
    for form in FORMS:
        root = parsed(draw(picture(Label("hidden-1", "source", "Source", "Payroll")), form))
        (box,) = [e for e in root.iter(f"{SVG}g") if "step" in e.attrib.get("class", "")]
        assert "closed" in box.attrib["class"].split()


def test_a_long_title_is_cut_and_stays_whole_for_who_asks() -> None:
    title = "one row per district, category, department (group_id) and month of opening: days to close, by estimate"
    title += " of those that are still open at the end of the month"
    root = parsed(draw(picture(Label("a", "intermediate", "Prepared", title, "#step-1", "public")), "narrow"))
    link = root.find(f"{SVG}a")
    assert link is not None
    whole = link.find(f"{SVG}title")
    assert whole is not None and whole.text == f"Prepared: {title}"
    assert text_of(link).endswith("…") and len(list(link.iter(f"{SVG}tspan"))) == 4


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Districts", ["Districts"]),
        ("Service requests by month", ["Service requests", "by month"]),
        ("Verwaltungsgemeinschaftsumlage", ["Verwaltungsgemein-", "schaftsumlage"]),
        ("", []),
    ],
)
def test_a_title_is_broken_between_words(title: str, lines: list[str]) -> None:
    assert lines_of(title, 134) == lines


def test_lines_are_never_wider_than_the_box() -> None:
    title = "a bc def ghij klmno pqrstu vwxyzab cdefghij klmnopqrstuvwxyzabcdefghijklmnop " * 2
    for width in (60, 134, 214):
        assert all(len(line) <= max(4, int(width / 7.3)) for line in lines_of(title, width))
