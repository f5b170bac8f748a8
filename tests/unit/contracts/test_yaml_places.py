"""YAML with places: what is read, where it stands, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InputError
from contracts.yaml_places import MAXIMUM_BYTES, MAXIMUM_DEPTH, parse_yaml, read_yaml

KEYS = st.text(st.characters(codec="ascii", min_codepoint=32, exclude_characters="\x7f"), min_size=1, max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


def value_of(text: str) -> Any:
    return parse_yaml(text.encode(), "x.yaml").value


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_yaml(text.encode(), "x.yaml")
    return caught.value.message


@given(VALUES.filter(lambda v: v is not None))
def test_json_is_read_as_json(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    read = value_of(text)
    assert read == json.loads(text)
    assert type(read) is type(json.loads(text))


@given(VALUES.filter(lambda v: v is not None))
def test_every_value_has_a_place_inside_the_file(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    document = parse_yaml(text.encode(), "x.yaml")
    lines = text.split("\n")

    def walk(inner: Any, path: tuple[str | int, ...]) -> None:
        line, column = document.places[path]
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
        children = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        for key, child in children:
            walk(child, (*path, key))

    walk(document.value, ())


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        parse_yaml(text.encode("utf-8", "surrogatepass"), "x.yaml")
    except InputError as error:
        assert (error.where or "").startswith("x.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T06:00:00Z", "2026-01-31T06:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("007", "007"),
        ("0", 0),
        ("-12", -12),
        ("1_000", "1_000"),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        ("~", None),
        ("'5'", "5"),
        ('"true"', "true"),
        ("+49 30 1234", "+49 30 1234"),
        ("1.0.0", "1.0.0"),
        ("1" * 50, "1" * 50),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    read = value_of(f"k: {text}")["k"]
    assert read == value
    assert type(read) is type(value)


def test_a_place_is_the_key_s_line_and_falls_back_to_the_parent() -> None:
    document = parse_yaml(b"a: 1\nb:\n  - x\n  - c: |\n      long\n      text\n", "x.yaml")
    assert str(document.place("a")) == "x.yaml:1"
    assert str(document.place("b")) == "x.yaml:2"
    assert str(document.place("b", 1, "c")) == "x.yaml:4"
    assert document.place("b", 1, "c").column == 5
    assert str(document.place("b", 1, "nothing", "here")) == "x.yaml:4"


def test_a_duplicate_key_is_refused_with_both_lines() -> None:
    message = refusal("name: a\nother: 1\nname: b\n")
    assert "x.yaml:3:1" in message
    assert "'name' stands twice" in message
    assert "after line 1" in message


def test_a_duplicate_key_deep_inside_is_refused() -> None:
    assert "x.yaml:3:15" in refusal("a:\n  - x: 1\n    c: {y: 1, y: 2}\n")


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [x]", "!custom x", "!!str 5", "!!binary aGk="])
def test_tags_are_refused(tag: str) -> None:
    assert "tags are not supported, x.yaml:2:4" in refusal(f"a: 1\nb: {tag}\n")


def test_a_yaml_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    assert "too many aliases" in refusal("\n".join(lines))


def test_a_bomb_of_few_aliases_is_refused_before_it_unfolds() -> None:
    wide = ", ".join(["x"] * 1000)
    lines = [f"a0: &a0 [{wide}]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 10)]
    assert "unfold to too many values" in refusal("\n".join(lines))


def test_a_few_aliases_are_copies_with_places() -> None:
    document = parse_yaml(b"a: &x {k: [1, 2]}\nb: *x\n", "x.yaml")
    assert document.value == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}}
    document.value["b"]["k"].append(3)
    assert document.value["a"]["k"] == [1, 2]
    assert document.place("b").line == 2
    assert document.place("b", "k", 1).line == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [*x]", "no finished anchor"),
        ("a: *never", "no finished anchor"),
        ("a: 1\n---\nb: 2\n", "several documents"),
        ("<<: {a: 1}", "merge keys"),
        ("? [a]\n: 1", "a key is a list or a mapping"),
        ("a: &x k\n*x : 1", "a key is an alias"),
        ("&x a: 1", "a key has an anchor"),
        ("a: .nan", "not finite"),
        ("a: -.inf", "not finite"),
        ("a: 1e999", "too large"),
        ("a: [1, 2", "not YAML"),
        ("a:\n\t- b", "not YAML"),
        ("a: \x07", "not YAML"),
        ("", "empty"),
        ("# nothing\n", "empty"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    assert said in refusal(text)


def test_depth_has_an_end() -> None:
    assert value_of("[" * MAXIMUM_DEPTH + "]" * MAXIMUM_DEPTH)
    assert "nested too deep" in refusal("[" * (MAXIMUM_DEPTH + 1) + "]" * (MAXIMUM_DEPTH + 1))
    assert "nested too deep" in refusal("[" * 5000 + "]" * 5000)


def test_an_alias_may_not_go_around_the_depth() -> None:
    half = MAXIMUM_DEPTH // 2 + 2
    text = "a: &a " + "[" * half + "]" * half + "\nb: " + "[" * half + "*a" + "]" * half
    assert "unfold too deep" in refusal(text)


def test_size_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"a: " + b"x" * MAXIMUM_BYTES)
    with pytest.raises(InputError, match="more than 1 MiB"):
        read_yaml(path)


def test_other_encodings_are_refused_with_the_line() -> None:
    with pytest.raises(InputError, match=r"not UTF-8, x.yaml:2. Found byte 0xf3"):
        parse_yaml("a: 1\nb: razón\n".encode("latin-1"), "x.yaml")


def test_a_byte_order_mark_is_no_text() -> None:
    assert parse_yaml(b"\xef\xbb\xbfa: 1\n", "x.yaml").value == {"a": 1}


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(tmp_path / "none.yaml")


def test_reads_the_same_as_pyyaml_where_both_mean_the_same() -> None:
    text = "a: [1, x, 'y', {b: null, c: true}]\nd: |\n  two\n  lines\ne: >-\n  folded\n  text\nf: 2.5\n"
    assert value_of(text) == yaml.safe_load(text)


def test_markup_is_data() -> None:
    assert value_of("title: <script>alert(1)</script>") == {"title": "<script>alert(1)</script>"}
