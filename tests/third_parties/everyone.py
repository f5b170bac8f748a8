"""Every third party, in the order of the report."""

from __future__ import annotations

from typing import Final

from tests.third_parties.dcat import DCAT_AP, DCAT_US_1_1, DCAT_US_3
from tests.third_parties.lineage import OPENLINEAGE
from tests.third_parties.nu import NU_CHECKER
from tests.third_parties.products import CROISSANT, DATA_CONTRACT, DATA_PACKAGE, ODCSLINT
from tests.third_parties.verdict import Checker
from tests.third_parties.web import DATA_BLOCKS, FEEDS, SITEMAPS

BESIDE_US: Final[tuple[Checker, ...]] = (
    DCAT_US_1_1,
    DCAT_US_3,
    DCAT_AP,
    DATA_BLOCKS,
    CROISSANT,
    DATA_PACKAGE,
    ODCSLINT,
    OPENLINEAGE,
    FEEDS,
    SITEMAPS,
)
"""Those that stand among our locked packages."""

APART: Final[tuple[Checker, ...]] = (DATA_CONTRACT, NU_CHECKER)
"""Those that need an environment of their own."""

EVERYONE: Final = (*BESIDE_US, *APART)
