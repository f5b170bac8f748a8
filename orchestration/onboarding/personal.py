"""Hints that a column may say something about a person, told as a share of the sample, never with a value.

Belongs here: what gives a column away, in its name and in its values. Does not belong here: deciding who may see it:
every column of a draft is restricted until a person has decided.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from contracts.identifiers.table import KINDS
from orchestration.onboarding.sample import Sample, SeenColumn

LOOKED_AT: Final = 2_000
"""Values of a column that are looked at, spread evenly over the sample."""
MANY: Final = 0.5
"""Share of values from which the values alone tell; with a name that says so, a few are enough."""
FEW: Final = 0.02
CHECKED: Final = 0.8
"""Share from which a check digit is no chance, where the column's name says nothing."""

_TOLD_OTHERWISE: Final = frozenset({"email", "phone", "phone_north_america", "named_id"})
"""Kinds of identifiers that patterns of its own or the column's name tell."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?:\+?\d{1,3}[ -]?)?\(\d{2,4}\) ?\d{3,5}[ .-]?\d{3,5}\Z|\+\d{1,3}[ \d.-]{7,16}\Z|\d{3}[ .-]\d{3}[ .-]\d{4}\Z"
)
_DIGITS = re.compile(r"\+?\d{7,15}\Z")
_STREET = re.compile(
    r"\b\d+\S*\s+(?:[nsew]\.?\s+)?[\w'.-]+(?:\s[\w'.-]+){0,3}\s(?:st|street|ave|avenue|av|rd|road|blvd|boulevard|dr|drive"
    r"|ln|lane|ct|court|pl|place|way|ter|terrace|pkwy|hwy|highway)\b"
    r"|^(?:calle|cl|carrera|cra|kr|av|avda|avenida|diagonal|transversal|pasaje|jr|jiron|rua|r\.|alameda|travessa|estrada"
    r"|rodovia|rodov)\b.*\d",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"\b\d*x{1,3}\b|\bblock of\b", re.IGNORECASE)
_WKT_POINT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*POINT\s*\(?|\(?-?\d{1,3}\.\d{3,},\s*-?\d{1,3}\.\d{3,}\)?\s*\Z", re.IGNORECASE
)
_PLATE = re.compile(r"[A-Z]{2,3}[ -]?\d{3,4}\Z|[A-Z]{2}\d{3}[A-Z]{2}\Z|[A-Z]{3}\d[A-Z]\d{2}\Z|\d{3}[ -]?[A-Z]{3}\Z")
POSITIONS: Final = frozenset({"lat", "latitude", "latitud", "lon", "lng", "long", "longitude", "longitud"})
"""Words in the name of a column of latitudes or longitudes."""
_PRECISE = re.compile(r"-?\d{1,3}\.\d{4,}\Z")

_NAMED: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("e-mail addresses", frozenset({"email", "mail", "correo", "correos"})),
    (
        "telephone numbers",
        frozenset({"phone", "telefono", "telefone", "celular", "cellphone", "mobile", "whatsapp", "fax"}),
    ),
    (
        "national identity numbers",
        frozenset(
            {"ssn", "curp", "rfc", "cpf", "cuit", "cuil", "dni", "cedula", "rut", "rg", "nit", "passport", "pasaporte"}
        )
        | frozenset({"passaporte", "identificacion"}),
    ),
    (
        "dates of birth",
        frozenset({"birth", "birthdate", "birthday", "dob", "nacimiento", "nascimento", "age", "edad", "idade"}),
    ),
    ("license plates", frozenset({"plate", "plates", "placa", "placas", "patente", "matricula"})),
    ("IP addresses", frozenset({"ip", "ipaddress"})),
    (
        "what a person is or suffers (sex, ethnicity, disability, health)",
        frozenset({"sex", "gender", "sexo", "genero", "race", "ethnicity", "etnia", "raza", "raca", "disability"})
        | frozenset({"discapacidad", "deficiencia", "diagnosis", "diagnostico", "religion", "religiao"}),
    ),
)
_PERSONS: Final = frozenset(
    {
        "reporter",
        "requester",
        "requestor",
        "complainant",
        "caller",
        "applicant",
        "owner",
        "resident",
        "citizen",
        "person",
    }
    | {"solicitante", "peticionario", "ciudadano", "denunciante", "usuario", "titular", "propietario", "contribuyente"}
    | {"solicitante", "cidadao", "denunciante", "requerente", "proprietario", "beneficiario", "beneficiary", "employee"}
    | {
        "assignee",
        "inspector",
        "officer",
        "agent",
        "tenant",
        "contact",
        "contacto",
        "responsable",
        "responsavel",
        "funcionario",
    }
)
_NAMES: Final = frozenset({"name", "names", "nombre", "nombres", "nome", "nomes", "apellido", "apellidos", "sobrenome"})
_OWN_NAMES: Final = frozenset({"firstname", "lastname", "surname", "fullname", "apellido", "apellidos", "sobrenome"})
_PLACES: Final = frozenset(
    {"address", "direccion", "domicilio", "endereco", "logradouro", "apartment", "apt", "unit", "street"}
)
_FREE: Final = frozenset(
    {
        "description",
        "descripcion",
        "descricao",
        "comment",
        "comments",
        "comentario",
        "comentarios",
        "notes",
        "nota",
        "notas",
    }
    | {
        "observacion",
        "observaciones",
        "observacao",
        "observacoes",
        "message",
        "mensaje",
        "mensagem",
        "details",
        "detalle",
    }
    | {"narrative", "relato", "remarks", "detalhe"}
)


@dataclass(frozen=True)
class Hint:
    """What a column may hold, and from what it was told. ``share`` is of the values looked at; None: by its name."""

    kind: str
    share: float | None

    @property
    def sentence(self) -> str:
        """For a comment: the share, never a value."""
        if self.share is None:
            return f"looks personal: {self.kind}, by its name"
        return f"looks personal: {self.kind}, in {_percent(self.share)} of the sample"


Values = Counter[str]
"""Values as text, with how often each came."""


def hints(column: SeenColumn, sample: Sample) -> tuple[Hint, ...]:
    """What ``column`` may say about persons."""
    values = _spread(column)
    found = [*_by_values(column, values), *_by_name(column)]
    kinds: dict[str, Hint] = {}
    for hint in found:
        kinds.setdefault(hint.kind, hint)
    free = _free_text(column, values, sample)
    if free is not None:
        kinds.setdefault(free.kind, free)
    return tuple(kinds.values())


def _spread(column: SeenColumn) -> Values:
    """Up to ``LOOKED_AT`` values as text, evenly over the sample, each with how often it came."""
    there = [v for v in column.values if v is not None and v != ""]
    step = max(1, len(there) // LOOKED_AT)
    return Counter(_as_text(v) for v in there[::step][:LOOKED_AT])


def _as_text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value)


def _by_values(column: SeenColumn, values: Values) -> Iterator[Hint]:
    if not values:
        return
    tests: tuple[tuple[str, Callable[[str], bool], float], ...] = (
        ("e-mail addresses", lambda v: bool(_EMAIL.search(v)), FEW),
        ("telephone numbers", lambda v: bool(_PHONE.match(v)), MANY),
        ("addresses", lambda v: bool(_STREET.search(v)) and not _BLOCK.search(v), 0.2),
        ("exact positions", _is_point, MANY),
        ("license plates", lambda v: bool(_PLATE.match(v)), 0.9 if not _is_named(column, "license plates") else 0.1),
        ("IP addresses", _is_ip, 0.2),
    )
    for kind, test, least in tests:
        share = _share(values, test)
        if share >= least:
            yield Hint(kind, share)
    yield from _identities(column, values)
    yield from _positions(column, values)


def _identities(column: SeenColumn, values: Values) -> Iterator[Hint]:
    distinct = Counter(dict.fromkeys(values, 1))
    least = 0.3 if _is_named(column, "national identity numbers") else CHECKED
    for kind in KINDS:
        if kind.of_company or kind.id in _TOLD_OTHERWISE:
            continue
        share = _share(distinct, kind.is_whole)
        if share >= least and len(distinct) >= 5:
            yield Hint(kind.title.default, share)


def _positions(column: SeenColumn, values: Values) -> Iterator[Hint]:
    named = set(column.words) & {*POSITIONS, "x", "y"}
    share = _share(values, lambda v: bool(_PRECISE.match(v)))
    if named and share >= FEW:
        yield Hint("exact positions", share)


def _by_name(column: SeenColumn) -> Iterator[Hint]:
    if not column.filled:
        return
    words = set(column.words)
    for kind, names in _NAMED:
        if words & names and not (kind == "telephone numbers" and words & {"type", "channel", "tipo", "canal"}):
            phones = kind != "telephone numbers" or _share(
                _spread(column), lambda v: bool(_DIGITS.match(v) or _PHONE.match(v))
            )
            if phones:
                yield Hint(kind, None)
    joined = "".join(column.words)
    if joined in _OWN_NAMES or (words & _NAMES and words & _PERSONS) or (words & _PERSONS and _look_like_names(column)):
        yield Hint("names of persons", None)
    if words & _PLACES and not words & {"type", "tipo", "city", "block"} and not _are_codes(column):
        yield Hint("addresses", None)


def _look_like_names(column: SeenColumn) -> bool:
    """Two to four words with capitals and no digit, in most values, and many different ones."""
    values = _spread(column)
    full = re.compile(r"[^\W\d_][^\W\d_'.-]+(?:[ ,]+[^\W\d_][^\W\d_'.-]*){1,3}\Z")
    return (
        bool(values)
        and len(values) > min(20, values.total() / 2)
        and _share(values, lambda v: bool(full.match(v))) > MANY
    )


def _are_codes(column: SeenColumn) -> bool:
    """Few different values: a kind of address, not addresses."""
    values = _spread(column)
    return values.total() > 20 and len(values) <= 10


def _free_text(column: SeenColumn, values: Values, sample: Sample) -> Hint | None:
    """Sentences of people's own: long, and nearly each one different."""
    if not values or sample.records < 2:
        return None
    distinct = len(values) / values.total()
    long = _share(values, lambda v: len(v.split()) >= 8)
    if long >= 0.3 and distinct >= 0.3:
        return Hint("free text, in which people name themselves and others", long)
    if set(column.words) & _FREE and long >= FEW and distinct >= 0.1:
        return Hint("free text, in which people name themselves and others", long)
    return None


def _is_named(column: SeenColumn, kind: str) -> bool:
    return any(kind == named and set(column.words) & words for named, words in _NAMED)


def _is_point(value: str) -> bool:
    return bool(_WKT_POINT.match(value)) or ("'coordinates'" in value and "Point" in value)


def _is_ip(value: str) -> bool:
    if value.count(".") != 3 and value.count(":") < 2:
        return False
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _share(values: Values, test: Callable[[str], bool]) -> float:
    """Share of the values that pass; each different one is tried once."""
    total = values.total()
    return sum(count for value, count in values.items() if test(value)) / total if total else 0.0


def _percent(share: float) -> str:
    return "under 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")
