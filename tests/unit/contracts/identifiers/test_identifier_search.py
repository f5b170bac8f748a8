"""Tables searched: what is planted is found, codes that look alike are not, and no value comes out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.engines.sql import parquet
from contracts.identifiers import chance
from contracts.identifiers import search as searching
from contracts.identifiers.columns import Column
from contracts.identifiers.search import Found, as_dict, pattern_of, search
from contracts.identifiers.table import BY_ID, KINDS

MANY = 100_000
TEXT = (
    "SELECT 'Pothole near ' || (i % 9000) || ' W ' || (i % 200) || ' ST, ticket 311-' || lpad(i::VARCHAR, 8, '0') "
    "|| ', opened 2024-01-' || lpad((1 + i % 28)::VARCHAR, 2, '0') AS note FROM range({n}) t(i)"
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config={"threads": 2}) as made:
        yield made


def found_in(
    connection: duckdb.DuckDBPyConnection, query: str, *names: str, country: str = "US", types: str = "VARCHAR"
) -> tuple[Found, ...]:
    connection.execute(f"CREATE OR REPLACE TABLE looked_at AS {query}")
    return search(connection, "looked_at", [Column(n, types) for n in names or ("note",)], country)


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred thousand texts in a Parquet file, each different."""
    path = tmp_path_factory.mktemp("notes") / "notes.parquet"
    duckdb.sql(f"COPY ({TEXT.format(n=MANY)}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.mark.parametrize(
    ("planted", "kind", "country"),
    [
        ("write to ana.perez@correo.example.org please", "email", "CO"),
        ("paid with 4111 1111 1111 1111", "card", "US"),
        ("card 4111111111111111 charged", "card", "US"),
        ("SSN 536-90-4399 on file", "us_ssn", "US"),
        ("CPF do solicitante: 390.533.447-05", "br_cpf", "CO"),
        ("CURP BOXW310820HNERXN09", "mx_curp", "MX"),
        ("RFC: GODE561231GR8.", "mx_rfc", "MX"),
        ("cuil 20-05536168-2", "ar_cuit", "AR"),
        ("rut 12.531.909-2", "cl_rut", "CL"),
        ("cédula 1.020.304.050 de Bogotá", "named_id", "CO"),
        ("DNI nº 30.111.222", "named_id", "AR"),
        ("001-1391820-5 llamó dos veces", "do_cedula", "DO"),
        ("call (212) 736-5000 after six", "phone", "US"),
        ("call 212-736-5000 after six", "phone_north_america", "US"),
        ("llamar al +57 601 382 0660", "phone", "CO"),
    ],
)
def test_one_planted_among_a_hundred_thousand_is_found(
    connection: duckdb.DuckDBPyConnection, notes: Path, tmp_path: Path, planted: str, kind: str, country: str
) -> None:
    more = tmp_path / "more.parquet"
    duckdb.sql(f"COPY (SELECT '{planted}' AS note) TO '{more}' (FORMAT parquet)")
    clean = search(connection, parquet([notes]), [Column("note", "VARCHAR")], country)
    assert clean == (), "ticket numbers and house numbers are no identifiers"
    found = search(connection, parquet([notes, more]), [Column("note", "VARCHAR")], country)
    assert [(f.kind, f.values) for f in found if not f.of_company] == [(kind, 1)]


def test_in_a_column_full_of_look_alikes_another_kind_is_still_found(connection: duckdb.DuckDBPyConnection) -> None:
    codes = (
        "SELECT format('{:03d}-{:02d}-{:04d}', i * 7919 % 1000, i * 31 % 100, i * 997 % 10000) AS note "
        "FROM range(60000) t(i)"
    )
    one = "SELECT 'ana.perez@example.org'"
    found = found_in(connection, f"{codes} UNION ALL {one}")
    assert [f.kind for f in found] == ["email"], "and the codes in the form of an SSN are known for codes"
    assert searching.FULL < 60_000


def random_digits(length: int, many: int, start: str = "") -> list[str]:
    rng = random.Random(f"{length}{start}")
    return [start + "".join(rng.choices("0123456789", k=length - len(start))) for _ in range(many)]


