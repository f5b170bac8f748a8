"""Data that is removed on purpose: named in the ledger first, removed after it, by retention or by order.

A RETIREMENT entry names every file by its place and hash before the first of them goes, so that a crash between the
two is finished by the next start and no missing file is ever unexplained. Manifests, quality reports, lineage, commits,
landings, evidence and the ledger itself are never removed: what was published, and what it said of itself, stays known.

Belongs here: writing such an entry, carrying it out, reading back what was removed. Does not belong here: deciding what
goes (``retention``, ``withdraw``), what nothing names (``collect``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from contracts import kept
from contracts.errors import ArtefactError
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.home import CityHome
from contracts.release import Manifest, commits, manifest_of, product_name, version_name
from orchestration.ingest import manifest as deliveries
from orchestration.publish import commit
from orchestration.publish.job import wall_clock

if TYPE_CHECKING:
    from orchestration.publish.withdraw import Order

Why = Literal["retention", "erasure"]
RELEASES = "releases/"
RAW = "raw/"
REPORTS = frozenset({"quality.json", "lineage.json"})
"""What a manifest names beside the data; it holds no record and stays."""


@dataclass(frozen=True)
class Gone:
    """One file that goes. ``name`` begins with ``releases/`` or ``raw/``; ``bytes`` is its size."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Removal:
    """What one entry removes: data of one product's versions, or of one source's deliveries.

    ``versions`` are named by tier; ``landings`` by number. ``rule`` is the retention that asks for it, ``decision``
    the withdrawal.
    """

    why: Why
    subject: str
    files: tuple[Gone, ...]
    versions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    landings: tuple[int, ...] = ()
    rule: Mapping[str, int] = field(default_factory=dict)
    decision: int | None = None
    reason: str = ""
    by: str = ""

    @property
    def bytes(self) -> int:
        """The sizes of its files; parts that a later version took over share their room with it."""
        return sum(file.bytes for file in self.files)

    @property
    def sentence(self) -> str:
        """What goes, in a line."""
        if self.landings:
            what = f"{len(self.landings)} deliveries of {self.subject}"
        else:
            numbers = sorted({v for versions in self.versions.values() for v in versions})
            what = f"the data of {self.subject}, version {', '.join(map(str, numbers))}"
        return f"{what}: {len(self.files)} files, {self.bytes:,} bytes"

    def body(self) -> dict[str, Any]:
        """The entry's body."""
        told = asdict(self)
        told["source" if self.landings else "product"] = told.pop("subject")
        return told


def data_files(manifest: Manifest) -> tuple[Gone, ...]:
    """The files of a release that hold records: all but its reports."""
    place = RELEASES + version_name(manifest.tier, manifest.product, manifest.version)
    return tuple(Gone(f"{place}/{f.path}", f.sha256, f.bytes) for f in manifest.files if f.path not in REPORTS)


def versions(home: CityHome, tier: str, product: str) -> dict[int, Manifest]:
    """Every version ever committed in a tier, oldest first.

    Raises:
        ArtefactError: A commit or a manifest is torn or altered.
    """
    named = {c.version: c.manifest_sha256 for c in commits(home, tier, product) if c.version is not None}
    return {v: manifest_of(home, version_name(tier, product, v), sha) for v, sha in sorted(named.items())}


def still_there(home: CityHome, tier: str, product: str) -> frozenset[str]:
    """Names of all files of a product in a tier, as a removal names them; the store is asked once."""
    return frozenset(RELEASES + name for name in home.shelf.names(product_name(tier, product)))


# Removing -----------------------------------------------------------------------------------


def remove(home: CityHome, ledger: Ledger, removal: Removal, at: datetime) -> None:
    """Write the removal down, then carry it out.

    Raises:
        OutsideError: The disk or the store refused; the next start goes on.
    """
    marker = home.work / f"removal-{removal.subject}"
    kept.make_folder(marker)
    entry = ledger.append(EntryKind.RETIREMENT, removal.body(), at)
    _carry_out(home, ledger, [entry])
    kept.discard(marker)


def erase(home: CityHome, ledger: Ledger, product: str, decision: int, order: Order) -> int:
    """Remove the data of every version of a withdrawn product, in every tier; returns how many files went."""
    files: list[Gone] = []
    found: dict[str, tuple[int, ...]] = {}
    for tier in commit.product_tiers(home, product):
        there = still_there(home, tier, product)
        named = {v: [f for f in data_files(m) if f.name in there] for v, m in versions(home, tier, product).items()}
        files += [file for listed in named.values() for file in listed]
        found[tier] = tuple(v for v, listed in named.items() if listed)
    by_tier = {tier: numbers for tier, numbers in found.items() if numbers}
    removal = Removal("erasure", product, tuple(files), by_tier, decision=decision, reason=order.reason, by=order.by)
    remove(home, ledger, removal, wall_clock())
    kept.remove(home.cache)
    return len(files)


