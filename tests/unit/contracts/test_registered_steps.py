"""The register of steps: what ships is as it should be, and what is not is refused with its line."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from contracts.errors import InputError
from contracts.flow.model import Need
from contracts.python_flows import python_functions
from contracts.steps import LANGUAGES, PREFIX, REGISTER, flow_functions, functions, load_steps
from contracts.tiers import rank

STEP = """version: 2
macros:
  - name: round_count
    description: Rounds.
    arguments: []
    config:
      meta:
        step:
          version: 1.0.0
          lowers: {from: internal, to: public}
          parameters: {to: [5, 10]}
          sentence: {en: "To {to}.", es: "A {to}.", pt: "Ao {to}."}
          words: {to: {5: {en: five, es: cinco, pt: cinco}}}
          functions:
            - name: step_round_count
              arguments:
                - {name: number, needs: count, lowered: true}
                - {name: base, needs: literal}
              body: number // base * base
"""


def written(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in STEP
    path = folder / "steps.yml"
    path.write_text(STEP.replace(old, new) if old else STEP, encoding="utf-8")
    return path


def test_a_register_is_read_whole(tmp_path: Path) -> None:
    (step,) = load_steps(written(tmp_path)).values()
    assert (step.name, step.version, step.lowers_from, step.lowers_to) == ("round_count", "1.0.0", "internal", "public")
    (function,) = step.functions
    assert function.flow.arguments == ("number", "base") and function.flow.lowered == ("number",)
    assert function.flow.needs == {"number": Need.COUNT, "base": Need.LITERAL}
    assert function.body == "number // base * base"
    assert step.says("es", {"to": 5}) == "A cinco." and step.says("pt", {"to": 10}) == "Ao 10."
    assert step.says("en", {}) == "To to."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("          version: 1.0.0\n", "          version: 1.0.0\n          author: me\n", "unknown key 'author'"),
        ("version: 1.0.0", "version: one", "a step's name or version is not as it should be"),
        ("{from: internal, to: public}", "{from: public, to: internal}", "the step lowers nothing"),
        ("{from: internal, to: public}", "{from: secret, to: public}", "from is not as it should be"),
        (', pt: "Ao {to}."', "", "a text lacks a language"),
        ("5: {en: five", "7: {en: seven", "unknown key '7'"),
        ("name: step_round_count", "name: round_count", "name is not as it should be"),
        ("needs: count", "needs: number", "needs is not as it should be"),
        ("needs: literal}", "needs: literal, lowered: true}", "a literal has no class to lower"),
        ("{name: base,", "{name: number,", "an argument stands twice"),
        ("              body: number // base * base\n", "", "the key 'body' is missing"),
        ("body: number", "python: transforms.hide\n              body: number", "unknown key 'body'"),
        ("body: number // base * base", "python: os.system", "python is not as it should be"),
        ("body: number", "gives: sum\n              body: number", "gives is not as it should be"),
        ("body: number", "extension: json\n              body: number", "extension is not as it should be"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = written(tmp_path, old, new)
    with pytest.raises(InputError) as raised:
        load_steps(path)
    assert raised.value.what == said
    assert re.fullmatch(rf"{re.escape(str(path))}:\d+", raised.value.where or "")


def test_nothing_is_registered_twice(tmp_path: Path) -> None:
    path = tmp_path / "steps.yml"
    again = STEP.split("macros:\n")[1]
    path.write_text(STEP + again, encoding="utf-8")
    with pytest.raises(InputError, match="the step is registered twice"):
        load_steps(path)
    path.with_name("other.yml").write_text(STEP + again.replace("name: round_count", "name: other"), encoding="utf-8")
    with pytest.raises(InputError, match="the function is registered twice"):
        load_steps(path.with_name("other.yml"))


def test_the_shipped_register_is_sound() -> None:
    steps = load_steps()
    assert {"dedupe_by_key", "point_to_area", "count_with_min_cell", "pseudonym", "geomask"} <= set(steps)
    flows = flow_functions()
    assert [name for name, flow in flows.items() if not flow.python] == [f.name for f in functions(steps)]
    for name, step in steps.items():
        assert step.functions, name
        assert rank(step.lowers_to) < rank(step.lowers_from), name
        assert len({step.sentence.to(language) for language in LANGUAGES}) == len(LANGUAGES), name
        assert any(f.flow.lowered for f in step.functions), name
        for language in LANGUAGES:
            named = set(re.findall(r"{(\w+)}", step.sentence.to(language)))
            assert named <= set(step.parameters), (name, language)
    for flow in flows.values():
        assert flow.name.startswith(PREFIX) and set(flow.lowered) <= set(flow.arguments)
        assert set(flow.needs) == set(flow.arguments)
    assert flows["step_pseudonym"].lower("restricted") == "internal"
    assert flows["step_count_with_min_cell"].lower("restricted") == "restricted"


def test_a_step_in_python_is_no_function_of_the_warehouse(tmp_path: Path) -> None:
    path = written(tmp_path, "body: number // base * base", "python: transforms.rounding.round_counts")
    (step,) = load_steps(path).values()
    assert functions({step.name: step}) == ()
    (flow,) = flow_functions({step.name: step}).values()
    assert flow.python == "transforms.rounding.round_counts" and flow.lowered == ("number",)


def test_every_step_in_python_is_declared_and_can_be_called() -> None:
    declared = python_functions(10)
    found = [flow for flow in flow_functions().values() if flow.python]
    assert [flow.step for flow in found] == ["hide_small_cells"]
    for flow in found:
        module, _, name = flow.python.rpartition(".")
        takes = inspect.signature(getattr(importlib.import_module(module), name)).parameters
        assert set(declared[flow.python].arguments) == set(takes)
        assert set(flow.arguments) <= set(takes)


def test_the_shipped_register_stands_with_the_macros(project_root: Path) -> None:
    assert REGISTER.is_relative_to(project_root / "transforms" / "macros")
