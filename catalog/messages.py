"""Keeping the translations whole: gathering the words of the interface, for maintainers and for a test.

    python -m catalog.messages update        gather the words into every language's file, name what is missing
    python -m catalog.messages add pt        begin a language
    python -m catalog.messages check         name what is missing, wrong or no longer used; 1 if anything is

Belongs here: extraction, updating, checking. Does not belong here: reading translations for a page
(``catalog.language``). Files carry no dates and no line numbers, so that they change only when words do.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from catalog.language import SOURCE_LANGUAGE, languages, path_of
from contracts.errors import InputError

ROOT = Path(__file__).parent
KEYWORDS = {
    "_": None,
    "t": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
"""Functions whose first arguments are words for people; ``t`` is a local name for ``translator.gettext``."""

_METHODS = [("site/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"site/templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}


def extract(root: Path = ROOT) -> Catalog:
    """All words of the interface, from the templates and the code under ``root``."""
    found = Catalog(charset="utf-8")
    entries = sorted(
        extract_from_dir(root, _METHODS, _OPTIONS, KEYWORDS, comment_tags=("NOTE:",), strip_comment_tags=True),
        key=lambda e: (e[0], e[1]),
    )
    for filename, _, message, comments, context in entries:
        found.add(message, None, [(Path(filename).as_posix(), 0)], auto_comments=comments, context=context)
    return found


def read(language: str) -> Catalog:
    """One language's file."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"), abort_invalid=True)


def updated(language: str, template: Catalog) -> bytes:
    """The language's file with exactly the words of ``template``, keeping the translations it has."""
    translated = read(language)
    translated.update(template, no_fuzzy_matching=True)
    body = io.BytesIO()
    write_po(
        body, translated, width=110, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False
    )
    return _header(language) + body.getvalue()


def add(language: str) -> Path:
    """Begin a language: a file with every word, none translated.

    Raises:
        InputError: The language is there already, or the world knows no such language.
    """
    if language in languages():
        raise InputError("the catalogue has this language already", found=language)
    try:
        Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as error:
        raise InputError("a language is not known", found=language, expected="a code like pt or pt-BR") from error
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_header(language))
    path.write_bytes(updated(language, extract()))
    return path


def findings(language: str, template: Catalog) -> list[str]:
    """What is wrong with a language's file, a sentence each; empty when it is whole."""
    translated = read(language)
    found = []
    for message in _messages(template):
        own = translated.get(message.id, message.context)
        name = _name(message)
        if own is None:
            found.append(f"{language}: not in the file: {name}")
        elif own.fuzzy:
            found.append(f"{language}: marked as unsure: {name}")
        elif not _whole(own, translated.num_plurals):
            found.append(f"{language}: not translated: {name}")
        else:
            found += [f"{language}: {error} in {name}" for error in own.check(translated)]
            found += [f"{language}: begins or ends unlike the English: {name}" for _ in _edges(message, own)]
    known = {(m.id, m.context) for m in _messages(template)}
    found += [
        f"{language}: no longer used: {_name(m)}" for m in _messages(translated) if (m.id, m.context) not in known
    ]
    return found


def main(arguments: Sequence[str]) -> int:
    """The maintainers' command."""
    if (
        not arguments
        or arguments[0] not in {"update", "add", "check"}
        or (arguments[0] == "add") != (len(arguments) == 2)
    ):
        sys.stderr.write("Usage: python -m catalog.messages update | check | add LANGUAGE\n")
        return 2
    if arguments[0] == "add":
        sys.stdout.write(f"{add(arguments[1])}\n")
        return 0
    template = extract()
    problems: list[str] = []
    for language in languages():
        if language == SOURCE_LANGUAGE:
            continue
        if arguments[0] == "update":
            path_of(language).write_bytes(updated(language, template))
        problems += findings(language, template)
    sys.stdout.write("".join(f"{p}\n" for p in problems))
    sys.stdout.write(f"{len(template)} texts, {len(languages())} languages, {len(problems)} findings\n")
    return 1 if problems else 0


def _header(language: str) -> bytes:
    locale = Locale.parse(language.replace("-", "_"))
    plural = Catalog(locale=locale)
    return (
        f"# The catalogue in {locale.get_display_name('en')}. Kept by: python -m catalog.messages update\n"
        'msgid ""\nmsgstr ""\n'
        '"Project-Id-Version: Cauce\\n"\n'
        f'"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {plural.plural_forms}\\n"\n\n'
    ).encode()


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (m for m in catalog if m.id)


def _name(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return f'"{text}"' + (f" ({message.context})" if message.context else "")


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """A text's forms: one, or one for each plural."""
    if text is None:
        return ()
    return (text,) if isinstance(text, str) else tuple(text)


def _whole(message: Message, plurals: int) -> bool:
    forms = _forms(message.string)
    return all(forms) and len(forms) == (1 if isinstance(message.id, str) else plurals)


def _edges(message: Message, own: Message) -> Iterator[None]:
    """Yields where blanks at the ends or a final full stop are not the same on both sides."""
    english = _forms(message.id)
    for index, other in enumerate(_forms(own.string)):
        source = english[min(index, len(english) - 1)]
        blanks = (source[:1] == " ") != (other[:1] == " ") or (source[-1:] == " ") != (other[-1:] == " ")
        if blanks or (source[-1:] == ".") != (other[-1:] == "."):
            yield None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
