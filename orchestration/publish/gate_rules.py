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
from typing import Any, Literal

from contracts.model import Contract, Severity, Text
from contracts.results import Result
from orchestration.publish.anonymity_rules import RULE as ANONYMITY
from orchestration.publish.anonymity_rules import anonymity
from orchestration.publish.definitions import RULE as DEFINITIONS
from orchestration.publish.definitions import definitions
from orchestration.publish.differencing_rules import RULE as DIFFERENCING
from orchestration.publish.differencing_rules import differencing
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
from orchestration.publish.flow_rules import flows_kept
from orchestration.publish.gate_facts import Facts, Finding
from orchestration.publish.identifier_rules import RULE as IDENTIFIERS
from orchestration.publish.identifier_rules import identifiers
from orchestration.publish.proof_rules import RULE as NON_INTERFERENCE
from orchestration.publish.proof_rules import unaffected
from orchestration.publish.release_rules import (
    code_known,
    contract_change,
    freshness,
    lateness,
    reconciliation,
    row_count_change,
)
from orchestration.publish.review_rules import RULE as PRIVACY_REVIEW
from orchestration.publish.review_rules import privacy_review

Counted = Literal[
    "changes",
    "columns",
    "commits",
    "copies",
    "definitions",
    "files",
    "products",
    "records",
    "rules",
    "sets of files",
    "sources",
]
"""What a rule of the gate looks at, one by one: mostly not records."""


@dataclass(frozen=True)
class GateRule:
    """One rule: its sentence, its dimension, what it counts as looked at, how it looks, whether it may be waived."""

    id: str
    text: Text
    dimension: str
    counts: Counted
    look: Callable[[Facts, str | None], Finding] = field(compare=False)
    waivable: bool = False


