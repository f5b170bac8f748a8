"""A check before it has its id and its sentence.

Belongs here: the draft, and what its threshold, severity and level follow from. Does not belong here: which
drafts a contract gives (``constraints`` for its schema, ``rule_drafts`` for its quality rules).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.checks import RECORD_KINDS, Kind, Level, Threshold
from contracts.model import Place, QualityRule, Severity

ZERO = Threshold()
"""No record may fail."""


@dataclass(frozen=True)
class Draft:
    """A check before it has its id. ``from_rule`` is None for a constraint of the schema."""

    kind: Kind
    columns: tuple[str, ...]
    arguments: Mapping[str, Any]
    place: Place
    on_property: bool
    from_rule: QualityRule | None = None

    @property
    def threshold(self) -> Threshold:
        """What is compared; a constraint of the schema tolerates no failed record."""
        return threshold_of(self.from_rule) if self.from_rule else ZERO

    @property
    def severity(self) -> Severity:
        """The rule's severity; a constraint of the schema is an error."""
        return self.from_rule.severity if self.from_rule else Severity.ERROR

    @property
    def level(self) -> Level:
        """A record is quarantined only for a rule of its own column that tolerates none; else the file."""
        record = self.on_property and self.kind in RECORD_KINDS and self.threshold == ZERO
        return "record" if record else "file"


def threshold_of(rule: QualityRule) -> Threshold:
    """What ``rule`` compares with; no failed record where it does not say."""
    if rule.operator is None or rule.threshold is None:
        return ZERO
    return Threshold(rule.operator, rule.threshold, rule.unit)
