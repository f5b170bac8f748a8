"""The style sheet keeps its own word: sizes from the scales, colours from the palette, enough contrast, told apart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from catalog.site.assets import STYLES

SIZED = re.compile(
    r"font-size|(margin|padding)(-(top|right|bottom|left|block|inline)(-(start|end))?)?|(row-|column-)?gap"
)
ALLOWED = re.compile(r"-?var\(--(type|space)-[a-z0-9]+\)|calc\(-1 \* var\(--space-\d\)\)|0|auto|inherit")
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", re.IGNORECASE)
SCHEMES = ("light", "dark", "paper")

WORDS = ("ink", "soft", "accent", "good", "fair", "poor", "quiet")
GROUNDS = ("paper", "wash", "deep", "good-wash", "fair-wash", "poor-wash", "quiet-wash")
TOLD_APART = ("good", "fair", "poor")

# Machado, Oliveira, Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# severity 1.0, on linear RGB.
EYES = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "without green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "without blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
Colour = tuple[float, float, float]


def sheet(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def rules(css: str, around: str = "") -> Iterator[tuple[str, str, str]]:
    """Every rule: what it stands in (a media query, or nothing), its selector, its declarations."""
    at = 0
    while (brace := css.find("{", at)) >= 0:
        head, depth, end = css[at:brace].strip(), 1, brace + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        inner = css[brace + 1 : end - 1]
        if head.startswith("@media"):
            yield from rules(inner, head)
        else:
            yield around, head, inner
        at = end


def declarations(css: str) -> Iterator[tuple[str, str, str, str]]:
    for around, selector, inner in rules(css):
        for declaration in inner.split(";"):
            name, colon, value = declaration.partition(":")
            if colon:
                yield around, selector, name.strip(), value.strip()


def variables(scheme: str) -> dict[str, str]:
    """The variables of :root as a reader with this scheme has them."""
    wanted = {"light": [""], "dark": ["", "prefers-color-scheme: dark"], "paper": ["", "print"]}[scheme]
    found: dict[str, str] = {}
    for part in wanted:
        for path in STYLES:
            for around, selector, name, value in declarations(sheet(path)):
                if selector == ":root" and name.startswith("--") and (part in around if part else not around):
                    found[name[2:]] = value
    return found


def linear(colour: str) -> Colour:
    assert re.fullmatch(r"#[0-9a-f]{6}", colour), f"{colour} is not written with six digits"
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return r, g, b


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    lights = sorted((0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other))), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def seen(colour: str, eye: str) -> Colour:
    """A colour in CIE L*a*b*, as such an eye has it."""
    r, g, b = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, linear(colour), strict=True)))) for row in EYES[eye])
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("path", STYLES, ids=lambda p: p.name)
def test_every_size_comes_from_the_scales(path: Path) -> None:
    wrong = []
    for _, selector, name, value in declarations(sheet(path)):
        if selector.startswith(("@page", ":root")):
            continue
        if name == "font" and value != "inherit":
            wrong.append(f"{selector} {{ {name}: {value} }}")
        if SIZED.fullmatch(name):
            rest = ALLOWED.sub("", value).strip()
            if rest:
                wrong.append(f"{selector} {{ {name}: {value} }}")
    assert wrong == []


@pytest.mark.parametrize("path", STYLES, ids=lambda p: p.name)
def test_every_colour_comes_from_the_palette(path: Path) -> None:
    wrong = [
        f"{selector} {{ {name}: {value} }}"
        for _, selector, name, value in declarations(sheet(path))
        if not selector.startswith(("@page", ":root")) and COLOUR.search(value)
    ]
    assert wrong == []


def test_every_variable_that_is_used_is_declared() -> None:
    declared = set(variables("light"))
    used = {name for path in STYLES for name in re.findall(r"var\(--([a-z0-9-]+)\)", sheet(path))}
    local = {n[2:] for path in STYLES for _, _, n, _ in declarations(sheet(path)) if n.startswith("--")}
    assert used - declared - local == set()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_stand_out_from_every_ground(scheme: str) -> None:
    palette = variables(scheme)
    poor = {
        (word, ground): round(contrast(palette[word], palette[ground]), 2)
        for word in WORDS
        for ground in GROUNDS
        if contrast(palette[word], palette[ground]) < 4.5
    }
    assert poor == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_edges_and_signs_stand_out(scheme: str) -> None:
    palette = variables(scheme)
    for ground in ("paper", "wash", "deep"):
        assert contrast(palette["edge"], palette[ground]) >= 3, ground


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_good_fair_and_poor_are_told_apart_by_every_eye(scheme: str, eye: str) -> None:
    palette = variables(scheme)
    for one, other in combinations(TOLD_APART, 2):
        assert math.dist(seen(palette[one], eye), seen(palette[other], eye)) >= 12, (one, other)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_good_fair_and_poor_are_told_apart_in_grey(scheme: str) -> None:
    palette = variables(scheme)
    for one, other in combinations(TOLD_APART, 2):
        assert abs(seen(palette[one], "full")[0] - seen(palette[other], "full")[0]) >= 4, (one, other)


def test_the_scales_grow() -> None:
    found = variables("light")
    for scale, steps in (("type", 8), ("space", 8)):
        sizes = [float(found[f"{scale}-{n}"].removesuffix("rem")) for n in range(1, steps + 1)]
        assert sizes == sorted(set(sizes)), scale


def test_the_reader_of_the_test_would_notice() -> None:
    css = "@media print { .a { margin: 3px } } .b { color: #fff; gap: var(--space-1) 0 }"
    found = list(declarations(css))
    assert found == [
        ("@media print", ".a", "margin", "3px"),
        ("", ".b", "color", "#fff"),
        ("", ".b", "gap", "var(--space-1) 0"),
    ]
    assert ALLOWED.sub("", "3px").strip() and not ALLOWED.sub("", "var(--space-1) 0").strip()
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_palette_is_written_down_as_it_is() -> None:
    written = re.findall(r"^ {5}(\w+) .*?(#\w{6}) +([\d.]+) +(#\w{6}) +([\d.]+)$", STYLES[0].read_text(), re.MULTILINE)
    assert {name for name, *_ in written} == {*WORDS, "edge"}
    for name, light, on_light, dark, on_dark in written:
        for scheme, colour, ratio in (("light", light, on_light), ("dark", dark, on_dark)):
            palette = variables(scheme)
            assert colour == palette[name], (scheme, name)
            assert round(contrast(colour, palette["paper"]), 1) == float(ratio), (scheme, name)
