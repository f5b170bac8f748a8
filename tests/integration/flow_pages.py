"""The printed page of a city's flows against a run of the city.

Belongs here: reading a page's cells, and comparing them with what the models of a finished run are made of. Does not
belong here: the pages (``docs.flows``), running a city (``city_figures``).
"""

from __future__ import annotations

from contracts.home import CityHome
from docs import flows
from orchestration.flows import read_flow

Cells = dict[tuple[str, str], tuple[frozenset[str], ...]]
PLACED = "target/compiled/cauce/models/intermediate/service_requests/int_service_requests__placed.sql"
TOLD = "out of date: run `python -m docs.flows`"


def check_page(home: CityHome) -> None:
    """Each class is the one of the run, and each way of the run stands on the page, with its steps.

    Where the run was asked whether a request lacks its district and said no, it reads less than it may, and only then
    the page may tell of more.
    """
    (city,) = flows.cities([home.root.name])
    made = flows.page(city, read_flow(city, home))
    printed = flows.path_of(city.id).read_text(encoding="utf-8")
    placed = home.dbt_target / PLACED
    told_no = placed.is_file() and "step_point_in_area" not in placed.read_text(encoding="utf-8")
    if not told_no or "districts" not in city.staging:
        assert made == printed, TOLD
    run, page = cells(made), cells(printed)
    assert {product for product, _ in run} == set(city.products)
    assert list(run) == list(page), TOLD
    for (product, column), told in run.items():
        shown = page[product, column]
        assert told[:-2] == shown[:-2], f"{product}.{column}, its class: {TOLD}"
        everywhere = page[product, ""][-1]
        assert told[-2] - {flows.NONE} <= shown[-2], f"{product}.{column}, by value: {TOLD}"
        assert told[-1] <= shown[-1] | everywhere, f"{product}.{column}, by condition: {TOLD}"


def cells(text: str) -> Cells:
    """The entries of each cell (declared, worked out, by value, by condition) by product and column.

    What decides the product's records stands under the column's name ``""``, as its conditions.
    """
    found: Cells = {}
    product = ""
    for line in text.splitlines():
        if line.startswith("## "):
            product = line.split("`")[1] if "`" in line else ""
        elif product and line.startswith("Which records are there"):
            told, _, ways = line.partition(" is decided by: ")
            found[product, ""] = (frozenset({told}), frozenset(), entries(ways))
        elif product and line.startswith("| `"):
            column, *rest = line.removeprefix("| ").removesuffix(" |").split(" | ")
            found[product, column.split("`")[1]] = tuple(map(entries, rest))
    return found


def entries(cell: str) -> frozenset[str]:
    """The ways in a cell, each with its source."""
    found: set[str] = set()
    for line in cell.split("<br>"):
        source, told, ways = line.strip().partition(": ")
        found |= {f"{source}: {way}" for way in ways.split("; ")} if told else {line.strip()} - {""}
    return frozenset(found)
