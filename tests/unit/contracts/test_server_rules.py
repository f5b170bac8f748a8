"""What a contract says of a portal: right ones are read, every wrong one is refused at its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InputError
from tests.unit.contracts.contract_texts import SOURCE, line_of, load, refusal

ID = "a6a23cd9-f2b7-4ed2-a4b8-a7ab593b01d7"
BEGIN, END = "      - {property: connector", "schema:\n"
SOCRATA = {"connector": "socrata", "portal": "open_data", "dataset": "erm2-nwe9"}
CKAN = {"connector": "ckan", "portal": "open_data", "resource": ID}


def source(server: Mapping[str, Any], delivery: str = "upsert") -> str:
    """A source with these settings."""
    words = "".join(f"      - {{property: {name}, value: {value}}}\n" for name, value in server.items())
    text = SOURCE[: SOURCE.index(BEGIN)] + words + SOURCE[SOURCE.index(END) :]
    return text.replace("value: upsert", f"value: {delivery}")


@pytest.mark.parametrize(
    "server",
    [
        SOCRATA,
        {**SOCRATA, "increment": '":updated_at"', "filter": "\"agency = 'NYPD'\"", "pageSize": 50_000, "wholeEvery": 7},
        {**CKAN, "format": "csv", "compression": "zip", "encoding": "latin-1"},
        {**CKAN, "format": "xlsx", "package": "things", "resource": "Things 2024"},
        {**CKAN, "way": "datastore", "pageSize": 32_000},
        {**CKAN, "way": "datastore", "credential": '"${PORTAL_TOKEN}"'},
    ],
)
def test_right_settings_are_read(tmp_path: Path, server: Mapping[str, Any]) -> None:
    settings = load(tmp_path, source(server)).servers[0].settings
    records = server["connector"] == "socrata" or "way" in server
    assert settings["format"] == ("jsonl" if records else server["format"])
    assert "portal" not in settings


WRONG: Mapping[str, tuple[Mapping[str, Any], str, str]] = {
    "a dataset that is a name": ({**SOCRATA, "dataset": "311_requests"}, "dataset", "another form"),
    "a dataset in capitals": ({**SOCRATA, "dataset": "ERM2-NWE9"}, "dataset", "another form"),
    "a page too large": ({**SOCRATA, "pageSize": 50_001}, "pageSize", "fewer records at a time"),
    "a page too large for CKAN": ({**CKAN, "way": "datastore", "pageSize": 32_001}, "pageSize", "fewer records"),
    "pages of a file": ({**CKAN, "format": "csv", "pageSize": 10}, "pageSize", "does not come in pages"),
    "a resource's name alone": ({**CKAN, "format": "csv", "resource": "things"}, "resource", "name alone"),
    "a packed datastore": ({**CKAN, "way": "datastore", "compression": "zip"}, "compression", "belongs to a file"),
    "an encoded datastore": ({**CKAN, "way": "datastore", "encoding": "latin-1"}, "encoding", "belongs to a file"),
    "a datastore of CSV": ({**CKAN, "way": "datastore", "format": "csv"}, "", "one form"),
    "a file without a format": (CKAN, "", "needs format"),
    "a token that is written out": ({**SOCRATA, "credential": "abc"}, "credential", "a secret is written out"),
    "no portal": ({"connector": "socrata", "dataset": "erm2-nwe9"}, "", "needs portal"),
    "no dataset": ({"connector": "socrata", "portal": "open_data"}, "", "needs dataset"),
    "a filter for CKAN": ({**CKAN, "format": "csv", "filter": "x"}, "filter", "unknown custom property"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_settings_are_refused_at_their_line(tmp_path: Path, name: str) -> None:
    server, word, what = WRONG[name]
    text = source(server)
    error = refusal(tmp_path, text)
    assert what in error.what
    assert error.where == f"x.odcs.yaml:{line_of(text, f'property: {word},' if word else '- server: files')}"


@pytest.mark.parametrize("delivery", ["snapshot", "append"])
def test_newer_records_need_a_way_to_join_the_older_ones(tmp_path: Path, delivery: str) -> None:
    text = source({**SOCRATA, "increment": '":updated_at"'}, delivery)
    with pytest.raises(InputError, match="only an upsert") as caught:
        load(tmp_path, text)
    assert caught.value.found == f"delivery: {delivery}"
    assert f"x.odcs.yaml:{line_of(text, '- server: files')}" in str(caught.value.where)
