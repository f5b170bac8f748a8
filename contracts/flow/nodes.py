"""The parts of SQL's syntax that the analysis knows, each with the words it may bear.

Belongs here: the allow-list of sqlglot's node types and, for each, of its arguments; a node or an argument that is not
here is refused, so that a new version of sqlglot that reads more cannot let more pass. Does not belong here: functions
(``functions``), what the parts mean.

Source: sqlglot 30.30.0, ``arg_types`` of its expressions and what its DuckDB dialect makes.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from contracts.flow.functions import (
    AGGREGATES,
    LISTED_CLASSES,
    PLACING,
    RANKING,
    SCALAR_CLASSES,
)

_BINARY: Final = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Pow, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT,
    exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor,
    exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.SimilarTo, exp.Glob,
)  # fmt: skip

COMPARISONS: Final = (exp.LT, exp.LTE, exp.GT, exp.GTE)
"""Comparisons of order."""

OPERATORS: Final[frozenset[type[exp.Expr]]] = frozenset(
    {*_BINARY, exp.DPipe, exp.Like, exp.ILike, exp.RegexpLike, exp.Not, exp.Neg, exp.BitwiseNot, exp.Between,
     exp.Interval, exp.Bracket, exp.Slice, exp.AtTimeZone, exp.Collate, exp.Tuple, exp.IntervalSpan, exp.Escape,
     exp.JSONKeyValue}
)  # fmt: skip
"""Operators: what they give is made of what stands in them."""

WORDS: Final[dict[type[exp.Expr], str]] = {
    # queries
    exp.Select: "expressions from_ joins where group having qualify windows distinct order limit offset with_",
    exp.Union: "this expression distinct by_name with_ order limit offset",
    exp.Intersect: "this expression distinct with_ order limit offset",
    exp.Except: "this expression distinct with_ order limit offset",
    exp.With: "expressions",
    exp.CTE: "this alias materialized",
    exp.From: "this",
    exp.Join: "this side kind on using method",
    exp.Where: "this",
    exp.Group: "expressions all",
    exp.Having: "this",
    exp.Qualify: "this",
    exp.Distinct: "expressions on",
    exp.Order: "this expressions",
    exp.Ordered: "this desc nulls_first",
    exp.Limit: "expression limit_options",
    exp.LimitOptions: "percent",
    exp.Offset: "expression",
    exp.Rollup: "expressions",
    exp.Cube: "expressions",
    exp.GroupingSets: "expressions",
    # relations
    exp.Table: "this db catalog alias",
    exp.TableAlias: "this columns",
    exp.Subquery: "this alias with_ order limit offset",
    exp.Values: "expressions alias",
    exp.Unnest: "expressions alias",
    exp.Lateral: "this alias",
    # names and literals
    exp.Identifier: "this quoted",
    exp.Column: "this table db catalog",
    exp.Star: "except_ replace rename",
    exp.Alias: "this alias",
    exp.Literal: "this is_string",
    exp.Null: "",
    exp.Boolean: "this",
    exp.Var: "this",
    exp.JSONPath: "expressions",
    # expressions
    exp.Paren: "this",
    exp.Cast: "this to",
    exp.TryCast: "this to safe",
    exp.Case: "this ifs default",
    exp.If: "this true false",
    exp.Coalesce: "this expressions",
    exp.Nullif: "this expression",
    exp.Greatest: "this expressions ignore_nulls",
    exp.Least: "this expressions ignore_nulls",
    exp.In: "this expressions query field",
    exp.Exists: "this",
    exp.Any: "this",
    exp.All: "this",
    exp.Array: "expressions value_constructor",
    exp.Struct: "expressions",
    exp.PropertyEQ: "this expression",
    exp.Dot: "this expression",
    exp.Lambda: "this expressions",
    exp.Explode: "this",
    exp.Anonymous: "this expressions",
    exp.Grouping: "expressions",
    # aggregates and windows
    exp.Filter: "this expression",
    exp.WithinGroup: "this expression",
    exp.IgnoreNulls: "this",
    exp.RespectNulls: "this",
    exp.Window: "this partition_by order spec alias over",
    exp.WindowSpec: "kind start start_side end end_side exclude",
    # operators with more than two sides
    exp.DPipe: "this expression safe",
    exp.Like: "this expression negate",
    exp.ILike: "this expression negate",
    exp.RegexpLike: "this expression flag",
    exp.Not: "this",
    exp.Neg: "this",
    exp.BitwiseNot: "this",
    exp.Between: "this low high",
    exp.Interval: "this unit",
    exp.IntervalSpan: "this expression",
    exp.JSONKeyValue: "this expression",
    exp.Escape: "this expression",
    exp.Bracket: "this expressions offset safe returns_list_for_maps",
    exp.Slice: "this expression",
    exp.AtTimeZone: "this zone",
    exp.Collate: "this expression",
    exp.Tuple: "expressions",
    exp.Div: "this expression typed safe",
    **{node: "this expression" for node in _BINARY if node is not exp.Div},
}
"""For each node that is no function, the arguments it may bear."""

_FUNCTIONS: Final = SCALAR_CLASSES | AGGREGATES | RANKING | PLACING | LISTED_CLASSES

KNOWN: Final[dict[type[exp.Expr], frozenset[str]]] = {
    **{node: frozenset(node.arg_types) for node in _FUNCTIONS},
    **{node: frozenset(words.split()) for node, words in WORDS.items()},
}
"""For each node, the arguments it may bear; of a function's, all that sqlglot gives it (each is read)."""

INSTEAD: Final = {
    "alias": "Name columns and relations with AS, once each.",
    "pivot": "Write one aggregate with FILTER for each column: count(*) filter (where kind = 'a') as a.",
    "pivots": "Write one aggregate with FILTER for each column: count(*) filter (where kind = 'a') as a.",
    "unpivot": "Write one SELECT for each column and join them with UNION ALL.",
    "sample": "Choose records by a condition; a sample differs each time.",
    "tablesample": "Choose records by a condition; a sample differs each time.",
    "positionalcolumn": "Name the column.",
    "columns": "Name the columns one by one.",
    "placeholder": "Write the value into the model.",
    "parameter": "Write the value into the model.",
    "comprehension": "Write list_transform(list_filter(list, lambda x: …), lambda x: …).",
    "command": "A model is one SELECT.",
    "summarize": "A model is one SELECT.",
    "describe": "A model is one SELECT.",
    "recursive": "Write the steps one after the other, or unnest(range(…)).",
    "locks": "Leave it out.",
    "when": "Read the relation as it is.",
    "hint": "Leave it out.",
    "into": "A model is one SELECT.",
    "kwarg": "Give the arguments by position.",
    "propertyeq": "Give the arguments by position.",
    "joins": "Write each relation in a JOIN of its own, without brackets around joins.",
    "laterals": "Write JOIN LATERAL (SELECT …) AS name ON true.",
}  # fmt: skip
"""How to write what is refused, by the node's or the argument's name in lower case."""

ANOTHER_WAY: Final = "It is not on the list of what the analysis of flows knows; write it another way."
