"""What the dynamic proof found, of each product and tier, and how it is kept.

Belongs here: the form of a verdict, as values and as kept. Does not belong here: coming to one (``proving``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

State = Literal["same", "error", "unsteady", "differs"]
"""``same``: it came out the same each time. ``differs``: it changed with what is above the tier. ``unsteady``: it does
not come out the same twice from the same records, so that nothing can be told. ``error``: it could not be built."""
STATES: Final[tuple[State, ...]] = get_args(State)
"""From good to bad."""


@dataclass(frozen=True)
class TierProof:
    """What was found of one tier's rendition of a product.

    Names of sources' columns, models and products' columns are for operators; a tier is told numbers
    (``publish.proof_rules``).

    Attributes:
        tier: Who reads it.
        state: What was found.
        columns: Columns compared.
        worlds: Contents above the tier under which all of them were compared.
        free_columns: Columns that no step lets anything into.
        free_worlds: Contents under which those alone were compared, everything above the tier being changed at will.
        varied: Columns of sources that were changed, ``source.column``.
        bound: Those of them that were changed only within what a registered step does not tell apart.
        left: Columns of sources above the tier that were not changed where all columns were compared: what a step
            may tell of them is not known to this proof.
        differing: The product's columns that changed.
        guilty: The source's columns that, changed alone, change them.
        unbuilt: Contents under which the models could not be built, so that nothing was compared.
        said: Why it could not be built; no value of any record.
    """

    tier: str
    state: State
    columns: int = 0
    worlds: int = 0
    free_columns: int = 0
    free_worlds: int = 0
    varied: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    guilty: tuple[str, ...] = ()
    unbuilt: int = 0
    said: str = ""


@dataclass(frozen=True)
class CityProof:
    """What was found of a city's products: of each, one verdict a tier that something stands above.

    Attributes:
        products: The verdicts, by product; none where nothing it is made of stands above any of its tiers.
        records: Records looked at, by source.
        made_of: Digest of all that it was made of.
    """

    products: Mapping[str, tuple[TierProof, ...]]
    records: Mapping[str, int]
    made_of: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "made_of": self.made_of,
            "records": dict(sorted(self.records.items())),
            "products": {name: [asdict(one) for one in found] for name, found in sorted(self.products.items())},
        }

    def as_logged(self) -> dict[str, Any]:
        """What a log says of it: the worst that was found of each product."""
        return {
            name: max((one.state for one in found), key=STATES.index, default="same")
            for name, found in self.products.items()
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> CityProof:
        """What ``as_dict`` gave.

        Raises:
            KeyError, TypeError: It is something else.
        """
        products = {name: tuple(_tier(one) for one in found) for name, found in kept["products"].items()}
        return cls(products, dict(kept["records"]), kept["made_of"])


def _tier(kept: Mapping[str, Any]) -> TierProof:
    told: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    return TierProof(**told)
