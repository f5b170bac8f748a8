"""A small invented city with releases on disk, written as the gate writes them, for tests of the catalogue.

Monthly requests of five districts over two and a half years; the South's streetlights are slow since a known
month. Their figures are measures: one by area, group and an earlier definition, one of counts, one without a figure.
One product is held, one was never published, one withdrawn, one taken back to an older release; one source
is restricted, one hidden; names that must never reach the public carry ``SECRET``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from contracts import kept
from contracts.city import City, Decision, Person, Problem, Publisher
from contracts.evidence import EntryKind, Ledger
from contracts.home import CityHome
from contracts.measure import PRODUCT as MEASURES
from contracts.measure import Earlier, Formula, Measure
from contracts.model import (
    Contract,
    Delivery,
    Member,
    Place,
    Property,
    Role,
    SchemaObject,
    ServiceLevel,
    Step,
    Text,
)
from contracts.release import Commit, InputRef, KeptFile, Manifest, ManifestColumn, commit_name

CHECKED_AT = datetime(2026, 11, 2, 6, 10, tzinfo=UTC)
AS_OF = "2026-11-01T05:00:00+00:00"
HERE = Place("site_world.py", 1)
SECRETS = ("SECRET_column", "SECRET_rule", "SECRET_source", "SECRET_value", "secret-hidden", "SECRET hidden product")
"""What no public page may hold."""


def text(en: str, es: str = "") -> Text:
    return Text(en, {"es": es} if es else {})


def column(name: str, kind: str, tier: str, said: Text, **more: Any) -> Property:
    physical = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP",
                "boolean": "BOOLEAN"}  # fmt: skip
    position = more.pop("key", None)
    return Property(
        name=name,
        logical_type=kind,
        physical_type=physical[kind],
        required=position is not None,
        unique=False,
        primary_key_position=position,
        classification=tier,
        classified=True,
        description=said,
        options={},
        quality=(),
        place=HERE,
        **more,
    )


def contract(role: Role, name: str, title: Text, columns: Sequence[Property], **more: Any) -> Contract:
    levels = [
        ServiceLevel("frequency", 1, "m", None, HERE),
        *(ServiceLevel("latency", 5, "d", f"{name}.{e}", HERE) for e in more.pop("event_time", ())),
    ]
    facts: dict[str, Any] = {
        "purpose": text(f"What {title.default} is for. And a second sentence.", f"Para qué sirve {title.default}."),
        "limitations": text("Only what residents report.", "Solo lo que los residentes reportan."),
        "usage": text("Read the months as a whole.", "Lea los meses completos."),
        "tier": "public",
        "renditions": ("internal", "public") if role is Role.PRODUCT else (),
        "team": (Member("steward@ribera.example", "steward"), Member("owner@ribera.example", "owner")),
        **more,
    }
    return Contract(
        id=f"{role.value}/{name}",
        role=role,
        name=name,
        title=title,
        version="1.0.0",
        status="active",
        servers=(),
        object=SchemaObject(name, "table", text(""), tuple(columns), (), HERE, grain="One row per month and district."),
        service_levels=tuple(levels),
        path=Path(f"{name}.odcs.yaml"),
        sha256="c" * 64,
        **facts,
    )


def products() -> dict[str, Contract]:
    month = column("month", "date", "public", text("First day of the month.", "Primer día del mes."), key=1,
                   title=text("Month", "Mes"), step=Step("generalise_date", "1.0.0", {"to": "month"}))  # fmt: skip
    district = column("district_id", "string", "public", text("The district.", "El distrito."), key=2)
    monthly = [
        month,
        district,
        column("district_name", "string", "public", text("Its name.", "Su nombre.")),
        column("category", "string", "public", text("The kind of service.", "El tipo de servicio."), key=3),
        column("opened", "integer", "public", text("Requests opened.", "Solicitudes abiertas."),
               title=text("Opened", "Abiertas"), step=Step("count_with_min_cell", "1.0.0", {"k": "minimumCell"})),
        column("median_days", "number", "public", text("Median days to close.", "Mediana de días."), unit="days"),
        column("SECRET_column", "integer", "internal", text("Exact requests opened.")),
    ]  # fmt: skip
    measured = [
        *(column(name, "string", "public", text(said), key=n) for n, (name, said) in enumerate((
            ("measure_id", "Which measure."), ("measure_version", "Which definition."),
            ("group_dimension", "By what the figure is told apart."), ("group_id", "Which group."),
            ("area_id", "Which area; all for the whole city."),
        ), start=1)),
        column("period", "date", "public", text("First day of the month.", "Primer día del mes."), key=6,
               step=Step("generalise_date", "1.0.0", {"to": "month"})),
        column("area_name", "string", "public", text("The area's name.", "El nombre del área.")),
        column("formula_digest", "string", "public", text("How it is worked out.")),
        column("is_complete_month", "boolean", "public", text("Whether the month is whole.")),
        column("numerator", "integer", "public", text("What stands above the line.")),
        column("denominator", "integer", "public", text("What stands below it.")),
        column("value", "number", "public", text("The figure.", "La cifra.")),
        column("value_low", "number", "public", text("The lower end of its interval.")),
        column("value_high", "number", "public", text("The upper end of its interval.")),
        column("n", "integer", "public", text("Cases behind it.")),
        column("is_suppressed", "boolean", "public", text("Whether it is hidden.")),
        column("is_unreached", "boolean", "public", text("Whether it is still running.")),
        column("minimum_cell", "integer", "public", text("The least number of cases shown.")),
    ]  # fmt: skip
    simple = [district, column("population", "integer", "public", text("Residents.", "Habitantes."))]
    return {
        "requests_monthly": contract(
            Role.PRODUCT, "requests_monthly", text("Service requests by month", "Solicitudes por mes"), monthly,
            tier="internal", practice="performance", event_time=("month",),
            why_not_public=text("Small counts can point at one household.", "Un recuento pequeño señala un hogar."),
            how_to_ask=text("City staff may ask the owner.", "El personal puede pedirlo al responsable."),
        ),
        "districts": contract(Role.PRODUCT, "districts", text("Districts", "Distritos"), simple),
        MEASURES: contract(
            Role.PRODUCT, MEASURES, text("Figures of all measures", "Cifras de todas las medidas"), measured,
            practice="performance", event_time=("period",),
        ),
        "budget": contract(Role.PRODUCT, "budget", text("Budget by district", "Presupuesto por distrito"), simple),
        "old_list": contract(Role.PRODUCT, "old_list", text("Old list of streets", "Lista vieja de calles"), simple),
        "staff_hours": contract(
            Role.PRODUCT, "staff_hours", text("Hours of crews", "Horas de las cuadrillas"),
            [district, column("SECRET_column", "integer", "internal", text("Hours."))],
            tier="internal", renditions=("internal",),
            why_not_public=text("It tells where crews are.", "Dice dónde están las cuadrillas."),
            how_to_ask=text("Write to the owner.", "Escriba al responsable."),
        ),
        "hidden_one": contract(
            Role.PRODUCT, "hidden_one", text("SECRET hidden product"), simple,
            tier="restricted", renditions=("restricted",), inventory="hidden",
        ),
    }  # fmt: skip


def sources() -> dict[str, Contract]:
    return {
        "SECRET_source": contract(
            Role.SOURCE, "SECRET_source", text("Register of requests", "Registro de solicitudes"),
            [column("SECRET_column", "string", "restricted", text("Who asked."), key=1),
             column("opened_on", "timestamp", "public", text("When it was opened."))],
            tier="restricted", delivery=Delivery.SNAPSHOT, licence_in="Property of the city",
            why_not_public=text("It names residents.", "Nombra a residentes."),
            how_to_ask=text("Write to the owner.", "Escriba al responsable."),
        ),
        "district_map": contract(
            Role.SOURCE, "district_map", text("Map of districts", "Mapa de distritos"),
            [column("district_id", "string", "public", text("The district."), key=1)],
            delivery=Delivery.SNAPSHOT, licence_in="https://example.org/licence",
        ),
        "secret_hidden": contract(
            Role.SOURCE, "secret_hidden", text("secret-hidden source"),
            [column("SECRET_column", "string", "restricted", text("x"), key=1)],
            tier="restricted", inventory="hidden",
        ),
    }  # fmt: skip


def measures() -> dict[str, Measure]:
    """Three measures: days, which is answered by, a count, and one that no problem names and no release holds."""
    crews = Person(text("Head of crews", "Jefa de cuadrillas"), "Inés Vela", "crews@ribera.example")
    days = Formula(
        "ratio", "requests_monthly", {"category": ("Streetlight",)}, numerator="median_days", denominator="opened"
    )
    return {
        "days": Measure(
            id="days",
            version="1.1.0",
            title=text("Days to mend a streetlight", "Días para reparar una luminaria"),
            definition=text("Days from the report to the lamp that burns.", "Días del reporte a la luz encendida."),
            formula=days,
            unit=text("days", "días"),
            direction="lower",
            owner=crews,
            gaming=text("Closing a case before the lamp burns.", "Cerrar un caso antes de que la luz vuelva."),
            target=4.0,
            target_by=date(2026, 12, 31),
            groups=("channel",),
            earlier=(
                Earlier(
                    "1.0.0", date(2025, 7, 1), text("Days to the crew's visit.", "Días hasta la visita."),
                    replace(days, per=2.0),
                    text("A visit mends nothing.", "Una visita no repara nada."),
                ),
            ),
        ),
        "opened": Measure(
            id="opened",
            version="1.0.0",
            title=text("Streetlights reported", "Luminarias reportadas"),
            definition=text("Reports of dark streetlights.", "Reportes de luminarias apagadas."),
            formula=Formula("count", "requests_monthly", {"category": ("Streetlight",)}, numerator="opened"),
            unit=text("reports", "reportes"),
            direction="none",
            owner=crews,
            gaming=text("None known.", "Ninguna conocida."),
        ),
        "spent": Measure(
            id="spent",
            version="1.0.0",
            title=text("Spending per resident", "Gasto por habitante"),
            definition=text("What was spent on lamps.", "Lo gastado en luminarias."),
            formula=Formula("ratio", "budget", {}, numerator="spent", denominator="population"),
            unit=text("pesos", "pesos"),
            direction="none",
            owner=crews,
            gaming=text("Moving costs to another budget.", "Pasar costos a otro presupuesto."),
        ),
    }  # fmt: skip


def problem() -> Problem:
    return Problem(
        id="streetlights",
        practice="performance",
        title=text("Streetlights", "Alumbrado"),
        question=text("Why do streetlights stay dark longer in the South?", "¿Por qué tarda más el alumbrado del Sur?"),
        why=text("People walk home after dark.", "La gente vuelve a pie de noche."),
        decision=Decision(
            text("Renew the maintenance contract", "Renovar el contrato de mantenimiento"),
            text("Director of Works", "Directora de Obras"),
            date(2027, 1, 15),
        ),
        users=(text("Works department", "Obras"),),
        owner=Person(
            text("Steward of works data", "Responsable de los datos de obras"), "Ana Ruiz", "works@ribera.example"
        ),
        products=("requests_monthly", "districts", "hidden_one"),
        measure=measures()["days"].reading(),
        measures=("days", "opened"),
        not_said=text("Lights that nobody reported.", "Las luces que nadie reportó."),
        review_date=date(2027, 3, 1),
        place=HERE,
    )


def city(**more: Any) -> City:
    facts: dict[str, Any] = {
        "id": "ribera",
        "folder": Path("cities/ribera"),
        "name": text("Ribera", "Ribera"),
        "country": "CO",
        "timezone": "America/Bogota",
        "languages": ("en", "es"),
        "environment": "development",
        "publisher": Publisher(text("Ribera, Office of Data", "Ribera, Oficina de Datos"), "data@ribera.example", None),
        "licence": "CC-BY-4.0",
        "minimum_cell": 10,
        "portals": {},
        "sources": sources(),
        "staging": {},
        "products": products(),
        "problems": {"streetlights": problem()},
        "measures": measures(),
        "rulings": (),
        "unavailable": {"tenders": text("no tenders source", "sin fuente de licitaciones")},
        "site_url": "https://data.ribera.example",
    }
    return City(**{**facts, **more})


NAMES = {"01": "North", "02": "Centre", "03": "West", "04": "East", "05": "South"}


def monthly_rows(months: int = 30) -> str:
    """SQL of the monthly product: the South's streetlights are slow from May 2026."""
    values = ", ".join(f"('{k}', '{v}')" for k, v in NAMES.items())
    return f"""
        SELECT CAST(m AS DATE) AS month, d.id AS district_id, d.name AS district_name, c AS category,
               CAST(40 + (hash(d.id || CAST(m AS VARCHAR) || c) % 30) AS BIGINT) AS opened,
               CASE WHEN d.id = '03' AND c = 'Pothole' THEN NULL ELSE round(
                   4.4 + CAST(d.id AS INTEGER) * 0.12 + (hash(d.id || c || CAST(m AS VARCHAR)) % 9) / 10.0 - 0.4
                   + CASE WHEN d.id = '05' AND c = 'Streetlight' AND m >= DATE '2026-05-01' THEN 3.4 ELSE 0 END
               , 1) END AS median_days,
               CAST(7 AS BIGINT) AS "SECRET_column"
        FROM (SELECT unnest(generate_series(DATE '2026-10-01' - INTERVAL {months - 1} MONTH, DATE '2026-10-01',
                                            INTERVAL 1 MONTH)) AS m),
             (VALUES {values}) AS d (id, name), (VALUES ('Pothole'), ('Streetlight')) AS k (c)
        ORDER BY month, district_id, category
    """


