"""Words in the reader's language, and the tool that keeps them whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from catalog import language, messages
from contracts.errors import InputError

PO = """msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Sources"
msgstr "Fuentes"

msgid "%(count)s row"
msgid_plural "%(count)s rows"
msgstr[0] "%(count)s fila"
msgstr[1] "%(count)s filas"

msgctxt "month"
msgid "May"
msgstr "mayo"
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf of languages of our own, with Spanish on it."""
    monkeypatch.setattr(language, "LOCALES", tmp_path)
    language.translator.cache_clear()
    path = tmp_path / "es" / "LC_MESSAGES" / "cauce.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def forget() -> None:
    language.translator.cache_clear()


def template(*entries: str | tuple[str, str]) -> Catalog:
    found = Catalog()
    for entry in entries:
        found.add(entry, flags=["python-format"] if "%(" in str(entry) else [])
    return found


def test_english_is_the_words_themselves() -> None:
    english = language.translator("en")
    assert english.gettext("Sources") == "Sources"
    assert english.ngettext("%(count)s row", "%(count)s rows", 2) == "%(count)s rows"
    assert english.pgettext("month", "May") == "May"


def test_spanish_is_read_from_its_file_and_nothing_is_written(shelf: Path) -> None:
    before = sorted(shelf.parent.rglob("*"))
    spanish = language.translator("es")
    assert spanish.gettext("Sources") == "Fuentes"
    assert spanish.ngettext("%(count)s row", "%(count)s rows", 1) == "%(count)s fila"
    assert spanish.ngettext("%(count)s row", "%(count)s rows", 0) == "%(count)s filas"
    assert spanish.pgettext("month", "May") == "mayo"
    assert spanish.gettext("not known") == "not known"
    assert spanish.gettext("") == ""
    assert sorted(shelf.parent.rglob("*")) == before


def test_a_country_falls_back_to_its_language(shelf: Path) -> None:
    assert language.translator("es-CO").gettext("Sources") == "Fuentes"
    assert language.translator("es-CO").language == "es-CO"
    assert language.languages() == ("en", "es")


def test_an_unknown_language_says_how_to_add_it(shelf: Path) -> None:
    with pytest.raises(InputError, match=r"no such language.*Found pt, expected en, es.*messages add pt"):
        language.translator("pt")


def test_the_words_are_gathered_from_code_and_templates(tmp_path: Path) -> None:
    (tmp_path / "site" / "templates").mkdir(parents=True)
    (tmp_path / "site" / "templates" / "page.html").write_text(
        "{{ _('From the template') }}{% trans n=2 %}one{% pluralize %}many{% endtrans %}", encoding="utf-8"
    )
    (tmp_path / "words.py").write_text(
        't("From the code")\nx.ngettext("one day", "%d days", n)\nx.pgettext("verb", "Open")\n', encoding="utf-8"
    )
    found = {(m.id, m.context) for m in messages.extract(tmp_path) if m.id}
    assert found == {
        ("From the template", None),
        ("From the code", None),
        (("one", "many"), None),
        (("one day", "%d days"), None),
        ("Open", "verb"),
    }


@pytest.mark.parametrize(
    ("entry", "translation", "finding"),
    [
        ("Products", None, 'es: not in the file: "Products"'),
        ("Products", 'msgid "Products"\nmsgstr ""\n', 'es: not translated: "Products"'),
        ("Products", '#, fuzzy\nmsgid "Products"\nmsgstr "Fuentes"\n', 'es: marked as unsure: "Products"'),
        ("Done.", 'msgid "Done."\nmsgstr "Hecho"\n', 'es: begins or ends unlike the English: "Done."'),
        (
            "%(n)s left",
            '#, python-format\nmsgid "%(n)s left"\nmsgstr "quedan %(m)s"\n',
            "es: unknown named placeholder 'm' in \"%(n)s left\"",
        ),
        (
            ("one", "many"),
            'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "uno"\nmsgstr[1] ""\n',
            'es: not translated: "one"',
        ),
    ],
)
def test_what_is_missing_is_named(
    shelf: Path, entry: str | tuple[str, str], translation: str | None, finding: str
) -> None:
    shelf.write_text(PO + "\n" + (translation or ""), encoding="utf-8")
    words: list[str | tuple[str, str]] = ["Sources", ("%(count)s row", "%(count)s rows"), entry]
    whole = template(*words)
    whole.add("May", context="month")
    assert messages.findings("es", whole) == [finding]


def test_what_is_no_longer_used_is_named(shelf: Path) -> None:
    found = messages.findings("es", template("Sources"))
    assert found == ['es: no longer used: "%(count)s row"', 'es: no longer used: "May" (month)']


def test_updating_keeps_translations_drops_what_is_gone_and_is_stable(shelf: Path) -> None:
    words = template("Sources", "New")
    shelf.write_bytes(messages.updated("es", words))
    assert shelf.read_bytes() == messages.updated("es", words)
    written = shelf.read_text(encoding="utf-8")
    assert 'msgid "Sources"\nmsgstr "Fuentes"' in written
    assert 'msgid "New"\nmsgstr ""' in written
    assert "fila" not in written
    assert "Date" not in written


def test_a_language_is_begun_with_all_its_words(shelf: Path) -> None:
    path = messages.add("pt-BR")
    assert "Portuguese (Brazil)" in path.read_text(encoding="utf-8")
    assert language.languages() == ("en", "es", "pt-BR")
    assert len(messages.findings("pt-BR", messages.extract())) == len(messages.extract())
    with pytest.raises(InputError, match="has this language already"):
        messages.add("pt-BR")
    with pytest.raises(InputError, match="not known"):
        messages.add("klingon")


def test_the_command(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert messages.main([]) == 2
    assert messages.main(["add"]) == 2
    assert "Usage" in capsys.readouterr().err
    assert messages.main(["check"]) == 1
    assert "not in the file" in capsys.readouterr().out
    assert messages.main(["update"]) == 1
    assert "not in the file" not in capsys.readouterr().out
    assert messages.main(["add", "pt"]) == 0
    assert language.path_of("pt").exists()
