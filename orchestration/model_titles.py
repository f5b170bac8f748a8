"""What a model is called in a lineage, for people, in the catalogue's languages.

Belongs here: finding a model's title. Does not belong here: the graph (``shaping``), what pages say of a stage.

A product's table has the product's title. A model that delivers an entity (a city's staging, the entity as received) is
called after it, since whoever reads a lineage does not know a city's SQL. Every other shared model says its title in
three languages in ``meta.title`` (``transforms/models/intermediate/_titles.yml``); one that says none is called by its
first line, which is in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from contracts.city import City
from contracts.model import Contract, Text
from contracts.sentences import LANGUAGES

RECEIVED: Final = {
    "en": "“{title}” as received, in the shared words",
    "es": "«{title}» tal como se recibió, en las palabras comunes",
    "pt": "“{title}” como foi recebido, nas palavras comuns",
}
STAGED: Final = {
    "en": "“{title}” made from the city's own columns",
    "es": "«{title}» a partir de las columnas propias de la ciudad",
    "pt": "“{title}” a partir das colunas próprias da cidade",
}


def model_title(node: Mapping[str, Any], city: City) -> Text:
    """The title of a model of dbt's manifest."""
    name = str(node["name"])
    product = city.products.get(name)
    if product is not None:
        return product.title
    for entity, contract in _entities().items():
        if name == city.staging.get(entity):
            return _named(STAGED, contract.title)
        if name == f"int_{entity}__received":
            return _named(RECEIVED, contract.title)
    declared = node["config"]["meta"].get("title")
    if isinstance(declared, Mapping) and declared.get("en"):
        return Text(str(declared["en"]), {k: str(declared[k]) for k in LANGUAGES if k != "en" and declared.get(k)})
    first = str(node["raw_code"]).lstrip().splitlines()[0]
    return Text(first.lstrip("-# ").strip() if first.startswith(("--", "#")) else name)


def _named(pattern: Mapping[str, str], title: Text) -> Text:
    said = {language: pattern[language].format(title=title.to(language)) for language in LANGUAGES}
    return Text(said.pop("en"), {language: text for language, text in said.items() if title.has(language)})


@lru_cache(maxsize=1)
def _entities() -> Mapping[str, Contract]:
    from contracts.city_load import load_entities

    return load_entities()
