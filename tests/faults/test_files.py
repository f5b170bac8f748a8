"""Bad files, 1 to 18: each landed as a delivery, with what the data team is told.

Belongs here: one test or more for each row that a delivery of text brings about. Does not belong here: packed
files, Parquet and spreadsheets (``test_containers``), places and instants (``test_places``).
"""

from __future__ import annotations

from datetime import date

import pytest

from contracts.errors import OutsideError
from orchestration.ingest.landing import Landing
from tests.faults.saying import Says
from tests.unit.orchestration.ingest.conftest import MakeTown, Town

HEAD = "id,name,amount,day\n"
GOOD = f"{HEAD}01,Ann,1.5,2026-01-02\n02,Bo,2,2026-01-03\n"


def refused(landing: Landing) -> str:
    """The message of a refused file; nothing of it may have come in."""
    assert landing.outcome == "refused", landing
    assert landing.refusal is not None
    assert landing.accepted_file is None
    assert (landing.accepted, landing.rejected) == (0, landing.received - landing.quarantined)
    return str(landing.refusal["message"])


def set_aside(town: Town, landing: Landing) -> dict[int, str]:
    """The sentence of each record set aside, by its number."""
    return {row[0]: row[2] for row in town.quarantined(landing)}


@pytest.mark.fault(1)
def test_an_empty_file(town: Town, says: Says) -> None:
    town.land(GOOD)
    says(refused(town.land(b"")), "no byte at all")
    for nothing in (b"\xef\xbb\xbf", b"\n\n \r\n"):
        refused(town.land(nothing))


@pytest.mark.fault(2)
def test_a_header_and_no_record(town: Town, make_town: MakeTown, says: Says) -> None:
    says(refused(town.land(HEAD)), "a header alone")
    rule = {"type": "library", "metric": "rowCount", "mustBeGreaterOrEqualTo": 0, "description": "May be empty."}
    lenient = make_town(quality=[{**rule, "dimension": "coverage", "severity": "error"}])
    assert lenient.land(HEAD).outcome == "accepted"


@pytest.mark.fault(3)
def test_something_else_where_a_table_was_promised(town: Town, says: Says) -> None:
    says(refused(town.land("<!DOCTYPE html><html><body>503 Service Unavailable</body></html>")), "an error page")
    says(refused(town.land('{"error": true, "message": "rate limited"}')), "an error in JSON")
    says(refused(town.land(b"PK\x03\x04rest of a spreadsheet")), "a spreadsheet under the name of CSV")


@pytest.mark.fault(4)
def test_a_file_cut_off(town: Town, says: Says) -> None:
    says(refused(town.land(f"{GOOD}03,Cy")), "in the middle of a record")
    says(refused(town.land(f'{GOOD}03,"Cy and what was to co')), "inside quotes")
    data = f'{HEAD}01,"Ann,1,2026-01-01\n02,Bo,2,2026-01-01\n03,"Cy",3,2026-01-01\n'
    says(refused(town.land(data)), "an open quote that swallows records")


@pytest.mark.fault(5)
def test_records_with_other_numbers_of_fields(town: Town, says: Says) -> None:
    data = f'{HEAD}01,"A\n\nnn",1,2026-01-01\n02,x\n03,Cy,3,2026-01-01,more\n04,Di,4,2026-01-01\n'
    landing = town.land(data)
    sentences = set_aside(town, landing)
    assert sorted(sentences) == [2, 3]
    assert [row[0] for row in town.accepted(landing)] == ["01", "04"]
    says(sentences[2], "too few")
    says(sentences[3], "too many")
    says(refused(town.land(f"{HEAD}01,x\n02,y\n")), "no record is right")


@pytest.mark.fault(6)
def test_two_columns_with_one_name(town: Town, says: Says) -> None:
    says(refused(town.land("id,name,amount,day,name\n1,a,1,2026-01-01,b\n")), "the same name")
    says(refused(town.land("id,name,amount,day,NAME\n1,a,1,2026-01-01,b\n")), "the same name but for its case")


