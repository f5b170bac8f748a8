"""A staging model proposed for a source: every column of the entity, found or not, each with its reason.

Belongs here: the SQL, and what is told on the screen of it. Does not belong here: choosing columns (``likeness``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.model import Contract, Property
from orchestration.onboarding.contract_draft import ContractDraft
from orchestration.onboarding.likeness import Candidate, Likeness, Match, names_in
from orchestration.onboarding.marks import todo
from orchestration.onboarding.sample import NO_VALUE
from orchestration.onboarding.vocabulary import Words, compared
from orchestration.onboarding.yaml_text import plain

MOST_VALUES: Final = 40
"""Different values of a column that are taken for a list of words."""
UNKNOWN: Final = (
    frozenset(
        {
            "unspecified",
            "unknown",
            "not specified",
            "undefined",
            "other/unknown",
            "sin especificar",
            "desconocido",
            "desconocida",
        }
        | {"no especificado", "nao informado", "não informado", "desconhecido", "no informado", "sin dato"}
    )
    | NO_VALUE
)
"""Words for a place or a kind that nobody told."""

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_RESERVED: Final = frozenset(
    {"all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "between", "both", "case", "cast"}
    | {"check", "collate", "column", "constraint", "create", "default", "deferrable", "desc", "describe", "distinct"}
    | {"do", "else", "end", "except", "exists", "extract", "false", "fetch", "for", "foreign", "from", "full", "group"}
    | {"grouping", "having", "in", "initially", "inner", "intersect", "interval", "into", "is", "join", "lambda"}
    | {"lateral", "leading", "left", "like", "limit", "natural", "not", "null", "offset", "on", "only", "or", "order"}
    | {"outer", "overlay", "pivot", "placing", "position", "primary", "qualify", "references", "returning", "right"}
    | {"row", "select", "show", "some", "substring", "summarize", "symmetric", "table", "then", "time", "timestamp"}
    | {"to", "trailing", "trim", "true", "union", "unique", "unpivot", "using", "values", "variadic", "when", "where"}
    | {"window", "with", "user", "date", "location", "open", "close", "start", "rows", "key", "type"}
)
"""Names that SQL, or what checks its form, takes for words of its own: they stand in quotes."""
_POINT = r"^POINT ?\(([-0-9.eE+]+) ([-0-9.eE+]+)\)$"


@dataclass(frozen=True)
class Line:
    """One column of the proposal: its SQL, why, and what is to decide about it."""

    column: Property
    sql: str
    because: str
    found: bool
    question: str = ""


@dataclass(frozen=True)
class StagingDraft:
    """A proposal. ``lines`` are in the entity's order."""

    entity: Contract
    model: str
    source: str
    lines: tuple[Line, ...]

    @property
    def found(self) -> int:
        """How many columns were found, or can be made from others."""
        return sum(line.found for line in self.lines)

    @property
    def missing(self) -> tuple[Property, ...]:
        """The columns that are null in the whole model."""
        return tuple(line.column for line in self.lines if not line.found)

    @property
    def is_deliverable(self) -> bool:
        """Whether everything is there that the entity requires."""
        return not any(column.required for column in self.missing)

    @property
    def questions(self) -> tuple[str, ...]:
        """What is to decide."""
        return tuple(line.question for line in self.lines if line.question)


def draft_staging(draft: ContractDraft, likeness: Likeness, words: Words) -> StagingDraft:
    """A proposal for one entity."""
    entity = likeness.entity
    maker = _Maker(draft, likeness, words)
    lines = tuple(maker.line(column) for column in entity.columns)
    return StagingDraft(entity, f"stg_{draft.city.id}__{entity.name}", draft.name, lines)


