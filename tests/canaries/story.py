"""What happens in the city, day by day: good deliveries, and every way a delivery, a model or a release goes wrong.

Belongs here: the days and their order. Does not belong here: what records hold (``deliveries``), the search.

Wherever something is wrong, the wrong value is a marker, or stands beside one: that is what an error would quote.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.canaries.deliveries import HEADER, Row, Sources, as_collection, as_csv, as_lines
from tests.canaries.markers import Draw
from tests.canaries.place import AS_OF, Place

RUN: Final = ("run", "--as-of", AS_OF)
REGISTER: Final = "requests.csv"
FETCH: Final = ("source", "fetch", "aviary_requests")
STAGING: Final = "staging/stg_aviary__service_requests.sql"
CONTRACT: Final = "sources/aviary_requests.odcs.yaml"
REQUESTS: Final = "products/service_requests.yaml"
ON_MOMENTS: Final = """
quality:
  - id: nothing_was_opened_late
    type: sql
    dimension: accuracy
    severity: error
    description: Nothing was opened after {marker}.
    query: select coalesce(max(epoch(opened_at)), 0) from {object}
    mustBeLessThan: 1767300000
    customProperties:
      - property: failingExample
        value: [{service_request_id: AV000001, opened_at: "2026-02-01T10:00:00"}]
  - id: moments_are_numbers
    type: sql
    dimension: conformity
    severity: error
    description: Every moment is a number.
    query: >-
      select coalesce(sum(case when year(opened_at) < 2026 then 1
      else cast(strftime(opened_at, '%c') as integer) end), 0) from {object}
    mustBe: 0
    customProperties:
      - property: failingExample
        value: [{service_request_id: AV000001, opened_at: "2025-02-01T10:00:00"}]
  - id: every_crew_came
    type: sql
    dimension: completeness
    severity: error
    description: Nobody touched a case in February.
    query: select count(*) from {object} where updated_at >= timestamp '2026-02-01 00:00:00'
    mustBe: 0
    customProperties:
      - property: failingExample
        value: [{service_request_id: AV000001, updated_at: "2026-02-01T10:00:00"}]
"""
CREW: Final = (
    "      - {name: crew, logicalType: string, classification: internal, description: The crew that went there.}\n"
)
REVIEW: Final = """decisions:
  - kind: review
    subject: service_requests
    author: {}@aviary.example
    by: privacy@aviary.example
    on: 2026-03-15
    until: 2027-03-15
    covers: [generalise_date, compare_times, point_to_area]
    risk: low
    value: {{en: Anybody can see what was asked for., es: Cualquiera puede ver lo que se pidió.}}
    decision: open
    reason: "{}"
