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

from collections.abc import Mapping
from pathlib import Path

from catalog.site.folder import Folder
from catalog.site.looking import Look, walk
from catalog.site.memory import File
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
        remembered: The files of the site as the last build left them.
        look: A look at the folder.
    """

    def __init__(self, site: Path, tier: str, remembered: Mapping[str, File], look: Look) -> None:
        folder, self.shown = place_of(site, tier), site / tier
        found = look.found()
        if not found and self.shown.is_dir():
            _double(self.shown, folder)
            found = walk(str(folder))
        super().__init__(folder, {a: f for a, f in remembered.items() if found.get(a) == f.mark})
        self._foreign = found.keys() - self.files.keys()
        self._changed: set[str] = set()
        self._gone: set[str] = set()

    def note(self, address: str, file: File) -> None:
        """Note that a file was written there, by this process or another."""
        if self.files.get(address) != file:
            super().note(address, file)
            self._foreign.discard(address)
            self._changed.add(address)

    def show(self, made: Mapping[str, File]) -> None:
        """Remove all but what was made, and exchange the folder with the site that is shown.

        Raises:
            OutsideError: The disk refused; the old site still stands where that was possible.
        """
        self._gone = (self.files.keys() - made.keys()) | self._foreign
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
            _share(self.shown / address, self.folder / address)
        _remove(self.folder, self._gone)


def _double(folder: Path, second: Path) -> None:
    """A second folder of the same files."""
    kept.remove(second)
    kept.make_folder(second)
    if folder.is_dir():
        for address in walk(str(folder)):
            _share(folder / address, second / address)


def _share(there: Path, path: Path) -> None:
    """Give a file of one folder its name in the other."""
    if not path.parent.is_dir():
        with kept.step("make_folder", path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
    kept.share_file(there, path)


def _remove(folder: Path, addresses: set[str]) -> None:
    """Remove files, and the folders that they leave empty."""
    for address in sorted(addresses):
        kept.remove(folder / address)
        above = (folder / address).parent
        while above != folder and above.is_dir() and not any(above.iterdir()):
            kept.remove(above)
            above = above.parent
