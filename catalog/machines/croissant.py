"""A product as Croissant 1.1: what is in its files, for tools that load data sets for learning and statistics.

Belongs here: that one format. Does not belong here: what is said of a dataset (``describing``), schema.org alone.

Records are read from the CSV where there is one, else from the Parquet file. Of a product in several parts each part is
a set of records of its own, all with the same fields: a set of files needs an archive or a folder that holds them,
which a web server has not, and the reader of MLCommons reads no other. Files are named relative to this one where the
site has no address, so that a copy of a site loads from a disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from catalog.machines.entries import CatalogEntry, DatasetEntry, DistributionEntry
from catalog.machines.licences import licence_address
from catalog.machines.naming import address, full, json_bytes, urn
from catalog.machines.schema_org import organisation
from catalog.views import ProductView, ReleaseView

FILE = "croissant.json"
VERSION = "1.1"
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that Croissant 1.1 prescribes."""

_TYPES = {
    "BOOLEAN": "sc:Boolean",
    "DATE": "sc:Date",
    "DOUBLE": "sc:Float",
    "FLOAT": "sc:Float",
    "REAL": "sc:Float",
    "DECIMAL": "sc:Float",
    "TIMESTAMP": "sc:DateTime",
    "TIME": "sc:Time",
}
_MEDIA_TYPES = {"application/vnd.apache.parquet": "application/x-parquet"}


def croissant(catalog: CatalogEntry, dataset: DatasetEntry, product: ProductView, release: ReleaseView) -> bytes:
    """A product's release as Croissant.

    Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html.
    """
    files = [_file(catalog, product, f) for f in dataset.distributions]
    value = full(
        {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            "@id": urn(catalog.city, dataset.id),
            "conformsTo": f"http://mlcommons.org/croissant/{VERSION}",
            "name": dataset.id,
            "alternateName": dataset.title.default,
            "description": dataset.told.default,
            "url": address(catalog.site_url, dataset.page) or urn(catalog.city, dataset.id),
            "license": licence_address(dataset.licence) or dataset.licence,
            "keywords": list(dataset.keywords),
            "creator": organisation(catalog),
            "publisher": organisation(catalog),
            "datePublished": release.published_at.date().isoformat(),
            "dateCreated": dataset.issued,
            "dateModified": dataset.modified,
            "version": f"{release.version}.0.0",
            "inLanguage": dataset.languages[0],
            "isLiveDataset": True if dataset.frequency else None,
            "conditionsOfAccess": dataset.rights.default,
            "citeAs": f"{catalog.publisher.default}: {dataset.title.default}, release {release.version}, "
            f"{release.published_at.date().isoformat()}.",
            "distribution": files,
            "recordSet": list(_record_sets(product, release, dataset.distributions)),
        }
    )
    return json_bytes(value)


def _is_part(file: DistributionEntry) -> bool:
    """Whether a file is one of several parts: ``data/<product>/<version>/data/<part>.parquet``."""
    return file.path.count("/") > 3


def _name(product: ProductView, file: DistributionEntry) -> str:
    """A file's name in the description: where it stands below the product's folder."""
    return file.path.removeprefix(f"data/{product.name}/")


def _file(catalog: CatalogEntry, product: ProductView, file: DistributionEntry) -> dict[str, Any]:
    name = _name(product, file)
    return full(
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "description": file.title,
            "contentUrl": address(catalog.site_url, file.path) or name,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": _MEDIA_TYPES.get(file.media_type, file.media_type),
            "sha256": file.sha256,
        }
    )


def _record_sets(
    product: ProductView, release: ReleaseView, files: Sequence[DistributionEntry]
) -> Iterator[dict[str, Any]]:
    parts = [f for f in files if _is_part(f)]
    for n, part in enumerate(parts):
        named = part.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        yield _records(product, release, part, f"records-{named}", described=n == 0)
    if parts:
        return
    by_type = {f.media_type: f for f in files}
    whole = by_type.get("text/csv") or by_type.get("application/vnd.apache.parquet")
    if whole is not None:
        yield _records(product, release, whole, "records", described=True)


def _records(
    product: ProductView, release: ReleaseView, file: DistributionEntry, identity: str, *, described: bool
) -> dict[str, Any]:
    """The records of one file; only the first of several sets repeats what each column means."""
    titles = {c.name: c.title.default for c in product.columns}
    key = [c.name for c in product.columns if c.is_key]
    held = [c.name for c in release.manifest.columns]
    return full(
        {
            "@type": "cr:RecordSet",
            "@id": identity,
            "name": identity,
            "description": product.row.default or product.grain,
            "key": [{"@id": f"{identity}/{name}"} for name in key] if key and set(key) <= set(held) else None,
            "field": [
                full(
                    {
                        "@type": "cr:Field",
                        "@id": f"{identity}/{c.name}",
                        "name": c.name,
                        "alternateName": titles.get(c.name) if described else None,
                        "description": c.description if described else None,
                        "dataType": data_type(c.type),
                        "source": {"fileObject": {"@id": _name(product, file)}, "extract": {"column": c.name}},
                    }
                )
                for c in release.manifest.columns
            ],
        }
    )


def data_type(physical: str) -> str:
    """A DuckDB type in Croissant's words."""
    name = physical.upper().partition("(")[0].strip()
    if name.endswith("INT") or name in ("INTEGER", "HUGEINT", "UINTEGER"):
        return "sc:Integer"
    if name.startswith("TIMESTAMP"):
        return "sc:DateTime"
    return _TYPES.get(name, "sc:Text")
