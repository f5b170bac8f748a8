"""The site's fixed words: statuses as word, sign and colour, and sentences for what the files name.

Belongs here: one place that gives each state, result and step its words in the page's language. Does not
belong here: numbers and dates (``catalog.numbers``), sentences of an answer (``catalog.answer``), what a
city or a contract says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from catalog import numbers
from catalog.site.measure_words import MeasureWords
from catalog.site.remembering import remembering
from catalog.views import Promise, QualityView, RunView
from contracts.city import NOTHING_HIDDEN
from contracts.steps import load_steps
from contracts.tiers import is_tier, tier_name

Tone = Literal["good", "fair", "poor", "quiet"]


NO_DATE = "none"
"""The part of a large product whose records have no date to be cut by."""


_SMALL_CELL_STEPS = frozenset({"count_with_min_cell", "value_with_min_cell", "parts_with_min_cell", "hide_small_cells"})


@dataclass(frozen=True)
class Standing:
    """A status: a word first, then a sign that reads without colour, then a colour."""

    word: str
    sign: str
    tone: Tone


_SIGNS: Mapping[Tone, str] = {"good": "●", "fair": "◐", "poor": "▲", "quiet": "○"}


def _of(word: str, tone: Tone, sign: str | None = None) -> Standing:
    return Standing(word, sign or _SIGNS[tone], tone)


@remembering
class Words(MeasureWords):
    """All of them, in one language."""

    # statuses

    def state(self, state: str) -> Standing:
        """How a product stands."""
        t = self.t
        return {
            "published": _of(t.gettext("Published"), "good"),
            "late": _of(t.gettext("Late"), "fair"),
            "held": _of(t.gettext("Held"), "poor"),
            "withdrawn": _of(t.gettext("Withdrawn"), "quiet", "✕"),
            "closed": _of(t.gettext("No longer offered"), "quiet", "✕"),
            "never published": _of(t.gettext("Never published"), "quiet"),
        }.get(state) or _of(state, "quiet")

    def source_state(self, state: str) -> Standing:
        """How a source stands."""
        t = self.t
        return {
            "fresh": _of(t.gettext("Up to date"), "good"),
            "late": _of(t.gettext("Late"), "fair"),
            "refused": _of(t.gettext("Last file refused"), "poor"),
            "never retrieved": _of(t.gettext("Never retrieved"), "quiet"),
        }.get(state) or _of(state, "quiet")

    def landing(self, outcome: str) -> Standing:
        """What became of a delivery."""
        t = self.t
        return {
            "accepted": _of(t.pgettext("status of a delivery", "Accepted"), "good"),
            "unchanged": _of(t.gettext("Unchanged"), "quiet"),
            "refused": _of(t.pgettext("status of a delivery", "Refused"), "poor"),
        }.get(outcome) or _of(outcome, "quiet")

    def weight(self, weight: str) -> Standing:
        """What a change in a source means."""
        t = self.t
        return {
            "breaks": _of(t.gettext("Breaks"), "poor"),
            "warning": _of(t.gettext("To be looked at"), "fair"),
            "info": _of(t.gettext("For information"), "quiet"),
        }.get(weight) or _of(weight, "quiet")

    def connector(self, connector: str) -> str:
        """By which protocol a source is read."""
        t = self.t
        return {
            "file": t.gettext("a file handed over"),
            "http": t.gettext("a file on the web"),
            "socrata": t.gettext("an open data portal (Socrata)"),
            "ckan": t.gettext("an open data portal (CKAN)"),
            "arcgis": t.gettext("a map server (ArcGIS)"),
            "open311": t.gettext("a service line (Open311)"),
        }.get(connector, connector)

    def result(self, result: str) -> Standing:
        """What a rule said. Only a rule that ran and held is green."""
        t = self.t
        return {
            "passed": _of(t.gettext("Held true"), "good"),
            "warned": _of(t.gettext("Warned"), "fair"),
            "waived": _of(t.gettext("Waived"), "fair", "◑"),
            "failed": _of(t.pgettext("result of a rule", "Failed"), "poor"),
            "error": _of(t.gettext("Could not run"), "poor", "✕"),
            "not run": _of(t.gettext("Not run"), "poor", "○"),
            "vacuous": _of(t.gettext("Nothing to check"), "poor", "◌"),
            "not applicable": _of(t.gettext("Does not apply"), "quiet", "–"),
        }.get(result) or _of(result, "poor", "✕")

    def standing(self, standing: str) -> Standing:
        """How a release stands."""
        t = self.t
        return {
            "served": _of(t.gettext("Served now"), "good"),
            "replaced": _of(t.gettext("Replaced"), "quiet"),
            "taken back": _of(t.gettext("Taken back"), "poor", "✕"),
            "withdrawn": _of(t.gettext("Withdrawn"), "quiet", "✕"),
        }.get(standing) or _of(standing, "quiet")

    def action(self, action: str) -> Standing:
        """One line of a product's history."""
        t = self.t
        return {
            "publish": _of(t.gettext("Published"), "good"),
            "rollback": _of(t.gettext("Taken back to"), "fair"),
            "withdraw": _of(t.gettext("Withdrawn"), "quiet", "✕"),
            "refusal": _of(t.gettext("Held"), "poor"),
        }.get(action) or _of(action, "quiet")

    def against_target(self, status: str, known: bool) -> Standing:
        """A figure against its target; ``known`` tells whether there is a figure at all."""
        t = self.t
        return {
            "on_target": _of(t.gettext("On target"), "good"),
            "near": _of(t.gettext("Near target"), "fair"),
            "off": _of(t.gettext("Off target"), "poor"),
        }.get(status) or _of(t.gettext("No target") if known else t.gettext("No figure"), "quiet")

    def direction(self, direction: str) -> Standing:
        """How the newest figure stands against what is usual for its series, by the series' own signals."""
        t = self.t
        return {
            "better": _of(t.gettext("Better than usual"), "good"),
            "worse": _of(t.gettext("Worse than usual"), "poor"),
            "higher": _of(t.gettext("Higher than usual"), "quiet", "↑"),
            "lower": _of(t.gettext("Lower than usual"), "quiet", "↓"),
            "steady": _of(t.gettext("No change beyond the usual"), "quiet", "→"),
        }.get(direction) or _of(t.gettext("Too few months to tell"), "quiet")

    def signal(self, side: str) -> Standing:
        """A month outside what is usual."""
        t = self.t
        if side == "either":
            return _of(t.gettext("Unusual"), "quiet", "◆")
        if side == "good":
            return _of(t.gettext("Unusual, for the better"), "good")
        return _of(t.gettext("Unusual, for the worse"), "poor")

    def proven(self, caught: bool) -> Standing:
        """Whether a rule was shown able to fail."""
        t = self.t
        if caught:
            return _of(t.gettext("Shown to fail"), "good")
        return _of(t.gettext("Missed a planted fault"), "poor", "✕")

    def adds_up(self, yes: bool) -> Standing:
        """Whether four counts add up."""
        t = self.t
        return _of(t.gettext("Adds up"), "good") if yes else _of(t.gettext("Does not add up"), "poor")

    def run(self, run: RunView) -> Standing:
        """How a run ended."""
        t = self.t
        if run.failed or (run.exit_code or 0) > 1:
            return _of(t.gettext("Failed in part"), "poor", "✕")
        if run.held or run.exit_code == 1:
            return _of(t.gettext("Held something"), "fair")
        if run.published:
            return _of(t.gettext("Published"), "good")
        return _of(t.gettext("Nothing new"), "quiet")

    def not_open(self) -> Standing:
        """Something that exists above the reader's tier."""
        return _of(self.t.gettext("Not open here"), "quiet")

    def unavailable(self) -> Standing:
        """A shared product that the city cannot make."""
        return _of(self.t.gettext("Not available"), "quiet")

    # names

    def tier(self, tier: str) -> str:
        """A tier's name."""
        return tier_name(tier).to(self.t.language) if is_tier(tier) else tier

    def open_to(self, tiers: tuple[str, ...]) -> str:
        """The circles of readers that have an edition of something, the widest first."""
        if tiers == ("public", "internal"):
            return self.t.gettext("Public and internal")
        return numbers.listed([self.tier(tier) for tier in tiers], self.tag)

    def practice(self, practice: str) -> str:
        """A practice's name."""
        t = self.t
        return {
            "performance": t.gettext("Performance management"),
            "evaluation": t.gettext("Evaluation"),
            "procurement": t.gettext("Procurement"),
            "data_service": t.gettext("Data service"),
        }.get(practice, practice)

    def format(self, path: str) -> str:
        """A file's form, by its ending; of a part of a large product also which part it is."""
        whole, _, ending = path.rpartition(".")
        form = {"parquet": "Parquet", "csv": "CSV", "geojson": "GeoJSON"}.get(ending.lower(), path)
        folder, _, part = whole.rpartition("/")
        if not folder or form == path:
            return form
        named = self.t.gettext("without a date") if part == NO_DATE else part
        return f"{form}, {named}"

    def kind_of_value(self, type_name: str) -> str:
        """A column's type in a word."""
        t = self.t
        head = type_name.upper().split("(")[0].strip()
        if head in {"DOUBLE", "FLOAT", "REAL", "DECIMAL", "NUMBER"}:
            return t.gettext("number")
        if "INT" in head:
            return t.gettext("whole number")
        return {
            "BOOLEAN": t.gettext("yes or no"),
            "DATE": t.gettext("date"),
            "TIMESTAMP": t.gettext("date and time, UTC"),
            "TIME": t.gettext("time of day"),
        }.get(head, t.gettext("text"))

    def severity(self, severity: str) -> str:
        """What a failed rule does."""
        t = self.t
        return {
            "error": t.gettext("a failure holds the release"),
            "warning": t.gettext("a failure is reported"),
            "info": t.gettext("for information"),
        }.get(severity, severity)

    def dimension(self, dimension: str) -> str:
        """A dimension of quality."""
        t = self.t
        return {
            "accuracy": t.gettext("accuracy"),
            "completeness": t.gettext("completeness"),
            "conformity": t.gettext("conformity"),
            "consistency": t.gettext("consistency"),
            "coverage": t.gettext("coverage"),
            "timeliness": t.gettext("timeliness"),
            "uniqueness": t.gettext("uniqueness"),
        }.get(dimension, dimension)

    def engine(self, engine: str) -> str:
        """An engine's name."""
        return {
            "scan": self.t.gettext("one scan (DuckDB)"),
            "great_expectations": "Great Expectations",
        }.get(engine, engine)

    def delivery(self, delivery: str) -> str:
        """What a newer delivery does."""
        t = self.t
        return {
            "snapshot": t.gettext("replaces the one before"),
            "append": t.gettext("is added to those before"),
            "upsert": t.gettext("replaces records with the same key and adds new ones"),
        }.get(delivery, delivery)

    def code_part(self, key: str) -> str:
        """One entry of what made a release."""
        t = self.t
        return {
            "engine_sha256": t.gettext("Engine"),
            "sql_sha256": t.gettext("SQL"),
            "lock_sha256": t.gettext("Packages"),
            "git_commit": t.gettext("Commit"),
        }.get(key, key)

    # sentences

    def step(self, name: str, parameters: Mapping[str, Any]) -> str:
        """What a registered de-identifying step did to a column."""
        t = self.t
        k = parameters.get("k")
        if name in _SMALL_CELL_STEPS and isinstance(k, int) and k <= NOTHING_HIDDEN:
            return t.gettext("Nothing is hidden here for being small, since the records that are counted are public.")
        if isinstance(k, int):
            counted = {
                "count_with_min_cell": t.gettext(
                    "Counts below %(k)s are hidden, so that nobody can be pointed at; so is any count, however large,"
                    " from which a hidden one could be worked out."
                ),
                "parts_with_min_cell": t.gettext(
                    "Parts below %(k)s are hidden, and others with them, so that none can be worked out."
                ),
                "value_with_min_cell": t.gettext(
                    "Hidden where it rests on fewer than %(k)s cases, or where a hidden count could be worked out"
                    " with it."
                ),
            }
            if name in counted:
                return counted[name] % {"k": numbers.integer(k, self.tag)}
        if name == "generalise_date" and parameters.get("to") != "quarter":
            return {
                "day": t.gettext("Only the day is given, not the time."),
                "month": t.gettext("Only the month is given, not the day."),
                "year": t.gettext("Only the year is given."),
            }.get(str(parameters.get("to"))) or t.gettext("Dates are given less exactly than they are known.")
        return {
            "compare_times": t.gettext("Only how two times compare is given, not the times."),
            "dedupe_by_key": t.gettext("Repeated records are counted once."),
            "point_to_area": t.gettext("Only the area is given, not the place."),
        }.get(name) or self._registered_step(name, parameters)

    def _registered_step(self, name: str, parameters: Mapping[str, Any]) -> str:
        """The register's own sentence; a release may name a step that is registered no more."""
        registered = load_steps().get(name)
        if registered is not None:
            return registered.says(self.tag.split("-")[0], parameters)
        return self.t.gettext("Made less detailed by the registered step “%(step)s”.") % {"step": name}

    def promise(self, name: str) -> str:
        """A service level's name."""
        t = self.t
        return {
            "frequency": t.gettext("Renewed"),
            "latency": t.gettext("Newest data at most"),
            "retention": t.gettext("Kept for"),
        }.get(name, name)

    def promised(self, promise: Promise) -> str:
        """A service level's value with its unit; of how often, "every day"."""
        t = self.t
        value, unit = promise.value, (promise.unit or "").lower()
        unit = {"minute": "min", "hour": "h", "day": "d", "week": "w", "month": "m", "year": "y"}.get(
            unit.rstrip("s"), unit
        )
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{value} {promise.unit or ''}".strip()
        n = int(value) if float(value).is_integer() else 2
        count = numbers.integer(value, self.tag) if float(value).is_integer() else numbers.decimal(value, self.tag)
        often = {
            "h": t.ngettext("every hour", "every %(count)s hours", n),
            "d": t.ngettext("every day", "every %(count)s days", n),
            "w": t.ngettext("every week", "every %(count)s weeks", n),
            "m": t.ngettext("every month", "every %(count)s months", n),
            "y": t.ngettext("every year", "every %(count)s years", n),
        }
        if promise.name == "frequency" and unit in often:
            return often[unit] % {"count": count}
        patterns = {
            "h": t.ngettext("%(count)s hour", "%(count)s hours", n),
            "d": t.ngettext("%(count)s day", "%(count)s days", n),
            "w": t.ngettext("%(count)s week", "%(count)s weeks", n),
            "m": t.ngettext("%(count)s month", "%(count)s months", n),
            "y": t.ngettext("%(count)s year", "%(count)s years", n),
        }
        if unit not in patterns:
            return f"{count} {promise.unit or ''}".strip()
        text = patterns[unit] % {"count": count}
        return t.gettext("%(span)s old") % {"span": text} if promise.name == "latency" else text

    def unheld(self, result: str) -> str:
        """What became of a rule that holds a release; its sentence follows."""
        t = self.t
        return {
            "error": t.gettext("Could not be checked:"),
            "not run": t.gettext("Was not checked:"),
            "vacuous": t.gettext("Had nothing to check:"),
        }.get(result) or t.gettext("Did not hold:")

    def verdict(self, quality: QualityView) -> str:
        """A quality report in one sentence."""
        t = self.t
        judged = [r for r in quality.rules if r.result != "not applicable"]
        red, wary = len(quality.red), quality.number("warned", "waived")
        examined = numbers.integer(quality.examined, self.tag)
        if not judged:
            return t.gettext("No rule was checked, so nothing is known of its quality.")
        if red:
            sentence = t.ngettext(
                "%(red)s of %(all)s rule did not hold.", "%(red)s of %(all)s rules did not hold.", len(judged)
            ) % {"red": numbers.integer(red, self.tag), "all": numbers.integer(len(judged), self.tag)}
        elif wary:
            sentence = t.ngettext(
                "%(held)s of %(all)s rule held, checked on up to %(examined)s records.",
                "%(held)s of %(all)s rules held, checked on up to %(examined)s records.",
                len(judged),
            ) % {
                "held": numbers.integer(len(judged) - wary, self.tag),
                "all": numbers.integer(len(judged), self.tag),
                "examined": examined,
            }
        else:
            sentence = t.ngettext(
                "The one rule held, checked on up to %(examined)s records.",
                "All %(all)s rules held, checked on up to %(examined)s records.",
                len(judged),
            ) % {"all": numbers.integer(len(judged), self.tag), "examined": examined}
        return " ".join((sentence, *self.let_pass(quality)))

    def let_pass(self, quality: QualityView) -> tuple[str, ...]:
        """What did not hold and held nothing back: how many rules warned, how many were waived and until when."""
        t = self.t
        warned, waived = quality.number("warned"), quality.number("waived")
        ends = sorted(r.until for r in quality.rulings if r.kind == "waiver" and r.until is not None)
        until = numbers.day(ends[0], self.tag) if ends else ""
        warning = t.ngettext("%(count)s gave a warning.", "%(count)s gave a warning.", warned)
        if not ends:
            waiver = t.ngettext("%(count)s was waived.", "%(count)s were waived.", waived)
        elif len(set(ends)) == 1:
            waiver = t.ngettext(
                "%(count)s was waived until %(until)s.", "%(count)s were waived until %(until)s.", waived
            )
        else:
            waiver = t.gettext("%(count)s were waived, the first of them until %(until)s.")
        told = ((warned, warning), (waived, waiver))
        return tuple(s % {"count": numbers.integer(n, self.tag), "until": until} for n, s in told if n)
