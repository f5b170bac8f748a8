"""Croissant by MLCommons' validator, Data Packages by frictionless, contracts by odcslint and the Data Contract CLI."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tests.third_parties.environments import data_contract
from tests.third_parties.verdict import Checker, Verdict, installed, noise_aside, put

ROWS = 20_000
"""Records of a CSV that frictionless reads; it takes about 1 ms of one."""

RECORDS = 3
"""Records that MLCommons' reader gives of each set."""

_LINT_SECONDS = 300


def _files(folder: Path, name: str) -> list[Path]:
    return sorted(folder.glob(f"data/*/{name}"))


def _croissant(folder: Path) -> Verdict:
    if not installed("mlcroissant"):
        return Verdict(0, skipped="mlcroissant is not installed")
    with noise_aside():
        import mlcroissant

        problems: list[str] = []
        remarks: list[str] = []
        paths = _files(folder, "croissant.json")
        for path in paths:
            named = path.parent.name
            try:
                dataset = mlcroissant.Dataset(jsonld=path, mapping=_beside(path))
            except mlcroissant.ValidationError as error:
                problems.append(f"{named}: {error}")
                continue
            remarks += [f"{named}: {w}" for w in sorted(dataset.metadata.ctx.issues.warnings)]
            problems += _records(path, dataset)
    return Verdict(len(paths), tuple(problems), tuple(remarks))


def _beside(path: Path) -> dict[str, Path]:
    """The described files on this disk, instead of at the address that the site will have."""
    value = json.loads(path.read_bytes())
    return {f["@id"]: path.parent / f["@id"] for f in value["distribution"] if f["@type"] == "cr:FileObject"}


def _records(path: Path, dataset: object) -> Iterator[str]:
    """Loading the first records of each set must give every field of each."""
    for records in json.loads(path.read_bytes())["recordSet"]:
        fields = {f["@id"] for f in records["field"]}
        for record in islice(dataset.records(records["@id"]), RECORDS):  # type: ignore[attr-defined]
            if set(record) != fields:
                yield f"{path.parent.name}: a record of {records['@id']} has {sorted(record)}, not {sorted(fields)}"
                return


def _packages(folder: Path) -> Verdict:
    if not installed("frictionless"):
        return Verdict(0, skipped="frictionless is not installed")
    with noise_aside():
        from frictionless import Checklist, Package

        problems: list[str] = []
        paths = _files(folder, "datapackage.json")
        for path in paths:
            report = Package.from_descriptor(str(path)).validate(Checklist(), limit_rows=ROWS)
            problems += [f"{path.parent.name}: {e.message}" for e in report.errors]
            problems += [f"{path.parent.name}: {e.message}" for task in report.tasks for e in task.errors]
    return Verdict(len(paths), tuple(problems))


def _odcslint(folder: Path) -> Verdict:
    import sys

    program = Path(sys.executable).with_name("odcslint")
    if not program.exists():
        return Verdict(0, skipped="odcslint is not installed")
    paths = _files(folder, "odcs.yaml")
    problems = []
    for path in paths:
        done = subprocess.run([program, "check", path], capture_output=True, text=True, timeout=_LINT_SECONDS)
        if done.returncode != 0:
            problems.append(f"{path.parent.name}: {(done.stdout + done.stderr).strip()[-400:]}")
    return Verdict(len(paths), tuple(problems))


def _data_contract(folder: Path) -> Verdict:
    program, why = data_contract()
    if program is None:
        return Verdict(0, skipped=why)
    paths = _files(folder, "odcs.yaml")
    problems = []
    for path in paths:
        done = subprocess.run([program, "lint", path], capture_output=True, text=True, timeout=_LINT_SECONDS)
        # What it takes for another standard's contract it converts, and ends with 0.
        if done.returncode != 0 or "valid against ODCS" not in done.stdout or "auto-converted" in done.stdout:
            problems.append(f"{path.parent.name}: {(done.stdout + done.stderr).strip()[-400:]}")
    return Verdict(len(paths), tuple(problems))


def _data_contract_version() -> str:
    program, why = data_contract()
    if program is None:
        return why
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()


def _spoil_first(folder: Path, name: str, old: str, new: str) -> str | None:
    paths = _files(folder, name)
    return put(paths[0], old, new) if paths else None


def _spoil_csv(folder: Path) -> str | None:
    """Take the last field off the second line of a CSV that a package names."""
    for package in _files(folder, "datapackage.json"):
        resource = json.loads(package.read_bytes())["resources"][0]
        if resource["format"] != "csv":
            continue
        path = package.parent / resource["path"]
        head, first, *rest = path.read_text(encoding="utf-8").split("\n")
        path.write_text("\n".join([head, f"{first},one field too many", *rest]), encoding="utf-8")
        return f"{resource['path']}: one field too many in the first record"
    return None


CROISSANT = Checker(
    "mlcroissant validate, and its reader",
    "data/<product>/croissant.json",
    lambda: f"mlcroissant {installed('mlcroissant')}",
    _croissant,
    lambda folder: _spoil_first(folder, "croissant.json", '"dataType": "sc:', '"dataTypo": "sc:'),
)
DATA_PACKAGE = Checker(
    f"frictionless validate, over the first {ROWS:,} records of the published CSV",
    "data/<product>/datapackage.json",
    lambda: f"frictionless {installed('frictionless')}",
    _packages,
    _spoil_csv,
)
ODCSLINT = Checker(
    "odcslint check",
    "data/<product>/odcs.yaml",
    lambda: f"odcslint {installed('odcslint')}",
    _odcslint,
    lambda folder: _spoil_first(folder, "odcs.yaml", "logicalType: string", "logicalType: strong"),
)
DATA_CONTRACT = Checker(
    "datacontract lint",
    "data/<product>/odcs.yaml",
    lambda: f"datacontract-cli {_data_contract_version()}",
    _data_contract,
    lambda folder: _spoil_first(folder, "odcs.yaml", "kind: DataContract", "kind: DataContrast"),
)
