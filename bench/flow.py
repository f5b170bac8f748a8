"""The analysis of flows: what every column of 200 models is computed from, beside parsing the same SQL alone.

    python -m bench.flow --models 200

Belongs here: many models of the practices' kind, their analysis timed. Does not belong here: whether the analysis is
right (``tests/flow``). The models are the house's own as dbt compiled them in a run over a small city, copied under
other names until there are enough: each copy is a chain of its own that begins at the same sources. The analysis is
from SQL texts to the class of every column; parsing is sqlglot's alone, over the same texts, in the same process and
turn. CPU seconds, the best of the rounds; imports are left out of both and told beside them.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench import city
from bench.budgets import Budget, show_budgets
from bench.measure import OUT, keep, machine, run, table

if TYPE_CHECKING:
    from contracts.city import City
    from contracts.flow.model import ModelText, PythonModel

PLACE = OUT / "flow"
HOME = PLACE / "home"
REQUESTS = 4_000
SECONDS = 5.0
"""Budget for 200 models."""
AT = 200


def build() -> tuple[City, tuple[ModelText | PythonModel, ...]]:
    """A small city after a run, and its models as dbt compiled them, in dependency order."""
    from contracts.city_load import load_city
    from contracts.flow.model import ModelText, PythonModel
    from contracts.home import CityHome
    from orchestration import shaping
    from orchestration.flows import PROJECT

    shutil.rmtree(PLACE, ignore_errors=True)
    folder = city.make_city()
    city.generate(REQUESTS, city.deliveries())
    done, result = city.run_cauce(HOME)
    if result.get("failed", True):
        raise RuntimeError(f"the run did not build its models: {result} {done.errors()}")
    loaded, home = load_city(folder), CityHome(HOME / city.CITY)
    manifest = shaping.parse(loaded, home)
    nodes = {i: n for i, n in manifest["nodes"].items() if n["resource_type"] == "model"}
    found: list[ModelText | PythonModel] = []
    for identity in shaping.in_order(nodes, manifest):
        node = nodes[identity]
        name, path, written = node["name"], node["original_file_path"], node["raw_code"]
        if node["language"] == "python":
            inputs = tuple(nodes[i]["name"] for i in manifest["parent_map"][identity] if i in nodes)
            found.append(PythonModel(name, written, inputs, path))
            continue
        compiled = home.dbt_target / "target" / "compiled" / PROJECT / path
        found.append(ModelText(name, compiled.read_text(encoding="utf-8"), path, written))
    return loaded, tuple(found)


def copies(
    models: Sequence[ModelText | PythonModel], count: int
) -> tuple[ModelText | PythonModel, ...]:  # fmt: skip
    """So many models: the given ones again and again, each time under names of their own, chains left whole."""
    from contracts.flow.model import ModelText, PythonModel

    names = re.compile(rf"\b({'|'.join(sorted((re.escape(m.name) for m in models), key=len, reverse=True))})\b")
    found: list[ModelText | PythonModel] = []
    for number in range(-(-count // len(models))):

        def renamed(text: str, number: int = number) -> str:
            return names.sub(rf"\1__{number}", text)

        for model in models:
            if isinstance(model, PythonModel):
                inputs = tuple(map(renamed, model.inputs))
                found.append(PythonModel(renamed(model.name), renamed(model.code), inputs, model.path))
            else:
                found.append(ModelText(renamed(model.name), renamed(model.sql), model.path, model.source))
    return tuple(found[:count])


def compare(count: int, rounds: int = 3) -> dict[str, Any]:
    """The figures over so many models."""
    measured_on = machine()
    loaded, own = build()
    imports = run([sys.executable, "-c", "import contracts.flow.analysis, contracts.flow.classes"]).cpu_seconds
    import sqlglot

    from contracts.flow.analysis import analyse
    from contracts.flow.classes import classify
    from contracts.flow.model import ModelText
    from contracts.steps import flow_functions
    from orchestration.flows import leaf_of

    models = copies(own, count)
    texts = [model.sql for model in models if isinstance(model, ModelText)]
    leaves = {leaf.name: leaf for leaf in map(leaf_of, loaded.sources.values())}
    steps = flow_functions()
    parsing, analysing, columns, refused = [], [], 0, 0
    for _ in range(rounds):
        began = time.process_time()
        for text in texts:
            sqlglot.parse_one(text, dialect="duckdb")
        parsing.append(time.process_time() - began)
        began = time.process_time()
        graph = analyse(models, leaves, steps)
        classes = classify(graph, leaves, steps)
        columns = sum(1 for relation, name in graph.column_names() if classes.class_of(relation, name))
        analysing.append(time.process_time() - began)
        refused = sum(relation.is_refused for relation in graph.relations.values())
    return {
        "machine": measured_on,
        "models": len(models),
        "own": len(own),
        "characters": sum(map(len, texts)),
        "columns": columns,
        "refused": refused,
        "parse_seconds": min(parsing),
        "seconds": min(analysing),
        "ratio": min(analysing) / min(parsing),
        "import_seconds": imports,
    }


def budgets_of_flow(result: Mapping[str, Any]) -> list[Budget]:
    """The budget of the analysis; set for 200 models, so that fewer only tell the way it goes."""
    found = result["seconds"] if result["models"] >= AT else None
    return [Budget("flows of models analysed, CPU", SECONDS, found, "s", f"{result['models']:,} models")]


HEAD = ["", "CPU s"]


def rows(result: Mapping[str, Any]) -> list[list[object]]:
    """The figures, each with what it is."""
    return [
        ["sqlglot parses the SQL", result["parse_seconds"]],
        ["analysis, from SQL to the class of every column", result["seconds"]],
        ["importing what the analysis needs, in a process of its own", result["import_seconds"]],
    ]


def told(result: Mapping[str, Any]) -> str:
    """What was analysed, in a sentence."""
    return (
        f"{result['models']:,} models ({result['own']} of the house's own, copied under other names), "
        f"{result['characters']:,} characters of SQL, {result['columns']:,} columns; {result['refused']} models "
        f"refused. The analysis to parsing alone: {result['ratio']:.1f}."
    )


def show(result: Mapping[str, Any]) -> str:
    """The figures as a table, with their budget."""
    return f"Flows: {told(result)}\n{table(HEAD, rows(result))}\n{show_budgets(budgets_of_flow(result))}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--models", type=int, default=AT)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    result = compare(options.models, options.rounds)
    keep("flow", result)
    print(show(result))


if __name__ == "__main__":
    main()
