"""No SQL reads the wall clock: not the models, not the cities' staging, not the contracts, not the engine's strings.

What a model knows of time is the run's as-of instant, given by the macro ``as_of``. The finders are proven able
to fail: each forbidden word in each place it could stand is found.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

CLOCKS = (
    "now",
    "today",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_localtime",
    "current_localtimestamp",
    "localtime",
    "localtimestamp",
    "get_current_time",
    "get_current_timestamp",
    "transaction_timestamp",
    "statement_timestamp",
    "clock_timestamp",
    "getdate",
    "sysdate",
    "systimestamp",
)
CALLED = {"now", "today", "getdate", "age"}
"""Words that are a clock only where they are called; ``age`` with one argument counts from today."""
BARE = tuple(word for word in CLOCKS if word not in CALLED)
JINJA_CLOCKS = ("run_started_at", "modules.datetime")
ENGINE = ("contracts", "catalog", "orchestration", "transforms")

_BARE = re.compile(rf"(?<![\w.'])({'|'.join(BARE)})(?![\w'])", re.IGNORECASE)
_CALLED = re.compile(r"(?<![\w.'])(now|today|getdate)\s*\(\s*\)", re.IGNORECASE)
_AGE = re.compile(r"(?<![\w.'])age\s*\(\s*[^(),]+\)", re.IGNORECASE)
_LITERAL = re.compile(
    r"'(now|today|yesterday|tomorrow)'\s*::|(?:date|timestamp|timestamptz)\s+'(now|today|yesterday|tomorrow)'",
    re.IGNORECASE,
)
_CAST = re.compile(r"cast\s*\(\s*'(now|today|yesterday|tomorrow)'\s+as\b", re.IGNORECASE)
_JINJA = re.compile("|".join(re.escape(word) for word in JINJA_CLOCKS))
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|{#.*?#}", re.DOTALL)
_SQL = re.compile(r"\b(select|create|insert|copy)\b.+\b(from|as|into|to)\b", re.IGNORECASE | re.DOTALL)


def clocks_in(sql: str) -> list[str]:
    """What in a piece of SQL (with or without Jinja) reads the clock, comments left out."""
    text = _COMMENT.sub(" ", sql)
    return [m[0] for finder in (_BARE, _CALLED, _AGE, _LITERAL, _CAST, _JINJA) for m in finder.finditer(text)]


def queries_in(value: object) -> Iterator[str]:
    """Every ``query`` of a contract, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "query" and isinstance(inner, str):
                yield inner
            else:
                yield from queries_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from queries_in(inner)


def sql_in_python(source: str) -> Iterator[str]:
    """String constants of a module that read like SQL, docstrings left out."""
    tree = ast.parse(source)
    described = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.Constant) else "x" for v in node.values]
            text = "".join(str(p) for p in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            text = node.value
        else:
            continue
        if _SQL.search(text):
            yield text


def sql_files(root: Path) -> list[Path]:
    folders = (root / "transforms", root / "cities", root / "tests" / "content")
    return sorted(p for folder in folders for p in folder.rglob("*.sql") if "var" not in p.relative_to(root).parts)


def contract_files(root: Path) -> list[Path]:
    folders = (root / "contracts", root / "cities", root / "tests" / "content")
    return sorted(p for folder in folders for p in folder.rglob("*.yaml") if "schemas" not in p.parts)


def test_no_model_reads_the_clock(project_root: Path) -> None:
    files = sql_files(project_root)
    assert len(files) > 15
    found = {p.relative_to(project_root).as_posix(): clocks_in(p.read_text(encoding="utf-8")) for p in files}
    assert {path: words for path, words in found.items() if words} == {}


def test_no_contract_reads_the_clock(project_root: Path) -> None:
    queries = [(p, q) for p in contract_files(project_root) for q in queries_in(yaml.safe_load(p.read_text("utf-8")))]
    assert len(queries) > 10
    assert [(p.relative_to(project_root).as_posix(), words) for p, q in queries if (words := clocks_in(q))] == []


def test_no_sql_of_the_engine_reads_the_clock(project_root: Path) -> None:
    files = sorted(p for package in ENGINE for p in (project_root / package).rglob("*.py"))
    texts = [(p.relative_to(project_root).as_posix(), t) for p in files for t in sql_in_python(p.read_text("utf-8"))]
    assert len(texts) > 5
    assert [(path, words) for path, t in texts if (words := clocks_in(t))] == []


@pytest.mark.parametrize("word", BARE)
def test_a_bare_clock_is_found(word: str) -> None:
    assert clocks_in(f"select * from t where opened_at < {word}") == [word]
    assert clocks_in(f"select {word.upper()} as x") == [word.upper()]


@pytest.mark.parametrize(
    "sql",
    [
        "select now()",
        "select now ( ) - opened_at from t",
        "select today()",
        "select age(opened_at) from t",
        "select 'now'::timestamp",
        "select cast('today' as date)",
        "select timestamp 'now'",
        "select '{{ run_started_at }}'",
        "{% set x = modules.datetime.datetime.now() %}",
    ],
)
def test_a_clock_in_another_form_is_found(sql: str) -> None:
    assert clocks_in(sql) != []


@pytest.mark.parametrize(
    "sql",
    [
        "select now_open, is_current_date from t",
        "select age_days, backlog.today from t",
        "select age(closed_at, opened_at) from t",
        "-- what is open now() and today\nselect 1",
        "{# current_date is forbidden #} select 1",
        "select 'now' as word",
    ],
)
def test_a_word_that_is_no_clock_passes(sql: str) -> None:
    assert clocks_in(sql) == []


def test_a_clock_in_a_contract_is_found() -> None:
    contract = {"schema": [{"quality": [{"type": "sql", "query": "select count(*) from {object} where d > today()"}]}]}
    assert [clocks_in(q) for q in queries_in(contract)] == [["today()"]]


def test_a_clock_in_a_string_of_the_engine_is_found() -> None:
    source = '"""select now() from a docstring"""\nQ = f"select * from {t} where at < current_timestamp"\n'
    assert next(clocks_in(t) for t in sql_in_python(source) if clocks_in(t)) == ["current_timestamp"]
