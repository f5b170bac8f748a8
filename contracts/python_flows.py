"""Python functions that models may call and whose flow is declared: what each column they give is made of.

Belongs here: the declarations, for the analysis of flows. Does not belong here: the functions (``transforms``), reading
Python models (``flow.python_models``). A model that does more than call one of them is made of all it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.flow.model import Nature, PythonColumn, PythonFunction

_BOUNDED: Final = PythonFunction(
    name="transforms.statistics.intervals.bounded_counts",
    arguments=("relation", "column"),
    columns={
        "{column}": PythonColumn(("{column}",), Nature.COUNT),
        "low": PythonColumn(("{column}",), Nature.AGGREGATE),
        "high": PythonColumn(("{column}",), Nature.AGGREGATE),
    },
    presence=("{column}",),
)

PYTHON_FUNCTIONS: Final[Mapping[str, PythonFunction]] = {f.name: f for f in (_BOUNDED,)}
"""By dotted name."""
