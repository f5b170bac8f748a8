"""What changed between two versions of a contract, who must know, and which version number it takes.

Belongs here: comparing two loaded contracts, each change as one sentence with its weight. Does not belong
here: whether a release may go out with it (the gate), who approved it (``decisions.yaml``).

``breaking``: a reader of the old version may be hurt: something is gone, means something else, or is
promised less firmly. ``compatible``: something was added or is promised more firmly. ``documentation``:
words. Whatever lets more people see something (a lower tier or class, a wider rendition) is breaking and
also needs an approval by someone other than its author.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from contracts.anonymity import anonymity_changes
from contracts.changes import Change, breaking, compatible, documented
from contracts.kept_contract import from_document, to_document
from contracts.model import Contract, Property, Role, Text
from contracts.rule_diff import as_json, rule_changes
from contracts.service_levels import interval
from contracts.tiers import lowest, rank

__all__ = ["Change", "diff", "from_document", "is_sufficient", "required_version_bump", "to_document"]

Bump = Literal["major", "minor", "patch"]


def diff(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Every change from ``old`` to ``new``: breaking ones first, then by path; empty where none."""
    found = [
        *_identity(old, new),
        *_access(old, new),
        *_columns(old, new),
        *rule_changes("contract", old.object.quality, new.object.quality),
        *_service_levels(old, new),
        *_promises(old, new),
        *anonymity_changes(old, new),
        *_texts(old, new),
    ]
    order = {"breaking": 0, "compatible": 1, "documentation": 2}
    return tuple(sorted(found, key=lambda c: (order[c.impact], c.path, c.kind, c.sentence)))


def required_version_bump(changes: Iterable[Change]) -> Bump | None:
    """The least step of the version number that ``changes`` take; None where there are none."""
    impacts = {c.impact for c in changes}
    if "breaking" in impacts:
        return "major"
    if "compatible" in impacts:
        return "minor"
    return "patch" if impacts else None


def is_sufficient(old_version: str, new_version: str, bump: Bump | None) -> bool:
    """Whether the step from ``old_version`` to ``new_version`` is at least ``bump``.

    Both are three numbers. A version below 1.0.0 promises nothing yet, so there a breaking change takes a
    minor step.
    """
    before, after = (tuple(int(n) for n in v.split(".")) for v in (old_version, new_version))
    if bump is None:
        return after >= before
    places = {"major": 1, "minor": 2, "patch": 3}[bump]
    if before[0] == 0 and bump == "major":
        places = 2
    return after[:places] > before[:places]


# who and what -------------------------------------------------------------------------------


def _identity(old: Contract, new: Contract) -> Iterator[Change]:
    if old.id != new.id:
        yield breaking("id_changed", "contract.id", f"The contract was {old.id} and is {new.id}.")
    if old.object.name != new.object.name:
        yield breaking("table_renamed", "contract.object", f"The table was {old.object.name} and is {new.object.name}.")
    if old.object.grain != new.object.grain:
        yield breaking(
            "grain_changed",
            "contract.grain",
            f"One row was '{old.object.grain or 'not said'}' and is '{new.object.grain or 'not said'}'.",
        )
    if old.primary_key != new.primary_key:
        yield breaking(
            "key_changed", "contract.key", f"The key was {_listed(old.primary_key)} and is {_listed(new.primary_key)}."
        )
    if old.delivery != new.delivery:
        yield breaking(
            "delivery_changed",
            "contract.delivery",
            f"Deliveries were of kind {old.delivery.value} and are of kind {new.delivery.value}.",
        )
    if old.status != new.status:
        yield documented("status_changed", "contract.status", f"The status was {old.status} and is {new.status}.")