def values(texts: list[str]) -> str:
    listed = ", ".join("'" + text + "'" for text in texts)
    return f"SELECT unnest([{listed}]) AS note"


COUNTRIES = ("US", "CA", "MX", "BR", "AR", "CL", "CO", "EC", "UY", "DO", "GT", "SV", "PE", "CU")


def test_columns_of_codes_hold_none(connection: duckdb.DuckDBPyConnection) -> None:
    lengths = (8, 9, 10, 11, 13, 14, 16)
    columns = {f"random_{n}": random_digits(n, 300) for n in lengths}
    columns |= {f"serial_{n}": [f"{10 ** (n - 1) + 37 * i}" for i in range(300)] for n in lengths}
    query = ", ".join(f"unnest({texts!r}) AS {name}" for name, texts in columns.items())
    connection.execute(f"CREATE TABLE codes AS SELECT {query}")
    for country in COUNTRIES:
        assert search(connection, "codes", [Column(name, "VARCHAR") for name in columns], country) == (), country


@pytest.mark.parametrize(
    ("kind", "length", "country"),
    [
        ("ca_sin", 9, "CA"),
        ("br_cpf", 11, "US"),
        ("ec_ci", 10, "EC"),
        ("ar_cuit", 11, "AR"),
        ("cl_rut", 9, "CL"),
        ("uy_ci", 8, "UY"),
        ("do_cedula", 11, "DO"),
        ("mx_nss", 11, "MX"),
        ("card", 16, "US"),
        ("br_cnpj", 14, "BR"),
    ],
)
@pytest.mark.parametrize("type_name", ["VARCHAR", "BIGINT"])
def test_a_column_of_identifiers_is_found(
    connection: duckdb.DuckDBPyConnection, kind: str, length: int, country: str, type_name: str
) -> None:
    starts = {"ar_cuit": "20", "card": "4", "ec_ci": "17", "cl_rut": "1"}
    check, kept = BY_ID[kind].check, list[str]()
    for text in random_digits(length, 45, starts.get(kind, "")):
        # the check digits of any number are among the last hundred
        kept += next(([made] for n in range(100) if check(made := f"{text[:-2]}{n:02d}")), [])
    query = f"SELECT CAST(note AS {type_name}) AS note FROM ({values(kept[:40])})"
    found = {f.kind: f for f in found_in(connection, query, country=country, types=type_name)}
    assert kind in found
    assert found[kind].how == ("form" if kind == "card" and type_name == "VARCHAR" else "share")
    assert found[kind].values >= 10
    mixed = kept[:40] + random_digits(length, 20)
    assert kind in {f.kind for f in found_in(connection, values(mixed), country=country)}


def test_without_a_check_digit_the_columns_name_tells(connection: duckdb.DuckDBPyConnection) -> None:
    eight = values(random_digits(8, 50, "3"))
    for name in ("case_number", "dni", "numero_dni", "DniSolicitante"):
        query = f'SELECT note AS "{name}" FROM ({eight})'
        found = [f.kind for f in found_in(connection, query, name, country="AR")]
        assert found == ([] if name == "case_number" else ["named_id"])
    ten = values(random_digits(10, 50, "61"))
    assert found_in(connection, f"SELECT note AS phone FROM ({ten})", "phone")[0].how == "name"
    connection.execute(f"CREATE OR REPLACE TABLE looked_at AS {ten}")
    assert search(connection, "looked_at", [Column("note", "VARCHAR", ("Contact phone",))], "US") != ()


def test_numbers_that_are_measures_and_other_types_are_passed_over(connection: duckdb.DuckDBPyConnection) -> None:
    query = (
        "SELECT 390533447.05 + i AS money, DATE '2024-01-01' AS day, true AS flag, [1, 2] AS listed FROM range(50) t(i)"
    )
    connection.execute(f"CREATE OR REPLACE TABLE looked_at AS {query}")
    columns = [
        Column("money", "DOUBLE"),
        Column("day", "DATE"),
        Column("flag", "BOOLEAN"),
        Column("listed", "INTEGER[]"),
    ]
    assert search(connection, "looked_at", columns, "BR") == ()
    nested = "SELECT {'mail': 'ana@example.org'} AS note"
    assert [f.kind for f in found_in(connection, nested, types="STRUCT(mail VARCHAR)")] == ["email"]


