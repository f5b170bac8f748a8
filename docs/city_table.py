"""The reference page of the cities that are content alone: what each is made of, what it has, what it cannot have.

Belongs here: counting lines, and saying of a city what its folder says. Does not belong here: writing the page
(``build``). A city with portals is a real one; the invented one has none.
"""

from __future__ import annotations

from pathlib import Path

from contracts.city import City
from contracts.city_load import discover, load_city

ROOT = Path(__file__).resolve().parents[1] / "cities"
HEADINGS = ("city", "YAML", "SQL", "Python", "sources", "protocols and formats", "products", "not available")


def page() -> str:
    """The whole page."""
    cities = [city for city in (load_city(folder) for folder in discover([ROOT]).values()) if city.portals]
    lines = [
        "# Cities\n",
        "Real cities that run through Cauce. Each is one folder of YAML and SQL under `cities/`; none has a line of"
        " Python. Lines are counted with comments and blank lines. Tests (`tests/integration/test_city_*.py`) run each"
        " against servers on the same machine that hold its real files, and compare every published row with a query"
        " over those files that knows nothing of Cauce.\n",
        "| " + " | ".join(HEADINGS) + " |\n|---|---:|---:|---:|---:|---|---|---|",
    ]
    lines += [_row(city) for city in cities]
    lines += [f"\n{_portrait(city)}" for city in cities]
    return "\n".join(lines) + "\n"


def lines_of(city: City, ending: str) -> int:
    """Lines of all files in the city's folder with this ending, deliveries left out."""
    files = [p for p in city.folder.rglob(f"*{ending}") if "deliveries" not in p.relative_to(city.folder).parts]
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)


def _row(city: City) -> str:
    servers = [server for source in city.sources.values() for server in source.servers]
    protocols = sorted({_protocol(s.connector, s.settings.get("format")) for s in servers})
    cells = (
        f"[{_plain(city.name.default)}](../../cities/{city.id}/city.yaml)",
        *(str(lines_of(city, ending)) for ending in (".yaml", ".sql", ".py")),
        str(len(city.sources)),
        ", ".join(protocols),
        ", ".join(sorted(city.products)),
        ", ".join(sorted(city.unavailable)) or "",
    )
    return "| " + " | ".join(cells) + " |"


def _protocol(connector: str | None, form: object) -> str:
    return f"{connector} ({form})" if form else str(connector)


def _portrait(city: City) -> str:
    """What a city reads, which problems it serves, and what it cannot give."""
    parts = [f"## {city.name.default}\n", "| source | from | as |\n|---|---|---|"]
    for name, source in sorted(city.sources.items()):
        for server in source.servers:
            address = city.portals.get(server.portal or "", "")
            told = _protocol(server.connector, server.settings.get("format"))
            parts.append(f"| {_plain(source.title.default)} (`{name}`) | {address} | {told} |")
    parts.append("")
    parts += [f"- Asks: {_plain(problem.question.default)}" for problem in city.problems.values()]
    parts += [
        f"- Has no `{name}`: {_plain(reason.default).rstrip('.')}." for name, reason in sorted(city.unavailable.items())
    ]
    return "\n".join(parts)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
