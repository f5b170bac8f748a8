"""No word of the interface stands outside the translations, and none is left untranslated."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jinja2 import Environment, nodes

from catalog import language, messages

ROOT = Path(messages.__file__).parent
TEMPLATES = sorted((ROOT / "site" / "templates").rglob("*.html"))
# Names that are the same in every language.
NAMES = frozenset({"Cauce", "CSV", "Parquet", "GeoJSON", "JSON", "SHA", "DCAT", "UTC", "SQL", "US"})
# For maintainers: not words of a page.
NOT_PAGES = frozenset({"messages.py", "settings.py"})
# They hand a word on to the translations that somebody else said.
GO_BETWEENS = frozenset({"language.py", "templating.py"})
# Makers' names, and a shape's in GeoJSON, where code says them.
PROPER = frozenset({"Babel", "Dagster", "Great Expectations", "Jinja", "Parquet", "Polygon"})
SPOKEN = frozenset({"title", "alt", "aria-label", "aria-description", "placeholder", "data-head", "content"})
# Files for machines say things in English and in the contract's own languages (``catalog/machines``).
MODULES = sorted(p for p in ROOT.rglob("*.py") if p.name not in NOT_PAGES and p.parent.name != "machines")
HOLE = "\x00"
# What stands there is for the browser, or to be copied as it is.
MUTE = frozenset({"style", "script", "code"})


class _Words(HTMLParser):
    """The words of a page that a person sees or hears."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.mute += tag in MUTE
        named = dict(attrs)
        if tag == "meta" and named.get("name") != "description":
            return
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.mute -= tag in MUTE

    def handle_data(self, data: str) -> None:
        if not self.mute:
            self.found.append(data)


def _shown(expression: nodes.Node) -> Iterator[str]:
    """Plain strings that an expression may put on the page as they are."""
    match expression:
        case nodes.Const(value=str() as text):
            yield text
        case nodes.CondExpr() | nodes.Or() | nodes.And() | nodes.Concat() | nodes.Add():
            for child in expression.iter_child_nodes(exclude=("test",)):
                yield from _shown(child)
        case _:
            return


def _page_text(node: nodes.Node) -> Iterator[str]:
    """A template's own text in order; what is put in stands as a hole, plain strings as themselves."""
    for child in node.iter_child_nodes():
        match child:
            case nodes.TemplateData(data=text):
                yield text
            case nodes.Stmt():
                yield from _page_text(child)
            case nodes.Expr() if isinstance(node, nodes.Output):
                yield "".join(_shown(child)) or HOLE
            case _:
                continue


def outside_in_template(source: str) -> list[str]:
    """Words of a template that no translation reaches."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    parser = _Words()
    # An element whose name is put in is some element.
    parser.feed(re.sub(rf"(</?){HOLE}", r"\1h2", "".join(_page_text(environment.parse(source)))))
    parser.close()
    found = []
    for text in parser.found:
        bare = re.sub(r"\S+\.json\b", " ", text.replace(HOLE, " "))
        if set(re.findall(r"[^\W\d_]{2,}", bare)) - NAMES:
            found.append(" ".join(text.replace(HOLE, " … ").split()))
    return found


def unreached_in_template(source: str) -> list[str]:
    """Calls of the translations in a template whose words stand elsewhere, so that no translator is handed them."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    found = []
    for call in environment.parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in messages.KEYWORDS:
            wanted = call.args[: _words_of(call.node.name)]
            if not wanted or not all(isinstance(a, nodes.Const) and isinstance(a.value, str) for a in wanted):
                found.append(f"line {call.lineno}: {call.node.name}")
    return found


def _words_of(keyword: str) -> int:
    """How many of a call's first arguments are words."""
    return len(messages.KEYWORDS[keyword] or (1,))


def unreached_in_code(source: str, gathered: Collection[str]) -> list[str]:
    """Calls of the translations in a module whose words are not ``gathered``, so that no translator is handed them."""
    found = []
    for call in ast.walk(ast.parse(source)):
        match call:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in messages.KEYWORDS:
                context = name in {"pgettext", "npgettext"}
                found += [
                    f"line {call.lineno}: {ast.unparse(word)}"
                    for word in call.args[context : _words_of(name)]
                    if not isinstance(word, ast.Constant) or word.value not in gathered
                ]
            case _:
                continue
    return found


def gathered_from(catalog: Catalog) -> set[str]:
    """Every word for a translator, singular and plural."""
    return {form for m in catalog if m.id for form in ((m.id,) if isinstance(m.id, str) else m.id)}


