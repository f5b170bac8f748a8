"""Other values for the columns above a tier: the SQL's literals and their neighbours, other records' values, nothing.

Belongs here: what values a column of a type may take, and a column changed at will. Does not belong here: which columns
are changed and how far (``world``), what a registered step does not tell apart (``bounds``).

Everything is drawn by a generator that is given, so that the same records give the same worlds. A column keeps its
type; a type that no value can be made for has its values exchanged among the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Any, Final, Literal

from orchestration.proof.literals import Literals

if TYPE_CHECKING:
    import numpy as np

Way = Literal["named", "anew", "exchanged", "aimed"]
"""``named``: nine in ten are a literal. ``aimed``: each is a literal or a neighbour of one. ``anew``: other
records' values, literals, neighbours of the own value, what another column of the record holds, and nothing.
``exchanged``: the same values in other records."""

AIMED: Final = {"named": 0.9, "aimed": 1.0}
SHARES: Final = (0.25, 0.25, 0.15, 0.2, 0.15)
"""Of what is made anew: from another record, a literal, from another column, nothing; the rest is near its own."""


@dataclass(frozen=True)
class Source:
    """What values are drawn from, beside the column's own.

    Attributes:
        literals: What the SQL names.
        beside: The source's other columns, Arrow arrays.
    """

    literals: Literals
    beside: Sequence[Any] = ()


def changed(column: Any, way: Way, source: Source, chance: np.random.Generator) -> Any:
    """A column, an Arrow array, with other values of its type.

    Args:
        column: The values by record.
        way: How they are changed.
        source: What they are drawn from.
        chance: Draws.
    """
    import numpy as np
    import pyarrow as pa

    count = len(column)
    exchanged = column.take(pa.array(chance.permutation(count)))
    if way == "exchanged" or count == 0:
        return exchanged
    if pa.types.is_struct(column.type):
        return _struct(column, way, source, chance)
    known = named(column.type, source.literals) if way == "named" else pool(column, source.literals)
    if len(known) == 0:
        return exchanged
    drawn = known.take(pa.array(chance.integers(0, len(known), count)))
    if way != "anew":
        return _chosen(chance.random(count) < AIMED[way], drawn, exchanged)
    same = [other for other in source.beside if other.type == column.type and len(other) == count]
    beside = same[int(chance.integers(len(same)))] if same else exchanged
    lot = np.searchsorted(np.cumsum(SHARES), chance.random(count))
    found = near(column, chance)
    for number, made in enumerate((exchanged, drawn, beside, pa.nulls(count, column.type))):
        found = _chosen(lot == number, made, found)
    return found


def named(kind: Any, literals: Literals) -> Any:
    """The values of a type that the SQL names, and numbers one more or less; yes and hardly a no. An Arrow array."""
    import pyarrow as pa

    if pa.types.is_boolean(kind):
        return pa.array([True] * 9 + [False])
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.array([text.strip("%") for text in literals.texts], type=kind)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        least, most = _bounds(kind) if pa.types.is_integer(kind) else (-inf, inf)
        near = [n + step for n in literals.numbers for step in (0, 1, -1) if least <= n + step <= most]
        return pa.array(near, type=pa.float64()).cast(kind, safe=False)
    return pool(pa.array([], type=kind), literals)


def pool(column: Any, literals: Literals) -> Any:
    """The values that the SQL's literals and their neighbours give for a column's type; an Arrow array."""
    import pyarrow as pa

    kind = column.type
    types = pa.types
    if types.is_boolean(kind):
        return pa.array([True, False])
    if types.is_string(kind) or types.is_large_string(kind):
        own = [one for one in column.slice(0, 3).to_pylist() if one]
        mixed = [other for text in literals.texts for one in own for other in (text.strip("%") + one, one + text)]
        return pa.array([*literals.near_texts(), *mixed, ""], type=kind)
    if types.is_integer(kind):
        least, most = _bounds(kind)
        return pa.array([int(n) for n in literals.near_numbers(1) if least <= n <= most], type=kind)
    if types.is_floating(kind):
        return pa.array([*literals.near_numbers(1), *literals.near_numbers(0.0001)], type=kind)
    if types.is_date(kind):
        return pa.array(literals.near_days(), type=kind)
    if types.is_timestamp(kind):
        return pa.array(literals.near_moments(), type=pa.timestamp("us")).cast(kind, safe=False)
    if types.is_list(kind):
        inner = pool(column.flatten(), literals)
        return pa.array([[one] for one in inner.to_pylist()] + [[]], type=kind)
    return column.slice(0, 0)


def near(column: Any, chance: np.random.Generator) -> Any:
    """Each value a little changed: one more or less, the next day, one letter more or fewer."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, count = column.type, len(column)
    sign = chance.choice((-1, 1), count)
    types = pa.types
    if types.is_boolean(kind):
        return pc.invert(column)
    if types.is_string(kind) or types.is_large_string(kind):
        longer = pc.binary_join_element_wise(column, pa.scalar("x", kind), pa.scalar("", kind))
        return _chosen(sign > 0, longer, pc.utf8_slice_codeunits(column, 0, -1))
    if types.is_integer(kind) and kind.bit_width >= 32:
        wide = pc.add(column.cast(pa.int64()), pa.array(sign))
        least, most = _bounds(kind)
        return pc.max_element_wise(pc.min_element_wise(wide, most), least).cast(kind)
    if types.is_floating(kind):
        return pc.add(column, pa.array(sign * chance.choice((0.0001, 0.01, 1.0), count)).cast(kind))
    if types.is_date32(kind):
        return pc.add(column.cast(pa.int32()), pa.array(sign.astype("int32"))).cast(kind)
    if types.is_timestamp(kind):
        steps = [int(step / timedelta(microseconds=1)) for step in _STEPS]
        moved = pc.add(column.cast(pa.timestamp("us")).cast(pa.int64()), pa.array(sign * chance.choice(steps, count)))
        return moved.cast(pa.timestamp("us")).cast(kind, safe=False)
    return column.take(pa.array(chance.permutation(count)))


_STEPS: Final = (timedelta(seconds=1), timedelta(minutes=20), timedelta(hours=7), timedelta(days=1), timedelta(days=40))


def _bounds(kind: Any) -> tuple[int, int]:
    """The least and the greatest whole number of a type."""
    import pyarrow as pa

    if pa.types.is_signed_integer(kind):
        return -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1
    return 0, min(2**kind.bit_width, 2**63) - 1


def _struct(column: Any, way: Way, source: Source, chance: np.random.Generator) -> Any:
    """A record within a record: each of its fields changed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    fields = [column.type.field(n) for n in range(column.type.num_fields)]
    made = [changed(pc.struct_field(column, [n]), way, source, chance) for n, _ in enumerate(fields)]
    return pa.StructArray.from_arrays(made, fields=fields)


def _chosen(mask: Any, first: Any, second: Any) -> Any:
    """``first`` where the mask says so, ``second`` elsewhere; for every type."""
    import numpy as np
    import pyarrow as pa

    both = pa.concat_arrays([first, second])
    places = np.arange(len(first))
    return both.take(pa.array(np.where(mask, places, places + len(first))))
