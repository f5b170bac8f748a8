"""Schema.org's description of a dataset and of the catalogue: the data block inside a page, which search engines read.

Belongs here: that one format, and its form as a data block. Does not belong here: what is said of a dataset
(``describing``), the page it stands in.

A ``<script type="application/ld+json">`` is a data block of HTML and never run, so the content policy does not touch it
(https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element; shown in a browser by the tests).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from catalog.machines.entries import CatalogEntry, DatasetEntry
from catalog.machines.frequencies import repeating
from catalog.machines.licences import licence_address
from catalog.machines.naming import address, by_content, format_name, full, urn
from catalog.views import ColumnView

_LONGEST = 4_900
"""Letters of a description; Google reads 50 to 5000."""


def dataset_ld(catalog: CatalogEntry, dataset: DatasetEntry, columns: Sequence[ColumnView] = ()) -> dict[str, Any]:
    """One dataset as ``schema.org/Dataset``.

    Source: https://schema.org/Dataset, https://developers.google.com/search/docs/appearance/structured-data/dataset.
    """
    home = address(catalog.site_url, "index.html")
    return full(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": urn(catalog.city, dataset.id),
            "identifier": f"{catalog.city}/{dataset.id}",
            "name": dataset.title.default,
            "description": dataset.told.default[:_LONGEST],
            "inLanguage": dataset.languages[0],
            "url": address(catalog.site_url, dataset.page),
            "keywords": list(dataset.keywords),
            "license": licence_address(dataset.licence) or dataset.licence,
            "isAccessibleForFree": True if dataset.access == "public" else None,
            "conditionsOfAccess": dataset.rights.default,
            "creator": organisation(catalog),
            "includedInDataCatalog": full({"@type": "DataCatalog", "name": catalog.title.default, "url": home}),
            "dateCreated": dataset.issued,
            "dateModified": dataset.modified,
            "version": str(dataset.version) if dataset.version is not None else None,
            "repeatFrequency": repeating(dataset.frequency),
            "creativeWorkStatus": "Withdrawn" if dataset.withdrawn else None,
            "distribution": [
                full(
                    {
                        "@type": "DataDownload",
                        "name": f.title,
                        "encodingFormat": f.media_type,
                        "fileFormat": format_name(f.media_type),
                        "contentUrl": address(catalog.site_url, f.path) or by_content(f.sha256, f.media_type),
                        "contentSize": f"{f.bytes} B",
                        "sha256": f.sha256,
                    }
                )
                for f in dataset.files
            ],
            "variableMeasured": [
                full(
                    {
                        "@type": "PropertyValue",
                        "name": c.name,
                        "alternateName": c.title.default,
                        "description": c.description.default,
                        "unitText": c.unit,
                    }
                )
                for c in columns
            ],
        }
    )


def catalog_ld(catalog: CatalogEntry) -> dict[str, Any]:
    """The catalogue as ``schema.org/DataCatalog``; each dataset's own page says that it is in it."""
    return full(
        {
            "@context": "https://schema.org/",
            "@type": "DataCatalog",
            "@id": urn(catalog.city),
            "name": catalog.title.default,
            "description": catalog.description.default,
            "url": address(catalog.site_url, "index.html"),
            "license": licence_address(catalog.licence) or catalog.licence,
            "publisher": organisation(catalog),
        }
    )


def organisation(catalog: CatalogEntry) -> dict[str, Any]:
    """The publisher."""
    return full(
        {
            "@type": "Organization",
            "name": catalog.publisher.default,
            "email": catalog.publisher_email,
            "url": catalog.publisher_url,
        }
    )


def data_block(value: dict[str, Any]) -> Markup:
    """A JSON-LD object as the text of a data block: nothing in it can end the block or open a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704
