"""The catalogue as DCAT-US 1.1: ``data.json``, as American cities serve it.

Belongs here: that one format. Does not belong here: what is said of a dataset (``describing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.machines.entries import CatalogEntry, DatasetEntry, DistributionEntry, shown
from catalog.machines.frequencies import repeating
from catalog.machines.licences import licence_address
from catalog.machines.naming import address, by_content, format_name, full, urn

FILE = "data.json"

_ACCESS = {"public": "public", "restricted": "restricted public", "non-public": "non-public"}
_RIGHTS_LENGTH = 255


def data_json(catalog: CatalogEntry, datasets: Sequence[DatasetEntry]) -> dict[str, Any]:
    """The catalogue as DCAT-US 1.1 (non-federal profile), sorted by identifier.

    Source: https://project-open-data.cio.gov/v1.1/schema, as the files that a city serves at ``/data.json``.
    """
    return {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@id": address(catalog.site_url, FILE) or urn(catalog.city),
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [_dataset(catalog, d) for d in shown(list(datasets))],
    }


def _dataset(catalog: CatalogEntry, dataset: DatasetEntry) -> dict[str, Any]:
    licence = licence_address(dataset.licence)
    described_by = address(catalog.site_url, dataset.described_by)
    contract = address(catalog.site_url, dataset.contract)
    return full(
        {
            "@type": "dcat:Dataset",
            "identifier": f"{catalog.city}/{dataset.id}",
            "title": dataset.title.default,
            "description": dataset.told.default,
            "keyword": list(dataset.keywords),
            "publisher": {"@type": "org:Organization", "name": catalog.publisher.default},
            "contactPoint": {
                "@type": "vcard:Contact",
                "fn": dataset.contact_name,
                "hasEmail": f"mailto:{dataset.contact_email}",
            },
            "accessLevel": _ACCESS[dataset.access],
            "rights": _shortened(rights(dataset, licence)),
            "license": licence,
            "issued": dataset.issued,
            "modified": dataset.modified,
            "temporal": "/".join(t for t in dataset.temporal if t)
            if dataset.temporal and dataset.temporal[0]
            else None,
            "accrualPeriodicity": repeating(dataset.frequency),
            "landingPage": address(catalog.site_url, dataset.page),
            "describedBy": described_by,
            "describedByType": "application/json" if described_by else None,
            "references": [contract] if contract else None,
            "theme": [dataset.theme] if dataset.theme else None,
            "language": list(dataset.languages),
            "distribution": [_distribution(catalog, f) for f in dataset.files] or None,
        }
    )


def _distribution(catalog: CatalogEntry, file: DistributionEntry) -> dict[str, Any]:
    return full(
        {
            "@type": "dcat:Distribution",
            "title": file.title,
            "description": f"{file.bytes} bytes, sha256 {file.sha256}",
            "downloadURL": address(catalog.site_url, file.path) or by_content(file.sha256, file.media_type),
            "mediaType": file.media_type,
            "format": format_name(file.media_type),
        }
    )


def rights(dataset: DatasetEntry, licence: str | None) -> str | None:
    """Why it is not public; for a public one, its licence where that is words and not an address."""
    if dataset.rights:
        return dataset.rights.default
    return dataset.licence if licence is None else None


def _shortened(text: str | None) -> str | None:
    """DCAT-US 1.1 allows 255 letters of rights; cut between words, and say so."""
    if text is None or len(text) <= _RIGHTS_LENGTH:
        return text
    return text[: _RIGHTS_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"
