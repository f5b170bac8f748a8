"""The table of the gate's own rules: what a release as a whole must satisfy beside its contract's rules.

Belongs here: each rule's sentence, dimension and weight, and whether a ruling may waive it. A rule is a
function ``(facts, tier) -> Finding``. With a tier, a finding is about what that tier is given, and says
nothing that it may not see (no name of a hidden column, rule, source or product, no count that is not
public); with None it is about all tiers and says everything. Does not belong here: the functions
(``file_rules``, ``release_rules``), waivers, writing results down (``quality``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.model import Contract, Severity, Text
from contracts.results import Result
from orchestration.publish.file_rules import (
    copies_agree,
    engines_agree,
    files_unchanged,
    held_upstream,
    ordered,
    rendered,
    rules_can_fail,
    tiers_kept,
)
from orchestration.publish.gate_facts import Facts, Finding
from orchestration.publish.release_rules import (
    code_known,
    contract_change,
    freshness,
    lateness,
    reconciliation,
    row_count_change,
)


@dataclass(frozen=True)
class GateRule:
    """One rule: its sentence, its dimension, what it weighs, whether a ruling may waive it."""

    id: str
    text: Text
    dimension: str
    look: Callable[[Facts, str | None], Finding] = field(compare=False)
    waivable: bool = False


RULES: tuple[GateRule, ...] = (
    GateRule(
        "rendered",
        Text(
            "Every file of the release could be written.",
            {"es": "Todos los archivos de la publicación pudieron escribirse."},
        ),
        "conformity",
        rendered,
    ),
    GateRule(
        "held_upstream",
        Text("Nothing it is built on is held.", {"es": "Nada de lo que lo compone está retenido."}),
        "consistency",
        held_upstream,
    ),
    GateRule(
        "tiers",
        Text(
            "No file holds a column that its readers may not see.",
            {"es": "Ningún archivo contiene una columna que sus lectores no puedan ver."},
        ),
        "conformity",
        tiers_kept,
    ),
    GateRule(
        "files_unchanged",
        Text(
            "The files that were checked are the files that are published.",
            {"es": "Los archivos revisados son los archivos publicados."},
        ),
        "consistency",
        files_unchanged,
    ),
    GateRule(
        "order",
        Text(
            "Records are in the order of their key, and no key repeats.",
            {"es": "Los registros están en el orden de su clave y ninguna clave se repite."},
        ),
        "uniqueness",
        ordered,
    ),
    GateRule(
        "copies_agree",
        Text(
            "All file formats, and the files for every circle of readers, hold the same records.",
            {"es": "Todos los formatos, y los archivos para cada círculo de lectores, contienen los mismos registros."},
        ),
        "consistency",
        copies_agree,
    ),
    GateRule(
        "engines_agree",
        Text(
            "Two independent engines came to the same result for every rule.",
            {"es": "Dos motores independientes llegaron al mismo resultado en cada regla."},
        ),
        "accuracy",
        engines_agree,
    ),
    GateRule(
        "rules_can_fail",
        Text(
            "Every rule was shown able to fail, on a copy of the data broken on purpose.",
            {"es": "Se demostró que cada regla puede fallar, en una copia de los datos dañada a propósito."},
        ),
        "accuracy",
        rules_can_fail,
    ),
    GateRule(
        "contract_change",
        Text(
            "What changed in the contract is told by its version and, where it breaks something, approved.",
            {"es": "Lo que cambió en el contrato se refleja en su versión y, si rompe algo, está aprobado."},
        ),
        "consistency",
        contract_change,
    ),
    GateRule(
        "row_count_change",
        Text(
            "The number of records changed no more than is plausible since the last release.",
            {"es": "El número de registros no cambió más de lo plausible desde la última publicación."},
        ),
        "coverage",
        row_count_change,
        waivable=True,
    ),
    GateRule(
        "reconciliation",
        Text(
            "Every record received is accounted for.",
            {"es": "Se da cuenta de cada registro recibido."},
        ),
        "completeness",
        reconciliation,
    ),
    GateRule(
        "freshness",
        Text("The data is as recent as promised.", {"es": "Los datos son tan recientes como se prometió."}),
        "timeliness",
        freshness,
        waivable=True,
    ),
    GateRule(
        "code_known",
        Text(
            "The code that made it is known and unchanged.",
            {"es": "El código que lo produjo es conocido y no fue modificado."},
        ),
        "conformity",
        code_known,
    ),
)
"""All of the gate's own rules, in the order in which they are told."""

GATE_RULES: Mapping[str, str] = {rule.id: rule.text.default for rule in RULES}
"""Their sentences by id."""


def severity_of(rule: GateRule, contract: Contract) -> Severity:
    """What the rule weighs."""
    return lateness(contract) if rule.id == "freshness" else Severity.ERROR


def look_all(facts: Facts, tier: str | None) -> dict[str, Finding]:
    """Every rule's finding, as ``tier`` may know it (everything for None)."""
    if not facts.judged:
        answered = {"rendered": rendered(facts, tier), "held_upstream": held_upstream(facts, tier)}
        rest = Finding(Result.NOT_RUN, "there is no file to look at")
        return {rule.id: answered.get(rule.id, rest) for rule in RULES}
    return {rule.id: rule.look(facts, tier) for rule in RULES}


def plain_bounds(finding: Finding) -> dict[str, Any] | None:
    """A finding's bounds in the form of a rule's threshold."""
    if finding.bounds is None:
        return None
    return {"operator": "mustBeBetween", "value": list(finding.bounds), "unit": finding.unit}
