"""What is still to do until a city runs by itself, in order, each with the place and the command.

Belongs here: the seven steps and what is found in each. Does not belong here: what a city that runs needs
(``needs``, ``overview``: ``cauce status``), the screen (``cli.city``).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from contracts import reviews
from contracts.city import City
from contracts.city_load import CITY_FILE, NOT_TURNED_ON, load_shared
from contracts.errors import ArtefactError, CauceError
from contracts.measure import MADE_OF_MEASURES
from contracts.model import Contract
from contracts.tiers import MOST_RESTRICTIVE
from orchestration.context import OpenCity, time_of_checking
from orchestration.onboarding.district_trial import meet
from orchestration.onboarding.item import Item, Kind, at_line, first_with, told
from orchestration.onboarding.marks import find_marks, marks_of
from orchestration.onboarding.staging_trial import try_staging

STEPS: Final = ("city.yaml", "sources", "entities", "products", "problems", "first run", "every day", "answers")
"""The steps in order; the last one only where addresses are asked."""

_PERSONAL = re.compile(r"^\s*# looks personal: (.*)$")
_NAME = re.compile(r"^\s*- (?:\{)?name: ")


def checklist(opened: OpenCity) -> tuple[Item, ...]:
    """Every line, in order."""
    city = opened.city
    items = [*_city_file(city), *_sources(opened), *_entities(city), *_met(opened), *_products(city)]
    items += [*_reviews(opened), *_problems(city)]
    return (*items, *_running(opened, stopped=any(item.kind == "stops" for item in items)))


def unread(city_id: str, folder: Path, message: str, where: str | None) -> tuple[Item, ...]:
    """The checklist of a city that does not load: that comes first, and the marks that can be read."""
    first = Item("city.yaml", "stops", message, where or str(folder), f"cauce city check {city_id}")
    return (first, *told(find_marks(folder), "sources"))


# 1 ----------------------------------------------------------------------------------------------


def _city_file(city: City) -> Iterator[Item]:
    path = city.folder / CITY_FILE
    marks = tuple(marks_of(path))
    yield Item(
        "city.yaml", "good", f"{city.name.default}: {city.country}, {city.timezone}, {', '.join(city.languages)}"
    )
    yield from told(marks, "city.yaml")
    insecure = [name for name, address in city.portals.items() if address.startswith("http://")]
    for name in insecure:
        text = f"the portal {name} is asked without encryption: what comes may be altered on the way"
        yield Item(
            "city.yaml", "advice", text, str(first_with(path, f"{name}:")), "write https:// where the portal has it."
        )


# 2 ----------------------------------------------------------------------------------------------


def _sources(opened: OpenCity) -> Iterator[Item]:
    city = opened.city
    if not city.sources:
        yield Item(
            "sources", "stops", "none yet", str(city.folder / "sources"), f"cauce source add ADDRESS --city {city.id}"
        )
    for name, source in sorted(city.sources.items()):
        yield _fetched(opened, name)
        yield from told(tuple(marks_of(source.path)), "sources")
        yield from _classes(source)
        if source.owner is None or source.steward is None:
            lacking = " and ".join(
                w for w, who in (("owner", source.owner), ("steward", source.steward)) if who is None
            )
            yield Item(
                "sources",
                "to do",
                f"{name} has no {lacking}",
                str(first_with(source.path, "team:")),
                "name them under team.",
            )


def _fetched(opened: OpenCity, name: str) -> Item:
    from orchestration.ingest.manifest import latest

    city = opened.city.id
    try:
        landing = latest(opened.home, name)
    except ArtefactError as error:
        return Item("sources", "stops", error.message, "", f"cauce audit verify --city {city}")
    path = str(opened.city.sources[name].path)
    if landing is None:
        return Item("sources", "to do", f"{name} was never fetched", path, f"cauce source fetch {name} --city {city}")
    if landing.outcome == "refused":
        why = str((landing.refusal or {}).get("message") or "see its landing")
        return Item(
            "sources", "stops", f"{name} was refused: {why}", path, f"cauce source fetch {name} --city {city} --force"
        )
    aside = f", {landing.quarantined:,} set aside" if landing.quarantined else ""
    return Item("sources", "good", f"{name}: {landing.accepted:,} of {landing.received:,} records accepted{aside}")


def _classes(source: Contract) -> Iterator[Item]:
    """Columns that look personal and are open to more than the few."""
    lines = source.path.read_text(encoding="utf-8").splitlines()
    for column in source.columns:
        hints = _hints_above(lines, column.place.line)
        if hints and column.classification != MOST_RESTRICTIVE:
            text = f"{source.name}: {column.name} is {column.classification}, and looks personal: {'; '.join(hints)}"
            yield Item(
                "sources",
                "advice",
                text,
                str(column.place),
                "say restricted, or take the comment away once it is decided.",
            )


def _hints_above(lines: list[str], line: int) -> list[str]:
    """The hints in the comments right above a column."""
    found: list[str] = []
    at = line - 2
    while at >= 0 and lines[at].lstrip().startswith("#"):
        if match := _PERSONAL.match(lines[at]):
            found.insert(0, match[1])
        at -= 1
    return found


# 3 ----------------------------------------------------------------------------------------------


def _entities(city: City) -> Iterator[Item]:
    entities = load_shared().entities
    if not city.sources:
        return
    if not city.staging:
        text = f"none is delivered: a staging model turns a source into {' or '.join(entities)}"
        yield Item(
            "entities",
            "stops",
            text,
            str(city.folder / "staging"),
            "cauce source add proposes one; docs/how-to/first-city.md",
        )
    for name, model in sorted(city.staging.items()):
        path = city.folder / "staging" / f"{model}.sql"
        yield from _staged(path, entities[name], city)


def _staged(path: Path, entity: Contract, city: City) -> Iterator[Item]:
    tried = try_staging(path, entity, city.sources)
    if tried.error:
        yield Item("entities", "stops", f"{entity.name}: {tried.error}", at_line(path, tried.line), "mend the line.")
    if tried.lacking:
        text = f"{entity.name} lacks {', '.join(tried.lacking)}: what is not there is cast(null as <type>)"
        yield Item("entities", "stops", text, str(path), "add them; the entity's contract names the types.")
    columns = {column.name: column for column in entity.columns}
    required = [name for name in tried.empty if columns[name].required]
    if required:
        text = f"{entity.name}: {', '.join(required)} must be found in the source: nothing is published without"
        yield Item("entities", "stops", text, at_line(path, 0), "say which of the source's columns it is.")
    if not (tried.error or tried.lacking or required):
        there = len(columns) - len(tried.empty)
        yield Item("entities", "good", f"{entity.name}: {there} of {len(columns)} columns")
    for name in tried.empty:
        if name not in required:
            without = (
                f": without it {', '.join(columns[name].unlocks)} has less to say" if columns[name].unlocks else ""
            )
            yield Item(
                "entities", "advice", f"{entity.name} has no {name}{without}", str(first_with(path, f" as {name}"))
            )
    yield from told(tuple(marks_of(path)), "entities")


def _met(opened: OpenCity) -> Iterator[Item]:
    """Districts that requests name and the city's districts lack: without them there are no rates and no map."""
    from orchestration.ingest.manifest import accepted_files

    city = opened.city
    paths = {name: city.folder / "staging" / f"{model}.sql" for name, model in city.staging.items()}
    try:
        files = {name: accepted_files(opened.home, source) for name, source in city.sources.items()}
    except ArtefactError:
        return  # cauce audit verify says which file, and so does step 2
    for meeting in meet(paths, load_shared().entities, {name: found for name, found in files.items() if found}):
        if meeting.known == meeting.named:
            continue
        text = (
            f"{meeting.entity} names {meeting.named:,} districts, of which districts knows {meeting.known:,}:"
            " the codes must be written alike, or there are no rates and no map"
        )
        yield Item("entities", "to do", text, str(first_with(paths["districts"], " as district_id")))