def staging_sql(staging: StagingDraft) -> str:
    """The model as a file."""
    parts = [f"-- {staging.entity.object.grain or 'one row per record'}\n"]
    parts.append(f"-- {todo('check each line against what the columns mean, then take this one away')}\n")
    parts.append("select\n")
    for n, line in enumerate(staging.lines):
        parts += [f"    -- {text}\n" for text in _wrapped(line.because)]
        if line.question:
            parts.append(f"    -- {todo(line.question)}\n")
        comma = "," if n + 1 < len(staging.lines) else ""
        alias = "" if line.sql == line.column.name else f" as {line.column.name}"
        parts.append(f"    {line.sql}{alias}{comma}\n")
    parts.append(f"from {{{{ raw('{staging.source}') }}}}\n")
    return "".join(parts)


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in plain(text, 600).split():
        if line and len(line) + len(word) > 105:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def identifier(name: str) -> str:
    """A column's name in SQL, in quotes where it needs them."""
    if _PLAIN_NAME.match(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class _Maker:
    """Writes one column after the other."""

    draft: ContractDraft
    likeness: Likeness
    words: Words

    def line(self, wanted: Property) -> Line:
        match = self.likeness.matches.get(wanted.name)
        if match is not None:
            return self._found(wanted, match)
        return self._point(wanted) or self._stand_in(wanted) or self._missing(wanted)

    def _found(self, wanted: Property, match: Match) -> Line:
        candidate = match.candidate
        because = f"{candidate.shown}: {match.because}"
        if match.others:
            because += f"; also near: {', '.join(match.others)}"
        allowed = self.words.values.get(self.likeness.entity.name, {}).get(wanted.name)
        if allowed is not None:
            return self._mapped(wanted, match, because, allowed)
        return Line(wanted, self._sql(wanted, candidate), because, found=True)

    def _sql(self, wanted: Property, candidate: Candidate) -> str:
        name = _named(candidate)
        match wanted.logical_type, candidate.logical_type:
            case "string", "string":
                unknown = sorted({t for t in candidate.seen.texts if t.lower() in UNKNOWN}) if wanted.optional else []
                return f"nullif({name}, {_literal(unknown[0])})" if unknown else name
            case "string", _:
                return f"cast({name} as varchar)"
            case "timestamp", "date":
                zone = self.draft.city.timezone
                return f"timezone('UTC', timezone('{zone}', cast({name} as timestamp)))"
            case "date", "timestamp":
                return f"cast({name} as date)"
            case "integer", "number":
                return f"cast({name} as bigint)"
            case "number", "integer":
                return f"cast({name} as double)"
        return name

    def _mapped(self, wanted: Property, match: Match, because: str, allowed: Mapping[str, tuple[str, ...]]) -> Line:
        """A column with few words, each turned into one that the entity allows."""
        shown = match.candidate.shown
        written = sorted(set(match.candidate.seen.texts))
        if len(written) > MOST_VALUES:
            question = f"{shown} has {len(written):,} different values: say which mean {' or '.join(allowed)}"
            return Line(
                wanted, f"cast(null as {wanted.physical_type.lower()})", because, found=False, question=question
            )
        by_value: dict[str, list[str]] = {value: [] for value in allowed}
        unknown: list[str] = []
        for text in written:
            value = next((v for v, words in allowed.items() if compared(text) in words), None)
            (unknown if value is None else by_value[value]).append(text)
        name = _named(match.candidate)
        cases = "".join(
            f"\n        when {name} in ({', '.join(map(_literal, texts))}) then '{value}'"
            for value, texts in by_value.items()
            if texts
        )
        first = next(iter(allowed))
        otherwise = f"\n        when {name} is not null then '{first}'"
        because += f"; a word that the sample does not have counts as {first}"
        question = ""
        if unknown:
            listed = ", ".join(plain(text, 40) for text in unknown[:12])
            question = f"what do these mean? Taken as {first}: {listed}{' and more' if len(unknown) > 12 else ''}"
        if not written:
            question = f"the sample has no value here: say which mean {' or '.join(allowed)}"
        return Line(wanted, f"case{cases}{otherwise}\n    end", because, found=True, question=question)

    def _point(self, wanted: Property) -> Line | None:
        """Latitude or longitude of a point, where the source has a shape and no columns for them."""
        position = {"longitude": 1, "latitude": 2}.get(wanted.name)
        shape = self.draft.origin.settings.get("geometryColumn")
        if position is None or shape is None:
            return None
        if not self.draft.holds_points:
            return None
        sql = f"cast(nullif(regexp_extract({identifier(str(shape))}, '{_POINT}', {position}), '') as double)"
        return Line(wanted, sql, f"from the point in {shape}", found=True)

    def _stand_in(self, wanted: Property) -> Line | None:
        """SQL from other columns of the entity that are there."""
        sql = self.words.stand_ins.get(self.likeness.entity.name, {}).get(wanted.name)
        if sql is None or not all(name in self.likeness.matches for name in names_in(sql)):
            return None
        used = {name: self.likeness.matches[name].candidate for name in names_in(sql)}
        for name, candidate in used.items():
            sql = sql.replace("{" + name + "}", _named(candidate))
        return Line(wanted, sql, f"no column of its own; from {', '.join(c.shown for c in used.values())}", found=True)

    def _missing(self, wanted: Property) -> Line:
        told = f"not found: {wanted.name} ({wanted.title.default or wanted.name})"
        if wanted.required:
            question = f"{wanted.name} must be found: without it nothing can be made of this entity"
            return Line(wanted, _null(wanted), told, found=False, question=question)
        return Line(wanted, _null(wanted), f"{told}{_unlocked([wanted])}", found=False)


def _named(candidate: Candidate) -> str:
    """A candidate in SQL."""
    name = identifier(candidate.typed.name)
    return name if candidate.key is None else f"json_extract_string({name}, {_literal(f'$.{candidate.key}')})"


def _null(column: Property) -> str:
    return f"cast(null as {column.physical_type.lower()})"


def _unlocked(columns: Iterable[Property]) -> str:
    products = sorted({product for column in columns for product in column.unlocks})
    return f"; without it {', '.join(products)} has less to say" if products else ""


def _literal(text: Any) -> str:
    return "'" + str(text).replace("'", "''") + "'"