def measure_rows(months: int = 30) -> str:
    """SQL of the measures: by district and the whole city; the days also by channel, need and earlier definition."""
    hide = "opened < 44 AND area_id = '04'"
    return f"""
        WITH monthly AS (SELECT * FROM ({monthly_rows(months)}) WHERE category = 'Streetlight'),
        placed AS (
            SELECT district_id AS area_id, district_name AS area_name, month, median_days, opened FROM monthly
            UNION ALL SELECT 'all', 'all', month, round(avg(median_days), 1), sum(opened) FROM monthly GROUP BY month),
        days AS (
            SELECT '1.1.0' AS version, 'all' AS dimension, 'all' AS group_id, * FROM placed
            UNION ALL SELECT '1.0.0', 'all', 'all', area_id, area_name, month, round(median_days - 1, 1), opened
                      FROM placed WHERE month < DATE '2025-10-01'
            UNION ALL SELECT '1.1.0', 'channel', g.id, area_id, area_name, month, round(median_days + g.more, 1),
                             opened // 2
                      FROM placed, (VALUES ('app', -0.5), ('phone', 0.5)) AS g (id, more) WHERE area_id = 'all'
            UNION ALL SELECT '1.1.0', 'index:need', area_id, 'all', 'all', month, median_days, opened
                      FROM (SELECT '' || CAST(area_id AS INTEGER) AS area_id, month, median_days, opened
                            FROM placed WHERE area_id <> 'all')),
        rows AS (
            SELECT 'days' AS measure_id, version, dimension, group_id, area_id, area_name, month,
                   opened - 2 AS numerator, opened AS denominator, median_days AS value,
                   round(median_days - 0.4, 1) AS low, round(median_days + 0.4, 1) AS high, opened AS n, FALSE AS hidden
            FROM days
            UNION ALL
            SELECT 'opened', '1.0.0', 'all', 'all', area_id, area_name, month, seen, NULL, seen, NULL, NULL, seen,
                   {hide}
            FROM (SELECT *, CASE WHEN NOT ({hide}) THEN opened END AS seen FROM placed))
        SELECT measure_id, version AS measure_version, dimension AS group_dimension, group_id, area_id, month AS period,
               area_name, 'abcdef012345' AS formula_digest, TRUE AS is_complete_month,
               CAST(numerator AS BIGINT) AS numerator, CAST(denominator AS BIGINT) AS denominator,
               CAST(value AS DOUBLE) AS value, CAST(low AS DOUBLE) AS value_low, CAST(high AS DOUBLE) AS value_high,
               CAST(n AS BIGINT) AS n, hidden AS is_suppressed, FALSE AS is_unreached,
               CAST(10 AS BIGINT) AS minimum_cell
        FROM rows
        UNION ALL
        SELECT 'days', '1.1.0', 'all', 'all', 'all', DATE '2026-11-01', 'all', 'abcdef012345', FALSE, 1, 1, 99.0, 98.0,
               100.0, 1, FALSE, FALSE, 10
        ORDER BY ALL
    """


