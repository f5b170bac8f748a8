"""Parsing a model's SQL, and the proof that nothing in it was lost on the way.

Belongs here: from text to the one tree of a model; names that stand in the text and not in the tree. Does not belong
here: what the tree means.

sqlglot drops arguments of a function beyond those it knows, and reads a bare name as a unit of time where it expects
one (``date_trunc(column, moment)``; tried on 30.30.0). A column lost so would be no edge. So every name in the text
that could be a column's must stand in the tree, at its own place.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError

from contracts.flow.model import fold
from contracts.flow.reading import Reading, quoted

_NAMES: Final = frozenset(
    {
        TokenType.VAR, TokenType.IDENTIFIER, TokenType.INDEX, TokenType.COMMENT, TokenType.FORMAT, TokenType.VIEW,
        TokenType.SCHEMA, TokenType.COMMIT, TokenType.CACHE, TokenType.FORCE, TokenType.OBJECT, TokenType.MERGE,
        TokenType.OVERWRITE, TokenType.PROCEDURE, TokenType.REFERENCES, TokenType.SHOW, TokenType.TEMPORARY,
        TokenType.TRUNCATE, TokenType.UNIQUE, TokenType.UPDATE, TokenType.VOLATILE, TokenType.PERCENT,
    }
)  # fmt: skip
"""Tokens that may be a column's name and are no part of the syntax a model uses."""


_SYNTAX: Final = frozenset(
    {
        ("by", "name"), ("current", "row"), ("unbounded", "preceding"), ("unbounded", "following"), ("nulls", "first"),
        ("nulls", "last"), ("ignore", "nulls"), ("respect", "nulls"), ("at", "time"), ("time", "zone"),
        ("grouping", "sets"), ("within", "group"), ("exclude", "current"), ("exclude", "ties"), ("exclude", "group"),
        ("asof", "join"), ("semi", "join"), ("anti", "join"), ("is", "distinct"),
    }
)  # fmt: skip
"""Pairs of words that are syntax where they stand side by side and are no name in the tree."""


def parse(reading: Reading, names: frozenset[str]) -> exp.Expr | None:
    """The one query of a model; None, refused, where there is another thing.

    Args:
        reading: The model.
        names: The folded names of all columns that could be meant.
    """
    dialect = Dialect.get_or_raise("duckdb")
    sql = reading.model.sql
    try:
        tokens = dialect.tokenize(sql)
        found = dialect.parser().parse(tokens, sql)
    except (SqlglotError, RecursionError) as error:
        line = error.errors[0].get("line") or 0 if isinstance(error, ParseError) and error.errors else 0
        reading.refuse_line(line, "SQL that cannot be read", "Write it in the common words of SQL.")
        return None
    statements = [one for one in found if one is not None and not isinstance(one, exp.Semicolon)]
    if len(statements) != 1:
        reading.refuse_line(0, f"{len(statements)} statements", "A model is one SELECT.")
        return None
    tree = statements[0]
    if not isinstance(tree, exp.Query | exp.Values):
        reading.refuse(tree, f"not a query: {quoted(tree)}", "A model is one SELECT.")
        return None
    for token in _lost(tokens, tree, names):
        reading.refuse_line(
            token.line, f"{token.text} is not where a column can be", "Write a literal, or another function."
        )
    return tree


def _lost(tokens: list[Token], tree: exp.Expr, names: frozenset[str]) -> Iterator[Token]:
    """The tokens that may be a column's name and are not in the tree."""
    places: set[int] = set()
    units: dict[str, int] = {}
    made = set(names)
    parameters: set[str] = set()
    for node in tree.walk():
        if isinstance(start := node.meta.get("start"), int):
            places.add(start)
        if isinstance(node, exp.Alias):
            made.add(fold(node.alias))
        elif isinstance(node, exp.TableAlias):
            made.update(fold(column.name) for column in node.args.get("columns") or [])
        elif isinstance(node, exp.Lambda):
            parameters.update(fold(parameter.name) for parameter in node.expressions)
        elif isinstance(node, exp.Var) and isinstance(node.parent, exp.Interval | exp.Extract):
            units[fold(node.name)] = units.get(fold(node.name), 0) + 1
    end = Token(TokenType.SEMICOLON, ";")
    before = end
    for token, after in pairwise([*tokens, end]):
        name = fold(token.text)
        is_syntax = (fold(before.text), name) in _SYNTAX or (name, fold(after.text)) in _SYNTAX
        is_syntax |= name in ("preceding", "following") and before.token_type is TokenType.NUMBER
        before = token
        if token.token_type not in _NAMES or after.token_type is TokenType.L_PAREN or is_syntax:
            continue
        if name not in made or name in parameters or token.start in places:
            continue
        if units.get(name, 0) > 0:
            units[name] -= 1
            continue
        yield token
