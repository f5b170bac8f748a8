"""Templates compiled our way say what Jinja says."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from catalog.language import translator
from catalog.site.templating import escaped, templates

TEMPLATE = """{% macro cell(x, y=2) %}<td>{{ x }}{{ y }}{{ caller() if caller is defined }}</td>{% endmacro %}
{{ _("Rule") }} {{ _("release %(n)s", n="<1>") }} {{ ngettext("%(count)s row", "%(count)s rows", n, count=n) }}
{{ cell(text) }}{{ cell("a", y=safe) }}{% call cell(1) %}<b>{{ text }}</b>{% endcall %}
{% for i in range(2) %}{{ loop.index }}{{ join(", ", *many) }}{{ fill(**{"x": text}) }}{% endfor %}{{ 1.5 }}
{{ none }}"""


def said(environment: Environment, **more: object) -> str:
    environment.loader = DictLoader({"page.html": TEMPLATE})
    context = {"text": "<&'\">", "safe": Markup("<i>"), "many": ["a", "<"], "n": 2, **more}
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


@pytest.mark.parametrize("value", ["plain", "<b>", "a & b", "it's", 'say "x"', 3, 1.5, None, Markup("<b>")])
def test_escaping_is_as_it_was(value: object) -> None:
    assert escaped(value) == Markup.escape(value)
