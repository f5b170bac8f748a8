"""The one Jinja environment a language: templates compiled for that language, their fixed words already in it.

Belongs here: how templates are compiled. Does not belong here: what they are handed (``rendering``), the templates.

A site has tens of thousands of pages and each says some hundred fixed words, so templates are compiled to do less:

- fixed words stand in them in their language: ``{{ _("Rule") }}`` becomes the word itself;
- what a template calls is a plain function, called as such, without Jinja's search for one that wants its context;
- ``view.part`` is the view's attribute, without Jinja's search for an entry of that name, where the view's type has
  no entries;
- macros imported ``with context`` are made once for all pages of a renderer, which hands them what its pages have in
  common (``imported``): what differs from page to page, they are handed by their caller.

Source: https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment (``code_generator_class``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from keyword import iskeyword
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from catalog.language import Translator

TEMPLATES = Path(__file__).parent / "templates"


class _Direct(CodeGenerator):
    """Python code in which a call is a call, and a part of a view its attribute."""

    _opens_call = False
    _asks_whether = False

    def write_commons(self) -> None:
        """What every block begins with."""
        super().write_commons()
        self.writeline("solid, escaped = environment.solid, environment.escaped")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        """Write ``view.part``: an attribute where ``solid`` knows the view's type, else what Jinja looks up."""
        if self._asks_whether or iskeyword(node.attr) or not node.attr.isidentifier():
            super().visit_Getattr(node, frame)
            return
        self.write(f"(of.{node.attr} if type(of := ")
        self.visit(node.node, frame)
        self.write(f") in solid else environment.getattr(of, {node.attr!r}))")

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        """Write a test; one that asks whether something is there has it looked up, and not taken."""
        self._asks_whether = True
        super().visit_Test(node, frame)
        self._asks_whether = False

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        """Write a filter; one of them asks likewise."""
        self._asks_whether = node.name in ("default", "d")
        super().visit_Filter(node, frame)
        self._asks_whether = False

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

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Write what makes a macro of its body."""
        if macro_ref.accesses_kwargs or macro_ref.accesses_varargs:
            super().macro_def(macro_ref, frame)
            return
        named = getattr(macro_ref.node, "name", "caller")
        names = tuple(argument.name for argument in macro_ref.node.args)
        self.write(f"environment.macro(macro, {named!r}, {names!r}, {macro_ref.accesses_caller!r})")

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        """Write where an imported template's macros come from."""
        if not node.with_context:
            super()._import_common(node, frame)
            return
        self.write("resolve('imported')(")
        self.visit(node.template, frame)
        self.write(")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """What a page says is escaped by ``escaped``."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("escaped(")


_MARKS = re.compile("[&<>'\"]")


def escaped(said: object) -> str:
    """What a template says, as it may stand in a page. As ``markupsafe.escape``, quicker for texts without a mark."""
    kind = type(said)
    if kind is Markup or (kind is str and not _MARKS.search(said)):  # type: ignore[call-overload]
        return said  # type: ignore[return-value]
    return str(said) if kind is int else escape(said)


def safe(said: str) -> Markup:
    """What is markup already, as such; ``Markup`` asks first what it is handed, and is asked a hundred times a page."""
    return str.__new__(Markup, said)


def between_tags(said: str) -> Markup:
    """A text as it may stand between tags, and nowhere else: its quotes stay as they are, of which SQL is full."""
    return safe(said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


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

    code_generator_class = _Direct
    escaped = staticmethod(escaped)
    solid: ClassVar[set[type]] = set()
    """Types of what has attributes and nothing else to look up by name: views, and what asks them."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja looks a name up; a type without entries is remembered, so that its attributes are taken."""
        if not hasattr(type(obj), "__getitem__") and not isinstance(obj, (Undefined, ModuleType)):
            self.solid.add(type(obj))
        return super().getattr(obj, attribute)

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
        self.filters["between_tags"] = between_tags
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

    def macro(
        self, body: Callable[..., str], name: str, names: tuple[str, ...], takes_caller: bool
    ) -> Callable[..., Markup]:
        """A macro, which says what ``body`` says of its arguments, in their order; ``missing`` is one not given."""
        asked = (*names, "caller") if takes_caller and "caller" not in names else names

        def arranged(args: tuple[Any, ...], named: dict[str, Any]) -> Iterable[Any]:
            given = {**dict(zip(asked, args, strict=False)), **named}
            if len(args) > len(names) or len(given) < len(args) + len(named) or not given.keys() <= set(asked):
                raise TypeError(f"macro {name!r} takes {', '.join(asked) or 'nothing'}, and each once")
            if len(asked) > len(names) and "caller" not in given:
                given["caller"] = self.undefined(name="caller")
            return (given.get(one, missing) for one in asked)

        def said(*args: Any, **named: Any) -> Markup:
            if named or len(args) != len(asked) or len(asked) > len(names):
                return safe(body(*arranged(args, named)))
            return safe(body(*args))

        return said

    def _gettext(self, message: str, **values: Any) -> Markup:
        return _filled(self.translator.gettext(message), values)

    def _ngettext(self, singular: str, plural: str, num: int, **values: Any) -> Markup:
        return _filled(self.translator.ngettext(singular, plural, num), {"num": num, **values})

    def _pgettext(self, context: str, message: str, **values: Any) -> Markup:
        return _filled(self.translator.pgettext(context, message), values)

    def _npgettext(self, context: str, singular: str, plural: str, num: int, **values: Any) -> Markup:
        return _filled(self.translator.npgettext(context, singular, plural, num), {"num": num, **values})


def _filled(pattern: str, values: dict[str, Any]) -> Markup:
    """A sentence of the interface, which is markup, with values, which are escaped."""
    return safe(pattern % {name: escaped(value) for name, value in values.items()})


@lru_cache(maxsize=32)
def templates(translator: Translator) -> Environment:
    """The templates in one language; compiled when first used, kept for as long as the process lives."""
    return _Templates(translator)
