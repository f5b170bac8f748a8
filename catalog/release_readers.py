"""How each part of a kept release is read when a view is asked for it, as a tier may know it now.

Belongs here: manifest, quality report and lineage of a release, each cut by the contracts in force, and whether its
kept report may be handed on as it is. Does not belong here: which releases are shown (``catalog.store``), remembering
them (``catalog.kept_releases``), the cutting itself (``catalog.told_inputs``, ``catalog.lineage``).
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from catalog import reports, rulings
from catalog.kept_releases import LINEAGE, QUALITY, KeptReleases
from catalog.kept_views import KeptReleaseView, Reader
from catalog.lineage import readable_lineage
from catalog.told_inputs import known_as, told_manifest, told_quality, told_report
from catalog.views import QualityView, data_files
from contracts.city import City
from contracts.model import Contract
from contracts.release import KeptFile, Manifest, Release


@dataclass(frozen=True)
class ReleaseReaders:
    """The readers of one product's releases in one rendition, for one tier."""

    releases: KeptReleases
    city: City
    tier: str
    contract: Contract
    rendition: str

    def of(self, shut: Set[int]) -> Mapping[str, Reader]:
        """How each part of a release is read; ``shut`` are the product's versions that were closed since."""

        def release(view: KeptReleaseView) -> Release:
            return self.releases.open(view.known, self.rendition, self.contract.name)

        def manifest(view: KeptReleaseView) -> Manifest:
            return told_manifest(view.release.manifest, self.city, self.tier)

        def tells_before(view: KeptReleaseView) -> bool:
            """Whether the size of the release before may be told; that of one closed since may not."""
            if not shut:
                return True
            before = view.manifest.previous
            return before not in shut if before is not None else view.version < min(shut)

        def quality(view: KeptReleaseView) -> QualityView:
            kept = reports.read_quality(view.release, view.dating)
            told = told_quality(kept, self.city, self.tier, before=tells_before(view))
            return rulings.decided(told, view.manifest.changes, self.city.rulings, self.contract, self.tier)

        def lineage(view: KeptReleaseView) -> Mapping[str, Any]:
            return readable_lineage(view.release.report(LINEAGE), self.city, self.tier)

        def handed_on(view: KeptReleaseView) -> bool:
            """Most reports need not be opened for it: all their sources are open, and no release was closed."""
            names = {name: known_as(self.city, name, self.tier) for name in view.inputs}
            if any(found is None or found[0] != name for name, found in names.items()):
                return False
            before = tells_before(view)
            if before and all(found is not None and found[1] for found in names.values()):
                return True
            report = view.release.report(QUALITY)
            return told_report(report, self.city, self.tier, before=before) == report

        def downloads(view: KeptReleaseView) -> tuple[KeptFile, ...]:
            """Of what is served they are remembered: lists of all products name them."""
            return self.releases.downloads(view) if view.standing == "served" else data_files(view.manifest)

        def told_inputs(view: KeptReleaseView) -> int:
            """As many as ``told_manifest`` leaves."""
            return sum(known_as(self.city, name, self.tier) is not None for name in view.inputs)

        return {
            "release": release,
            "told_inputs": told_inputs,
            "downloads": downloads,
            "manifest": manifest,
            "quality": quality,
            "lineage": lineage,
            "handed_on": handed_on,
        }
