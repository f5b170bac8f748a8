"""The catalogue for machines: DCAT-US 1.1 (``data.json``) and DCAT-US 3.0 (``dcat-us-3.json``).

Belongs here: turning what the catalogue knows of its datasets into the two formats.
Does not belong here: finding releases (``catalog.store``), pages, translations: machine files are in the
contract's own language and the same whatever the reader's.

Both formats want absolute addresses. A city that has no address yet still gets valid files: a file is then
named by its content (``ni:///sha-256;...``, RFC 6920), the catalogue by a UUID made from the city's
id, and what would only be an address (landing page, dictionary) is left out. Neither is ever invented.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urljoin

from contracts.errors import InputError

Access = Literal["public", "restricted", "non-public"]

_ACCESS_1_1 = {"public": "public", "restricted": "restricted public", "non-public": "non-public"}
_ACCESS_3 = {"public": "PUBLIC", "restricted": "RESTRICTED", "non-public": "NON_PUBLIC"}
_EU = "http://publications.europa.eu/resource/authority"
_RESTRICTION = "https://data.resources.gov/vocab/nara/AccessRestrictionStatusAuthorityList/Unrestricted"
_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
_RIGHTS_LENGTH = 255

_FORMATS = {
    "text/csv": "CSV",
    "application/vnd.apache.parquet": "Parquet",
    "application/geo+json": "GeoJSON",
    "application/json": "JSON",
}
_LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "ODBL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "ODC-BY-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
}
_UNITS = {
    "y": "Y", "yr": "Y", "year": "Y", "years": "Y",
    "m": "M", "mo": "M", "month": "M", "months": "M",
    "w": "W", "wk": "W", "week": "W", "weeks": "W",
    "d": "D", "day": "D", "days": "D",
    "h": "TH", "hr": "TH", "hour": "TH", "hours": "TH",
    "min": "TM", "minute": "TM", "minutes": "TM",
}  # fmt: skip
_EU_FREQUENCIES = {
    "P1Y": "ANNUAL", "P6M": "ANNUAL_2", "P3M": "QUARTERLY", "P2M": "BIMONTHLY", "P1M": "MONTHLY",
    "P2W": "BIWEEKLY", "P1W": "WEEKLY", "P7D": "WEEKLY", "P1D": "DAILY", "P2Y": "BIENNIAL",
    "PT12H": "DAILY_2", "PT1H": "HOURLY",
}  # fmt: skip


@dataclass(frozen=True)
class DistributionEntry:
    """One file of a release.

    Attributes:
        path: Relative to the site's root ("en/products/x/data.csv", "../../releases/..." is refused).
        media_type: "text/csv".
        bytes: Its size.
        sha256: Of its bytes, hexadecimal.
        title: In the contract's language.
    """

    path: str
    media_type: str
    bytes: int
    sha256: str
    title: str = ""


@dataclass(frozen=True)
class DatasetEntry:
    """One dataset, as far as the reader may know it.

    Attributes:
        id: The product's name; the identifier is made of it and the city's id.
        title: In the contract's language.
        description: Purpose and limitations, in plain words.
        keywords: At least one.
        contact_name: Whom to ask.
        contact_email: Where to ask.
        access: public, restricted (others may get it on request), non-public.
        rights: Why it is not public and how to ask; None for a public dataset.
        licence: An address, or a licence's SPDX name ("CC-BY-4.0").
        issued: Date of the first release, ISO 8601.
        modified: Date of the newest release, ISO 8601.
        temporal: First and last event date, ISO 8601.
        frequency: The frequency service level, (1, "d") or (1, "month").
        version: The release's number.
        distributions: Its files; never shown unless public.
        page: Its page, relative to the site's root.
        theme: The practice it serves.
        described_by: Its data dictionary, relative to the site's root.
        languages: Languages of its texts.
        hidden: The contract says ``inventory: hidden``: it is left out altogether.
        withdrawn: Since when it is not offered any more (a date, ISO 8601), and why as far as it may be told.
    """

    id: str
    title: str
    description: str
    keywords: tuple[str, ...]
    contact_name: str
    contact_email: str
    access: Access = "public"
    rights: str | None = None
    licence: str | None = None
    issued: str | None = None
    modified: str | None = None
    temporal: tuple[str, str] | None = None
    frequency: tuple[float, str] | None = None
    version: int | None = None
    distributions: tuple[DistributionEntry, ...] = ()
    page: str | None = None
    theme: str | None = None
    described_by: str | None = None
    languages: tuple[str, ...] = ("en",)
    hidden: bool = False
    withdrawn: tuple[str, str] | None = None


@dataclass(frozen=True)
class CatalogEntry:
    """The catalogue itself. ``site_url`` is the address the site is served at, None when it has none."""

    city: str
    title: str
    description: str
    publisher: str
    publisher_email: str
    publisher_url: str | None = None
    site_url: str | None = None
    languages: tuple[str, ...] = ("en",)


def data_json(catalog: CatalogEntry, datasets: Sequence[DatasetEntry]) -> dict[str, Any]:
    """The catalogue as DCAT-US 1.1 (non-federal profile), sorted by identifier.

    Source: https://project-open-data.cio.gov/v1.1/schema, as the files that a city serves at ``/data.json``.
    """
    return {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@id": _address(catalog, "data.json") or _urn(catalog.city),
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "describedBy": "https://project-open-data.cio.gov/v1.1/schema/catalog.json",
        "dataset": [_dataset_1_1(catalog, d) for d in _shown(datasets)],
    }


def dcat_us_3(catalog: CatalogEntry, datasets: Sequence[DatasetEntry]) -> dict[str, Any]:
    """The catalogue as DCAT-US 3.0, sorted by identifier.

    Source: the JSON Schema of DCAT-US 3.0.0. Frequencies and access rights are named by the vocabularies
    of the Publications Office of the European Union, which DCAT-US 3.0 shares with DCAT-AP.
    """
    shown = _shown(datasets)
    return _full(
        {
            "@context": "https://raw.githubusercontent.com/DOI-DO/dcat-us/main/context/dcat-us-3.0.jsonld",
            "@id": _address(catalog, "dcat-us-3.json") or _urn(catalog.city),
            "@type": "Catalog",
            "title": catalog.title,
            "description": catalog.description,
            "publisher": {"@type": "Organization", "name": catalog.publisher, "prefLabel": catalog.publisher},
            "contactPoint": [_kind(catalog.publisher, catalog.publisher_email)],
            "homepage": _address(catalog, "index.html"),
            "language": _languages(catalog.languages),
            "modified": max((d.modified for d in shown if d.modified), default=None),
            "dataset": [_dataset_3(catalog, d) for d in shown],
        }
    )


def licence_address(licence: str | None) -> str | None:
    """The address of a licence: its own, its well-known one, or SPDX's; None for a licence in words."""
    if not licence:
        return None
    if re.fullmatch(r"https?://\S+", licence):
        return licence
    known = _LICENCES.get(licence.strip().upper().replace(" ", "-"))
    if known:
        return known
    return f"https://spdx.org/licenses/{licence}.html" if re.fullmatch(r"[A-Za-z]+[A-Za-z0-9.+-]*\d", licence) else None


