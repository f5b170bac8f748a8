"""A dataset, its files and the catalogue as every format describes them: one description, many formats.

Belongs here: the shapes. Does not belong here: how they are made of views (``describing``), any format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.model import EMPTY, Text

Access = Literal["public", "restricted", "non-public"]
OWN_LANGUAGE = "en"
"""The language of a contract's texts, which machine files are in."""


@dataclass(frozen=True)
class DistributionEntry:
    """One file of a release.

    Attributes:
        path: Relative to the site's root ("data/x/3/data.csv"; one that leaves the site is refused).
        media_type: "text/csv".
        bytes: Its size.
        sha256: Of its bytes, hexadecimal.
        title: In the contract's language.
    """

    path: str
    media_type: str
    bytes: int
    sha256: str
    title: str = ""


@dataclass(frozen=True)
class DatasetEntry:
    """One dataset, as far as the reader may know it.

    Attributes:
        id: The product's name; the identifier is made of it and the city's id.
        title: In the contract's languages.
        description: Purpose and limitations, in plain words.
        keywords: At least one.
        contact_name: Whom to ask.
        contact_email: Where to ask.
        access: public, restricted (others may get it on request), non-public.
        rights: Why it is not public and how to ask; empty for a public dataset.
        licence: An address, a licence's SPDX name ("CC-BY-4.0"), or words.
        issued: Date of the first release, ISO 8601.
        modified: Date of the newest release, ISO 8601.
        temporal: First event date (None where it is not known) and last, ISO 8601.
        frequency: The frequency service level, (1, "d") or (1, "month").
        version: The release's number.
        distributions: Its files; never shown unless public.
        page: Its page, relative to the site's root.
        theme: The practice it serves.
        described_by: Its data dictionary for machines, relative to the site's root.
        contract: Its contract, relative to the site's root.
        languages: Languages of its texts.
        hidden: The contract says ``inventory: hidden``: it is left out altogether.
        withdrawn: Since when it is not offered any more (a date, ISO 8601), and why as far as it may be told.
    """

    id: str
    title: Text
    description: Text
    keywords: tuple[str, ...]
    contact_name: str
    contact_email: str
    access: Access = "public"
    rights: Text = Text("")  # noqa: RUF009 (frozen, so it is shared safely)
    licence: str | None = None
    issued: str | None = None
    modified: str | None = None
    temporal: tuple[str | None, str] | None = None
    frequency: tuple[float, str] | None = None
    version: int | None = None
    distributions: tuple[DistributionEntry, ...] = ()
    page: str | None = None
    theme: str | None = None
    described_by: str | None = None
    contract: str | None = None
    languages: tuple[str, ...] = (OWN_LANGUAGE,)
    hidden: bool = False
    withdrawn: tuple[str, Text] | None = None

    @property
    def files(self) -> tuple[DistributionEntry, ...]:
        """Its files, told of only where anyone may fetch them."""
        return self.distributions if self.access == "public" else ()

    @property
    def told(self) -> Text:
        """The description; of what was withdrawn it says so first, since not every format has a word for it."""
        if self.withdrawn is None:
            return self.description
        day, note = self.withdrawn
        return joined(Text(f"Withdrawn on {day}."), note, self.description)


@dataclass(frozen=True)
class CatalogEntry:
    """The catalogue itself.

    ``site_url`` is the address the site is served at, None when it has none; ``place`` is what its data is about.
    """

    city: str
    title: Text
    description: Text
    publisher: Text
    publisher_email: str
    publisher_url: str | None = None
    site_url: str | None = None
    place: Text = Text("")  # noqa: RUF009 (frozen)
    licence: str | None = None
    languages: tuple[str, ...] = (OWN_LANGUAGE,)


def shown(datasets: tuple[DatasetEntry, ...] | list[DatasetEntry]) -> list[DatasetEntry]:
    """The datasets that may be listed, by id."""
    return sorted((d for d in datasets if not d.hidden), key=lambda d: d.id)


def joined(*texts: Text) -> Text:
    """Texts one after another; in another language only where each of them has it."""
    parts = [t for t in texts if t]
    if not parts:
        return Text("")
    languages = set.intersection(*(set(t.translations) for t in parts))
    in_each = {lang: " ".join(t.translations[lang] for t in parts) for lang in sorted(languages)}
    return Text(" ".join(t.default for t in parts), in_each or EMPTY)
