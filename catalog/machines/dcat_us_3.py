"""The catalogue as DCAT-US 3.0: ``dcat-us-3.json``.

Belongs here: that one format. Does not belong here: what is said of a dataset (``describing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.machines.dcat_us_1_1 import rights
from catalog.machines.entries import CatalogEntry, DatasetEntry, DistributionEntry, shown
from catalog.machines.frequencies import EU, eu_frequency
from catalog.machines.licences import licence_address
from catalog.machines.naming import address, by_content, full, urn

FILE = "dcat-us-3.json"

ACCESS = {"public": "PUBLIC", "restricted": "RESTRICTED", "non-public": "NON_PUBLIC"}
"""Access rights in the words of the Publications Office, which DCAT-AP uses too."""

_RESTRICTION = "https://data.resources.gov/vocab/nara/AccessRestrictionStatusAuthorityList/Unrestricted"
_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def dcat_us_3(catalog: CatalogEntry, datasets: Sequence[DatasetEntry]) -> dict[str, Any]:
    """The catalogue as DCAT-US 3.0, sorted by identifier.

    Source: the JSON Schema of DCAT-US 3.0.0. Frequencies and access rights are named by the vocabularies
    of the Publications Office of the European Union, which DCAT-US 3.0 shares with DCAT-AP.
    """
    listed = shown(list(datasets))
    return full(
        {
            "@context": "https://raw.githubusercontent.com/DOI-DO/dcat-us/main/context/dcat-us-3.0.jsonld",
            "@id": address(catalog.site_url, FILE) or urn(catalog.city),
            "@type": "Catalog",
            "title": catalog.title.default,
            "description": catalog.description.default,
            "publisher": _publisher(catalog),
            "contactPoint": [_kind(catalog.publisher.default, catalog.publisher_email)],
            "homepage": address(catalog.site_url, "index.html"),
            "language": _languages(catalog.languages),
            "modified": max((d.modified for d in listed if d.modified), default=None),
            "dataset": [_dataset(catalog, d) for d in listed],
        }
    ) | ({} if listed else {"dataset": []})


def _dataset(catalog: CatalogEntry, dataset: DatasetEntry) -> dict[str, Any]:
    licence = licence_address(dataset.licence)
    said = rights(dataset, licence)
    return full(
        {
            "@id": address(catalog.site_url, dataset.page) or urn(catalog.city, dataset.id),
            "@type": "Dataset",
            "identifier": [f"{catalog.city}/{dataset.id}"],
            "title": dataset.title.default,
            "description": dataset.told.default,
            "status": f"{EU}/dataset-status/WITHDRAWN" if dataset.withdrawn else None,
            "keyword": ", ".join(dataset.keywords),
            "publisher": _publisher(catalog),
            "contactPoint": [_kind(dataset.contact_name, dataset.contact_email)],
            "accessRights": f"{EU}/access-right/{ACCESS[dataset.access]}",
            "rights": {"@type": "RightsStatement", "attributionText": said} if said else None,
            "issued": dataset.issued,
            "modified": dataset.modified,
            "version": str(dataset.version) if dataset.version is not None else None,
            "temporal": [{"@type": "PeriodOfTime", "startDate": dataset.temporal[0], "endDate": dataset.temporal[1]}]
            if dataset.temporal and dataset.temporal[0]
            else None,
            "accrualPeriodicity": eu_frequency(dataset.frequency),
            "landingPage": address(catalog.site_url, dataset.page),
            "language": _languages(dataset.languages),
            "distribution": [_distribution(catalog, f, licence) for f in dataset.files] or None,
        }
    )


def _distribution(catalog: CatalogEntry, file: DistributionEntry, licence: str | None) -> dict[str, Any]:
    return full(
        {
            "@type": "Distribution",
            "title": file.title,
            "downloadURL": address(catalog.site_url, file.path) or by_content(file.sha256, file.media_type),
            "mediaType": f"https://www.iana.org/assignments/media-types/{file.media_type}",
            "byteSize": str(file.bytes),
            "checksum": {"@type": "Checksum", "algorithm": _SHA256, "checksumValue": file.sha256},
            "license": licence,
            "accessRestriction": [{"@type": "AccessRestriction", "restrictionStatus": _RESTRICTION}],
        }
    )


def _publisher(catalog: CatalogEntry) -> dict[str, str]:
    name = catalog.publisher.default
    return {"@type": "Organization", "name": name, "prefLabel": name}


def _kind(name: str, email: str) -> dict[str, str]:
    return {"@type": "Kind", "fn": name, "hasEmail": f"mailto:{email}"}


def _languages(languages: Sequence[str]) -> list[str]:
    return [f"http://id.loc.gov/vocabulary/iso639-1/{code.partition('-')[0]}" for code in languages]
