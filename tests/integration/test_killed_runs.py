"""A whole ``cauce run`` killed while landing, between two tiers' commits, and while its pages are shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.home import CityHome
from contracts.release import current
from tests.integration.whole_city import (
    AS_OF,
    CITY,
    ROOT,
    Place,
    Surroundings,
    copy_checkout,
    make_delivery,
    settle,
)

PRODUCTS = ("districts", "service_requests", "service_requests_monthly")
SCRIPT = ROOT / "tests" / "faultlayer" / "killed_run.py"
MOMENTS = (
    ("after", "move", r"requests/accepted/"),
    ("after", "create", r"internal/service_requests/commits/000001\.json$"),
    ("after", "move_folder", r"site/public$"),
)


def killed(place: Place, moment: tuple[str, str, str]) -> None:
    """Start a run, and see it die at the moment."""
    command = [sys.executable, str(SCRIPT), *moment, "run", "--city", CITY, "--as-of", AS_OF]
    done = subprocess.run(
        command, cwd=place.checkout, env=place.environment(), capture_output=True, timeout=500, check=False
    )
    assert done.returncode == -9, (moment, done.stdout[-2000:], done.stderr[-4000:])


def served(place: Place) -> dict[str, int]:
    """What readers find, by tier and product; every file as its manifest says."""
    home = CityHome(place.home)
    found = {}
    for tier in ("internal", "public"):
        for product in PRODUCTS:
            release = current(home, tier, product)
            if release is not None:
                assert all(release.local(file.path).is_file() for file in release.manifest.files)
                found[f"{tier}/{product}"] = release.manifest.version
    return found


@pytest.mark.fault(49, "SIGKILL of a whole run")
def test_a_run_killed_three_times_ends_as_if_it_never_was(tmp_path: Path) -> None:
    delivery, checkout = make_delivery(tmp_path / "delivery"), copy_checkout(tmp_path / "checkout")
    place = settle(tmp_path, Surroundings("killed"), checkout, delivery)
    killed(place, MOMENTS[0])
    assert served(place) == {}
    killed(place, MOMENTS[1])
    between = served(place)
    assert between.get("internal/service_requests") == 1
    assert "public/service_requests" not in between
    killed(place, MOMENTS[2])
    whole = served(place)
    assert whole == {f"{tier}/{product}": 1 for tier in ("internal", "public") for product in PRODUCTS}
    assert (place.home / "site" / "public" / "index.html").is_file()
    assert not (place.home / "site" / "internal").exists()
    assert (place.home / "site" / ".aside" / "internal" / "index.html").is_file(), "made, and not shown yet"
    last = place.run()
    assert last["swept"] == []
    assert served(place) == whole
    assert (place.home / "site" / "internal" / "index.html").is_file()
    verified = place.cauce("audit", "verify", "--city", CITY)
    assert verified.returncode == 0, verified.stdout.decode()
    again = place.run()
    assert again["nothing_to_do"] is True
    assert again["swept"] == []