def no_rows(of: City, product: str) -> str:
    """SQL of a release without rows, for tests that look at how a product stands and not at its data."""
    columns = ", ".join(f'NULL AS "{p.name}"' for p in of.products[product].columns)
    return f"SELECT {columns} WHERE false"


DISTRICT_ROWS = "SELECT * FROM (VALUES ('01', 41210), ('02', 63904), ('03', 38117)) AS d (district_id, population)"


def rule(rule_id: str, sentence: Text, **more: Any) -> dict[str, Any]:
    return {
        "id": rule_id,
        "kind": "required",
        "columns": ["month"],
        "text": {"en": sentence.default, **sentence.translations},
        "dimension": "completeness",
        "severity": "error",
        "result": "passed",
        "examined": 300,
        "failed": 0,
        "nulls": 0,
        "value": 0,
        "threshold": {"operator": "mustBe", "value": 0, "unit": "rows"},
        "engines": {"scan": "passed", "great_expectations": "passed"},
        "query": "SELECT count(*) FILTER (WHERE month IS NULL) FROM data",
        "proof": {"mutation": {"en": "one month set to null", "es": "un mes quedó sin valor"}, "caught": True},
        "detail": "",
        **more,
    }


def quality(product: str, tier: str, version: int | None, **more: Any) -> dict[str, Any]:
    known = {"received": 2000, "accepted": 1962, "quarantined": 37, "rejected": 1}
    unknown = dict.fromkeys(known)
    source = "SECRET_source" if tier != "public" else "Register of requests"
    rules = [rule("month.required", text("Every row has a month.", "Toda fila tiene un mes."))]
    if tier != "public":
        rules.append(rule("SECRET_rule", text("No exact count is negative."), columns=["SECRET_column"],
                          proof={"mutation": "one count made negative", "caught": True}))  # fmt: skip
    return {
        "format_version": 1,
        "city": "ribera",
        "product": product,
        "tier": tier,
        "version": version,
        "outcome": "published" if version else "held",
        "as_of": AS_OF,
        "data_to": "2026-10-01T00:00:00+00:00",
        "rows": 300,
        "contract": {"id": f"product/{product}", "version": "1.0.0", "sha256": "c" * 64},
        "rules": rules,
        "gate": [rule("reconciliation", text("The sums add up.", "Las sumas cuadran."), kind="gate", columns=[],
                      query="", engines={}, proof=None, dimension="consistency")],
        "reasons": [],
        "reconciliation": {
            "sources": [{"source": source, **(known if tier != "public" else unknown)},
                        {"source": "district_map", "received": 5, "accepted": 5, "quarantined": 0, "rejected": 0}],
            "product_rows": 300,
        },
        **more,
    }  # fmt: skip


