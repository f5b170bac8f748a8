"""The newest one in a hundred: what the invented city's register would send a few days after the first delivery.

Belongs here: the requests opened since, and those of before that were touched or closed since, as the register would
export changes alone. Does not belong here: the first delivery (``cities.demo.generate``), whose months these are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from cities.demo import generate

DAYS = 4
"""Some one in a hundred of three years' requests are opened, touched or closed in so many days."""


def write(requests: int, folder: Path) -> tuple[int, str]:
    """Write the changes of the ``DAYS`` after the first delivery into ``folder``, in the first delivery's place.

    Args:
        requests: The size of the first delivery.
        folder: The city's deliveries.

    Returns:
        The number of records, and the as-of instant as ``--as-of`` takes it.
    """
    first = generate.read_deliveries(requests)[0]
    later = replace(first, months=first.months + 1, as_of=first.as_of + timedelta(days=DAYS))
    path = folder / generate.REQUESTS_FILE
    unfinished = path.with_name(f".{path.name}")
    records = _write_csv(_changes(first, later), unfinished)
    unfinished.replace(path)
    return records, later.as_of_text


def _changes(first: generate.Delivery, later: generate.Delivery) -> Iterator[pa.RecordBatch]:
    """Month by month, the records that are new or not what they were at the first delivery."""
    shelf = generate._shelf(first.seed)
    since, now = (np.datetime64(d.local_now, "s") for d in (first, later))
    for month in generate._months(later):
        batch = generate._batch(month, shelf, later)
        opened, updated = (batch.column(name).to_numpy(zero_copy_only=False) for name in ("opened", "updated"))
        chosen = (opened < now) & (updated >= since)
        yield batch.filter(pa.array(chosen))


def _write_csv(batches: Iterator[pa.RecordBatch], path: Path) -> int:
    return generate._write_csv(batches, path, header=True)