def test_shapes_of_the_earth_and_addresses_of_the_web_are_none(connection: duckdb.DuckDBPyConnection) -> None:
    texts = [
        "POLYGON((-73.98765432109876 40.71234567890123,-73.5555555555554444 40.4111111111111111))",
        "https://example.org/4111111111111111/536-90-4399-1",
        "5df41881-3aed-3515-88a7-2f4a814cf09e",
        "2024-01-15T10:20:30-05:00",
        "v1.2.3-45",
        "10.390.533.447-05.1",
    ]
    assert found_in(connection, values(texts)) == ()


def test_the_answer_is_the_same_with_any_number_of_threads_and_holds_no_value(notes: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.parquet"
    duckdb.sql(
        "COPY (SELECT 'tel (212) 736-' || lpad(i::VARCHAR, 4, '0') AS note FROM range(9000) t(i) "
        f"UNION ALL SELECT 'x' || i || '@example.org' FROM range(30000) t(i)) TO '{more}' (FORMAT parquet)"
    )
    answers = []
    for threads in (1, 2):
        with duckdb.connect(":memory:", config={"threads": threads}) as connection:
            answers.append(search(connection, parquet([more, notes]), [Column("note", "VARCHAR")], "US"))
    assert answers[0] == answers[1]
    told = {f.kind: f for f in answers[0]}
    assert set(told) == {"email", "phone"}
    assert told["email"].is_sampled
    assert not told["phone"].is_sampled or told["phone"].values > 100
    for found in answers[0]:
        assert set(asdict(found)) == {"column", "kind", "values", "alike", "how", "is_sampled"}
        assert "736" not in str(as_dict(found))
        assert "@" not in str(as_dict(found))


PIECES = st.sampled_from(
    [
        *("390.533.447-05", "ana@example.org", "ñandú.pérez@correo.gob.ar", "4111 1111 1111 1111", "536-90-4399"),
        *("(212) 736-5000", "+57 601 3820660", "20-05536168-2", "nº ", "cédula 1.020.304.050", "BOXW310820HNERXN09"),
        *("12.531.909-2", "DNI: 30111222", "tel ", "3001234567", "V-11470283-4", "CPF n.º 39053344705", "SSN "),
        *(" ", "x", "-", ".", ",", "/", "é", "1", "07", "\n", "_", "\u00a0", "\u2013"),
    ]
)


@given(st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=40, max_size=40))
@settings(max_examples=8, deadline=None)
def test_duckdb_lets_no_text_pass_that_python_would_find(texts: list[str]) -> None:
    with duckdb.connect(":memory:") as connection:
        for country in ("CO", "US"):
            forms = [form for kind in KINDS for form in kind.forms_in(country)]
            for number, text in enumerate(texts):
                if any(form.regex.search(text) for form in forms):
                    hit = connection.execute("SELECT regexp_matches(?, ?)", [text, pattern_of(forms)]).fetchone()
                    assert hit == (True,), number


def test_chance_is_the_binomial_tail() -> None:
    assert chance.tail(0, 10, 0.1) == 1.0
    assert chance.tail(10, 10, 0.1) == pytest.approx(1e-10)
    assert chance.tail(1, 10, 0.1) == pytest.approx(1 - 0.9**10)
    assert chance.tail(11, 10, 0.1) == 0.0
    assert chance.tail(5, 5, 1.0) == 1.0


@pytest.mark.parametrize(
    ("kept", "alike", "p", "doubt", "answer"),
    [
        (1, 1, 0.1, 25, True),
        (1, 24, 0.1, 25, True),
        (3, 30, 0.1, 25, False),
        (12, 30, 0.1, 25, True),
        (0, 3, 1.0, 25, False),
        (40, 40, 0.88, 25, True),
        (35, 40, 0.88, 25, False),
        (1, 5, 0.1, 5, False),
    ],
)
def test_few_in_a_form_are_believed_many_are_weighed(kept: int, alike: int, p: float, doubt: int, answer: bool) -> None:
    assert chance.are_marked(kept, alike, p, doubt) is answer