def lineage(product: str, tier: str) -> dict[str, Any]:
    source: dict[str, Any] = {"id": "source.SECRET_source", "kind": "source", "name": "SECRET_source",
                              "title": "Register of requests", "tier": "restricted"}  # fmt: skip
    if tier == "public":
        source = {"id": "hidden-1", "kind": "source", "title": "Register of requests"}
    return {
        "format_version": 1,
        "nodes": [
            source,
            {"id": f"mart.{product}", "kind": "mart", "name": product, "title": "By month", "tier": "public"},
            {"id": f"release.{product}", "kind": "release", "name": product, "title": "By month", "tier": "public"},
        ],
        "edges": [[source["id"], f"mart.{product}"], [f"mart.{product}", f"release.{product}"]],
    }


@dataclass(frozen=True)
class World:
    """The city and its state."""

    city: City
    home: CityHome

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.home.ledger)

    def release(self, product: str, version: int, sql: str, committed_at: str, **more: Any) -> dict[str, str]:
        """Write one version for every rendition; gives the sha256 of each tier's manifest.

        ``made_from`` names its inputs where they are not the usual two.
        """
        made_from = more.pop("made_from", None)
        contract_of = self.city.products[product]
        digests = {}
        for tier in contract_of.renditions:
            order = ("public", "internal", "confidential", "restricted")
            seen = [p for p in contract_of.columns if order.index(p.classification) <= order.index(tier)]
            folder = self.home.release_dir(tier, product) / str(version)
            folder.mkdir(parents=True)
            listed = ", ".join(f'"{p.name}"' for p in seen)
            with duckdb.connect() as connection:
                for file, form in (("data.parquet", "PARQUET"), ("data.csv", "CSV, HEADER")):
                    connection.execute(f"COPY (SELECT {listed} FROM ({sql})) TO '{folder / file}' (FORMAT {form})")
                found = connection.execute(f"SELECT count(*) FROM '{folder / 'data.parquet'}'").fetchone()
            assert found is not None
            parts = {"quality.json": quality(product, tier, version), "lineage.json": lineage(product, tier)}
            for file, value in parts.items():
                (folder / file).write_bytes(kept.canonical_json(value))
            media = {"data.parquet": "application/vnd.apache.parquet", "data.csv": "text/csv"}
            files = [
                KeptFile(
                    f, kept.sha256_file(folder / f), (folder / f).stat().st_size, None, media.get(f, "application/json")
                )
                for f in ("data.parquet", "data.csv", "quality.json", "lineage.json")
            ]
            known: dict[str, Any] = {"sha256": "a" * 64, "retrieved_at": AS_OF}
            known |= {"received": 2000, "accepted": 1962, "quarantined": 37, "rejected": 1}
            source = InputRef("SECRET_source", **known) if tier != "public" else InputRef("Register of requests")
            manifest = Manifest(
                city=self.city.id,
                product=product,
                tier=tier,
                version=version,
                contract={"id": contract_of.id, "version": "1.0.0", "sha256": "c" * 64},
                as_of=AS_OF,
                data_to="2026-10-01T00:00:00+00:00" if contract_of.event_time else None,
                rows=int(found[0]),
                content_sha256="d" * 64,
                files=tuple(files),
                columns=tuple(ManifestColumn(p.name, p.physical_type, p.description.default, p.unit) for p in seen),
                inputs=made_from or (source, InputRef("district_map", "b" * 64, AS_OF, 5, 5, 0, 0)),
                code={"engine_sha256": "e" * 64, "git_commit": "unknown"},
                previous=version - 1 or None,
                **more,
            )
            (folder / "manifest.json").write_bytes(manifest.to_json())
            digests[tier] = kept.sha256_bytes(manifest.to_json())
            self.commit(tier, product, "publish", version, digests[tier], committed_at)
        self.ledger.append(EntryKind.PUBLICATION, {"product": product, "version": version}, CHECKED_AT)
        return digests

    def commit(
        self, tier: str, product: str, action: Any, version: int | None, digest: str | None, at: str, reason: str = ""
    ) -> None:
        n = len(list((self.home.release_dir(tier, product) / "commits").glob("*.json"))) + 1
        commit = Commit(n, action, version, digest, "1", at, reason)
        self.home.shelf.create_if_absent(commit_name(tier, product, n), commit.to_json())

    def refuse(
        self, product: str, at: str, reasons: Sequence[Mapping[str, Any]], reports: Mapping[str, Any], **more: Any
    ) -> None:
        evidence = kept.canonical_json({"format_version": 1, "product": product, "tiers": reports, **more})
        digest = kept.sha256_bytes(evidence)
        kept.create_if_absent(self.home.ledger / "evidence" / f"{digest}.json", evidence)
        self.ledger.append(
            EntryKind.REFUSAL,
            {
                "product": product,
                "checked_at": at,
                "reasons": list(reasons),
                "evidence_sha256": digest,
                "run": "r2",
                "served_version": 2,
            },
            CHECKED_AT,
        )

    def landing(self, source: str, n: int, **more: Any) -> None:
        entry = {
            "format_version": 1,
            "n": n,
            "source": source,
            "outcome": "accepted",
            "address": "file:///SECRET_value/requests.csv",
            "retrieved_at": "2026-11-01T05:00:00+00:00",
            "received": 2000,
            "accepted": 1962,
            "quarantined": 37,
            "rejected": 1,
            "rules": [],
            "reasons": {},
            "drift": {"added": [], "missing": []},
            "refusal": None,
            **more,
        }
        kept.create_if_absent(self.home.raw / source / "landings" / f"{n}.json", kept.canonical_json(entry))