# 4, 5 -------------------------------------------------------------------------------------------


def _products(city: City) -> Iterator[Item]:
    shared = load_shared().products
    for name in sorted(city.products):
        yield Item("products", "good", f"{name} is on")
    possible = []
    for name, reason in sorted(city.unavailable.items()):
        path = city.folder / "products" / f"{name}.yaml"
        lacking = [entity for entity in shared[name].needs if entity not in city.staging]
        if reason == NOT_TURNED_ON and name in MADE_OF_MEASURES and not city.measures:
            yield Item("products", "advice", f"{name} is off: no measure is defined")
        elif reason == NOT_TURNED_ON and not lacking:
            possible.append(name)
        else:
            why = f"no {' and no '.join(lacking)} is delivered" if reason == NOT_TURNED_ON else reason.default
            yield Item("products", "advice", f"{name} is off: {why}", str(path) if path.exists() else "")
    if not city.products:
        text = "none is on: nothing would be published" if possible else "none is on, and none can be: see the entities"
        yield Item("products", "stops", text, str(city.folder / "products"))
    for name in possible:
        path = city.folder / "products" / f"{name}.yaml"
        text = f"{name} can be turned on: {shared[name].purpose.default or shared[name].title.default}"
        yield Item(
            "products", "to do", text, "", f"printf 'product: {name}\\nenabled: true\\n' > {shlex.quote(str(path))}"
        )


