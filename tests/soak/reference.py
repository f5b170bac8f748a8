"""The undisturbed run that disturbed ones are compared with, made once for all pieces of one soak."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.integration.whole_city import (
    Place,
    Surroundings,
    copy_checkout,
    hashes,
    make_delivery,
    make_locales,
    settle,
    turn_records,
)


@dataclass(frozen=True)
class Reference:
    """Copies to make places from, and what an undisturbed run came to.

    ``seconds`` is how long that run took on this machine: where a random moment of a run is drawn from.
    """

    checkout: Path
    delivery: Path
    turned: Path
    locales: dict[str, str]
    home: Path
    hashes: dict[str, str]
    seconds: float

    def place(self, root: Path, surroundings: Surroundings, *, turned: bool = False) -> Place:
        """A new place with the delivery waiting."""
        return settle(root, surroundings, self.checkout, self.turned if turned else self.delivery)


def reference(shared: Path) -> Reference:
    """Read the reference below ``shared``, or make it."""
    told = shared / "reference.json"
    if not told.exists():
        _make(shared, told)
    facts = json.loads(told.read_text(encoding="utf-8"))
    return Reference(
        checkout=shared / "checkout",
        delivery=shared / "delivery",
        turned=shared / "delivery-turned",
        locales=facts["locales"],
        home=Path(facts["home"]),
        hashes=facts["hashes"],
        seconds=facts["seconds"],
    )


def _make(shared: Path, told: Path) -> None:
    import time

    shared.mkdir(parents=True, exist_ok=True)
    delivery, checkout = make_delivery(shared / "delivery"), copy_checkout(shared / "checkout")
    turn_records(delivery)
    place = settle(shared, Surroundings("the reference", folder="reference"), checkout, delivery)
    started = time.monotonic()
    result = place.run()
    seconds = time.monotonic() - started
    assert len(result["published"]) == 3, result
    facts = {
        "locales": make_locales(shared / "locales"),
        "home": str(place.home),
        "hashes": hashes(place.home),
        "seconds": seconds,
    }
    told.write_text(json.dumps(facts, indent=1), encoding="utf-8")