RULES: tuple[GateRule, ...] = (
    GateRule(
        "rendered",
        Text(
            "Every file of the release could be written.",
            {
                "es": "Todos los archivos de la publicación pudieron escribirse.",
                "pt": "Todos os arquivos da publicação puderam ser escritos.",
            },
        ),
        "conformity",
        "sets of files",
        rendered,
    ),
    GateRule(
        "held_upstream",
        Text(
            "Nothing it is built on is held.",
            {
                "es": "Nada de lo que lo compone está retenido.",
                "pt": "Nada do que o compõe está retido.",
            },
        ),
        "consistency",
        "products",
        held_upstream,
    ),
    GateRule(
        "tiers",
        Text(
            "No file holds a column that its readers may not see.",
            {
                "es": "Ningún archivo contiene una columna que sus lectores no puedan ver.",
                "pt": "Nenhum arquivo contém uma coluna que seus leitores não possam ver.",
            },
        ),
        "conformity",
        "columns",
        tiers_kept,
    ),
    GateRule(
        "flows",
        Text(
            "No column shows what its circle of readers may not see, by the queries that made it.",
            {
                "es": "Ninguna columna muestra lo que sus lectores no pueden ver, según las consultas que la hicieron.",
                "pt": "Nenhuma coluna mostra o que seus leitores não podem ver, segundo as consultas que a fizeram.",
            },
        ),
        "conformity",
        "columns",
        flows_kept,
    ),
    GateRule(
        NON_INTERFERENCE,
        Text(
            "Nothing changes in what its readers are given when only what they may not see is changed.",
            {
                "es": "Nada cambia en lo que reciben sus lectores cuando solo se cambia lo que no pueden ver.",
                "pt": "Nada muda no que seus leitores recebem quando se muda apenas o que não podem ver.",
            },
        ),
        "conformity",
        "columns",
        unaffected,
    ),
    GateRule(
        DIFFERENCING,
        Text(
            "No count that is hidden can be worked out from what else its readers are given.",
            {
                "es": "Ningún recuento oculto puede deducirse de lo demás que reciben sus lectores.",
                "pt": "Nenhuma contagem oculta pode ser deduzida do mais que seus leitores recebem.",
            },
        ),
        "conformity",
        "columns",
        differencing,
        waivable=True,
    ),
    GateRule(
        IDENTIFIERS,
        Text(
            "No column that everybody may read holds numbers or addresses that identify persons.",
            {
                "es": "Ninguna columna que todos pueden leer contiene números o direcciones que identifiquen personas.",
                "pt": "Nenhuma coluna que todos podem ler contém números ou endereços que identifiquem pessoas.",
            },
        ),
        "conformity",
        "columns",
        identifiers,
        waivable=True,
    ),
    GateRule(
        ANONYMITY,
        Text(
            "No record stands nearly alone with what somebody could be known by.",
            {
                "es": "Ningún registro está casi solo en aquello por lo que se podría reconocer a alguien.",
                "pt": "Nenhum registro está quase sozinho naquilo por que alguém poderia ser reconhecido.",
            },
        ),
        "conformity",
        "records",
        anonymity,
    ),
    GateRule(
        "files_unchanged",
        Text(
            "The files that were checked are the files that are published.",
            {
                "es": "Los archivos revisados son los archivos publicados.",
                "pt": "Os arquivos verificados são os arquivos publicados.",
            },
        ),
        "consistency",
        "files",
        files_unchanged,
    ),
    GateRule(
        "order",
        Text(
            "Records are in the order of their key, and no key repeats.",
            {
                "es": "Los registros están en el orden de su clave y ninguna clave se repite.",
                "pt": "Os registros estão na ordem de sua chave e nenhuma chave se repete.",
            },
        ),
        "uniqueness",
        "records",
        ordered,
    ),
    GateRule(
        "copies_agree",
        Text(
            "All file formats, and the files for every circle of readers, hold the same records.",
            {
                "es": "Todos los formatos, y los archivos de cada círculo de lectores, contienen los mismos registros.",
                "pt": "Todos os formatos, e os arquivos para cada círculo de leitores, contêm os mesmos registros.",
            },
        ),
        "consistency",
        "copies",
        copies_agree,
    ),
    GateRule(
        "engines_agree",
        Text(
            "Two independent engines came to the same result for every rule.",
            {
                "es": "Dos motores independientes llegaron al mismo resultado en cada regla.",
                "pt": "Dois motores independentes chegaram ao mesmo resultado em cada regra.",
            },
        ),
        "accuracy",
        "rules",
        engines_agree,
    ),
    GateRule(
        "rules_can_fail",
        Text(
            "Every rule was shown able to fail, on a copy of the data broken on purpose.",
            {
                "es": "Se demostró que cada regla puede fallar, en una copia de los datos dañada a propósito.",
                "pt": "Mostrou-se que cada regra pode falhar, em uma cópia dos dados danificada de propósito.",
            },
        ),
        "accuracy",
        "rules",
        rules_can_fail,
    ),
    GateRule(
        "contract_change",
        Text(
            "What changed in the contract is told by its version and, where it breaks something, approved.",
            {
                "es": "Lo que cambió en el contrato se refleja en su versión y, si rompe algo, está aprobado.",
                "pt": "O que mudou no contrato se reflete em sua versão e, onde quebra algo, está aprovado.",
            },
        ),
        "consistency",
        "changes",
        contract_change,
    ),
    GateRule(
        PRIVACY_REVIEW,
        Text(
            "A person reviewed what was made less exact so that it may be seen, and the review still stands.",
            {
                "es": "Una persona revisó lo que se hizo menos exacto para mostrarlo, y la revisión sigue vigente.",
                "pt": "Uma pessoa revisou o que foi feito menos exato para poder ser visto, e a revisão está vigente.",
            },
        ),
        "conformity",
        "columns",
        privacy_review,
    ),
    GateRule(
        DEFINITIONS,
        Text(
            "No measure is worked out otherwise than before under the same version of its definition.",
            {
                "es": "Ninguna medida se calcula de otro modo que antes con la misma versión de su definición.",
                "pt": "Nenhuma medida é calculada de outro modo que antes com a mesma versão de sua definição.",
            },
        ),
        "consistency",
        "definitions",
        definitions,
    ),
    GateRule(
        "row_count_change",
        Text(
            "The number of records changed no more than is plausible since the last release.",
            {
                "es": "El número de registros no cambió más de lo plausible desde la última publicación.",
                "pt": "O número de registros não mudou mais do que o plausível desde a última publicação.",
            },
        ),
        "coverage",
        "records",
        row_count_change,
        waivable=True,
    ),
    GateRule(
        "reconciliation",
        Text(
            "Every record received is accounted for.",
            {
                "es": "Se da cuenta de cada registro recibido.",
                "pt": "Dá-se conta de cada registro recebido.",
            },
        ),
        "completeness",
        "sources",
        reconciliation,
    ),
    GateRule(
        "freshness",
        Text(
            "The data is as recent as promised.",
            {
                "es": "Los datos son tan recientes como se prometió.",
                "pt": "Os dados são tão recentes quanto se prometeu.",
            },
        ),
        "timeliness",
        "records",
        freshness,
        waivable=True,
    ),
    GateRule(
        "code_known",
        Text(
            "The code that made it is known and unchanged.",
            {
                "es": "El código que lo produjo es conocido y no fue modificado.",
                "pt": "O código que o produziu é conhecido e não foi modificado.",
            },
        ),
        "conformity",
        "commits",
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