def _access(old: Contract, new: Contract) -> Iterator[Change]:
    if rank(new.tier) < rank(old.tier):
        yield breaking(
            "tier_lowered",
            "contract.tier",
            f"The tier fell from {old.tier} to {new.tier}: more people may see it.",
            approval=True,
        )
    elif rank(new.tier) > rank(old.tier):
        yield compatible("tier_raised", "contract.tier", f"The tier rose from {old.tier} to {new.tier}.")
    if old.role is Role.PRODUCT:
        for tier in old.renditions:
            if tier not in new.renditions:
                yield breaking(
                    "rendition_removed", f"contract.renditions.{tier}", f"There is no {tier} rendition any more."
                )
        for tier in new.renditions:
            if tier in old.renditions:
                continue
            sentence = f"There is a {tier} rendition now."
            if rank(tier) < rank(lowest(old.renditions)):
                yield breaking(
                    "rendition_widened",
                    f"contract.renditions.{tier}",
                    f"{sentence} More people may see it.",
                    approval=True,
                )
            else:
                yield compatible("rendition_added", f"contract.renditions.{tier}", sentence)
    if old.inventory != new.inventory:
        wider = new.inventory == "shown"
        path = "contract.inventory"
        sentence = f"Its inventory card was {old.inventory} and is {new.inventory}."
        yield (
            breaking("inventory_shown", path, sentence, approval=True)
            if wider
            else breaking("inventory_hidden", path, sentence)
        )
    if new.withheld_count_public and not old.withheld_count_public:
        yield breaking(
            "withheld_count_shown",
            "contract.withheldCountPublic",
            "The public may now know how many records were withheld.",
            approval=True,
        )
    elif old.withheld_count_public and not new.withheld_count_public:
        yield breaking(
            "withheld_count_hidden",
            "contract.withheldCountPublic",
            "The public may no longer know how many records were withheld.",
        )


# columns ------------------------------------------------------------------------------------


def _columns(old: Contract, new: Contract) -> Iterator[Change]:
    before = {c.name: c for c in old.columns}
    after = {c.name: c for c in new.columns}
    removed = [c for c in old.columns if c.name not in after]
    added = [c for c in new.columns if c.name not in before]
    for gone in removed:
        twin = next((c for c in added if _is_rename(gone, c)), None)
        if twin is None:
            yield breaking("column_removed", f"column.{gone.name}", f"The column {gone.name} is gone.")
            continue
        added.remove(twin)
        yield breaking("column_renamed", f"column.{gone.name}", f"The column {gone.name} is now called {twin.name}.")
        yield from _column(old, gone, twin)
    for column in added:
        yield compatible("column_added", f"column.{column.name}", f"There is a new column {column.name}.")
    for name, column in before.items():
        if name in after:
            yield from _column(old, column, after[name])
    shared = [name for name in before if name in after]
    if shared != [name for name in after if name in before]:
        yield compatible("columns_reordered", "contract.columns", "The columns stand in another order.")


def _is_rename(old: Property, new: Property) -> bool:
    """The same column under another name: same type and the same, non-empty words."""
    same_words = bool(old.description) and old.description.default == new.description.default
    return same_words and old.physical_type == new.physical_type


def _column(contract: Contract, old: Property, new: Property) -> Iterator[Change]:
    path = f"column.{old.name}"
    name = new.name
    if (old.logical_type, old.physical_type) != (new.logical_type, new.physical_type):
        yield breaking(
            "type_changed",
            path,
            f"{name} was {old.logical_type} ({old.physical_type}) and is {new.logical_type} ({new.physical_type}).",
        )
    yield from _flags(contract, old, new)
    yield from _class(contract, old, new)
    if old.unit != new.unit:
        yield breaking(
            "unit_changed", path, f"The unit of {name} was {old.unit or 'none'} and is {new.unit or 'none'}."
        )
    if old.step != new.step:
        was, now = (f"{s.name} {s.version} {as_json(s.parameters)}" if s else "none" for s in (old.step, new.step))
        yield breaking(
            "step_changed",
            path,
            f"The de-identifying step of {name} was {was} and is {now}.",
            approval=new.step is None,
        )
    if old.source_name != new.source_name and contract.role is Role.SOURCE and old.name == new.name:
        yield breaking(
            "source_name_changed", path, f"The source calls {name} '{new.source_name}', before '{old.source_name}'."
        )
    yield from _options(path, name, old.options, new.options)
    yield from rule_changes(path, old.quality, new.quality)
    for what, was_text, now_text in (
        ("description", old.description, new.description),
        ("title", old.title, new.title),
    ):
        if was_text != now_text:
            yield documented(f"{what}_changed", path, f"The {what} of {name} changed.")
    if list(old.examples) != list(new.examples):
        yield documented("examples_changed", path, f"The examples of {name} changed.")


