"""The catalogue's words in the reader's language.

Belongs here: finding and reading translations, and keeping them up to date. Does not belong here: the
words of a city or a contract (they carry their own translations), numbers and dates (``catalog.numbers``).

English stands in the code and the templates; every other language is one file of the well-known form,
``catalog/locales/<language>/LC_MESSAGES/cauce.po``, read as it is: nothing is compiled, nothing written.
To add a language: ``python -m catalog.messages add pt``. After changing words:
``python -m catalog.messages update``, then translate what it names.
"""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from contracts.errors import InputError

SOURCE_LANGUAGE = "en"
LOCALES = Path(__file__).parent / "locales"


@dataclass(frozen=True)
class Translator:
    """One language's words. For Jinja: ``install_gettext_callables(t.gettext, t.ngettext, newstyle=True)``."""

    language: str
    catalog: gettext.NullTranslations

    def gettext(self, message: str) -> str:
        """``message`` in this language."""
        return self.catalog.gettext(message) if message else ""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The form that fits ``n`` things."""
        return self.catalog.ngettext(singular, plural, n)

    def pgettext(self, context: str, message: str) -> str:
        """``message`` where the same English word needs two translations."""
        return self.catalog.pgettext(context, message)

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        """``ngettext`` with a context."""
        return self.catalog.npgettext(context, singular, plural, n)


def languages() -> tuple[str, ...]:
    """Every language the catalogue's own words are served in; English first."""
    found = sorted(p.parent.parent.name for p in LOCALES.glob("*/LC_MESSAGES/cauce.po"))
    return (SOURCE_LANGUAGE, *(f for f in found if f != SOURCE_LANGUAGE))


@lru_cache(maxsize=32)
def translator(language: str) -> Translator:
    """The words of ``language``; a tag with a country ("es-MX") falls back to its language.

    Raises:
        InputError: The catalogue has no such language.
    """
    known = languages()
    base = language.replace("_", "-")
    name = next((c for c in (base, base.partition("-")[0]) if c in known), None)
    if name is None:
        raise InputError(
            "the catalogue has no such language",
            found=language,
            expected=", ".join(known),
            hint=f"python -m catalog.messages add {language}",
        )
    if name == SOURCE_LANGUAGE:
        return Translator(language, gettext.NullTranslations())
    with path_of(name).open("rb") as file:
        messages = read_po(file, locale=name.replace("-", "_"), abort_invalid=True)
    binary = io.BytesIO()
    write_mo(binary, messages)
    binary.seek(0)
    return Translator(language, gettext.GNUTranslations(binary))


def path_of(language: str) -> Path:
    """Where a language's words stand."""
    return LOCALES / language / "LC_MESSAGES" / "cauce.po"
