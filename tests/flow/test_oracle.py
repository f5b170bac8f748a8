"""The oracle itself: it finds what leaks, finds nothing where nothing does, and changes nothing the reader may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import duckdb
import pytest

from tests.flow.literals import literals
from tests.flow.oracle import Oracle, open_oracle
from tests.flow.queries import SCALE, Query, is_above, queries, tables
from tests.flow.worlds import PLACE, Changer, Records, first_world, named_columns


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with open_oracle() as one:
        yield one


def ask(sql: str, **other: object) -> Query:
    return Query("asked", "", "", {"answer": sql}, leaks=False, static="passes", **other)  # type: ignore[arg-type]


def test_a_leak_is_found_and_shown(oracle: Oracle) -> None:
    shown = oracle.ask(ask("select request_id, reporter_name from requests"))
    assert shown.leaks
    assert "in one world alone: ('R-" in shown.how


def test_public_columns_do_not_leak(oracle: Oracle) -> None:
    shown = oracle.ask(ask("select request_id, category from requests order by reporter_name"))
    assert not shown.leaks
    assert shown.moved["requests.reporter_name"] > 0


def test_the_tier_decides(oracle: Oracle) -> None:
    text = "select request_id, opened_at from requests"
    assert oracle.ask(ask(text)).leaks
    assert not oracle.ask(ask(text, tier="internal")).leaks


def test_only_what_is_rendered_counts(oracle: Oracle) -> None:
    text = "select post_id, salary_usd from employees"
    assert oracle.ask(ask(text)).leaks
    assert not oracle.ask(ask(text, publishes=("post_id",))).leaks


def test_names_and_types_of_columns_count(oracle: Oracle) -> None:
    listed = "select 1 as n, max(diagnosis) as diagnosis from clients"
    pivot = f"select * from (pivot ({listed}) on diagnosis using count(*) group by n)"
    assert oracle.ask(ask(pivot)).leaks


def test_that_a_record_is_there_counts_where_it_is_restricted(oracle: Oracle) -> None:
    assert oracle.ask(ask("select count(*) as n from investigated")).leaks
    assert not oracle.ask(ask("select count(*) as n from clients")).leaks


def test_a_query_that_does_not_run_is_an_error(oracle: Oracle) -> None:
    with pytest.raises(duckdb.Error, match="asked"):
        oracle.ask(ask("select no_such_column from requests"))


def test_the_same_question_has_the_same_answer() -> None:
    one = ask("select post_id from employees where salary_usd > 88000")
    answers = []
    for _ in range(2):
        with open_oracle() as oracle:
            answers.append(oracle.ask(one))
    assert answers[0] == answers[1]
    assert answers[0].leaks


def test_what_a_query_leaves_behind_is_gone(oracle: Oracle) -> None:
    made = ask("select upper('a') as x", before=("create temp macro upper(x) as 'other'",))
    oracle.ask(made)
    assert oracle.connection.execute("select upper('a')").fetchall() == [("A",)]


@pytest.mark.parametrize("tier", SCALE)
def test_other_worlds_are_the_same_at_and_below_the_tier(tier: str) -> None:
    chance = Random(tier)
    read = tuple(tables().values())
    query = ask(" ".join(tables()) + " 'Ana Ruiz' 42")
    changer = Changer(read, tier, literals(query, read), named_columns(query, read), chance)
    base = first_world(read, chance)
    walked = base
    for _ in range(20):
        walked = changer.step(walked)
        for other in (changer.anew(base), walked):
            for table in read:
                seen = [c.name for c in table.columns if not is_above(c.tier, tier)]
                laid = other.laid_out(table.name)
                assert all(base.tables[table.name][name] == other.tables[table.name][name] for name in seen)
                assert _records(laid, seen) == _records(base.tables[table.name], seen)
                assert len({len(values) for values in laid.values()}) == 1
                assert PLACE not in laid or laid[PLACE] == list(range(1, len(laid[PLACE]) + 1))


def _records(columns: Records, names: list[str]) -> list[str]:
    return sorted(map(repr, zip(*(columns[name] for name in names), strict=True)))


TOLD = [one for one in queries() if not one.leaks and one.tells]


def test_what_steps_tell_is_all_that_harmless_queries_tell(oracle: Oracle) -> None:
    """Without leave for what its steps tell, the oracle finds that each of these queries tells it."""
    silent = [one.id for one in TOLD if not oracle.ask(replace(one, tells=())).leaks]
    assert silent == []
    assert len(TOLD) >= 20