def _flags(contract: Contract, old: Property, new: Property) -> Iterator[Change]:
    path = f"column.{old.name}"
    name = new.name
    if old.required != new.required:
        if new.required:
            yield compatible("column_required", path, f"{name} is never empty any more.")
        else:
            yield breaking("column_nullable", path, f"{name} may be empty now.")
    if old.unique != new.unique:
        if new.unique:
            yield compatible("column_unique", path, f"No value of {name} stands twice any more.")
        else:
            yield breaking("column_not_unique", path, f"A value of {name} may stand twice now.")
    if old.optional != new.optional and contract.role is Role.ENTITY:
        if new.optional:
            yield breaking("column_optional", path, f"A city need not deliver {name} any more.")
        else:
            yield breaking("column_demanded", path, f"A city must deliver {name} now.")


def _class(contract: Contract, old: Property, new: Property) -> Iterator[Change]:
    before, after = rank(old.classification), rank(new.classification)
    path = f"column.{old.name}"
    step = f"{new.name} went from {old.classification} to {new.classification}"
    if after < before:
        yield breaking("class_lowered", path, f"{step}: more people may see it.", approval=True)
    elif after > before:
        lost = [t for t in contract.renditions if before <= rank(t) < after]
        if lost:
            yield breaking("class_raised", path, f"{step}: it is gone from the {_listed(lost)} rendition.")
        else:
            yield compatible("class_raised", path, f"{step}.")


_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength")