def _translated(tree: ast.AST) -> Iterator[ast.AST]:
    """Strings that are not words of a page: handed to the translations, raised, or documentation."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in messages.KEYWORDS or name in {"format_date", "format_datetime"} or name.endswith("Error")
            ):
                yield from ast.walk(node)
            case ast.Raise() | ast.Assert() | ast.Expr(value=ast.Constant()):
                yield from ast.walk(node)
            case ast.Dict(keys=keys):  # a key is looked up, not shown
                yield from (key for key in keys if key is not None)
            case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.Call(func=ast.Name(id="TypeVar" | "NewType")):
                yield from ast.walk(node)
            case _:
                continue


def _reads_like_words(text: str) -> bool:
    """Whether a text is a sentence of three words or more, or a heading or label: words that begin with a capital."""
    sentence = re.match(r"\s*(?:A|[A-Z]?[a-z’']+),?( [\w’'%()]+[,:]?)+ [\w’'%()]+[.:?]?\s*$", text)
    return bool(sentence or re.match(r"[A-Z][a-z’']+( [\w’'%()]+[,:]?)*[.:?]?$", text))


def outside_in_code(source: str) -> list[str]:
    """Strings of a module that read like a sentence for people but are handed to no translation."""
    tree = ast.parse(source)
    known = {id(n) for n in _translated(tree)}
    return [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in known
        and node.value not in PROPER
        and _reads_like_words(node.value)
        and not re.match(
            r"\s*(select|with|from|where|order|group|create|insert|and|or|cauce) ", node.value, re.IGNORECASE
        )
    ]


@pytest.fixture(scope="module")
def template() -> Catalog:
    return messages.extract()


OTHERS = [name for name in language.languages() if name != language.SOURCE_LANGUAGE]


def test_there_is_more_than_one_language() -> None:
    assert "es" in OTHERS


@pytest.mark.parametrize("name", OTHERS)
def test_every_text_is_translated(name: str, template: Catalog) -> None:
    found = messages.findings(name, template)
    assert not found, "\n".join([*found, "Try: python -m catalog.messages update"])


@pytest.mark.parametrize("name", OTHERS)
def test_the_file_is_as_the_tool_writes_it(name: str, template: Catalog) -> None:
    assert language.path_of(name).read_bytes() == messages.updated(name, template)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_no_words_stand_in_a_template_outside_the_translations(path: Path) -> None:
    assert outside_in_template(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_every_call_of_a_template_reaches_the_translators(path: Path) -> None:
    assert unreached_in_template(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_call_of_a_module_reaches_the_translators(path: Path, template: Catalog) -> None:
    if path.name not in GO_BETWEENS:
        assert unreached_in_code(path.read_text(encoding="utf-8"), gathered_from(template)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_sentence_stands_in_code_outside_the_translations(path: Path) -> None:
    assert outside_in_code(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>{{ _('Good day') }}</p>", []),
        ("<p>{% trans %}Good day{% endtrans %}</p>", []),
        ("<p>Good day</p>", ["Good day"]),
        ("{% if x %}<p>Good {{ x }} day</p>{% endif %}", ["Good … day"]),
        ('<a href="/x" aria-label="Open it">{{ x }}</a>', ["Open it"]),
        ('<a href="/x" class="wide open">CSV</a><style>body { color: red }</style>', []),
        ("<p>{{ x if x else 'nothing here' }}</p>", ["nothing here"]),
        ("<p>{{ status('late') }}</p>", []),
        ("{% macro m(x) %}<b>Hidden</b>{% endmacro %}", ["Hidden"]),
        ("{% for x in y %}{{ x }}{% else %}Empty{% endfor %}", ["… Empty"]),
        ("{% call frame('x') %}<i>Inside</i>{% endcall %}", ["Inside"]),
        ('<meta name="viewport" content="width=device-width">', []),
        ("<{{ level }} id='x'>{{ y }}</{{ level }}>", []),
        ("<{{ level }}>Late</{{ level }}>", ["Late"]),
        ("<svg><title>The way back</title><desc>{{ y }}</desc><text>days</text></svg>", ["The way back", "days"]),
    ],
)
def test_words_outside_the_translations_are_seen_in_a_template(source: str, expected: list[str]) -> None:
    assert outside_in_template(source) == expected


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('x = t("Nothing was published.")', False),
        ('x = translator.ngettext("One thing here", "Two things here", n)', False),
        ('"""A module that says things."""', False),
        ('raise InputError("a thing is not there")', False),
        ('x = "Nothing was published yet."', True),
        ('x = f"Nothing was published by {y} so far today"', True),
        ('x = "select a from b where c"', False),
        ('x = "on_target"', False),
        ('x = {"a key in words": y}', False),
        ('x = {y: "A value in words"}', True),
        ('x = "Status"', True),
        ('x = Heading(id, "Not open", desc)', True),
        ('x = element("title", words("Late by"))', True),
        ('x = "Great Expectations"', False),
        ('__all__ = ["Reading"]', False),
    ],
)
def test_sentences_outside_the_translations_are_seen_in_code(source: str, seen: bool) -> None:
    assert bool(outside_in_code(source)) is seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("{{ _('Good day') }}", False),
        ("{{ ngettext('%(num)s day', '%(num)s days', n) }}", False),
        ("{{ pgettext('state of a request', 'Open') }}", False),
        ("{{ _(heading) }}", True),
        ("{{ _('Good ' ~ time) }}", True),
        ("{{ ngettext(one, many, n) }}", True),
        ("{{ say(heading) }}", False),
    ],
)
def test_words_that_no_translator_is_handed_are_seen_in_a_template(source: str, seen: bool) -> None:
    assert bool(unreached_in_template(source)) is seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('x = t("Good day")', False),
        ('x = t("Good" " day")', False),
        ('x = t.ngettext("one day", "many days", n)', False),
        ('x = t.pgettext("of a request", "Good day")', False),
        ("x = t(heading)", True),
        ("x = t(f'Good {time}')", True),
        ('x = t("Not gathered")', True),
        ("x = y.gettext(words[name])", True),
    ],
)
def test_words_that_no_translator_is_handed_are_seen_in_code(source: str, seen: bool) -> None:
    assert bool(unreached_in_code(source, {"Good day", "one day", "many days"})) is seen


def test_words_inside_an_f_string_are_not_gathered_and_so_are_seen(tmp_path: Path) -> None:
    source = "x = f\"{word}: {t('Good day')}\"\ny = t('Good night')\n"
    (tmp_path / "page.py").write_text(source, encoding="utf-8")
    gathered = gathered_from(messages.extract(tmp_path))
    assert "Good night" in gathered
    assert unreached_in_code(source, gathered) == ([] if "Good day" in gathered else ["line 1: 'Good day'"])
