"""A product's contract as one tier may read it, as an ODCS 3.1 file: ``odcs.yaml``.

Belongs here: writing a contract in the form in which people write it. Does not belong here: cutting it to a tier
(``contracts.readable``), reading one (``contracts.load``), which reads this file back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.machines.naming import full
from catalog.machines.yaml_text import yaml_bytes
from contracts.model import Contract, Property, QualityRule, Severity, Text

FILE = "odcs.yaml"
VERSION = "3.1.0"
HEADING = """The contract in force, as far as readers of this catalogue may see it (Open Data Contract Standard 3.1).
Columns, rules and words that are not open here are not in it."""


def odcs(contract: Contract) -> bytes:
    """A readable contract as YAML.

    Source: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/.
    """
    return yaml_bytes(odcs_document(contract), HEADING)


def odcs_document(contract: Contract) -> dict[str, Any]:
    """A readable contract as plain values, in the order in which people write one."""
    described = full(
        {
            "purpose": contract.purpose.default,
            "limitations": contract.limitations.default,
            "usage": contract.usage.default,
        }
    )
    return full(
        {
            "apiVersion": f"v{VERSION}",
            "kind": "DataContract",
            "id": contract.id,
            "name": contract.title.default,
            "version": contract.version,
            "status": contract.status,
            "description": described,
            "schema": [_object(contract)],
            "team": {"members": [{"username": m.username, "role": m.role} for m in contract.team]}
            if contract.team
            else None,
            "slaProperties": [
                full({"property": s.property, "value": s.value, "unit": s.unit, "element": s.element})
                for s in contract.service_levels
            ],
            "customProperties": _words(
                {
                    "tier": contract.tier,
                    "renditions": list(contract.renditions),
                    "practice": contract.practice,
                    "licenceOut": contract.licence_out,
                    "inventory": contract.inventory if contract.inventory != "shown" else None,
                    "rowCountChange": dict(zip(("minimum", "maximum"), contract.row_count_change, strict=True))
                    if contract.row_count_change
                    else None,
                    **contract.custom,
                    "whyNotPublic": contract.why_not_public.default,
                    "howToAsk": contract.how_to_ask.default,
                    "translations": _translations(
                        {
                            "title": contract.title,
                            "purpose": contract.purpose,
                            "limitations": contract.limitations,
                            "usage": contract.usage,
                            "whyNotPublic": contract.why_not_public,
                            "howToAsk": contract.how_to_ask,
                            "object": contract.object.description,
                        }
                    ),
                }
            ),
        }
    )


def _object(contract: Contract) -> dict[str, Any]:
    table = contract.object
    return full(
        {
            "name": table.name,
            "physicalType": table.physical_type,
            "description": table.description.default,
            "dataGranularityDescription": table.grain,
            "properties": [_property(p) for p in table.properties],
            "quality": [_rule(r) for r in table.quality],
        }
    )


def _property(p: Property) -> dict[str, Any]:
    step = (
        full({"name": p.step.name, "version": p.step.version, "parameters": dict(p.step.parameters)})
        if p.step
        else None
    )
    return full(
        {
            "name": p.name,
            "logicalType": p.logical_type,
            "physicalType": p.physical_type,
            "required": True if p.required else None,
            "unique": True if p.unique else None,
            "primaryKey": True if p.primary_key_position is not None else None,
            "primaryKeyPosition": p.primary_key_position,
            "classification": p.classification,
            "description": p.description.default,
            "logicalTypeOptions": dict(p.options),
            "examples": list(p.examples),
            "quality": [_rule(r) for r in p.quality],
            "customProperties": _words(
                {
                    "title": p.title.default,
                    "unit": p.unit,
                    "step": step,
                    "translations": _translations({"title": p.title, "description": p.description}),
                }
            ),
        }
    )


def _rule(rule: QualityRule) -> dict[str, Any]:
    threshold = list(rule.threshold) if isinstance(rule.threshold, tuple) else rule.threshold
    found = full(
        {
            "id": rule.id,
            "name": rule.name,
            "type": rule.type,
            "metric": rule.metric,
            "query": rule.query,
            "arguments": dict(rule.arguments),
        }
    )
    if rule.operator is not None:
        found[rule.operator] = threshold
    examples = [dict(record) for record in rule.failing_example]
    return found | full(
        {
            "unit": rule.unit if rule.unit != "rows" else None,
            "dimension": rule.dimension,
            "severity": Severity(rule.severity).value,
            "description": rule.description.default,
            "customProperties": _words(
                {"failingExample": examples, "translations": _translations({"description": rule.description})}
            ),
        }
    )


def _words(words: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in full(dict(words)).items()]


def _translations(texts: Mapping[str, Text]) -> dict[str, dict[str, str]]:
    """Texts by language, each with what it has."""
    languages = sorted({language for text in texts.values() for language in text.translations})
    return {language: dict(_in(language, texts.items())) for language in languages}


def _in(language: str, texts: Iterable[tuple[str, Text]]) -> list[tuple[str, str]]:
    return [(name, text.translations[language]) for name, text in texts if language in text.translations]
