"""Templates compiled our way say what Jinja says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from catalog.language import translator
from catalog.site.templating import escaped, templates

TEMPLATE = """{% macro cell(x, y=2) %}<td>{{ x }}{{ y }}{{ caller() if caller is defined }}</td>{% endmacro %}
{{ row.a }}{{ view.name.title() }}{{ view.no_such is defined }}{{ view.no_such|default("x") }}{{ many[0] }}
{{ _("Rule") }} {{ _("release %(n)s", n="<1>") }} {{ ngettext("%(count)s row", "%(count)s rows", n, count=n) }}
{{ cell(text) }}{{ cell("a", y=safe) }}{% call cell(1) %}<b>{{ text }}</b>{% endcall %}
{% for i in range(2) %}{{ loop.index }}{{ join(", ", *many) }}{{ fill(**{"x": text}) }}{% endfor %}{{ 1.5 }}
{{ none }}"""


@dataclass(frozen=True)
class View:
    name: str


def said(environment: Environment, **more: object) -> str:
    environment.loader = DictLoader({"page.html": TEMPLATE})
    context = {"text": "<&'\">", "safe": Markup("<i>"), "many": ["a", "<"], "n": 2, **more}
    context |= {"row": {"a": "item"}, "view": View("one")}
    context |= {"join": lambda sep, *parts: sep.join(parts), "fill": lambda x: Markup("<p>{}").format(x)}
    return environment.get_template("page.html").render(context)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_same_text_comes_out(language: str) -> None:
    words = translator(language)
    plain = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    plain.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    ours = templates.__wrapped__(words)
    assert said(ours) == said(plain)
    assert ("Regla" in said(ours)) is (language == "es")
    assert "&lt;1&gt;" in said(ours)


def test_a_name_that_is_not_there_is_an_error() -> None:
    ours = templates.__wrapped__(translator("en"))
    ours.loader = DictLoader({"page.html": "{{ nobody }}", "call.html": "{{ nobody(1) }}"})
    for name in ("page.html", "call.html"):
        with pytest.raises(UndefinedError, match="nobody"):
            ours.get_template(name).render()


def test_a_part_that_a_view_has_not_is_an_error_the_second_time_too() -> None:
    ours = templates.__wrapped__(translator("en"))
    ours.loader = DictLoader({"page.html": "{{ view.nothing }}"})
    for _ in range(2):
        with pytest.raises((UndefinedError, AttributeError), match="nothing"):
            ours.get_template("page.html").render(view=View("one"))


MACROS = """{% macro one(a, b="B") %}{{ a }}{{ b }}{% endmacro %}
{% macro held(a) %}{{ a }}{{ caller() }}{% endmacro %}
{% macro may(a, caller=none) %}{{ a }}{{ caller() if caller }}{% endmacro %}"""


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("one(1)", "1B"),
        ("one(1, 2)", "12"),
        ("one(b=2, a=1)", "12"),
        ("one('<', safe)", "&lt;<i>"),
        ("may(1)", "1"),
        ("one()", None),
        ("one(1, 2, 3)", None),
        ("one(1, a=2)", None),
        ("one(1, c=2)", None),
        ("held(1)", None),
    ],
)
def test_macros_take_what_they_name_each_once(call: str, says: str | None) -> None:
    ours = templates.__wrapped__(translator("en"))
    ours.loader = DictLoader({"page.html": f"{MACROS}{{{{ {call} }}}}", "with.html": MACROS})
    page = ours.get_template("page.html")
    if says is None:
        with pytest.raises((UndefinedError, TypeError)):
            page.render(safe=Markup("<i>"))
    else:
        assert page.render(safe=Markup("<i>")).strip() == says


def test_what_is_imported_with_context_is_handed_out_by_the_renderer() -> None:
    ours = templates.__wrapped__(translator("en"))
    ours.loader = DictLoader(
        {
            "parts.html": "{% macro say(x) %}<b>{{ x }} {{ city }}</b>{% endmacro %}",
            "page.html": '{% from "parts.html" import say with context %}{{ say(title) }}{{ city }}',
        }
    )
    parts = ours.get_template("parts.html").make_module({"city": "<Ribera>"})
    page = ours.get_template("page.html")
    said = page.render(title="&", city="another", imported={"parts.html": parts}.__getitem__)
    assert said == "<b>&amp; &lt;Ribera&gt;</b>another"


@pytest.mark.parametrize("value", ["plain", "<b>", "a & b", "it's", 'say "x"', 3, 1.5, None, Markup("<b>")])
def test_escaping_is_as_it_was(value: object) -> None:
    assert escaped(value) == Markup.escape(value)


def test_between_tags_quotes_stay_and_no_tag_begins() -> None:
    ours = templates.__wrapped__(translator("en"))
    ours.loader = DictLoader({"page.html": "<code>{{ sql|between_tags }}</code>"})
    page = ours.get_template("page.html").render(sql="\"a\" < 'b' && </code><script>")
    assert page == "<code>\"a\" &lt; 'b' &amp;&amp; &lt;/code&gt;&lt;script&gt;</code>"
