"""Buenos Aires' portal: BA Data, a CKAN that gives its resources as files.

Belongs here: which files of the shared data stand in which package. Does not belong here: the protocol (``ckan``).
The shared copies are packed; the portal gives them unpacked, as the real one does.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.portals.ckan import CkanPackage, CkanPortal, CkanResource, ckan_id
from tests.portals.serving import Portal

LICENCE = "Creative Commons Attribution 2.5 Argentina"
AUTHOR = "Gobierno de la Ciudad de Buenos Aires"
FILES = {
    "sistema-unico-atencion-ciudadana": (
        "Sistema Único de Atención Ciudadana",
        "SUACI por comuna 2013-2015",
        "CSV",
        "311/buenos_aires/suaci_por_comuna_2013_2015.csv.gz",
    ),
    "comunas": ("Comunas", "Comunas (GeoJSON)", "GeoJSON", "boundaries/buenos_aires/comunas.geojson"),
    "informacion-censal-por-radio": (
        "Información censal por radio",
        "Información censal por radio 2010 (GeoJSON)",
        "GeoJSON",
        "boundaries/buenos_aires/radios_censales_nbi.geojson.gz",
    ),
}
"""Package, its title, its resource, the format as the publisher writes it, and the file."""


def portals(data: Path) -> dict[str, Portal]:
    """The city's portals by their name in city.yaml, not started yet; ``data`` is the shared data."""
    packages = []
    for name, (title, resource, form, path) in FILES.items():
        packed = (data / path).read_bytes()
        kept = CkanResource(
            ckan_id(resource),
            resource,
            file=gzip.decompress(packed) if path.endswith(".gz") else packed,
            file_name=Path(path.removesuffix(".gz")).name,
            format=form,
        )
        packages.append(CkanPackage(name, title, [kept], organization=AUTHOR, license_title=LICENCE))
    return {"ba_data": CkanPortal(packages)}
