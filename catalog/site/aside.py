"""The second folder of a tier's site: the same files as the one that is shown, where the next one is made.

A build changes the second folder to what the site must be, the two are exchanged in one step, and what was changed is
changed in the other too; so a build costs what it changes, however large the site. The two share each file's bytes
under two names: nothing is ever written into a file that stands there, a new one takes its name. Whatever is found in
the second folder that is not the very file that was written there is made again, so that a build which broke off, or
somebody's edit, leaves no trace.

Belongs here: bringing the second folder to a state, exchanging, bringing the other after it. Does not belong here: what
the files say (``build``), the exchange itself (``swap``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from catalog.site.folder import Folder
from catalog.site.looking import Look, walk
from catalog.site.memory import File, Made, files_of
from catalog.site.swap import exchange
from contracts import kept

FOLDER = ".aside"
"""Where second folders stand, below a city's ``site``."""


def place_of(site: Path, tier: str) -> Path:
    """Where a tier's second folder stands."""
    return site / FOLDER / tier


class Aside(Folder):
    """A tier's second folder.

    Args:
        site: The city's ``site``.
        tier: Whose.
        look: A look at the folder, against what is remembered of it.

    Attributes:
        torn: Of each unit some file of which does not stand as it was made, these files' addresses.
    """

    def __init__(self, site: Path, tier: str, look: Look) -> None:
        folder, self.shown = place_of(site, tier), site / tier
        seen = look.seen()
        if seen.empty and self.shown.is_dir():
            _double(self.shown, folder)
            seen = look.seen()
        super().__init__(folder, {})
        self.torn = seen.torn
        self._foreign = set(seen.foreign)
        self._changed: set[str] = set()
        self._gone: set[str] = set()

    def renew(self, units: Mapping[str, Made]) -> None:
        """These units are made again, or are no more: what stands of their files may stay where it is made so again."""
        for name, made in units.items():
            wrong = self.torn.get(name, ())
            self.files |= {address: file for address, file in files_of(made).items() if address not in wrong}

    def note(self, address: str, file: File) -> None:
        """Note that a file was written there, by this process or another."""
        if self.files.get(address) != file:
            super().note(address, file)
            self._foreign.discard(address)
            self._changed.add(address)

    def show(self, made: Collection[str]) -> None:
        """Remove what is no more, and exchange the folder with the site that is shown.

        Args:
            made: The addresses of the files of the units that were made again.

        Raises:
            OutsideError: The disk refused; the old site still stands where that was possible.
        """
        self._gone = self.files.keys() - made | self._foreign
        _remove(self.folder, self._gone)
        if self._changed or self._gone:
            kept.settle_disk(self.folder)
        exchange(self.folder, self.shown)

    def follow(self) -> None:
        """Bring the folder that is no longer shown after the one that is.

        Raises:
            OutsideError: The disk refused; the next build makes it good.
        """
        if not self.folder.is_dir():
            _double(self.shown, self.folder)
            return
        for address in sorted(self._changed):
            kept.share_file(f"{self.shown}/{address}", f"{self.folder}/{address}")
        _remove(self.folder, self._gone)


def _double(folder: Path, second: Path) -> None:
    """A second folder of the same files."""
    kept.remove(second)
    kept.make_folder(second)
    if folder.is_dir():
        for address in walk(str(folder)):
            kept.share_file(f"{folder}/{address}", f"{second}/{address}")


def _remove(folder: Path, addresses: set[str]) -> None:
    """Remove files, and the folders that they leave empty."""
    for address in sorted(addresses):
        kept.remove(folder / address)
        above = (folder / address).parent
        while above != folder and above.is_dir() and not any(above.iterdir()):
            kept.remove(above)
            above = above.parent