@pytest.mark.fault(7)
def test_another_encoding_than_declared(town: Town, says: Says) -> None:
    text = GOOD.replace("Ann", "Peña")
    assert town.land("\ufeff" + text).accepted == 2
    says(refused(town.land(text.encode("latin-1"))), "Latin-1 where UTF-8 is declared")
    says(refused(town.land(text.encode("utf-16"))), "UTF-16 where UTF-8 is declared")
    lines = "".join(f"{n:02},Peña y Ñandú,1,2026-01-01\n" for n in range(30))
    landing = town.land(HEAD.encode() + lines.encode() + b"99,Pe\xf1a,1,2026-01-01\n")
    says(set_aside(town, landing)[31], "one broken byte among good ones")
    assert landing.accepted == 30


@pytest.mark.fault(8)
def test_characters_that_hide(town: Town, says: Says) -> None:
    data = f"{HEAD}01,a\x00b,1,2026-01-01\n02,a\x07b,1,2026-01-01\n03,\u202eevil,1,2026-01-01\n04,ok,1,2026-01-01\n"
    landing = town.land(data)
    sentences = set_aside(town, landing)
    assert sorted(sentences) == [1, 2, 3]
    says(sentences[1], "NUL")
    says(sentences[2], "a control character")
    says(sentences[3], "a mark that turns the direction of writing")


@pytest.mark.fault(9)
def test_another_dialect_than_declared(town: Town, make_town: MakeTown, says: Says) -> None:
    says(refused(town.land(GOOD.replace(",", ";"))), "`;` where `,` is declared")
    semicolon = make_town(server={"format": "csv", "delimiter": ";"})
    comma = "id;name;amount;day\n1;a;1,5;2026-01-01\n2;b;2,5;2026-01-01\n"
    says(refused(semicolon.land(comma)), "decimal commas that are not declared")
    mixed = f"{HEAD}1,a,1,2026-01-01\r\n2,b,2,2026-01-01\n3,c,3,2026-01-01\r\n"
    says(refused(make_town().land(mixed)), "line ends of two kinds")
    declared = make_town(server={"format": "csv", "delimiter": ";", "decimal": ",", "lineEnds": "mixed"})
    landing = declared.land(comma.replace("\n2", "\r\n2"))
    assert [row[2] for row in declared.accepted(landing)] == [1.5, 2.5]


@pytest.mark.fault(10)
def test_dates_that_can_be_read_in_two_ways(town: Town, make_town: MakeTown, says: Says) -> None:
    says(refused(town.land(f"{HEAD}1,a,1,01/02/2026\n2,b,2,03/04/2026\n")), "no format is declared")
    day = {"name": "day", "logicalType": "date", "classification": "public"}
    told = make_town({**day, "logicalTypeOptions": {"format": "dd/MM/yyyy"}}, {**day, "name": "other"})
    landing = told.land("day,other\n01/02/2026,2026-02-01\n31/02/2026,2026-02-01\n")
    assert town.accepted(landing)[0][0] == date(2026, 2, 1)
    says(set_aside(told, landing)[2], "a day that does not exist")


@pytest.mark.fault(11)
def test_zeros_in_front_of_an_id_stay(town: Town) -> None:
    assert town.accepted(town.land(f"{HEAD}00123,a,1,2026-01-01\n"))[0][0] == "00123"


@pytest.mark.fault(12)
def test_twenty_digits_never_become_a_rounded_number(make_town: MakeTown, says: Says) -> None:
    kinds = {"text": "string", "whole": "integer", "number": "number"}
    columns = [{"name": n, "logicalType": t, "classification": "public"} for n, t in kinds.items()]
    town = make_town(*columns)
    big = "12345678901234567890"
    landing = town.land(f"text,whole,number\n{big},1,1\n1,{big},1\n1,1,{big}\n")
    sentences = set_aside(town, landing)
    assert [row[0] for row in town.accepted(landing)] == [big]
    says(sentences[2], "in a column of whole numbers")
    says(sentences[3], "in a column of numbers")