"""


@dataclass
class Story:
    """The city, its sources, and what was delivered last."""

    place: Place
    sources: Sources

    @classmethod
    def begin(cls, root: Path, sources: Sources) -> Story:
        """The city on the morning of the first day."""
        return cls(Place(root), sources)

    def word(self, what: str, day: str, tier: str = "restricted") -> str:
        """A marker that no delivery holds: in a wrong value, a name, a reason."""
        return self.sources.index.add(Draw(f"{what}, {day}", tier, "word").marker(0)).text


def a_good_day(story: Story) -> None:
    """Everything is published; every command that tells of it is asked."""
    place, sources = story.place, story.sources
    place.settle()
    place.deliver(REGISTER, as_csv(sources.register(1)))
    place.deliver("districts.jsonl", as_lines(sources.districts(1)))
    place.deliver("nests.geojson", as_collection(sources.nests(1)))
    place.cauce(*RUN, code=0)


def bad_records(story: Story) -> None:
    """Records are set aside by restricted columns; a source is refused for a column that has another name."""
    place, sources = story.place, story.sources
    place.edit("products/service_requests_monthly.yaml", "enabled: true", _OFF)
    rows = sources.register(2)
    for n, change in enumerate(_mistakes(story)):
        change(rows[n])
    text = as_csv(rows).decode()
    lines = text.splitlines(keepends=True)
    lines[-1] = lines[-1].rstrip("\n") + f";{story.word('one field too many', 'bad records')}\n"
    lines[-2] = lines[-2].replace("Quay 14", "Quay\x07 14")
    lines[-3] = lines[-3].replace("Ask for", "Ask \u202e for")
    place.deliver(REGISTER, "".join(lines).encode())
    nests = sources.nests(2)
    for n, nest in enumerate(nests):
        _spoil(nest, n)
        nest["properties"][story.word("new name of a column", "bad records", "header")] = nest["properties"].pop("ring")
    place.deliver("nests.geojson", as_collection(nests))
    shelters = sources.districts(2)
    broken = story.word("half a line", "bad records")
    place.deliver("districts.jsonl", as_lines(shelters) + f'{{"code": "03", "title": "{broken}'.encode())
    place.cauce(*RUN, "--format", "json", code=1)
    place.cauce("quarantine", "list", code=0)
    place.cauce("quarantine", "show", "aviary_requests", code=0)
    place.cauce("quarantine", "export", "aviary_requests", "--output", str(place.root / "export.xlsx"), code=0)


def _mistakes(story: Story) -> list[Callable[[Row], None]]:
    """Each makes one record wrong by one restricted column, and leaves the marker in it or puts one there."""

    def put(name: str, form: str) -> Callable[[Row], None]:
        def change(row: Row) -> None:
            row[name] = form.format(row[name], story.word(f"wrong {name}", "bad records"))

        return change

    return [
        put("amount", "{1}"),
        put("amount", "-{0}"),
        put("badge", "{0} {1}"),
        put("badge", "-{0}"),
        put("phone", "00 {0}"),
        put("born_on", "{0} {1}"),
        put("born_on", "31/02/1843 {1}"),
        put("visited_on", "{1}"),
        put("visited_at", "{0}7"),
        put("note", "{0}" + " and so on" * 30),
        put("latitude", "{0}{1}"),
        _swap,
        put("is_minor", "{1}"),
        put("opened", "{0} {1}"),
        put("folio", "{1}"),
        put("service", ""),
    ]


def _swap(row: Row) -> None:
    row["latitude"], row["longitude"] = row["longitude"], row["latitude"]


def _spoil(nest: dict[str, Any], n: int) -> None:
    """Geometry that is set aside: swapped, or a line that is none."""
    x, y = nest["geometry"]["coordinates"]
    if n == 0:
        nest["geometry"]["coordinates"] = [y, x]
    elif n == 1:
        nest["geometry"] = {"type": "Polygon", "coordinates": [[[x, y], [x, y]]]}


def refused_whole(story: Story) -> None:
    """Files that are refused, one after the other; then a run that shows it."""
    place, sources = story.place, story.sources
    for n, (name, data) in enumerate(_refusable(story)):
        place.deliver(REGISTER, data)
        words = (*FETCH, "--format", "json") if n % 2 else FETCH
        said = place.cauce(*words)
        assert "refused" in said.out, f"{name}: exit {said.code}\n{said.out}\n{said.errors}"
    place.deliver(REGISTER, as_csv(sources.register(3)))
    for old, new in ((_RULES, _FAILING_RULE), (_LARGEST, "mustBeLessThan: 7")):
        place.edit(CONTRACT, old, new)
        for form in ("text", "json"):
            place.cauce(*FETCH, "--format", form)
        place.edit(CONTRACT, new, old)
    nests = sources.nests(3)
    place.deliver("nests.geojson", as_collection(nests)[:-40])
    place.deliver("districts.jsonl", as_lines(sources.districts(3)).replace(b'"code"', b'"c\xf3de"'))
    for source in ("aviary_nests", "aviary_districts"):
        place.cauce("source", "fetch", source)
    place.deliver("nests.geojson", as_collection([*nests, nests[0]]))
    place.cauce("source", "fetch", "aviary_nests")
    place.cauce("catalog", "build", code=0)


_RULES: Final = "    quality:\n      - {id: register_is_not_empty"
_LARGEST: Final = "mustBeLessThan: 80000000000"
_FAILING_RULE: Final = """    quality:
      - id: notes_are_numbers
        type: sql
        dimension: conformity
        severity: error
        description: Every note is a number.
        query: select count(*) from {object} where cast(note as integer) < 0
        mustBe: 0
        customProperties: [{property: failingExample, value: [{folio: AV000001, note: "-1"}]}]
      - {id: register_is_not_empty"""
_OFF: Final = "enabled: false\nreason: {en: not while the register is mended, es: no mientras se corrige el registro}"


def _refusable(story: Story) -> list[tuple[str, bytes]]:
    """Registers that are refused whole, each for a reason of its own, full of markers."""
    sources = story.sources
    rows = sources.register(3)
    good = as_csv(rows)
    head, _, body = good.partition(b"\n")
    twice = [*rows, {**rows[0], "note": story.word("the second of two", "refused")}]
    same_badge = [*rows[:-1], {**rows[-1], "badge": rows[0]["badge"]}]
    without = tuple(name for name in HEADER if name != "amount")
    renamed = head.replace(b"amount", story.word("name of a column", "refused", "header").encode())
    doubled = head.replace(b"complainant", b"note")
    page = f"<!DOCTYPE html><html><body>{story.word('an error page', 'refused')}</body></html>"
    return [
        ("a column is missing", as_csv(rows, without)),
        ("a column has another name", renamed + b"\n" + body),
        ("a column stands twice", doubled + b"\n" + body),
        ("no header", body),
        ("another encoding", good.decode().encode("utf-16")),
        ("letters of another encoding", good.decode().encode("latin-1")),
        ("an open quote", good[:-20] + b'"' + good[-20:]),
        ("another delimiter", good.replace(b";", b"|")),
        ("a page", page.encode()),
        ("a key twice", as_csv(twice)),
        ("a badge twice", as_csv(same_badge)),
    ]


def cut_short_and_held(story: Story) -> None:
    """A landing is killed; the next run mends it, and holds a release for rules and for identifiers."""
    place, sources = story.place, story.sources
    rows = sources.register(4)
    for n in range(0, 40, 4):
        rows[n]["department"] = f"{story.word(f'an e-mail in a public column, {n}', 'held')}@mail.example"
    place.deliver(REGISTER, as_csv(rows))
    place.deliver("nests.geojson", as_collection(sources.nests(4)))
    place.deliver("districts.jsonl", as_lines(sources.districts(4)))
    place.killed(("after", "move", r"requests/accepted/"), *FETCH)
    place.edit(CONTRACT, "version: 1.0.0", "version: 1.1.0")
    place.edit(CONTRACT, CREW, "")
    author = story.word("author of a review", "held", "record")
    place.add("decisions.yaml", REVIEW.format(author, story.word("reason of a review", "held", "record")))
    place.add(REQUESTS, ON_MOMENTS.replace("{marker}", story.word("sentence of an internal rule", "held", "name")))
    place.cauce(*RUN, code=1)
    place.cauce("audit", "report", "service_requests", code=0)
    place.cauce("status", "--format", "json", code=1)


def a_model_fails(story: Story) -> None:
    """A cast quotes the text of a note."""
    place = story.place
    place.deliver(REGISTER, as_csv(story.sources.register(5)))
    place.edit(STAGING, "    latitude,\n", "    cast(zqclmnrstvxwbd as double) as latitude,\n")
    place.cauce(*RUN, code=2)
    place.edit(STAGING, "    cast(zqclmnrstvxwbd as double) as latitude,\n", "    latitude,\n")


def a_model_takes_a_note(story: Story) -> None:
    """A model puts a note into a public column: the flows hold it."""
    place = story.place
    place.edit(STAGING, "    channel,\n", "    zqclmnrstvxwbd as channel,\n")
    path = place.content / REQUESTS
    path.write_text(path.read_text(encoding="utf-8").partition("\nquality:")[0] + "\n", encoding="utf-8")
    place.cauce(*RUN, code=1)
    place.cauce("tier", "explain", "service_requests", code=1)
    place.cauce("lineage", "show", "service_requests.channel", "--format", "json", code=0)
    place.cauce("audit", "report", "service_requests", "--format", "json", code=0)
    place.edit(STAGING, "    zqclmnrstvxwbd as channel,\n", "    channel,\n")


def taken_back(story: Story) -> None:
    """A rollback, one that is killed between tiers, a withdrawal whose reason is not for everybody."""
    place = story.place
    why = story.word("reason of a rollback", "taken back", "name")
    place.killed(
        ("after", "create", r"internal/service_requests/commits/"),
        *("release", "rollback", "service_requests", "1", "--reason", why, "--by", "owner@aviary.example"),
    )
    reason = story.word("reason of a withdrawal", "taken back", "name")
    given = ("--reason", reason, "--by", "owner@aviary.example", "--public-note", "Being checked.")
    place.cauce("release", "withdraw", "districts", *given, code=0)
    place.cauce("catalog", "build", code=0)


def asked_afterwards(story: Story) -> None:
    """Every command that reads, as text and as JSON; drafts of a source that is there."""
    place = story.place
    both: list[tuple[str, ...]] = [
        ("release", "show", "service_requests@2"),
        ("release", "diff", "service_requests", "1", "2"),
        ("history", "last"),
        ("status",),
        ("source", "profile", "aviary_requests"),
    ]
    once: list[tuple[str, ...]] = [
        ("release", "list"),
        ("release", "show", "service_requests@2", "--tier", "public"),
        ("release", "diff", "service_requests", "1", "2", "--tier", "public"),
        ("audit", "verify"),
        ("audit", "report", "service_requests@2", "--format", "json"),
        ("audit", "report", "service_requests_monthly@1"),
        ("history", "--format", "json"),
        ("quarantine", "list", "--format", "json"),
        ("source", "list", "--format", "json"),
        ("tier", "explain", "service_requests", "--format", "json"),
        ("lineage", "show", "service_requests"),
        ("city", "check"),
        ("contract", "lint"),
        ("source", "profile", "aviary_districts"),
        ("source", "profile", "aviary_nests", "--format", "json"),
        ("source", "profile", "aviary_requests", "--landing", "2", "--format", "json"),
    ]
    for words in (*once, *both, *((*words, "--format", "json") for words in both)):
        assert place.cauce(*words).out, words
    place.cauce("source", "profile", "aviary_requests", "--values", code=0)
    for name, source in (
        (REGISTER, "aviary_again"),
        ("districts.jsonl", "aviary_shelters"),
        ("nests.geojson", "aviary_birds"),
    ):
        path = str(place.content / "deliveries" / name)
        place.cauce("source", "add", path, "--name", source, "--format", "json" if name == REGISTER else "text")
    assert json.loads(place.said[-3].out)


DAYS: Final[tuple[Callable[[Story], None], ...]] = (
    a_good_day,
    bad_records,
    refused_whole,
    cut_short_and_held,
    a_model_fails,
    a_model_takes_a_note,
    taken_back,
    asked_afterwards,
)