def finish(home: CityHome, ledger: Ledger) -> tuple[str, ...]:
    """Carry out what was written down and not finished; one sentence for each thing done.

    Raises:
        OutsideError: The disk or the store refused.
    """
    from orchestration.publish import withdraw

    done: list[str] = []
    entries = list(ledger.entries(EntryKind.WITHDRAWAL, EntryKind.RETIREMENT))
    erased = {e.body.get("decision") for e in entries if e.kind == EntryKind.RETIREMENT}
    for entry in entries:
        if entry.kind == EntryKind.WITHDRAWAL and entry.body.get("erase") and entry.body["intent"] not in erased:
            product, n = str(entry.body["product"]), int(entry.body["intent"])
            known = next(w for w in withdraw.withdrawals(home, ledger, product) if w.entry == n)
            erase(home, ledger, product, n, known.order)
            done.append(f"erased the data of {product}, as its withdrawal had asked for")
    count = _carry_out(home, ledger, [e for e in entries if e.kind == EntryKind.RETIREMENT])
    if count:
        done.append(f"removed {count} files that the ledger says were to go")
    return tuple(done)


def _carry_out(home: CityHome, ledger: Ledger, entries: Iterable[Entry]) -> int:
    """Remove what the entries name and what nothing that stays names too. Returns how many files went."""
    count = 0
    staying: dict[str, frozenset[str]] = {}
    for entry in entries:
        source = str(entry.body.get("source", ""))
        if source and source not in staying:
            staying[source] = named_by_landings(home, source, retired_landings(ledger))
        count += sum(_remove(home, f.name) for f in files_of(entry) if f.name not in staying.get(source, ()))
    return count


def _remove(home: CityHome, name: str) -> bool:
    there = is_there(home, name)
    if there and name.startswith(RELEASES):
        home.shelf.remove(name.removeprefix(RELEASES))
    elif there:
        kept.remove(home.root / name)
    return there


def is_there(home: CityHome, name: str) -> bool:
    """Whether a file that a removal names stands."""
    if name.startswith(RELEASES):
        return home.shelf.exists(name.removeprefix(RELEASES))
    return (home.root / name).exists()


# Reading back -------------------------------------------------------------------------------


def files_of(entry: Entry) -> tuple[Gone, ...]:
    """The files that a RETIREMENT entry names.

    Raises:
        ArtefactError: The entry is none.
    """
    try:
        found = tuple(Gone(**file) for file in entry.body["files"])
    except (KeyError, TypeError) as error:
        raise ArtefactError(
            "a removal in the ledger cannot be read", where=f"ledger entry {entry.n}", found=str(error)
        ) from error
    return found


def removals(ledger: Ledger) -> tuple[Entry, ...]:
    """Every RETIREMENT entry, oldest first."""
    return tuple(ledger.entries(EntryKind.RETIREMENT))


def removed_files(home: CityHome, entries: Iterable[Entry]) -> dict[str, Entry]:
    """Every file that was removed on purpose, by name, with the entry that says so.

    Raw bytes that came again since, and so are named by a landing that stays, are left out.

    Raises:
        ArtefactError: An entry or a landing cannot be read.
    """
    listed = [entry for entry in entries if entry.kind == EntryKind.RETIREMENT]
    retired = frozenset(_landings(listed))
    sources = sorted({source for source, _ in retired})
    staying = {name for source in sources for name in named_by_landings(home, source, retired)}
    return {file.name: entry for entry in listed for file in files_of(entry) if file.name not in staying}


def removed_versions(ledger: Ledger, product: str) -> dict[tuple[str, int], Entry]:
    """Tier and version of every release of a product whose data was removed, with the entry that says so."""
    return {
        (tier, version): entry
        for entry in removals(ledger)
        if entry.body.get("product") == product
        for tier, numbers in entry.body["versions"].items()
        for version in numbers
    }


def retired_landings(ledger: Ledger) -> frozenset[tuple[str, int]]:
    """Source and number of every landing whose files were removed on purpose."""
    return frozenset(_landings(removals(ledger)))


def _landings(entries: Iterable[Entry]) -> Iterator[tuple[str, int]]:
    for entry in entries:
        yield from ((str(entry.body.get("source")), int(n)) for n in entry.body.get("landings") or ())


def named_by_landings(home: CityHome, source: str, retired: frozenset[tuple[str, int]]) -> frozenset[str]:
    """Files that the landings of a source name, but for those of retired landings."""
    found: set[str] = set()
    for landing in deliveries.landings(home, source):
        if (source, landing.n) not in retired:
            found |= {name for name, _, _ in landing_files(home, landing)}
    return frozenset(found)


def landing_files(home: CityHome, landing: deliveries.Landing) -> tuple[tuple[str, str, int], ...]:
    """Name, digest and size of the files that one landing names: raw bytes, accepted, quarantined, shape."""
    raw = deliveries.bytes_folder(home, landing.source) / landing.raw_sha256
    named = (landing.accepted_file, landing.quarantine_file, landing.shape_file)
    records = (file for file in named if file is not None)
    return (
        (raw.relative_to(home.root).as_posix(), landing.raw_sha256, landing.raw_bytes),
        *((file.path, file.sha256, file.bytes) for file in records),
    )
