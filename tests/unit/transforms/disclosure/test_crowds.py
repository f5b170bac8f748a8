"""Walks from many cells at once: what they record holds, and single walks would find it too."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.transforms.disclosure.disclosure_tables import random_table
from transforms.disclosure.crowds import walk_crowd
from transforms.disclosure.moves import Block, box, partners_of
from transforms.disclosure.proofs import Proofs
from transforms.disclosure.rules import CellRule
from transforms.disclosure.tables import CountTable
from transforms.disclosure.walks import search

RULES = {
    "small cells to all small values": CellRule(),
    "zeros hidden": CellRule(k=10, zeros_shown=False),
    "a width": CellRule(k=5, width=8),
    "readers know what is small": CellRule(primary_known=True),
}


def half_hidden(shape: tuple[int, ...], rule: CellRule, seed: int) -> Proofs:
    """Most of a table's small cells and some others are hidden."""
    table = random_table(shape, 6.0, seed)
    chance = np.random.default_rng(seed)
    hidden = rule.is_small(table.values) | (chance.random(table.size) < 0.5)
    hidden[len(table.counts) :] = False
    return Proofs(table, rule, hidden & rule.may_be_hidden(table.values))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("shape", [(14, 12), (9, 8, 7), (6, 5, 5, 4)])
def test_every_change_recorded_leaves_what_is_published(shape: tuple[int, ...], name: str) -> None:
    rule = RULES[name]
    proofs = half_hidden(shape, rule, 3)
    before = (proofs.cost.copy(), proofs.up.copy(), proofs.down.copy())
    assert walk_crowd(proofs, proofs.unprotected())
    for now, then in zip((proofs.cost, proofs.up, proofs.down), before, strict=True):
        assert np.array_equal(now, then)
    certificates = proofs.certificates()
    assert len(certificates) > 4
    checked = Proofs(proofs.table, rule, proofs.hidden)
    checked.take(certificates)
    assert np.array_equal(checked.low, proofs.low) and np.array_equal(checked.high, proofs.high)
    for cells, change in certificates:
        assert proofs.hidden[cells].all()
        assert not (proofs.table.matrix[:, cells] @ change).any()
        assert np.array_equal(change, np.rint(change))
    low, high = rule.known_bounds(proofs.table.values)
    assert (proofs.low[proofs.hidden] >= low[proofs.hidden]).all()
    assert (proofs.high[proofs.hidden] <= high[proofs.hidden]).all()


def test_what_a_crowd_protects_single_walks_would_too() -> None:
    rule = CellRule()
    crowd, single = half_hidden((9, 8, 7), rule, 4), half_hidden((9, 8, 7), rule, 4)
    cells = crowd.unprotected()
    walk_crowd(crowd, cells)
    shown = cells[crowd.protected(cells)]
    assert len(shown) > len(cells) / 4
    assert all(search(single, int(cell), free_only=True).cost == 0.0 for cell in shown)


def test_a_table_with_dimensions_that_follow_is_left_to_single_walks() -> None:
    codes = np.array([[kind, kind // 2, month] for kind in range(4) for month in range(4)])
    table = CountTable(("kind", "group", "month"), codes, np.full(16, 3), (("group", "month"), ("month",)))
    proofs = Proofs(table, CellRule(), np.arange(table.size) < 16)
    assert not walk_crowd(proofs, proofs.unprotected())
    assert len(proofs.unprotected()) == 16


@pytest.mark.parametrize("flips", [(0, 1, 2), (0, 2), (1,), ()])
def test_a_block_is_the_boxes_it_stands_for(flips: tuple[int, ...]) -> None:
    proofs = half_hidden((7, 6, 5), CellRule(), 2)
    table, row = proofs.table, 11
    codes = list(table.codes[row])
    near = [partners_of(proofs, row, axis, 4) for axis in flips]
    shaped = [one.reshape([-1 if n == m else 1 for m in range(len(flips))]) for n, one in enumerate(near)]
    boxes = box(proofs, codes, flips, shaped)
    with_own = [
        np.concatenate([[codes[axis]], one]).reshape([-1 if n == m else 1 for m in range(len(flips))])
        for n, (axis, one) in enumerate(zip(flips, near, strict=True))
    ]
    places = []
    for number, level in enumerate(table.levels):
        if set(flips) <= set(level.axes):
            values = [with_own[flips.index(axis)] if axis in flips else codes[axis] for axis in level.axes]
            places.append(table.find(number, table.key(level.axes, values)))
    block = Block(proofs, np.stack(places), flips)
    for one, other in ((block.cost, boxes.cost), (block.up, boxes.up), (block.down, boxes.down)):
        assert np.allclose(one, other)
    for place in range(np.size(boxes.cost)):
        expected = dict(zip(*(part.tolist() for part in boxes.one(place)), strict=True))
        assert dict(zip(*(part.tolist() for part in block.one(place)), strict=True)) == expected
