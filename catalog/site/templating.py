"""The one Jinja environment a language: templates compiled for that language, their fixed words already in it.

Belongs here: how templates are compiled. Does not belong here: what they are handed (``rendering``), the templates.

A site has tens of thousands of pages and each says some hundred fixed words, so a template is compiled once a
language with its fixed words in place: ``{{ _("Rule") }}`` becomes the word itself. What a template calls is a plain
function, called as such, without Jinja's search for one that wants its context; macros don't need it either. Source:
https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment (``code_generator_class``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from catalog.language import Translator

TEMPLATES = Path(__file__).parent / "templates"


class _DirectCalls(CodeGenerator):
    """Python code in which a call is a call."""

    _opens_call = False

    def visit_Call(  # noqa: N802 - as Jinja names it
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Write the call."""
        self.visit(node.node, frame)
        self.write("(")
        self._opens_call = True
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self._opens_call = False
        self.write(")")

    def write(self, x: str) -> None:
        """Write a piece of code; ``signature`` begins each argument with a comma, the first one too."""
        if self._opens_call:
            self._opens_call = False
            x = x.removeprefix(", ")
        super().write(x)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """What a page says is escaped by ``escaped``."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


_MARKS = re.compile("[&<>'\"]")


def escaped(said: object) -> str:
    """What a template says, as it may stand in a page. As ``markupsafe.escape``, quicker for texts without a mark."""
    kind = type(said)
    if kind is Markup or (kind is str and not _MARKS.search(said)):  # type: ignore[call-overload]
        return said  # type: ignore[return-value]
    return escape(said)


class _Said(NodeTransformer):
    """Fixed words in their language."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - as Jinja names it
        """A call of ``_`` with nothing but a text becomes what it says."""
        found = self.generic_visit(node)
        if (
            isinstance(node.node, nodes.Name)
            and node.node.name in ("_", "gettext")
            and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
            and len(node.args) == 1
            and isinstance(node.args[0], nodes.Const)
        ):
            said = self.translator.gettext(str(node.args[0].value)) % {}
            return nodes.MarkSafe(nodes.Const(said, lineno=node.lineno), lineno=node.lineno)
        return found


class _Templates(Environment):
    """Templates of one language."""

    code_generator_class = _DirectCalls
    escaped = staticmethod(escaped)

    def __init__(self, translator: Translator) -> None:
        super().__init__(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.translator = translator
        self.globals |= {
            "_": self._gettext,
            "gettext": self._gettext,
            "ngettext": self._ngettext,
            "pgettext": self._pgettext,
            "npgettext": self._npgettext,
        }

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = _Said(self.translator).visit(super()._parse(source, name, filename))
        return template

    def _gettext(self, message: str, **values: Any) -> Markup:
        return Markup(self.translator.gettext(message)) % values  # noqa: S704

    def _ngettext(self, singular: str, plural: str, num: int, **values: Any) -> Markup:
        return Markup(self.translator.ngettext(singular, plural, num)) % {"num": num, **values}  # noqa: S704

    def _pgettext(self, context: str, message: str, **values: Any) -> Markup:
        return Markup(self.translator.pgettext(context, message)) % values  # noqa: S704

    def _npgettext(self, context: str, singular: str, plural: str, num: int, **values: Any) -> Markup:
        return Markup(self.translator.npgettext(context, singular, plural, num)) % {"num": num, **values}  # noqa: S704


@lru_cache(maxsize=32)
def templates(translator: Translator) -> Environment:
    """The templates in one language; compiled when first used, kept for as long as the process lives."""
    return _Templates(translator)
