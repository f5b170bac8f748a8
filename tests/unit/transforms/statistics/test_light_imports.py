"""What the page build and the command line load: no engine at import, no statsmodels on the light path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIGHT = """
import pkgutil, sys
from datetime import date
import transforms.statistics as package
for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
    __import__(module.name)
heavy = {"numpy", "scipy", "statsmodels", "pandas", "pyarrow", "duckdb"}
print(sorted(heavy & set(sys.modules)))
from transforms.statistics.comparisons import rate_ratio, risk_difference
from transforms.statistics.equity import Area, slope
from transforms.statistics.intervals import wilson
from transforms.statistics.months import Month
from transforms.statistics.projection import project
from transforms.statistics.xmr import chart
chart([1.0, 2.0, 3.0]), wilson([1], [2]), rate_ratio(1, 2, 3, 4), risk_difference(1, 2, 3, 4)
slope([Area("a", 1, 9, 9, 1), Area("b", 2, 9, 9, 2)], "rate")
project([Month(date(2025, m, 1), float(m)) for m in range(1, 13)], "sum")
print(sorted({"statsmodels", "pandas"} & set(sys.modules)))
"""


def test_nothing_heavy_is_loaded_before_it_is_used(project_root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=project_root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]
