"""Loading a city: what it declares, how it tightens shared products, and every name that leads nowhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from contracts import city_load
from contracts.city_load import NOT_TURNED_ON, TURNED_OFF, discover, load_city, load_entities, load_products
from contracts.errors import InputError
from contracts.model import Member, Text
from contracts.tightening import DEFAULT_ROW_COUNT_CHANGE, read_tightening, tighten
from tests.unit.contracts.contract_texts import ENTITY, PRODUCT, SOURCE, line_of
from tests.unit.contracts.measure_texts import DAYS, FOOT, HEAD, PRODUCTS, SHARE

CITY = """\
formatVersion: 1
id: town
name: {en: Town, es: Pueblo}
country: NO
timezone: America/Bogota
languages: [en, es]
environment: development
publisher: {name: Town Hall, email: data@example.gov, url: https://example.gov}
licence: CC-BY-4.0
portals: {hub: https://example.gov/data}
"""

TIGHTENING = """\
product: requests
version: 1.1.0
renditions: [internal]
quality:
  - {id: own, metric: rowCount, mustBeGreaterThan: 50}
  - {property: department, metric: nullValues, mustBe: 0}
serviceLevels:
  - {property: frequency, value: 1, unit: d}
  - {property: latency, value: 2, unit: d, element: requests.month}
rowCountChange: {minimum: -0.1, maximum: 0.2}
licenceOut: CC0-1.0
team: {members: [{username: owner@example.gov, role: owner}]}
"""

PROBLEM = """\
id: lamps
practice: performance
title: {en: Lamps, es: Farolas}
question: Do they burn?
why: People walk there.
decision: {what: A crew, who: The mayor, when: 2026-12-01}
users: [Residents, {en: Crews, es: Cuadrillas}]
owner: {role: Head of lighting, email: lamps@example.gov}
products: [requests]
notSaid: Lamps nobody reported.
reviewDate: 2027-01-31
"""

DECISIONS = """\
- {kind: approval, subject: requests, reason: read it, by: ana@example.gov, on: 2026-01-01, change: 2.0.0}
- {kind: waiver, subject: requests.enough, reason: a holiday, by: ana@example.gov, on: 2026-01-01, until: 2026-02-01}
"""


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    root = tmp_path / "shared"
    (root / "entities").mkdir(parents=True)
    (root / "products").mkdir()
    (root / "entities" / "requests.odcs.yaml").write_text(ENTITY, encoding="utf-8")
    (root / "products" / "requests.odcs.yaml").write_text(PRODUCT, encoding="utf-8")
    other = PRODUCT.replace("product/requests", "product/lights").replace("value: [requests]", "value: [lights]")
    (root / "products" / "lights.odcs.yaml").write_text(other, encoding="utf-8")
    lights = ENTITY.replace("entity/requests", "entity/lights")
    (root / "entities" / "lights.odcs.yaml").write_text(lights, encoding="utf-8")
    return root


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = tmp_path / "cities" / "town"
    for name in ("sources", "staging", "products", "problems"):
        (folder / name).mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY, encoding="utf-8")
    (folder / "sources" / "town_requests.odcs.yaml").write_text(SOURCE, encoding="utf-8")
    (folder / "staging" / "stg_town__requests.sql").write_text(
        "-- one row per request\nselect * from {{ raw('town_requests') }}\n", encoding="utf-8"
    )
    (folder / "products" / "requests.yaml").write_text("product: requests\n", encoding="utf-8")
    (folder / "problems" / "lamps.yaml").write_text(PROBLEM, encoding="utf-8")
    (folder / "decisions.yaml").write_text(DECISIONS, encoding="utf-8")
    return folder


def rewrite(path: Path, old: str, new: str) -> str:
    text = path.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return text


def refusal(town: Path, shared: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        load_city(town, shared)
    return caught.value


def test_everything_a_city_declares(town: Path, shared: Path) -> None:
    city = load_city(town, shared, prove_sql=True)
    assert (city.id, city.country, city.minimum_cell) == ("town", "NO", 10)
    assert city.name.to("es") == "Pueblo"
    assert city.publisher.email == "data@example.gov"
    assert list(city.sources) == ["town_requests"]
    assert city.staging == {"requests": "stg_town__requests"}
    assert list(city.products) == ["requests"]
    assert city.unavailable == {"lights": NOT_TURNED_ON}
    problem = city.problems["lamps"]
    assert problem.decision.when == date(2026, 12, 1)
    assert [u.to("es") for u in problem.users] == ["Residents", "Cuadrillas"]
    assert (problem.measure, problem.measures, problem.decided) == (None, (), ())
    assert [(r.kind, r.subject, r.until) for r in city.rulings] == [
        ("approval", "requests", None),
        ("waiver", "requests.enough", date(2026, 2, 1)),
    ]
    assert city.rulings[1].place.line == 2


def test_decisions_may_stand_under_a_key(town: Path, shared: Path) -> None:
    (town / "decisions.yaml").write_text("decisions:\n  " + DECISIONS.replace("\n-", "\n  -"), encoding="utf-8")
    assert len(load_city(town, shared).rulings) == 2


def test_a_city_with_little(town: Path, shared: Path) -> None:
    for name in ("problems", "products", "staging"):
        shutil.rmtree(town / name)
    (town / "decisions.yaml").unlink()
    city = load_city(town, shared)
    assert (city.products, city.problems, city.rulings) == ({}, {}, ())
    assert city.unavailable == {"lights": NOT_TURNED_ON, "requests": NOT_TURNED_ON}


def test_why_a_product_is_not_available(town: Path, shared: Path) -> None:
    (town / "products" / "lights.yaml").write_text("product: lights\nenabled: true\n", encoding="utf-8")
    (town / "products" / "requests.yaml").write_text("product: requests\nenabled: false\n", encoding="utf-8")
    (town / "problems" / "lamps.yaml").unlink()
    assert load_city(town, shared).unavailable == {
        "lights": Text("no lights source", {"es": "sin fuente de requests", "pt": "sem fonte de requests"}),
        "requests": TURNED_OFF,
    }


def test_a_city_says_why_in_its_languages(town: Path, shared: Path) -> None:
    file = town / "products" / "requests.yaml"
    said = "reason: {en: No numbers., es: Sin números.}\n"
    file.write_text(f"product: requests\nenabled: false\n{said}", encoding="utf-8")
    (town / "problems" / "lamps.yaml").unlink()
    assert load_city(town, shared).unavailable["requests"] == Text("No numbers.", {"es": "Sin números."})
    file.write_text(f"product: requests\n{said}", encoding="utf-8")
    assert "says why a product is off, and leaves it on" in str(refusal(town, shared))


# tightening ---------------------------------------------------------------------------------


def test_a_product_tightened(town: Path, shared: Path) -> None:
    path = town / "products" / "requests.yaml"
    path.write_text(TIGHTENING, encoding="utf-8")
    own = load_city(town, shared).products["requests"]
    plain = load_products(shared)["requests"]
    assert (own.version, own.renditions, own.licence_out) == ("1.1.0", ("internal",), "CC0-1.0")
    assert own.owner == "owner@example.gov"
    assert own.row_count_change == (-0.1, 0.2)
    assert [(s.property, s.value) for s in own.service_levels] == [("frequency", 1), ("latency", 2)]
    assert [r.id for r in own.object.quality] == ["enough", "own"]
    assert own.object.quality[1].place.line == line_of(TIGHTENING, "{id: own")
    department = own.object.column("department")
    assert department is not None
    assert [r.metric for r in department.quality] == ["nullValues"]
    assert own.sha256 != plain.sha256
    rewrite(path, "mustBeGreaterThan: 50", "mustBeGreaterThan: 60")
    assert load_city(town, shared).products["requests"].sha256 != own.sha256
    assert replace(plain, sha256="") == replace(load_products(shared)["requests"], sha256="")


def test_the_smallest_cell_a_city_that_hides_may_choose_is_three(town: Path, shared: Path) -> None:
    rewrite(town / "city.yaml", "country: NO", "country: NO\nminimumCell: 3")
    assert load_city(town, shared).minimum_cell == 3


def test_a_city_of_public_records_hides_nothing(town: Path, shared: Path) -> None:
    """1 is a value of its own: every count is shown; rare values of a delivery stay unnamed all the same."""
    assert load_city(town, shared).hides_counts
    rewrite(town / "city.yaml", "country: NO", "country: NO\nminimumCell: 1")
    city = load_city(town, shared)
    assert (city.minimum_cell, city.hides_counts, city.named_from) == (1, False, 10)
    assert replace(city, minimum_cell=25).named_from == 25


def test_the_shared_team_stays_beside_the_citys(town: Path, shared: Path) -> None:
    path = town / "products" / "requests.yaml"
    product = load_products(shared)["requests"]
    before = (*product.team, Member("keeper@example.gov", "steward"))
    text = "product: requests\nteam: {members: [%s]}\n"
    path.write_text(text % "{username: own@example.gov, role: steward}", encoding="utf-8")
    own = tighten(replace(product, team=before), read_tightening(path))
    assert own.steward == "own@example.gov"
    assert own.team == (Member("own@example.gov", "steward"), *before)
    path.write_text(text % "{username: KEEPER@example.gov, role: owner}", encoding="utf-8")
    own = tighten(replace(product, team=before), read_tightening(path))
    assert {m.username for m in own.team if m.role == "steward"} >= {"keeper@example.gov"}
    path.write_text(text % "{username: Keeper@example.gov, role: steward}", encoding="utf-8")
    own = tighten(replace(product, team=before), read_tightening(path))
    assert [m.username for m in own.team if m.role == "steward"].count("keeper@example.gov") == 0
    assert len(own.team) == len(before)


@pytest.mark.parametrize(("low", "high"), [(-0.6, 0.2), (-0.1, 1.5)])
def test_without_a_shared_row_count_change_the_gates_own_is_the_widest(
    low: float, high: float, town: Path, shared: Path
) -> None:
    assert DEFAULT_ROW_COUNT_CHANGE == (-0.5, 1.0)
    path = town / "products" / "requests.yaml"
    product = replace(load_products(shared)["requests"], row_count_change=None)
    text = "product: requests\nrowCountChange: {minimum: %s, maximum: %s}\n"
    path.write_text(text % DEFAULT_ROW_COUNT_CHANGE, encoding="utf-8")
    assert tighten(product, read_tightening(path)).row_count_change == DEFAULT_ROW_COUNT_CHANGE
    path.write_text(text % (low, high), encoding="utf-8")
    with pytest.raises(InputError, match="may narrow rowCountChange"):
        tighten(product, read_tightening(path))


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("[internal]", "[internal, restricted]", "may remove renditions and not add", "renditions"),
        ("renditions: [internal]", "renditions: []", "renditions is not", "renditions"),
        ("id: own", "id: enough", "may add rules and not replace", "quality"),
        ("department", "departement", "a column the product does not have", "property: departement"),
        ("mustBe: 0}", "mustBee: 0}", "no key 'mustBee'", "mustBee"),
        ("value: 1, unit: d", "value: 8, unit: d", "may shorten the service level frequency", "value: 8"),
        ("element: requests.month", "element: requests.day", "an element the contract does not have", "requests.day"),
        ("maximum: 0.2", "maximum: 0.9", "may narrow rowCountChange", "rowCountChange"),
        ("minimum: -0.1", "minimum: -0.9", "may narrow rowCountChange", "rowCountChange"),
        ("licenceOut", "license", "unknown key 'license'", "license"),
        ("product: requests\n", "product: request\n", "named like its product", "product"),
        ("version: 1.1.0", "version: 0.9.0", "below the shared contract's", "version"),
        ("team: {members: [{username: owner@example.gov, role: owner}]}", "team: {owner: x}", "no key 'owner'", "team"),
        ("licenceOut: CC0-1.0", "tier: public", "unknown key 'tier'", "tier: public"),
    ],
)  # fmt: skip
def test_loosening_is_refused_at_its_line(old: str, new: str, said: str, line: str, town: Path, shared: Path) -> None:
    (town / "products" / "requests.yaml").write_text(TIGHTENING, encoding="utf-8")
    text = rewrite(town / "products" / "requests.yaml", old, new)
    error = refusal(town, shared)
    assert said in error.what, error.message
    start = line_of(text, line)
    assert int((error.where or "").rsplit(":", 1)[1]) in (start, start + 1)


# what leads nowhere --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("city.yaml", "formatVersion: 1", "formatVersion: 2", "formatVersion is not"),
        ("city.yaml", "id: town", "id: Town!", "id is not"),
        ("city.yaml", "country: NO", "country: Norway", "country is not"),
        ("city.yaml", "America/Bogota", "America/Bogotá", "timezone is not"),
        ("city.yaml", "[en, es]", "[english]", "is not as it should be"),
        ("city.yaml", "languages: [en, es]\n", "", "the key 'languages' is missing"),
        ("city.yaml", "email: data@example.gov", "email: nobody", "email is not"),
        ("city.yaml", "licence:", "license:", "unknown key 'license'"),
        ("city.yaml", "development", "staging", "environment is not"),
        ("city.yaml", "{hub: https", "{hub: https://a:hunter2@b, c: https", "a secret is written out"),
        ("city.yaml", "{hub: https://example.gov/data}", "{hub: example}\nminimumCell: 0", "is not as it should be"),
        ("city.yaml", "country: NO", "country: NO\nminimumCell: 0", "the minimum cell is too small"),
        ("city.yaml", "country: NO", "country: NO\nminimumCell: 2", "one or two tells on a person"),
        ("city.yaml", "country: NO", "country: NO\nminimumCell: -1", "the minimum cell is too small"),
        ("city.yaml", "country: NO", "country: NO\nminimumCell: true", "minimumCell is not"),
        ("city.yaml", "country: NO", "country: NO\nminimumCell: 3.5", "minimumCell is not"),
        ("problems/lamps.yaml", "products: [requests]", "products: [request]", "a product that does not exist"),
        ("problems/lamps.yaml", "products: [requests]", "products: [lights]", "the product lights is not available"),
        ("problems/lamps.yaml", "products: [requests]", "products: []", "a problem without products"),
        ("problems/lamps.yaml", "users: [Residents, {en: Crews, es: Cuadrillas}]", "users: []", "serves nobody"),
        ("problems/lamps.yaml", "users: [Residents, {en: Crews, es: Cuadrillas}]\n", "", "the key 'users' is missing"),
        ("problems/lamps.yaml", "id: lamps", "id: lights", "named like its id"),
        ("problems/lamps.yaml", "when: 2026-12-01", "when: 2026-13-01", "when is not"),
        ("problems/lamps.yaml", "practice: performance", "practice: fun", "practice is not"),
        ("decisions.yaml", "subject: requests,", "subject: request,", "something the city does not have"),
        ("decisions.yaml", ", until: 2026-02-01", "", "a waiver needs a rule and an end"),
        ("decisions.yaml", "requests.enough", "requests", "a waiver needs a rule and an end"),
        ("decisions.yaml", "until: 2026-02-01", "until: 2025-02-01", "ends before it begins"),
        ("decisions.yaml", ", change: 2.0.0", "", "does not say what it approves"),
        ("decisions.yaml", "kind: waiver", "kind: pardon", "kind is not"),
        ("staging/stg_town__requests.sql", "raw('town_requests')", "raw('town_request')", "a source the"),
        ("products/requests.yaml", "product: requests", "product: request", "named like its product"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_refused(file: str, old: str, new: str, said: str, town: Path, shared: Path) -> None:
    text = rewrite(town / file, old, new)
    error = refusal(town, shared)
    assert said in error.what, error.message
    where = (error.where or "").removeprefix(f"{town}/")
    assert where.startswith(f"{file}:")
    assert "hunter2" not in str(error)
    marker = new.partition("\n")[0]
    if marker:
        assert abs(int(where.split(":")[1]) - line_of(text, marker)) <= 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: town/town_requests", "id: city/town_requests", "a contract's id does not fit its file"),
        ("property: location", "property: portal, value: hab}\n      - {property: location", "a portal that city.yaml"),
    ],
)  # fmt: skip
def test_a_source_fits_its_city(old: str, new: str, said: str, town: Path, shared: Path) -> None:
    rewrite(town / "sources" / "town_requests.odcs.yaml", old, new)
    assert said in refusal(town, shared).what


def test_files_with_other_names_are_refused(town: Path, shared: Path) -> None:
    (town / "staging" / "stg_town__request.sql").write_text("select 1", encoding="utf-8")
    error = refusal(town, shared)
    assert (error.what, error.expected) == ("a staging model delivers no entity", "stg_town__requests.sql")
    (town / "staging" / "stg_town__request.sql").unlink()
    (town / "problems" / "other.yml").write_text("id: other", encoding="utf-8")
    assert refusal(town, shared).expected == "other.yaml"
    (town / "problems" / "other.yml").unlink()
    (town / "problems").rename(town / "problem")
    assert refusal(town, shared).what == "a folder of the city is misspelt"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("products/requests", "value: [requests]", "value: [request]", "an entity that does not exist"),
        ("entities/requests", "- {property: unlocks, value: [requests]}", "- {property: unlocks, value: [x]}", "names"),
        ("entities/requests", "unlocks, value: [requests]}]", "unlocks, value: [x]}]", "a product that does not exist"),
        ("entities/requests", "name: district_id", "name: DistrictId", "another form of name"),
        ("entities/requests", "entity/requests", "entity/other", "does not fit its file"),
    ],
)  # fmt: skip
def test_shared_contracts_are_held_against_each_other(file: str, old: str, new: str, said: str, shared: Path) -> None:
    text = rewrite(shared / f"{file}.odcs.yaml", old, new)
    with pytest.raises(InputError, match=said) as caught:
        load_entities(shared)
    line = int((caught.value.where or "").rsplit(":", 1)[1])
    assert line in range(line_of(text, new) - 3, line_of(text, new) + 1)


# finding ------------------------------------------------------------------------------------


def test_cities_are_found_without_loading_them(town: Path, tmp_path: Path) -> None:
    (tmp_path / "cities" / "broken").mkdir()
    (tmp_path / "cities" / "broken" / "city.yaml").write_text("id: [", encoding="utf-8")
    (tmp_path / "cities" / "notes").mkdir()
    (town / "sources" / "town_requests.odcs.yaml").write_text("nonsense", encoding="utf-8")
    found = discover([tmp_path / "cities"])
    assert found == {"broken": tmp_path / "cities" / "broken", "town": town}
    with pytest.raises(InputError, match=r"broken/city.yaml:"):
        load_city(found["broken"])


def test_two_cities_with_one_id(town: Path, tmp_path: Path) -> None:
    other = tmp_path / "more" / "elsewhere"
    other.mkdir(parents=True)
    (other / "city.yaml").write_text(CITY, encoding="utf-8")
    assert discover([tmp_path / "cities", tmp_path / "cities"]) == {"town": town}
    with pytest.raises(InputError, match="two cities have one id"):
        discover([tmp_path / "cities", tmp_path / "more"])


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a content root is not there"):
        discover([tmp_path / "none"])


def test_the_shared_contracts_of_the_house_load() -> None:
    entities, products = load_entities(), load_products()
    assert {"service_requests", "districts"} <= set(entities)
    assert {"service_requests", "service_requests_monthly", "districts"} <= set(products)
    assert all(set(p.needs) <= set(entities) for p in products.values())
    assert city_load.SHARED_ROOT.name == "contracts"


# measures -----------------------------------------------------------------------------------


@pytest.fixture
def measuring(town: Path, shared: Path) -> Path:
    """The town, with two measures, a problem that asks for them, and a follow-up."""
    for name in ("monthly", "records", "measures"):
        text = HEAD.replace("{name}", name) + PRODUCTS[name] + FOOT
        (shared / "products" / f"{name}.odcs.yaml").write_text(text, encoding="utf-8")
        (town / "products" / f"{name}.yaml").write_text(f"product: {name}\nenabled: true\n", encoding="utf-8")
    (town / "measures").mkdir()
    (town / "measures" / "on_time.yaml").write_text(SHARE, encoding="utf-8")
    (town / "measures" / "lamp_days.yaml").write_text(DAYS, encoding="utf-8")
    asked = "products: [requests, monthly]\nmeasures: [lamp_days, on_time]"
    rewrite(town / "problems" / "lamps.yaml", "products: [requests]", asked)
    (town / "followups.yaml").write_text(
        "followUps:\n  - {id: a, what: Count them, owner: {role: Head}, asked: 2026-10-01, due: 2026-11-01,"
        " status: open, problem: lamps, measure: on_time}\n",
        encoding="utf-8",
    )
    return town


def test_a_city_with_measures(measuring: Path, shared: Path) -> None:
    city = load_city(measuring, shared)
    assert list(city.measures) == ["lamp_days", "on_time"]
    problem = city.problems["lamps"]
    assert problem.measures == ("lamp_days", "on_time")
    assert problem.measure == city.measures["lamp_days"].reading()
    assert [(entry.id, entry.measure) for entry in city.follow_ups] == [("a", "on_time")]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("measures/lamp_days.yaml", "product: records", "product: lights", "which is not available in this city"),
        ("measures/on_time.yaml", "owner: {role:", "steward: {role:", "unknown key 'steward'"),
        ("problems/lamps.yaml", "[lamp_days, on_time]", "[lamp_day]", "a measure that does not exist"),
        ("followups.yaml", "measure: on_time", "measure: on_times", "a measure that the city does not have"),
        ("products/measures.yaml", "enabled: true", "enabled: false", "not the product that holds their figures"),
    ],
)
def test_a_measure_that_leads_nowhere(file: str, old: str, new: str, said: str, measuring: Path, shared: Path) -> None:
    rewrite(measuring / file, old, new)
    error = refusal(measuring, shared)
    assert said in error.what, error.message
    expected = "measures/lamp_days.yaml" if file.startswith("products") else file
    assert (error.where or "").removeprefix(f"{measuring}/").startswith(f"{expected}:")


def test_a_folder_of_measures_may_not_be_misspelt(measuring: Path, shared: Path) -> None:
    (measuring / "measures").rename(measuring / "measure")
    assert refusal(measuring, shared).what == "a folder of the city is misspelt"