HELD_BECAUSE = "The number of rows changes by no more than half"
ENGINES_WORDS = f"{HELD_BECAUSE} (did not hold: 300; mustBe 120)."


def held_report(tier: str) -> dict[str, Any]:
    failed = rule(
        "rowCountChange",
        text(f"{HELD_BECAUSE}.", "El número de filas cambia a lo más en la mitad."),
        kind="gate", result="failed", failed=1, detail="300 rows before, 120 now", engines={}, proof=None, query="",
        value=-0.6, threshold={"operator": "mustBeBetween", "value": [-0.5, 0.5], "unit": "share"},
    )  # fmt: skip
    return quality("requests_monthly", tier, None, gate=[failed], rows=120,
                   reasons=[{"rule": "rowCountChange", "sentence": ENGINES_WORDS}])  # fmt: skip


def build_world(home: Path) -> World:
    """The whole world under ``home``."""
    world = World(city(), CityHome(home))
    world.release("requests_monthly", 1, monthly_rows(29), "2026-10-02T06:10:00+00:00")
    world.release("requests_monthly", 2, monthly_rows(30), "2026-11-01T06:10:00+00:00")
    world.release(MEASURES, 1, measure_rows(29), "2026-10-02T06:10:00+00:00")
    world.release(MEASURES, 2, measure_rows(30), "2026-11-01T06:10:00+00:00")
    first = world.release("districts", 1, DISTRICT_ROWS, "2026-09-01T06:10:00+00:00")
    world.release("districts", 2, DISTRICT_ROWS, "2026-10-01T06:10:00+00:00")
    world.release("old_list", 1, DISTRICT_ROWS, "2026-01-01T06:10:00+00:00")
    for tier in ("internal", "public"):
        world.commit(
            tier, "districts", "rollback", 1, first[tier], "2026-10-03T06:10:00+00:00", "Two districts swapped."
        )
        world.commit(
            tier, "old_list", "withdraw", None, None, "2026-06-01T06:10:00+00:00", "Replaced by the street map."
        )
    world.refuse(
        "requests_monthly",
        "2026-11-02T06:10:00+00:00",
        [
            {
                "rule": "SECRET_rule",
                "tier": "internal",
                "sentence": "SECRET_value is negative.",
                "failed": 2,
                "examined": 9,
            },
            {
                "rule": "rowCountChange",
                "tier": "public",
                "sentence": ENGINES_WORDS,
            },
        ],
        {tier: held_report(tier) for tier in ("internal", "public")},
    )
    world.landing("SECRET_source", 1, reasons={"SECRET_column.required": 30, "opened_on.range": 7})
    world.landing("district_map", 1, received=5, accepted=5, quarantined=0, rejected=0)
    world.landing("secret_hidden", 1)
    world.ledger.append(
        EntryKind.RUN,
        {"run": "r2", "checked_at": "2026-11-02T06:10:00+00:00", "published": [{"product": "districts", "version": 1}],
         "held": [{"product": "requests_monthly", "rule": "rowCountChange"}], "failed": [], "exit_code": 1},
        CHECKED_AT,
    )  # fmt: skip
    return world