def _reviews(opened: OpenCity) -> Iterator[Item]:
    """Products with columns that a step made less exact, and how somebody's review of them stands."""
    city, path = opened.city, opened.city.folder / "decisions.yaml"
    today = time_of_checking(opened).date()
    for name, product in sorted(city.products.items()):
        standing = reviews.standing(product, city.rulings, today)
        if said := reviews.sentence(standing):
            kind: Kind = "stops" if standing.state in reviews.HOLDING else "to do"
            hint = "docs/how-to/privacy-review.md says what a review holds."
            yield Item("products", kind, f"{name}: {said}", str(path), hint)


def _problems(city: City) -> Iterator[Item]:
    for name, problem in sorted(city.problems.items()):
        yield Item("problems", "good", f"{name}: {problem.question.default}")
        yield from told(tuple(marks_of(Path(problem.place.file))), "problems")
    for measure in city.measures.values():
        if measure.place is not None:
            yield from told(tuple(marks_of(Path(measure.place.file))), "problems")
    if not city.problems:
        text = "none is declared: the catalogue opens on the questions the city must answer"
        yield Item("problems", "to do", text, str(city.folder / "problems"), f"cauce problem new --city {city.id}")
        return
    yield from _serving_nothing(city)


def _serving_nothing(city: City) -> Iterator[Item]:
    """Products that serve no problem, and measures that no problem asks for: kept up for nobody."""
    asked = {name for problem in city.problems.values() for name in problem.measures}
    for name in sorted(set(city.measures) - asked):
        path = city.folder / "measures" / f"{name}.yaml"
        text = f"no problem asks for the measure {name}: its figures are worked out for nobody"
        yield Item("problems", "to do", text, str(path), "name it under measures of a problem, or take the file away.")
    read = {formula.product for name in asked for formula in city.measures[name].formulas}
    named = {name for problem in city.problems.values() for name in problem.products}
    made = MADE_OF_MEASURES if asked else ()
    for name in sorted(set(city.products) - named - read - set(made)):
        path = city.folder / "products" / f"{name}.yaml"
        do = f"cauce product new {name} --problem ID --city {city.id}, or turn it off with a reason."
        yield Item("problems", "to do", f"{name} serves no problem: it is published for nobody", str(path), do)


# 6, 7 -------------------------------------------------------------------------------------------


def _running(opened: OpenCity, *, stopped: bool) -> Iterator[Item]:
    from contracts.release import current

    city = opened.city
    tiers = ((name, c.renditions[-1]) for name, c in sorted(city.products.items()) if c.renditions)
    served = [name for name, tier in tiers if current(opened.home, tier, name) is not None]
    if served:
        yield Item("first run", "good", f"published: {', '.join(served)}", "", f"cauce status --city {city.id}")
    elif stopped:
        yield Item("first run", "to do", "not yet: what stops it (▲) stands above")
    else:
        yield Item("first run", "to do", "nothing stops it", "", f"cauce run --city {city.id}")
    if served:
        yield Item("every day", "advice", "a schedule: see On a schedule", "docs/how-to/daily-use.md")
        yield Item("every day", "advice", "a copy of raw, releases and ledger elsewhere", "docs/how-to/lost-disk.md")


# with the network ---------------------------------------------------------------------------------


def reached(opened: OpenCity, given: Mapping[str, str]) -> Iterator[Item]:
    """Whether each source's address answers now."""
    from datetime import UTC, datetime

    from orchestration.onboarding.asking import Question, reach
    from orchestration.onboarding.recognition import Named

    city, settings = opened.city, opened.settings
    work = (settings.home / "onboarding" / f"{city.id}-check").absolute()
    for name, source in sorted(city.sources.items()):
        server = source.servers[0]
        named = Named(server.connector, server.settings, server.portal)
        now = datetime.now(UTC).replace(microsecond=0)
        pace = settings.requests_per_second
        question = Question(named, city, {**city.portals, **given}, given, work, now, pace)
        try:
            reach(source, question)
        except CauceError as error:
            yield Item(
                "answers", "stops", error.message, str(source.path), f"cauce source fetch {name} --city {city.id}"
            )
        else:
            yield Item("answers", "good", f"{name} answers")


def as_dict(city_id: str, folder: Path, items: tuple[Item, ...]) -> dict[str, Any]:
    """For ``--format json``."""
    return {
        "city": city_id,
        "folder": str(folder),
        "stops": sum(item.kind == "stops" for item in items),
        "to_do": sum(item.kind == "to do" for item in items),
        "items": [item.as_dict() for item in items],
    }
