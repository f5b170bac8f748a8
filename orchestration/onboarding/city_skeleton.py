"""A new city's folder: what it says before it has any data.

Belongs here: the first ``city.yaml`` with a comment to each line, the readme, what belongs in each folder. Does not
belong here: loading it (``contracts.city_load``), asking a person (``cli``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from contracts import kept
from contracts.city_load import CITY_FILE, DEFAULT_MINIMUM_CELL, discover, load_city
from contracts.errors import InputError
from contracts.problems import EMAIL
from contracts.vocabulary import nearest
from orchestration.onboarding import places, yaml_text
from orchestration.onboarding.marks import todo

CITY_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
NO_ADDRESS: Final = "open-data@example.org"
"""Stands for the address that answers questions until somebody writes theirs."""

_FOLDERS: Final = {
    "sources": (
        "One file for each raw data set: `<publisher>_<dataset>.odcs.yaml`, its contract.\n\n"
        "`cauce source add ADDRESS --city {id}` drafts it. A person then decides what the draft marks with TO DO:\n"
        "what each column means, and who may see it."
    ),
    "staging": (
        "One file for each entity: `stg_{id}__<entity>.sql` turns your columns into the shared words.\n\n"
        "`cauce source add` proposes it beside the contract. The entities and their columns stand in\n"
        "`contracts/entities/` of Cauce."
    ),
    "products": (
        "One file for each shared product that you turn on: `<product>.yaml`, with two lines at least:\n\n"
        "    product: service_requests\n    enabled: true\n\n"
        "You may add rules that must hold before it is published, never take one away."
    ),
    "problems": (
        "One file for each question that the city must answer: `<problem>.yaml`, with the decision it serves, who\n"
        "takes it and when, and who owns the problem. The catalogue opens on these, not on files.\n"
        "`cauce problem new --city {id}` asks what must be said and writes the file, with one in `measures/` for\n"
        "each new measure."
    ),
}


@dataclass(frozen=True)
class NewCity:
    """What is known of a city before it has any data.

    ``languages`` are those of its pages, the first one being the one a reader lands on.
    """

    id: str
    name: str
    country: str
    timezone: str
    languages: tuple[str, ...]
    publisher: str
    email: str
    licence: str = "CC-BY-4.0"


def check_id(city_id: str, roots: Iterable[Path]) -> str:
    """``city_id``, if it can be a new city's.

    Raises:
        InputError: It has another form, or a city has it.
    """
    if not CITY_ID.match(city_id):
        hint = re.sub(r"[^a-z0-9]+", "_", city_id.lower()).strip("_")
        raise InputError(
            "a city's id has another form",
            found=repr(city_id),
            expected="lower-case letters, digits and underscores, beginning with a letter, at most 40",
            hint=f"cauce city new {hint}" if CITY_ID.match(hint) else None,
        )
    known = discover(root for root in roots if root.is_dir())
    if city_id in known:
        raise InputError(
            "there is a city of this id",
            found=f"{city_id}, in {known[city_id]}",
            expected="a new id",
            hint=f"cauce city check {city_id}",
        )
    return city_id


def check_country(code: str) -> str:
    """The country's two letters.

    Raises:
        InputError: There is no such country.
    """
    country = code.strip().upper()
    if country not in places.countries():
        by_name = {name: two for two, name in places.countries().items()}
        close = nearest(code, by_name)
        raise InputError(
            "there is no such country",
            where="--country",
            found=repr(code),
            expected="a country's two letters, such as CO" + (f" ({close}: {by_name[close]})" if close else ""),
        )
    return country


def check_timezone(name: str | None, country: str) -> str:
    """The city's time zone: the country's only one where none is named.

    Raises:
        InputError: There is no such zone, or none is named and the country has several.
    """
    own = places.zones().get(country, ())
    if name is None:
        if len(own) == 1:
            return own[0]
        raise InputError(
            f"{places.countries()[country]} has several time zones",
            where="--timezone",
            expected=f"one of {', '.join(own)}" if own else "a name of the IANA time zone database",
            hint=f"--timezone {own[0]}" if own else None,
        )
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        close = nearest(name.rsplit("/", 1)[-1], {zone.rsplit("/", 1)[-1]: zone for zone in own})
        likely = next((zone for zone in own if close and zone.endswith(close)), None)
        raise InputError(
            "there is no such time zone",
            where="--timezone",
            found=repr(name),
            expected=f"a name of the IANA time zone database, such as {likely or (own[0] if own else 'Etc/UTC')}",
        ) from error
    return name


def check_languages(languages: Sequence[str]) -> tuple[str, ...]:
    """The languages of the pages.

    Raises:
        InputError: The catalogue has no words in one of them, or one stands twice.
    """
    from catalog.language import languages as known

    there = known()
    for language in languages:
        if language.partition("-")[0] not in there or list(languages).count(language) > 1:
            raise InputError(
                "the pages can't be in that language",
                where="--language",
                found=language if language.partition("-")[0] not in there else f"{language} twice",
                expected=f"out of {', '.join(there)}, each once",
            )
    return tuple(languages) or (there[0],)


def check_email(address: str) -> str:
    """An address that somebody answers.

    Raises:
        InputError: It is none.
    """
    if not EMAIL.match(address):
        raise InputError("this is no e-mail address", where="--email", found=repr(address), expected="name@example.org")
    return address


def make_city(new: NewCity, root: Path) -> Path:
    """Write the folder ``root/<id>`` and load it; returns the folder.

    Raises:
        InputError: There is something of that name.
        OutsideError: The disk refused.
    """
    folder = root / new.id
    if folder.exists():
        raise InputError(
            "the folder is there already",
            where=str(folder),
            expected="a name that is free",
            hint=f"cauce city check {new.id}" if (folder / CITY_FILE).exists() else "move it away, or take another id.",
        )
    for name, text in _FOLDERS.items():
        kept.make_folder(folder / name)
        kept.create_if_absent(folder / name / "README.md", (text.format(id=new.id) + "\n").encode())
    kept.create_if_absent(folder / "README.md", readme(new).encode())
    kept.create_if_absent(folder / CITY_FILE, city_yaml(new).encode())  # last: from here on it is a city
    load_city(folder)
    return folder


def city_yaml(new: NewCity) -> str:
    """The first ``city.yaml``, each line with what it decides."""
    text = yaml_text.value
    asked = todo("the address that answers questions about the data") if new.email == NO_ADDRESS else ""
    lines = (
        ("formatVersion: 1", ""),
        (f"id: {new.id}", "in commands, addresses and names of files; it never changes"),
        (f"name: {text(new.name)}", "as readers see it; in several languages: {en: ..., es: ...}"),
        (f"country: {new.country}", "two letters; decides which comes first in 03/04/2026"),
        (f"timezone: {new.timezone}", "times that say no zone are meant here, and a day begins here"),
        (f"languages: [{', '.join(new.languages)}]", "of the pages; the first is the one a reader lands on"),
        ("environment: development", "production: code that is not in git publishes nothing"),
        ("publisher:", "who stands behind the catalogue, and who answers"),
        (f"  name: {text(new.publisher)}", ""),
        (f"  email: {text(new.email)}", asked),
        (f"licence: {text(new.licence)}", "of what you publish"),
        (f"minimumCell: {DEFAULT_MINIMUM_CELL}", "smaller counts are hidden; 1 where the records are public too"),
        ("# portals:", "the address of each portal by its name; `cauce source add` writes them"),
        ("#   open_data: https://data.example.org", ""),
        ("# siteUrl: https://data.example.org", "where the public pages stand"),
        ("# retention: {releases: {keep: 12}}", "how many old releases keep their data; all where not said"),
    )
    width = min(48, max(len(line) for line, _ in lines))
    head = f"# {yaml_text.plain(new.name)}: who publishes, and the rules that hold for everything of this city.\n"
    return head + "".join(
        f"{line:<{width}}  # {why}".rstrip(" #") + "\n" if why else f"{line}\n" for line, why in lines
    )


def readme(new: NewCity) -> str:
    """What the folder holds, for whoever opens it first."""
    return f"""\
# {yaml_text.plain(new.name)}

One city of Cauce: YAML and SQL, no program.

| | what it says |
|---|---|
| `city.yaml` | who publishes, in which languages and time zone, the smallest count shown |
| `sources/` | what each raw data set promises, column by column, and how sensitive each column is |
| `staging/` | your columns turned into the shared words |
| `products/` | the shared products you turn on, and the rules you add |
| `problems/` | the questions the city must answer, who decides, and when |
| `measures/` | what is counted to answer them, each defined once |
| `decisions.yaml` | reviews, approvals and waivers by people of the city, once there are any |

What is still to do, in order: `cauce city check {new.id}`.
"""
