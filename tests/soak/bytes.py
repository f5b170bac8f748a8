"""The same bytes anywhere, one difference at a time: a whole run each, compared file by file with the reference."""

from __future__ import annotations

import random
from pathlib import Path

from tests.integration.whole_city import Surroundings, differences, hashes
from tests.soak.reference import Reference, reference

ZONES = ("Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Africa/Casablanca", "Europe/Lisbon")
TURNED = "records in another order"
FORCED = "everything again by force"


def surroundings(known: Reference, rng: random.Random) -> list[Surroundings]:
    """Every kind of difference, alone."""
    found = [
        Surroundings("time zone", {"TZ": rng.choice(ZONES)}),
        Surroundings("one thread", {"CAUCE_THREADS": "1"}),
        Surroundings("four threads", {"CAUCE_THREADS": "4"}),
        Surroundings("little memory", {"CAUCE_MEMORY_LIMIT": "300MB"}),
        Surroundings("hash seed", {"PYTHONHASHSEED": str(rng.randrange(1, 4_000_000_000))}),
        Surroundings("the C locale without UTF-8", {"LC_ALL": "C", "PYTHONUTF8": "0"}),
        Surroundings("another folder", folder="a much longer place/with a space and an ñ"),
        Surroundings("umask", umask=0o077),
        Surroundings("narrow terminal", {"COLUMNS": "40", "TERM": "dumb"}),
        Surroundings(TURNED),
        Surroundings(FORCED),
    ]
    if known.locales:
        found.append(Surroundings("Turkish", {"LC_ALL": "tr_TR.UTF-8", **known.locales}))
        eight_bit = {"LC_ALL": "es_CO.ISO-8859-1", "PYTHONUTF8": "0", **known.locales}
        found.append(Surroundings("an 8-bit locale", eight_bit, folder="año"))
    return found


def published(found: dict[str, str], version: int = 1) -> dict[str, str]:
    """The published records alone, whatever version they bear."""
    return {
        path.replace(f"/{version}/data.", "/data."): sha256
        for path, sha256 in found.items()
        if path.startswith("releases/") and f"/{version}/data." in path
    }


def once(folder: Path, seed: int, shared: Path) -> int:
    """One difference, chosen by the seed."""
    known = reference(shared)
    rng = random.Random(seed)
    chosen = rng.choice(surroundings(known, rng))
    place = known.place(folder, chosen, turned=chosen.name == TURNED)
    place.run()
    found, expected = hashes(place.home), known.hashes
    if chosen.name == TURNED:
        found, expected = published(found), published(expected)
        assert len(found) == 14, sorted(found)
    odd = differences(expected, found)
    assert not odd, f"{chosen}: {len(odd)} files differ: {odd[:20]}"
    assert place.run()["nothing_to_do"], f"{chosen}: a second run found something to do"
    again = hashes(place.home)
    assert not differences(found, published(again) if chosen.name == TURNED else again), f"{chosen}: a second run wrote"
    if chosen.name == FORCED:
        place.run("--force")
        twice = hashes(place.home)
        assert not differences(published(twice), published(twice, 2)), "the same records gave other bytes"
    return 1