@pytest.mark.fault(13)
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-inf"])
def test_what_is_no_number_is_outside_every_range(town: Town, says: Says, value: str) -> None:
    landing = town.land(f"{GOOD}03,c,{value},2026-01-01\n")
    assert town.reasons(landing) == {3: ["amount.range"]}
    says(set_aside(town, landing)[3], value)


@pytest.mark.fault(14)
def test_missing_is_only_what_the_contract_says(town: Town, make_town: MakeTown, says: Says) -> None:
    data = f"{HEAD}1,NA,,2026-01-01\n2,null,1,\n4,x,NA,2026-01-01\n"
    landing = town.land(data)
    assert [row[1] for row in town.accepted(landing)] == ["NA", "null"]
    says(set_aside(town, landing)[3], "NA in a column of numbers")
    declared = make_town(server={"format": "csv", "missing": ["", "NA", "null"]})
    assert [row[1] for row in declared.accepted(declared.land(data))] == [None, None, "x"]


@pytest.mark.fault(15)
def test_one_wrong_value_far_down(town: Town, says: Says) -> None:
    lines = [f"{n},x,1,2026-01-01" for n in range(300_000)]
    lines[299_998] = "299998,x,one,2026-01-01"
    landing = town.land(HEAD + "\n".join(lines) + "\n")
    assert (landing.accepted, landing.quarantined) == (299_999, 1)
    assert list(town.reasons(landing)) == [299_999]
    says(set_aside(town, landing)[299_999], "record 299,999")


@pytest.mark.fault(16)
def test_columns_that_come_go_and_move(town: Town, says: Says) -> None:
    added = town.land("new,id,name,amount,day\nx,1,a,1,2026-01-01\n")
    assert (added.outcome, added.drift["added"]) == ("accepted", ["new"])
    moved = town.land("day,amount,id,name\n2026-01-02,1.5,01,Ann\n")
    assert town.accepted(moved) == [("01", "Ann", 1.5, date(2026, 1, 2), 1)]
    says(refused(town.land("id,name,amounts,day\n1,a,1,2026-01-01\n")), "a column renamed")
    says(refused(town.land("id,name,day\n1,a,2026-01-01\n")), "a column missing")
    says(refused(town.land("01,Secret Name,1.5,2026-01-02\n02,Bo,2,2026-01-03\n")), "no header")


@pytest.mark.fault(18)
def test_a_delivery_with_half_of_the_records(town: Town, says: Says) -> None:
    rows = [f"{n},a,1,2026-01-01\n" for n in range(200)]
    assert town.land("id,name,amount,day\n" + "".join(rows)).outcome == "accepted"
    says(refused(town.land("id,name,amount,day\n" + "".join(rows[:100]))), "half of them")
    says(refused(town.land("id,name,amount,day\n" + "".join([*rows, *(f"x{row}" for row in rows)]))), "twice")
    assert town.land("id,name,amount,day\n" + "".join(rows[:101])).outcome == "accepted"


@pytest.mark.fault(17)
def test_a_key_that_stands_twice(town: Town, says: Says) -> None:
    landing = town.land(f"{GOOD}02,Secret Name,1,2026-01-01\n")
    message = refused(landing)
    assert "Secret Name" not in message
    says(message, "the file")
    says(set_aside(town, landing)[3], "each record concerned")
    assert any('"02"' in row[3] for row in town.quarantined(landing))


def test_a_file_that_is_not_there_is_told_with_the_one_that_is(town: Town) -> None:
    town.deliver(GOOD)
    (town.folder / "delivery").rename(town.folder / "deliveries")
    with pytest.raises(OutsideError, match="no such file, but deliveries") as caught:
        town.land()
    assert not caught.value.retry