def repeating(frequency: tuple[float, str] | None) -> str | None:
    """A frequency as ISO 8601 repeating interval: (1, "month") is R/P1M.

    Raises:
        InputError: A unit that ODCS does not know.
    """
    duration = _duration(frequency)
    return f"R/{duration}" if duration else None


def _shown(datasets: Sequence[DatasetEntry]) -> list[DatasetEntry]:
    return sorted((d for d in datasets if not d.hidden), key=lambda d: d.id)


def _dataset_1_1(catalog: CatalogEntry, dataset: DatasetEntry) -> dict[str, Any]:
    licence = licence_address(dataset.licence)
    described_by = _address(catalog, dataset.described_by)
    return _full(
        {
            "@type": "dcat:Dataset",
            "identifier": f"{catalog.city}/{dataset.id}",
            "title": dataset.title,
            "description": _described(dataset),
            "keyword": list(dataset.keywords),
            "publisher": {"@type": "org:Organization", "name": catalog.publisher},
            "contactPoint": {
                "@type": "vcard:Contact",
                "fn": dataset.contact_name,
                "hasEmail": f"mailto:{dataset.contact_email}",
            },
            "accessLevel": _ACCESS_1_1[dataset.access],
            "rights": _shorten(_rights(dataset, licence)),
            "license": licence,
            "issued": dataset.issued,
            "modified": dataset.modified,
            "temporal": "/".join(dataset.temporal) if dataset.temporal else None,
            "accrualPeriodicity": repeating(dataset.frequency),
            "landingPage": _address(catalog, dataset.page),
            "describedBy": described_by,
            "describedByType": "text/html" if described_by else None,
            "theme": [dataset.theme] if dataset.theme else None,
            "language": list(dataset.languages),
            "distribution": [_distribution_1_1(catalog, f) for f in _files(dataset)] or None,
        }
    )


def _distribution_1_1(catalog: CatalogEntry, file: DistributionEntry) -> dict[str, Any]:
    return _full(
        {
            "@type": "dcat:Distribution",
            "title": file.title,
            "description": f"{file.bytes} bytes, sha256 {file.sha256}",
            "downloadURL": _address(catalog, file.path) or _named(file),
            "mediaType": file.media_type,
            "format": _FORMATS.get(file.media_type),
        }
    )


