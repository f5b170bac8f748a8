"""A source's contract as a file: the draft, with its reasons and open questions as comments.

Belongs here: the order of lines and their comments. Does not belong here: what stands in them (``contract_draft``).
Every class is ``restricted`` until a person decides: nothing else could be said without knowing what the values mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.server_words import CONNECTORS
from contracts.vocabulary import words_for
from orchestration.onboarding.contract_draft import ContractDraft, DraftColumn, slug
from orchestration.onboarding.marks import todo
from orchestration.onboarding.personal import POSITIONS
from orchestration.onboarding.sample import words_of
from orchestration.onboarding.yaml_text import comment, plain, seen, value

UNDECIDED: Final = todo("decide who may see each column; all are restricted until then")
"""Stands above the columns until somebody takes it away."""
MEANING: Final = todo("say what it means")


def contract_text(draft: ContractDraft) -> str:
    """The whole file."""
    return "".join((*_head(draft), *_server(draft), *_columns(draft), *_foot(draft)))


def _head(draft: ContractDraft) -> Iterator[str]:
    told, city = draft.origin.described, draft.city
    title = plain(told.title, 120) or draft.name
    yield comment(f"{title}: drafted by `cauce source add`. What a person must decide is marked TO DO, without more.")
    yield "apiVersion: v3.1.0\nkind: DataContract\n"
    yield f"id: {city.id}/{draft.name}\nname: {value(title)}\nversion: 0.1.0\nstatus: draft\ndescription:\n"
    yield f"  purpose: {value(plain(told.description) or todo('say what it holds and why the city has it'))}\n"
    yield f"  limitations: {value(todo('say what the data does not tell, and whom it misses'))}\n"
    yield "team:\n"
    yield f"  name: {value(slug(told.publisher)[:60] or city.id)}\n"
    yield "  members:\n"
    yield f"    # {todo('who knows these records (steward), and who answers for them (owner)')}\n"
    yield f"    - {{username: {value(city.publisher.email)}, role: steward}}\n"
    yield f"    - {{username: {value(city.publisher.email)}, role: owner}}\n"


def _server(draft: ContractDraft) -> Iterator[str]:
    origin = draft.origin
    yield "servers:\n  - server: portal\n    type: custom\n    customProperties:\n"
    settings = {
        "connector": origin.connector,
        **({"portal": origin.portal} if origin.portal else {}),
        **origin.settings,
    }
    for name, setting in settings.items():
        yield f"      - {{property: {name}, value: {value(setting)}}}\n"
    if CONNECTORS[origin.connector].brings is None and origin.settings.get("format") in ("csv", "xlsx"):
        if draft.comma:
            yield '      - {property: decimal, value: ","}\n'
        if draft.markers:
            yield f"      - {{property: missing, value: {value(['', *draft.markers])}}}\n"
    if "increment" in words_for("server", origin.connector) and draft.key is not None:
        yield comment(
            "To ask only for what is new between two whole readings: add increment, the portal's field of the last"
            " change, and say delivery: upsert below.",
            6,
        )
    for note in origin.notes:
        yield comment(note, 6)


def _columns(draft: ContractDraft) -> Iterator[str]:
    brings = CONNECTORS[draft.origin.connector].brings
    yield f"schema:\n  - name: {_table(draft)}\n"
    yield f"    physicalType: {draft.origin.settings.get('format') or brings or 'json'}\n"
    yield f"    dataGranularityDescription: {value(todo('say what one record is, such as one request'))}\n"
    for reason in draft.left_out:
        yield comment(f"Left out: {reason}.", 4)
    if draft.key is None:
        yield f"    # {todo(f'which column tells records apart? {_sentence(draft.key_told)}')}\n"
    yield f"    # {UNDECIDED}\n    # (public, internal, confidential, restricted); then take this line away.\n"
    yield "    properties:\n"
    zone_asked = False
    for column in draft.columns:
        ask = column.typed.zoneless and not zone_asked
        zone_asked = zone_asked or ask
        yield from _column(column, draft, ask_zone=ask)
    yield (
        "    quality:\n"
        "      - id: something_came\n"
        "        type: library\n"
        "        metric: rowCount\n"
        "        mustBeGreaterThan: 0\n"
        "        dimension: completeness\n"
        "        severity: error\n"
        "        description: A delivery holds at least one record.\n"
    )


def _column(column: DraftColumn, draft: ContractDraft, *, ask_zone: bool) -> Iterator[str]:
    typed = column.typed
    notes = [*column.hints, *typed.notes]
    yield from (comment(note, 6) for note in notes)
    questions = list(typed.questions)
    if ask_zone:
        zone = draft.city.timezone
        questions.append(f"times here carry no zone, and are taken as those of {zone}: is that so?")
    if column.name == draft.key and "portal says" not in draft.key_told:
        questions.append(f"does this tell records apart? It {draft.key_told}")
    yield from (f"      # {todo(plain(question, 400))}\n" for question in questions)
    yield f"      - name: {value(seen(column.name).strip())}\n"
    if column.name != column.name.strip():
        yield f"        physicalName: {value(seen(column.name))}\n"
    yield f"        logicalType: {typed.logical_type}\n"
    if typed.physical_type:
        yield f"        physicalType: {value(typed.physical_type)}\n"
    if column.name == draft.key:
        yield "        required: true\n        unique: true\n        primaryKey: true\n        primaryKeyPosition: 1\n"
    yield "        classification: restricted\n"
    yield f"        description: {value(column.description or MEANING)}\n"
    if typed.options:
        yield f"        logicalTypeOptions: {value(typed.options)}\n"
    said = [("title", value(column.title))] if column.title else []
    if typed.logical_type == "number" and set(words_of(column.name)) & POSITIONS:
        said.append(("unit", "degrees"))
    if said:
        written = ", ".join(f"{{property: {name}, value: {text}}}" for name, text in said)
        yield f"        customProperties: [{written}]\n"


def _foot(draft: ContractDraft) -> Iterator[str]:
    told, time = draft.origin.described, draft.rhythm
    yield "slaProperties:\n"
    mark = "" if time.sure else f"{todo('how often does it change?')} "
    yield comment(f"{_sentence(time.because)} {mark}".strip(), 2)
    yield f"  - {{property: frequency, value: {time.every[0]}, unit: {time.every[1]}}}\n"
    if time.event_time is not None and time.latency is not None:
        element = f"{_table(draft)}.{seen(time.event_time).strip()}"
        yield comment("How new the data is, is told by this column's newest value.", 2)
        yield f"  - {{property: latency, value: {time.latency}, unit: d, element: {value(element)}}}\n"
    yield "customProperties:\n"
    yield "  - {property: tier, value: restricted}    # who may see its records; a product may show more\n"
    yield "  - {property: delivery, value: snapshot}    # each delivery is the whole; others: append, upsert\n"
    licence = plain(told.licence, 200) or todo("name the licence under which the city has the data")
    yield f"  - {{property: licenceIn, value: {value(licence)}}}\n"
    yield f"  - {{property: legalBasis, value: {value(todo('name the law that lets the city hold it'))}}}\n"


def _table(draft: ContractDraft) -> str:
    """The table's own name: the source's, without the city."""
    return draft.name.removeprefix(f"{draft.city.id}_")


def _sentence(text: str) -> str:
    """``text`` as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
