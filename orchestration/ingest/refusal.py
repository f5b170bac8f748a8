"""How a file is refused: one error, with the number of records that are rejected with it.

Belongs here: the error that ends the reading of a delivery. Does not belong here: errors of the outside
world (``OutsideError``) and of contracts (``InputError``), which are raised, not recorded.
"""

from __future__ import annotations

from contracts.errors import PromiseBroken


class Refusal(PromiseBroken):
    """A delivery that can't be taken as it is. Its message never holds a value of a record."""
