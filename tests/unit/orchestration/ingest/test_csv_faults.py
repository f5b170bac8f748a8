"""Every fault of a CSV file that the house has named, and what must come of it."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import yaml

from contracts.load import load_contract
from contracts.model import Role
from orchestration.ingest.columns import match
from orchestration.ingest.dialect import dialect
from orchestration.ingest.refusal import Refusal
from tests.unit.orchestration.ingest.conftest import MakeTown, Town

GOOD = "id,name,amount,day\n01,Ann,1.5,2026-01-02\n02,Bo,2,2026-01-03\n"


def refusal(landing: Any) -> dict[str, Any]:
    assert landing.outcome == "refused", landing
    assert landing.refusal is not None
    assert landing.accepted_file is None and landing.accepted == 0
    return dict(landing.refusal)


def test_good_file_is_accepted_as_declared(town: Town) -> None:
    landing = town.land(GOOD)
    assert (landing.outcome, landing.received, landing.accepted) == ("accepted", 2, 2)
    assert town.accepted(landing) == [
        ("01", "Ann", 1.5, date(2026, 1, 2), 1),
        ("02", "Bo", 2.0, date(2026, 1, 3), 2),
    ]
    assert landing.quarantine_file is None and landing.refusal is None and landing.reasons == {}


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n", b"  \r\n"])
def test_1_empty_file(town: Town, data: bytes) -> None:
    assert refusal(town.land(data))["what"] == "the file is empty"


def test_2_header_only_is_refused_unless_the_contract_allows_it(town: Town, make_town: MakeTown) -> None:
    assert refusal(town.land("id,name,amount,day\n"))["what"] == "the file holds no record"
    rule = {"type": "library", "metric": "rowCount", "mustBeGreaterOrEqualTo": 0, "description": "May be empty."}
    lenient = make_town(quality=[{**rule, "dimension": "coverage", "severity": "error"}])
    landing = lenient.land("id,name,amount,day\n")
    assert (landing.outcome, landing.received, landing.accepted) == ("accepted", 0, 0)
    assert lenient.accepted(landing) == []


@pytest.mark.parametrize(
    ("data", "nature"),
    [
        ("<!DOCTYPE html><html><body>503</body></html>", "a page of HTML"),
        ("\n  <html><head><title>Error</title></head></html>", "a page of HTML"),
        ('<?xml version="1.0"?><error/>', "XML"),
        ('{"error": "rate limited"}', "JSON"),
        ('[{"id": 1}]', "JSON"),
        ("PK\x03\x04rest", "a ZIP archive or a spreadsheet (XLSX, ODS)"),
    ],
)
def test_3_something_else_where_csv_was_promised(town: Town, data: str, nature: str) -> None:
    told = refusal(town.land(data))
    assert (told["what"], told["found"]) == ("the file is not CSV", nature)


def test_4_cut_off_in_a_quoted_field(town: Town) -> None:
    told = refusal(town.land(GOOD + '03,"Cy and what was to co'))
    assert told["what"] == "a quote is opened and not closed"
    assert told["where"] == "things: record 3, line 4"


def test_4_open_quote_that_swallows_records(town: Town) -> None:
    data = 'id,name,amount,day\n01,"Ann,1,2026-01-01\n02,Bo,2,2026-01-01\n03,"Cy",3,2026-01-01\n'
    told = refusal(town.land(data))
    assert told["what"] == "a quote swallows the records behind it"
    assert "record 1" in str(told["where"])


def test_4_cut_off_mid_row(town: Town) -> None:
    landing = town.land(GOOD + "03,Cy")
    told = refusal(landing)
    assert told["what"] == "the file is cut off in the middle of a record"
    assert told["where"] == "things: record 3, line 4"
    assert (landing.received, landing.rejected) == (3, 3)
    assert town.land(GOOD + "03,Cy,1,2026-01-01").accepted == 3


def test_5_too_few_and_too_many_fields(town: Town) -> None:
    data = 'id,name,amount,day\n01,"A\n\nnn",1,2026-01-01\n02,x\n03,Cy,3,2026-01-01,more\n04,Di,4,2026-01-01\n'
    landing = town.land(data)
    assert town.reasons(landing) == {2: ["record.fields"], 3: ["record.fields"]}
    assert [row[0] for row in town.accepted(landing)] == ["01", "04"]
    assert [row[-1] for row in town.accepted(landing)] == [1, 4]
    assert [row[3] for row in town.quarantined(landing)] == ['"02,x"', '"03,Cy,3,2026-01-01,more"']


def test_5_a_file_without_one_right_record(town: Town) -> None:
    told = refusal(town.land("id,name,amount,day\n01,x\n02,y\n"))
    assert told["what"] == "no record has the right number of fields"


def test_5_quotes_that_programs_read_differently(town: Town) -> None:
    data = 'id,name,amount,day\n01, "A",1,2026-01-01\n02,"B"b,2,2026-01-01\n03,5" pipe,3,2026-01-01\n'
    landing = town.land(data)
    assert town.reasons(landing) == {1: ["record.quotes"], 2: ["record.quotes"]}
    assert town.accepted(landing)[0][:2] == ("03", '5" pipe')


@pytest.mark.parametrize("header", ["id,name,amount,day,name", "id,name,amount,day,NAME"])
def test_6_duplicate_headers(town: Town, header: str) -> None:
    told = refusal(town.land(f"{header}\n1,a,1,2026-01-01,b\n"))
    assert told["what"] == "two columns of the file have the same name"


def test_7_a_byte_order_mark_is_fine(town: Town) -> None:
    assert town.land("\ufeff" + GOOD).accepted == 2
    assert town.accepted(town.land('\ufeff"id",name,amount,day\n01,Ann,1,2026-01-02\n'))[0][0] == "01"


@pytest.mark.parametrize(
    ("encoding", "likely"), [("utf-16", "utf-16"), ("latin-1", "latin-1"), ("cp1252", "windows-1252")]
)
def test_7_another_encoding_than_declared(town: Town, encoding: str, likely: str) -> None:
    name = "Peña €" if encoding == "cp1252" else "Peña"
    told = refusal(town.land(GOOD.replace("Ann", name).encode(encoding)))
    assert told["what"] == "the file is not in the declared encoding"
    assert told["found"] == f"most likely {likely}"
    assert told["expected"] == "utf-8"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "windows-1252"])
def test_7_declared_encodings_are_read(make_town: MakeTown, encoding: str) -> None:
    town = make_town(server={"format": "csv", "encoding": encoding})
    landing = town.land(GOOD.replace("Ann", "Peña").encode(encoding))
    assert town.accepted(landing)[0][1] == "Peña"


def test_7_utf8_where_latin1_was_declared(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "encoding": "latin-1"})
    assert refusal(town.land(GOOD.replace("Ann", "Peña").encode()))["found"] == "most likely utf-8"


def test_7_one_broken_byte_among_good_utf8_is_one_record(town: Town) -> None:
    lines = "".join(f"{n:02},Peña y Ñandú,1,2026-01-01\n" for n in range(30))
    data = b"id,name,amount,day\n" + lines.encode() + b"99,Pe\xf1a,1,2026-01-01\n"
    landing = town.land(data)
    assert town.reasons(landing) == {31: ["record.encoding"]}
    assert r"Pe\\xf1a" in town.quarantined(landing)[0][3]


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x7f", "\u202e", "\u2066"])
def test_8_control_characters(town: Town, bad: str) -> None:
    landing = town.land(GOOD + f"03,C{bad}y,1,2026-01-01\n04,Peña\u2019s,1,2026-01-01\n")
    assert town.reasons(landing) == {3: ["record.characters"]}
    assert landing.accepted == 3


def test_8_a_lone_carriage_return_in_a_field(town: Town) -> None:
    landing = town.land(GOOD + '03,C\ry,1,2026-01-01\n04,"D\ri",1,2026-01-01\n')
    assert town.reasons(landing) == {3: ["record.characters"]}
    assert town.accepted(landing)[-1][1] == "D\ri"


def test_9_semicolon_and_decimal_comma_as_declared(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "delimiter": ";", "decimal": ","})
    landing = town.land("id;name;amount;day\n1;a;1,5;2026-01-01\n2;b;7;2026-01-01\n3;c;1.5;2026-01-01\n")
    assert [row[2] for row in town.accepted(landing)] == [1.5, 7.0]
    assert town.reasons(landing) == {3: ["amount.type"]}


def test_9_semicolon_not_declared(town: Town) -> None:
    told = refusal(town.land("id;name;amount;day\n1;a;1.5;2026-01-01\n"))
    assert told["what"] == "the file's delimiter is not the declared one"
    assert (told["found"], told["expected"]) == (";", ",")


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ":"])
def test_9_what_is_said_of_a_delimiter_works_when_it_is_done(town: Town, delimiter: str) -> None:
    data = GOOD.replace(",", delimiter)
    told = refusal(town.land(data))
    said = re.match(r"declare (delimiter: \S+) in the source's server", told["try"])
    assert said is not None, told["try"]
    assert yaml.safe_load(said[1]) == {"delimiter": delimiter}
    contract = town.contract.path
    written = contract.read_text(encoding="utf-8")
    _, value = said[1].split(": ", 1)
    more = f"- {{property: format, value: csv}}\n  - {{property: delimiter, value: {value}}}"
    block = "- property: format\n    value: csv"
    assert block in written
    contract.write_text(written.replace(block, more), encoding="utf-8")
    landing = replace(town, contract=load_contract(contract, Role.SOURCE)).land(data)
    assert (landing.outcome, landing.accepted) == ("accepted", 2)


def test_9_a_sheet_is_not_told_of_delimiters(make_town: MakeTown) -> None:
    town = make_town(server={"format": "xlsx"})
    with pytest.raises(Refusal, match="declared columns are missing"):
        match(["id;name;amount;day"], town.contract, dialect(town.contract))


def test_9_decimal_comma_not_declared(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "delimiter": ";"})
    told = refusal(town.land("id;name;amount;day\n1;a;1,5;2026-01-01\n2;b;2,5;2026-01-01\n"))
    assert told["what"] == "numbers are not written as declared"
    assert told["where"] == "things: column amount"


def test_9_mixed_line_ends(town: Town) -> None:
    told = refusal(town.land("id,name,amount,day\r\n1,a,1,2026-01-01\n2,b,2,2026-01-01\r\n"))
    assert told["what"] == "the file mixes line ends"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_9_one_kind_of_line_end_is_read(town: Town, end: str) -> None:
    landing = town.land(GOOD.replace("\n", end).removesuffix(end))
    assert [row[0] for row in town.accepted(landing)] == ["01", "02"]


def test_10_ambiguous_dates_without_a_format(town: Town) -> None:
    told = refusal(town.land("id,name,amount,day\n1,a,1,01/02/2026\n2,b,2,03/04/2026\n"))
    assert told["what"] == "dates could be day first or month first"
    assert told["where"] == "things: column day"


def test_10_the_same_dates_with_a_format(make_town: MakeTown) -> None:
    day = {"name": "day", "logicalType": "date", "classification": "public"}
    town = make_town({**day, "logicalTypeOptions": {"format": "dd/MM/yyyy"}}, {**day, "name": "other"})
    landing = town.land("day,other\n01/02/2026,2026-02-01\n31/02/2026,2026-02-01\n1/2/26,2026-02-01\n")
    assert town.accepted(landing) == [(date(2026, 2, 1), date(2026, 2, 1), 1)]
    assert town.reasons(landing) == {2: ["day.type"], 3: ["day.type"]}


def test_11_leading_zeros_stay(town: Town) -> None:
    assert town.accepted(town.land("id,name,amount,day\n00123,a,1,2026-01-01\n"))[0][0] == "00123"


def test_12_a_20_digit_integer_never_becomes_a_double(make_town: MakeTown) -> None:
    kinds = {"text": "string", "whole": "integer", "number": "number"}
    columns = [{"name": n, "logicalType": t, "classification": "public"} for n, t in kinds.items()]
    town = make_town(*columns)
    big = "12345678901234567890"
    landing = town.land(f"text,whole,number\n{big},1,1\n1,{big},1\n1,1,{big}\n1,9223372036854775807,9007199254740992\n")
    assert town.reasons(landing) == {2: ["whole.type"], 3: ["number.type"]}
    assert town.accepted(landing) == [(big, 1, 1.0, 1), ("1", 9223372036854775807, 9007199254740992.0, 4)]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-inf"])
def test_13_nan_and_infinity_fail_a_ranged_column(town: Town, value: str) -> None:
    landing = town.land(GOOD + f"03,c,{value},2026-01-01\n")
    assert town.reasons(landing) == {3: ["amount.range"]}


def test_14_missing_only_as_declared(town: Town, make_town: MakeTown) -> None:
    data = 'id,name,amount,day\n1,NA,,2026-01-01\n2,null,1,\n3,"",1,2026-01-01\n4,x,NA,2026-01-01\n'
    landing = town.land(data)
    assert [row[1] for row in town.accepted(landing)] == ["NA", "null", None]
    assert town.reasons(landing) == {4: ["amount.type"]}
    declared = make_town(server={"format": "csv", "missing": ["NA"]})
    landing = declared.land(data)
    assert declared.reasons(landing) == {1: ["amount.type"], 2: ["day.type"]}
    assert [row[1] for row in declared.accepted(landing)] == ["", "x"]


def test_14_what_was_received_is_shown_even_where_it_means_missing(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "missing": ["", "NA"]})
    landing = town.land(GOOD + ",NA,1,2026-01-01\n")
    number, reasons, sentence, raw = town.quarantined(landing)[0]
    assert (number, reasons) == (3, ["id.required"])
    assert sentence and "id" in sentence
    assert raw == '{"id":"","name":"NA","amount":"1","day":"2026-01-01"}'


def test_15_a_bad_type_far_down(town: Town) -> None:
    lines = [f"{n},x,1,2026-01-01" for n in range(300_000)]
    lines[299_998] = "299998,x,one,2026-01-01"
    landing = town.land("id,name,amount,day\n" + "\n".join(lines) + "\n")
    assert town.reasons(landing) == {299_999: ["amount.type"]}
    assert (landing.received, landing.accepted, landing.quarantined) == (300_000, 299_999, 1)


def test_16_a_column_added(town: Town) -> None:
    landing = town.land("new,id,name,amount,day\nx,1,a,1,2026-01-01\n")
    assert landing.outcome == "accepted"
    assert landing.drift == {"added": ["new"], "missing": []}


def test_16_a_column_missing_or_renamed(town: Town) -> None:
    landing = town.land("id,name,amounts,day\n1,a,1,2026-01-01\n")
    told = refusal(landing)
    assert told["what"] == "declared columns are missing from the file"
    assert told["found"] == "1 missing, 1 new. The column “amount” is gone; “amounts” looks like it"
    assert landing.drift == {"added": ["amounts"], "missing": ["amount"]}
    assert (landing.received, landing.rejected) == (1, 1)


def test_16_values_of_a_file_without_its_header_are_not_repeated(town: Town) -> None:
    landing = town.land("01,Secret Name,1.5,2026-01-02\n02,Bo,2,2026-01-03\n")
    assert refusal(landing)["found"] == "0 of 4 declared columns in a first record of 4 fields"
    assert "Secret" not in landing.to_json().decode()


def test_16_order_is_no_matter(town: Town) -> None:
    landing = town.land("day,amount,id,name\n2026-01-02,1.5,01,Ann\n")
    assert town.accepted(landing) == [("01", "Ann", 1.5, date(2026, 1, 2), 1)]


def test_17_duplicate_keys_refuse_the_file_and_are_set_aside(town: Town) -> None:
    landing = town.land(GOOD + "02,Secret Name,1,2026-01-01\n")
    told = refusal(landing)
    assert "things: id.unique" in str(told["where"]) or "id.unique" in str(told["where"])
    assert sorted(town.reasons(landing)) == [2, 3]
    assert landing.rejected == 3
    assert "Secret Name" not in str(landing.to_json())


def spring(zone: str) -> dict[str, Any]:
    return {
        "name": "at",
        "logicalType": "timestamp",
        "classification": "public",
        "logicalTypeOptions": {"format": "yyyy-MM-dd HH:mm", "defaultTimezone": zone, "minimum": "1990-01-01T00:00:00"},
    }


def test_19_hours_lost_to_daylight_saving_and_old_dates(make_town: MakeTown) -> None:
    town = make_town(spring("America/New_York"))
    data = "at\n2026-03-08 01:59\n2026-03-08 02:30\n2026-03-08 03:00\n2026-11-01 01:30\n1900-01-01 00:00\n"
    landing = town.land(data)
    assert [row[0] for row in town.accepted(landing)] == [
        datetime(2026, 3, 8, 6, 59),
        datetime(2026, 3, 8, 7, 0),
        datetime(2026, 11, 1, 5, 30),
    ]
    assert town.reasons(landing) == {2: ["at.type"], 5: ["at.range"]}
    assert "clocks were set forward" in town.quarantined(landing)[0][2]


def test_21_gzip_is_read(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "compression": "gzip"})
    assert town.land(gzip.compress(GOOD.encode())).accepted == 2
    two_members = gzip.compress(GOOD[:30].encode()) + gzip.compress(GOOD[30:].encode())
    assert town.land(two_members).accepted == 2


def test_21_gzip_that_is_none_cut_off_or_torn(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "compression": "gzip"})
    packed = gzip.compress(GOOD.encode())
    assert refusal(town.land(GOOD))["what"] == "a packed file cannot be unpacked"
    assert refusal(town.land(packed[:-9]))["what"] == "a packed file is cut off"
    torn = packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]
    assert refusal(town.land(torn))["what"] == "a packed file cannot be unpacked"


def test_21_gzip_where_none_was_declared(town: Town) -> None:
    assert refusal(town.land(gzip.compress(GOOD.encode())))["found"] == "a gzip file"


def test_21_bombs(make_town: MakeTown) -> None:
    from orchestration.ingest.caps import Caps

    town = make_town(server={"format": "csv", "compression": "gzip"})
    bomb = gzip.compress(GOOD.encode() + b"0" * (8 << 20))
    town.caps = Caps(ratio=50, ratio_from=1 << 20)
    assert refusal(town.land(bomb))["what"] == "a packed file is too large when unpacked"
    town.caps = Caps(unpacked_bytes=1 << 20)
    assert refusal(town.land(force=True))["what"] == "a packed file is too large when unpacked"


def test_values_never_reach_the_landing(town: Town) -> None:
    canary = "CANARY-7f3a"
    bad = f"1,{canary},x{canary},2026-01-01\n2,{canary}\n3,\x00{canary},1,2026-01-01\n"
    data = f"id,name,amount,day\n{bad}4,a,1,2026-01-01\n"
    landing = town.land(data)
    assert landing.quarantined == 3
    assert canary not in landing.to_json().decode()
    assert any(canary in row[3] for row in town.quarantined(landing))


def test_a_type_failure_is_not_told_twice(make_town: MakeTown) -> None:
    town = make_town({"name": "n", "logicalType": "integer", "required": True, "classification": "public"})
    landing = town.land("n\n1\nx\n\n2\n")
    assert town.reasons(landing) == {2: ["n.type"], 3: ["n.required"]}
    assert landing.reasons == {"n.required": 1, "n.type": 1}


def test_a_failing_rule_that_only_warns_lets_the_file_in(make_town: MakeTown) -> None:
    rule = {"type": "library", "metric": "rowCount", "mustBeGreaterThan": 5, "description": "More than five."}
    town = make_town(quality=[{**rule, "dimension": "coverage", "severity": "warning"}])
    landing = town.land(GOOD)
    told = {r["check_id"]: r["result"] for r in landing.rules}
    assert landing.outcome == "accepted"
    assert told["things.row_count"] == "warned"


def test_a_file_rule_refuses(make_town: MakeTown) -> None:
    rule = {"type": "library", "metric": "rowCount", "mustBeGreaterThan": 5, "description": "More than five."}
    town = make_town(quality=[{**rule, "dimension": "coverage", "severity": "error"}])
    told = refusal(town.land(GOOD))
    assert "things.row_count" in str(told["where"])
    assert "measured 2" in str(told["found"])