def _dataset_3(catalog: CatalogEntry, dataset: DatasetEntry) -> dict[str, Any]:
    licence = licence_address(dataset.licence)
    duration = _duration(dataset.frequency)
    frequency = _EU_FREQUENCIES.get(duration or "", "OTHER" if duration else None)
    rights = _rights(dataset, licence)
    return _full(
        {
            "@id": _address(catalog, dataset.page) or _urn(catalog.city, dataset.id),
            "@type": "Dataset",
            "identifier": [f"{catalog.city}/{dataset.id}"],
            "title": dataset.title,
            "description": _described(dataset),
            "status": f"{_EU}/dataset-status/WITHDRAWN" if dataset.withdrawn else None,
            "keyword": ", ".join(dataset.keywords),
            "publisher": {"@type": "Organization", "name": catalog.publisher, "prefLabel": catalog.publisher},
            "contactPoint": [_kind(dataset.contact_name, dataset.contact_email)],
            "accessRights": f"{_EU}/access-right/{_ACCESS_3[dataset.access]}",
            "rights": {"@type": "RightsStatement", "attributionText": rights} if rights else None,
            "issued": dataset.issued,
            "modified": dataset.modified,
            "version": str(dataset.version) if dataset.version is not None else None,
            "temporal": [{"@type": "PeriodOfTime", "startDate": dataset.temporal[0], "endDate": dataset.temporal[1]}]
            if dataset.temporal
            else None,
            "accrualPeriodicity": f"{_EU}/frequency/{frequency}" if frequency else None,
            "landingPage": _address(catalog, dataset.page),
            "language": _languages(dataset.languages),
            "distribution": [_distribution_3(catalog, f, licence) for f in _files(dataset)] or None,
        }
    )


def _distribution_3(catalog: CatalogEntry, file: DistributionEntry, licence: str | None) -> dict[str, Any]:
    return _full(
        {
            "@type": "Distribution",
            "title": file.title,
            "downloadURL": _address(catalog, file.path) or _named(file),
            "mediaType": f"https://www.iana.org/assignments/media-types/{file.media_type}",
            "byteSize": str(file.bytes),
            "checksum": {"@type": "Checksum", "algorithm": _SHA256, "checksumValue": file.sha256},
            "license": licence,
            "accessRestriction": [{"@type": "AccessRestriction", "restrictionStatus": _RESTRICTION}],
        }
    )


def _described(dataset: DatasetEntry) -> str:
    """The description; of what was withdrawn it says so first, since DCAT-US 1.1 has no word for it."""
    if dataset.withdrawn is None:
        return dataset.description
    day, note = dataset.withdrawn
    return " ".join(part for part in (f"Withdrawn on {day}.", note, dataset.description) if part)


def _files(dataset: DatasetEntry) -> tuple[DistributionEntry, ...]:
    """Files are told of only where anyone may fetch them."""
    return dataset.distributions if dataset.access == "public" else ()


def _rights(dataset: DatasetEntry, licence: str | None) -> str | None:
    """Why it is not public; for a public one, its licence where that is words and not an address."""
    if dataset.rights:
        return dataset.rights
    return dataset.licence if licence is None else None


def _shorten(text: str | None) -> str | None:
    """DCAT-US 1.1 allows 255 letters of rights; cut between words, and say so."""
    if text is None or len(text) <= _RIGHTS_LENGTH:
        return text
    return text[: _RIGHTS_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"


def _kind(name: str, email: str) -> dict[str, str]:
    return {"@type": "Kind", "fn": name, "hasEmail": f"mailto:{email}"}


def _languages(languages: Sequence[str]) -> list[str]:
    return [f"http://id.loc.gov/vocabulary/iso639-1/{code.partition('-')[0]}" for code in languages]


def _address(catalog: CatalogEntry, path: str | None) -> str | None:
    """An absolute address on the city's site, None where the site or the page has none.

    Raises:
        InputError: A path that leaves the site.
    """
    if path is None:
        return None
    if path.startswith("/") or ".." in path.split("/"):
        raise InputError("a file of the catalogue lies outside its site", found=path, expected="a path inside it")
    if catalog.site_url is None:
        return None
    return urljoin(catalog.site_url.rstrip("/") + "/", quote(path))


def _named(file: DistributionEntry) -> str:
    """A file's name by its content (RFC 6920)."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(file.sha256)).rstrip(b"=").decode("ascii")
    return f"ni:///sha-256;{digest}?ct={quote(file.media_type, safe='/')}"


def _urn(*names: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'cauce:' + '/'.join(names))}"


def _duration(frequency: tuple[float, str] | None) -> str | None:
    if frequency is None:
        return None
    value, unit = frequency
    letters = _UNITS.get(unit.strip().lower())
    if letters is None:
        raise InputError(
            "a frequency has a unit that is not one of time",
            found=unit,
            expected=", ".join(sorted(_UNITS)),
        )
    return f"P{letters[:-1]}{value:g}{letters[-1]}"


def _full(record: dict[str, Any]) -> dict[str, Any]:
    """The record without what is not known."""
    return {key: value for key, value in record.items() if value is not None and value != ""}
