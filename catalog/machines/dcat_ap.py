"""The catalogue as DCAT-AP 3 in JSON-LD: ``catalog.jsonld``.

Belongs here: that one format, with a context of its own, so that it is read without asking any other host. Does not
belong here: what is said of a dataset (``describing``).

Titles and descriptions are language maps: each of the contract's languages stands in the file, whatever the reader's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.machines.dcat_us_3 import ACCESS
from catalog.machines.entries import OWN_LANGUAGE, CatalogEntry, DatasetEntry, DistributionEntry, shown
from catalog.machines.frequencies import EU, eu_frequency
from catalog.machines.licences import licence_address
from catalog.machines.naming import address, by_content, full, urn
from contracts.model import Text

FILE = "catalog.jsonld"

_SAID = {"@container": "@language"}
_NAMED = {"@type": "@id"}
_DAY = {"@type": "http://www.w3.org/2001/XMLSchema#date"}
CONTEXT: dict[str, Any] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "title": {"@id": "dct:title", **_SAID},
    "description": {"@id": "dct:description", **_SAID},
    "label": {"@id": "rdfs:label", **_SAID},
    "name": {"@id": "foaf:name", **_SAID},
    "prefLabel": {"@id": "skos:prefLabel", **_SAID},
    "keyword": {"@id": "dcat:keyword", **_SAID},
    "identifier": "dct:identifier",
    "publisher": "dct:publisher",
    "homepage": {"@id": "foaf:homepage", **_NAMED},
    "mbox": {"@id": "foaf:mbox", **_NAMED},
    "language": {"@id": "dct:language", **_NAMED},
    "license": "dct:license",
    "rights": "dct:rights",
    "accessRights": {"@id": "dct:accessRights", **_NAMED},
    "issued": {"@id": "dct:issued", **_DAY},
    "modified": {"@id": "dct:modified", **_DAY},
    "startDate": {"@id": "dcat:startDate", **_DAY},
    "endDate": {"@id": "dcat:endDate", **_DAY},
    "temporal": "dct:temporal",
    "spatial": "dct:spatial",
    "availability": {"@id": "dcatap:availability", **_NAMED},
    "accrualPeriodicity": {"@id": "dct:accrualPeriodicity", **_NAMED},
    "conformsTo": "dct:conformsTo",
    "dataset": "dcat:dataset",
    "distribution": "dcat:distribution",
    "contactPoint": "dcat:contactPoint",
    "fn": "vcard:fn",
    "hasEmail": {"@id": "vcard:hasEmail", **_NAMED},
    "landingPage": "dcat:landingPage",
    "version": "dcat:version",
    "status": {"@id": "adms:status", **_NAMED},
    "accessURL": {"@id": "dcat:accessURL", **_NAMED},
    "downloadURL": {"@id": "dcat:downloadURL", **_NAMED},
    "mediaType": {"@id": "dcat:mediaType", **_NAMED},
    "format": {"@id": "dct:format", **_NAMED},
    "byteSize": {"@id": "dcat:byteSize", "@type": "xsd:nonNegativeInteger"},
    "checksum": "spdx:checksum",
    "algorithm": {"@id": "spdx:algorithm", **_NAMED},
    "checksumValue": {"@id": "spdx:checksumValue", "@type": "xsd:hexBinary"},
}
"""Our words, each as the term of a vocabulary."""

_STABLE = "http://publications.europa.eu/resource/authority/planned-availability/STABLE"
_FILE_TYPES = {
    "text/csv": "CSV",
    "application/vnd.apache.parquet": "PARQUET",
    "application/geo+json": "GEOJSON",
    "application/json": "JSON",
}
_LANGUAGES = {
    "en": "ENG", "es": "SPA", "pt": "POR", "fr": "FRA", "de": "DEU", "it": "ITA", "nl": "NLD", "ca": "CAT",
    "eu": "EUS", "gl": "GLG", "pl": "POL", "ro": "RON", "sv": "SWE", "da": "DAN", "fi": "FIN", "el": "ELL",
}  # fmt: skip


def catalog_jsonld(catalog: CatalogEntry, datasets: Sequence[DatasetEntry]) -> dict[str, Any]:
    """The catalogue as DCAT-AP 3, datasets sorted by identifier.

    Source: DCAT-AP 3.0.1, https://semiceu.github.io/DCAT-AP/releases/3.0.1/.
    """
    listed = shown(list(datasets))
    return full(
        {
            "@context": CONTEXT,
            "@id": address(catalog.site_url, FILE) or urn(catalog.city),
            "@type": "dcat:Catalog",
            "title": said(catalog.title),
            "description": said(catalog.description),
            "publisher": _publisher(catalog),
            "homepage": _document(address(catalog.site_url, "index.html")),
            "language": _languages(catalog.languages),
            "issued": min((d.issued for d in listed if d.issued), default=None),
            "modified": max((d.modified for d in listed if d.modified), default=None),
            "spatial": _place(catalog),
            "license": _licence(catalog.licence),
            "dataset": [_dataset(catalog, d) for d in listed],
        }
    )


def said(text: Text) -> dict[str, str]:
    """A text as a language map."""
    return {OWN_LANGUAGE: text.default, **{k: v for k, v in sorted(text.translations.items()) if k != OWN_LANGUAGE}}


def _dataset(catalog: CatalogEntry, dataset: DatasetEntry) -> dict[str, Any]:
    contract = address(catalog.site_url, dataset.contract)
    return full(
        {
            "@id": _id(catalog, dataset),
            "@type": "dcat:Dataset",
            "identifier": f"{catalog.city}/{dataset.id}",
            "title": said(dataset.title),
            "description": said(dataset.told),
            "keyword": {OWN_LANGUAGE: list(dataset.keywords)},
            "publisher": {"@id": _publisher_id(catalog)},
            "contactPoint": {
                "@type": "vcard:Kind",
                "fn": dataset.contact_name,
                "hasEmail": f"mailto:{dataset.contact_email}",
            },
            "status": f"{EU}/dataset-status/WITHDRAWN" if dataset.withdrawn else None,
            "accessRights": {"@id": f"{EU}/access-right/{ACCESS[dataset.access]}", "@type": "dct:RightsStatement"},
            "rights": {"@type": "dct:RightsStatement", "label": said(dataset.rights)} if dataset.rights else None,
            "issued": dataset.issued,
            "modified": dataset.modified,
            "version": str(dataset.version) if dataset.version is not None else None,
            "temporal": _period(dataset),
            "spatial": _place(catalog),
            "accrualPeriodicity": _frequency(dataset),
            "language": _languages(dataset.languages),
            "landingPage": _document(address(catalog.site_url, dataset.page)),
            "conformsTo": {"@id": contract, "@type": "dct:Standard", "title": {OWN_LANGUAGE: "Data contract (ODCS)"}}
            if contract
            else None,
            "distribution": [_distribution(catalog, dataset, f) for f in dataset.files],
        }
    )


def _distribution(catalog: CatalogEntry, dataset: DatasetEntry, file: DistributionEntry) -> dict[str, Any]:
    named = by_content(file.sha256, file.media_type)
    fetched = address(catalog.site_url, file.path)
    known = _FILE_TYPES.get(file.media_type)
    iana = f"https://www.iana.org/assignments/media-types/{file.media_type}"
    return full(
        {
            "@id": f"{_id(catalog, dataset)}#{file.path.rsplit('/', 1)[-1]}-{file.sha256[:12]}",
            "@type": "dcat:Distribution",
            "title": {OWN_LANGUAGE: file.title} if file.title else None,
            "description": {OWN_LANGUAGE: f"All records of release {dataset.version}, {file.bytes} bytes."},
            "availability": {"@id": _STABLE, "@type": "skos:Concept", "prefLabel": {OWN_LANGUAGE: "stable"}},
            "accessURL": {"@id": address(catalog.site_url, dataset.page) or named, "@type": "rdfs:Resource"},
            "downloadURL": {"@id": fetched, "@type": "rdfs:Resource"} if fetched else None,
            "mediaType": {"@id": iana, "@type": "dct:MediaType"},
            "format": {"@id": f"{EU}/file-type/{known}", "@type": "dct:MediaTypeOrExtent"} if known else None,
            "byteSize": str(file.bytes),
            "checksum": {
                "@type": "spdx:Checksum",
                "algorithm": {"@id": "spdx:checksumAlgorithm_sha256", "@type": "spdx:ChecksumAlgorithm"},
                "checksumValue": file.sha256,
            },
            "license": _licence(dataset.licence),
            "modified": dataset.modified,
        }
    )


def _id(catalog: CatalogEntry, dataset: DatasetEntry) -> str:
    return address(catalog.site_url, dataset.page) or urn(catalog.city, dataset.id)


def _publisher(catalog: CatalogEntry) -> dict[str, Any]:
    return full(
        {
            "@id": _publisher_id(catalog),
            "@type": "foaf:Agent",
            "name": said(catalog.publisher),
            "mbox": f"mailto:{catalog.publisher_email}",
            "homepage": _document(catalog.publisher_url),
        }
    )


def _publisher_id(catalog: CatalogEntry) -> str:
    return urn(catalog.city, "publisher")


def _licence(licence: str | None) -> dict[str, Any] | None:
    """A licence's address, or a licence document that holds the words."""
    if not licence:
        return None
    found = licence_address(licence)
    words = {"@type": "dct:LicenseDocument", "label": {OWN_LANGUAGE: licence}}
    return {"@id": found, **words} if found else words


def _document(found: str | None) -> dict[str, str] | None:
    return {"@id": found, "@type": "foaf:Document"} if found else None


def _period(dataset: DatasetEntry) -> dict[str, str] | None:
    if dataset.temporal is None:
        return None
    start, end = dataset.temporal
    return full({"@type": "dct:PeriodOfTime", "startDate": start, "endDate": end})


def _place(catalog: CatalogEntry) -> dict[str, Any] | None:
    return {"@type": "dct:Location", "label": said(catalog.place)} if catalog.place else None


def _frequency(dataset: DatasetEntry) -> dict[str, str] | None:
    found = eu_frequency(dataset.frequency)
    return {"@id": found, "@type": "dct:Frequency"} if found else None


def _languages(languages: Sequence[str]) -> list[dict[str, str]]:
    """Languages as the Publications Office names them; one it is not known for here is left out."""
    codes = [_LANGUAGES.get(code.partition("-")[0]) for code in languages]
    return [{"@id": f"{EU}/language/{c}", "@type": "dct:LinguisticSystem"} for c in codes if c]