def _options(path: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Changes of ``logicalTypeOptions``."""
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        tighter = _is_tighter(key, was, now)
        sentence = f"{key} of {name} was {as_json(was)} and is {as_json(now)}."
        if tighter:
            yield compatible("constraint_tightened", path, sentence)
        elif now is None or _is_tighter(key, now, was):
            yield breaking("constraint_loosened", path, sentence)
        else:
            yield breaking("constraint_changed", path, sentence)


def _is_tighter(key: str, was: Any, now: Any) -> bool:
    if now is None:
        return False
    if was is None:
        return key not in ("timezone", "defaultTimezone")
    comparable = type(was) is type(now) or (isinstance(was, int | float) and isinstance(now, int | float))
    if not comparable:
        return False
    if key in _LOWER_BOUNDS:
        return bool(now > was)
    return key in _UPPER_BOUNDS and bool(now < was)


# promises and words -------------------------------------------------------------------------


def _service_levels(old: Contract, new: Contract) -> Iterator[Change]:
    before = {s.property: s for s in old.service_levels}
    after = {s.property: s for s in new.service_levels}
    for name in sorted({*before, *after}):
        path = f"contract.serviceLevel.{name}"
        if name not in after:
            yield breaking("service_level_removed", path, f"The service level {name} is gone.")
            continue
        if name not in before:
            yield compatible("service_level_added", path, f"There is a new service level {name}.")
            continue
        was, now = before[name], after[name]
        if was.element != now.element:
            yield breaking(
                "service_level_changed", path, f"{name} was measured by {was.element} and is by {now.element}."
            )
        if (was.value, was.unit) == (now.value, now.unit):
            continue
        sentence = f"The service level {name} was {was.value} {was.unit or ''} and is {now.value} {now.unit or ''}."
        old_span, new_span = interval(was), interval(now)
        if old_span is not None and new_span is not None and new_span <= old_span:
            yield compatible("service_level_tightened", path, " ".join(sentence.split()))
        else:
            yield breaking("service_level_loosened", path, " ".join(sentence.split()))


def _promises(old: Contract, new: Contract) -> Iterator[Change]:
    if old.licence_out != new.licence_out:
        yield breaking(
            "licence_changed",
            "contract.licenceOut",
            f"The licence was {old.licence_out or 'the city’s own'} and is {new.licence_out or 'the city’s own'}.",
        )
    if old.row_count_change != new.row_count_change:
        word = "recordCountChange" if new.role is Role.SOURCE else "rowCountChange"
        sentence = f"{word} was {as_json(old.row_count_change)} and is {as_json(new.row_count_change)}."
        was, now = old.row_count_change, new.row_count_change
        narrower = now is not None and (was is None or (now[0] >= was[0] and now[1] <= was[1]))
        yield (
            compatible("row_count_change_tightened", "contract.rowCountChange", sentence)
            if narrower
            else breaking("row_count_change_loosened", "contract.rowCountChange", sentence)
        )
    for name in sorted(set(old.needs) ^ set(new.needs)):
        if name in new.needs:
            yield breaking("need_added", f"contract.needs.{name}", f"A city now has to deliver {name} to have it.")
        else:
            yield compatible(
                "need_removed", f"contract.needs.{name}", f"A city need not deliver {name} any more to have it."
            )
    was_formats = old.custom.get("formats") or ["parquet"]
    now_formats = new.custom.get("formats") or ["parquet"]
    for name in sorted(set(was_formats) - set(now_formats)):
        yield breaking("format_removed", f"contract.formats.{name}", f"It is not offered as {name} any more.")
    for name in sorted(set(now_formats) - set(was_formats)):
        yield compatible("format_added", f"contract.formats.{name}", f"It is offered as {name} now.")
    was_late, now_late = (c.custom.get("lateness", "warning") for c in (old, new))
    if was_late != now_late:
        sentence = f"Late data was a {was_late} and is a {now_late}."
        change = compatible if now_late == "error" else breaking
        yield change("lateness_changed", "contract.lateness", sentence)
    for word in sorted({"decimals", "geometry", "partition", "reconciles"} & {*old.custom, *new.custom}):
        if old.custom.get(word) != new.custom.get(word):
            yield breaking(
                f"{word}_changed",
                f"contract.{word}",
                f"{word} was {as_json(old.custom.get(word))} and is {as_json(new.custom.get(word))}.",
            )


_DOCUMENTING_WORDS = ("reviewDate", "notApplicableTo", "sharingAgreement", "sharingAgreementEnds")


def _texts(old: Contract, new: Contract) -> Iterator[Change]:
    pairs: tuple[tuple[str, Text, Text], ...] = (
        ("title", old.title, new.title),
        ("purpose", old.purpose, new.purpose),
        ("limitations", old.limitations, new.limitations),
        ("usage", old.usage, new.usage),
        ("whyNotPublic", old.why_not_public, new.why_not_public),
        ("howToAsk", old.how_to_ask, new.how_to_ask),
        ("description of the table", old.object.description, new.object.description),
    )
    for what, was_text, now_text in pairs:
        if was_text != now_text:
            yield documented("text_changed", f"contract.{what}", f"The {what} changed.")
    others: tuple[tuple[str, Any, Any], ...] = (
        ("team", old.team, new.team),
        ("licenceIn", old.licence_in, new.licence_in),
        ("legalBasis", old.legal_basis, new.legal_basis),
        ("retentionDays", old.retention_days, new.retention_days),
        ("practice", old.practice, new.practice),
        ("unlocks", old.unlocks, new.unlocks),
        *((w, old.custom.get(w), new.custom.get(w)) for w in _DOCUMENTING_WORDS),
    )
    for what, was, now in others:
        if was != now:
            yield documented("fact_changed", f"contract.{what}", f"{what} changed.")
    if [(s.connector, s.portal, dict(s.settings)) for s in old.servers] != [
        (s.connector, s.portal, dict(s.settings)) for s in new.servers
    ]:
        yield compatible(
            "server_changed", "contract.servers", "The records come from another place, or are read otherwise."
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
