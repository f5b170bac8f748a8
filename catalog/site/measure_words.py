"""The site's words for what a rule measured and what it allows.

Belongs here: a threshold, a number in its unit, what was found against what is allowed. Does not belong here: the
rule's own sentence, which its contract gives, and the other fixed words (``words``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog import numbers
from catalog.language import Translator
from catalog.site.remembering import remembering
from catalog.views import Reason


@remembering
class MeasureWords:
    """They, in one language."""

    def __init__(self, translator: Translator, tag: str) -> None:
        self.t = translator
        self.tag = tag

    def threshold(self, threshold: Mapping[str, Any]) -> str:
        """What a measured value is compared with."""
        t = self.t
        operator = str(threshold.get("operator", ""))
        words = self._bounds(threshold)
        text = {
            "mustBe": t.gettext("it is %(value)s"),
            "mustNotBe": t.gettext("it is not %(value)s"),
            "mustBeGreaterThan": t.gettext("it is more than %(value)s"),
            "mustBeGreaterOrEqualTo": t.gettext("it is at least %(value)s"),
            "mustBeLessThan": t.gettext("it is less than %(value)s"),
            "mustBeLessOrEqualTo": t.gettext("it is at most %(value)s"),
            "mustBeBetween": t.gettext("it is between %(low)s and %(high)s"),
            "mustNotBeBetween": t.gettext("it is not between %(low)s and %(high)s"),
        }.get(operator, operator) % words
        if threshold.get("unit") == "percent":
            return t.gettext("%(comparison)s (per cent of the records)") % {"comparison": text}
        return text

    def found(self, reason: Reason) -> str:
        """What was measured and what the rule allows; empty where no number says it."""
        t = self.t
        if reason.result not in ("", "failed"):
            return ""
        if reason.failed and reason.examined and reason.threshold.get("unit") != "percent":
            found = t.gettext("%(failed)s of %(examined)s records") % {
                "failed": numbers.integer(reason.failed, self.tag),
                "examined": numbers.integer(reason.examined, self.tag),
            }
        elif reason.value is not None:
            found = self._amount(reason.value, reason.threshold, "%")
        else:
            return ""
        if not reason.threshold:
            return t.gettext("Found %(found)s.") % {"found": found}
        return t.gettext("Found %(found)s, allowed %(allowed)s.") % {
            "found": found,
            "allowed": self._allowed(reason.threshold),
        }

    def _allowed(self, threshold: Mapping[str, Any]) -> str:
        t = self.t
        value = threshold.get("value")
        if threshold.get("unit") == "days" and isinstance(value, (list, tuple)) and value[0] == 0:
            threshold = {**threshold, "operator": "mustBeLessOrEqualTo", "value": value[1]}
        return {
            "mustBe": "%(value)s",
            "mustNotBe": t.gettext("anything but %(value)s"),
            "mustBeGreaterThan": t.gettext("more than %(value)s"),
            "mustBeGreaterOrEqualTo": t.gettext("at least %(value)s"),
            "mustBeLessThan": t.gettext("less than %(value)s"),
            "mustBeLessOrEqualTo": t.gettext("at most %(value)s"),
            "mustBeBetween": t.gettext("%(low)s to %(high)s"),
            "mustNotBeBetween": t.gettext("anything but %(low)s to %(high)s"),
        }.get(str(threshold.get("operator")), "%(value)s") % self._bounds(threshold, "%")

    def _bounds(self, threshold: Mapping[str, Any], percent: str = "") -> dict[str, str]:
        """A threshold's value, or the two ends of its range, in words."""
        value = threshold.get("value")
        pair = [*value, ""] if isinstance(value, (list, tuple)) else [value, ""]
        said = [self._amount(v, threshold, percent) for v in pair[:2]]
        return {"value": said[0], "low": said[0], "high": said[1]}

    def measured(self, value: float, threshold: Mapping[str, Any]) -> str:
        """What a rule measured, in the unit of its threshold."""
        return self._amount(value, threshold, "%")

    def _amount(self, value: Any, threshold: Mapping[str, Any], percent: str = "") -> str:
        """A number in the unit of a threshold, never rounded onto a bound that it misses.

        ``percent`` asks for the sign of a percentage of records, where no words say it.
        """
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return str(value)
        unit = threshold.get("unit")
        scale = 100 if unit == "share" else 1
        bounds = threshold.get("value")
        near = [v for v in (bounds if isinstance(bounds, (list, tuple)) else [bounds]) if isinstance(v, (int, float))]
        exact = round(value * scale, 9)
        digits = next((d for d in range(3) if round(exact, d) == exact), 2)
        digits = next(
            (d for d in range(digits, 7) if all(v == value or round(exact, d) != round(v * scale, d) for v in near)), 7
        )
        if unit == "share" or (unit == "percent" and percent):
            return numbers.percent(exact, self.tag, digits)
        if unit == "days":
            return numbers.days(exact, self.tag, digits)
        return numbers.decimal(exact, self.tag, digits)
