"""What a unit of a site was made of: every read of the site's data, noted by name.

A unit (a product's pages in one language, say) is handed the site through ``traced``. What its builder reads is noted
as keys: ``products/x.title`` is a field of one product, ``products/*.title`` that field of all of them, ``products``
which there are and in which order, ``products?x`` whether there is such a one. ``Digests`` gives each key the digest of
what it reads now. A unit whose keys all have the digests they had reads the same, decides the same and says the same:
that rests on nothing but builders reading through the site they are handed, and no other thing that changes.

Belongs here: the noting, and digests of what was noted. Does not belong here: which units there are (``units``), what
becomes of one (``build``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, TypeVar

from catalog.contract_views import contract_digest
from catalog.site.site import Site
from catalog.views import CatalogView, ProductView, SourceView
from contracts.city import City, Problem
from contracts.measure import PRODUCT as MEASURES

V = TypeVar("V")

OF_RELEASES = frozenset({"current", "releases", "history", "attempts", "held", "closed", "tombstone"})
"""Fields of a product that are made of its kept files: one digest stands for them, since they are read when asked."""

OF_CONTRACT = frozenset({"columns", "contract", "promises"})
"""Fields of a product that are made of its contract alone: likewise."""

MOST_FIELDS = 6
"""Fields of one product that are noted one by one; a page that reads more of them is about it."""


class _Noting:
    """A view that notes which of its fields are read, under its own place: ``products/x.title``."""

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        if name[0] != "_" and "_seen" in own:  # one made of this by ``replace`` notes nothing: all was read to make it
            if name in own:
                own["_seen"].add(f"{own['_at']}.{name}")
                return own[name]
            if name in own["_late"]:
                own["_seen"].add(f"{own['_at']}.{name}")
                return getattr(own["_view"], name)
        return object.__getattribute__(self, name)


class _TracedProduct(_Noting, ProductView):
    pass


class _TracedSource(_Noting, SourceView):
    pass


class _TracedProblem(_Noting, Problem):
    pass


class _TracedCatalog(_Noting, CatalogView):
    pass


class _TracedCity(_Noting, City):
    pass


class _TracedSite(_Noting, Site):
    @property
    def today(self) -> date:
        """The day of checking: noted as a day, so that a page that says it is made again once a day."""
        own = object.__getattribute__(self, "__dict__")
        own["_seen"].add("site.today")
        day: date = own["_site"].today
        return day


def _wrap(kind: type[V], view: Any, at: str, seen: set[str], **more: Any) -> V:
    """``view`` as a noting one."""
    made = object.__new__(kind)
    own, has = object.__getattribute__(made, "__dict__"), vars(view)
    own.update(has, _at=at, _seen=seen, _view=view, _late=_FIELDS[type(view).__mro__[-2]] - has.keys(), **more)
    return made


_FIELDS: Mapping[type, frozenset[str]] = {
    kind: frozenset(f.name for f in fields(kind))
    for kind in (ProductView, SourceView, Problem, CatalogView, City, Site)
}


class _TracedMapping(Mapping[str, V]):
    """Views by name. One asked for by name is noted as itself; all of them, field by field."""

    def __init__(self, of: Mapping[str, V], at: str, seen: set[str], wrap: Callable[[V, str], V]) -> None:
        self._of, self._at, self._seen, self._wrap = of, at, seen, wrap
        self._wrapped: dict[str, V] = {}
        self._every: dict[str, V] | None = None

    def __getitem__(self, name: str) -> V:
        self._seen.add(f"{self._at}?{name}")
        if name not in self._wrapped:
            self._wrapped[name] = self._wrap(self._of[name], f"{self._at}/{name}")
        return self._wrapped[name]

    def __contains__(self, name: object) -> bool:
        self._seen.add(f"{self._at}?{name}")
        return name in self._of

    def __iter__(self) -> Iterator[str]:
        self._seen.add(self._at)
        return iter(self._of)

    def __len__(self) -> int:
        self._seen.add(self._at)
        return len(self._of)

    def _all(self) -> dict[str, V]:
        self._seen.add(self._at)
        if self._every is None:
            self._every = {name: self._wrap(view, f"{self._at}/*") for name, view in self._of.items()}
        return self._every

    def values(self) -> ValuesView[V]:
        """All of them, each field noted for all."""
        return self._all().values()

    def items(self) -> ItemsView[str, V]:
        """As ``values``, with their names."""
        return self._all().items()


def traced(site: Site, seen: set[str]) -> Site:
    """The site for one unit's builder; what is read of it is noted in ``seen``."""

    def whole(value: V, at: str) -> V:
        seen.add(at)
        return value

    catalog = _wrap(
        _TracedCatalog,
        site.catalog,
        "catalog",
        seen,
        products=_TracedMapping(
            site.catalog.products, "products", seen, lambda v, at: _wrap(_TracedProduct, v, at, seen)
        ),
        sources=_TracedMapping(site.catalog.sources, "sources", seen, lambda v, at: _wrap(_TracedSource, v, at, seen)),
    )
    city = _wrap(
        _TracedCity,
        site.city,
        "city",
        seen,
        products=_TracedMapping(site.city.products, "contracts", seen, whole),
        sources=_TracedMapping(site.city.sources, "source contracts", seen, whole),
        problems=_TracedMapping(site.city.problems, "declared problems", seen, whole),
        measures=_TracedMapping(site.city.measures, "measures", seen, whole),
    )
    return _wrap(
        _TracedSite,
        site,
        "site",
        seen,
        _site=site,
        city=city,
        catalog=catalog,
        problems=tuple(_wrap(_TracedProblem, p, f"problems/{p.id}", seen) for p in site.problems),
        figures=_TracedMapping(site.figures, "figures", seen, whole),
        samples=_TracedMapping(site.samples, "samples", seen, whole),
        values=_TracedMapping(site.values, "values", seen, whole),
        origins=_TracedMapping(site.origins, "origins", seen, whole),
        beside=_TracedMapping(site.beside, "beside", seen, whole),
        measured=_TracedMapping(site.measured, "measured", seen, whole),
        newest=_TracedMapping(site.newest, "newest", seen, whole),
        worked_out=_TracedMapping(site.worked_out, "worked out", seen, whole),
        asking=_TracedMapping(site.asking, "asking", seen, whole),
        service=_TracedMapping(site.service, "service", seen, whole),
    )


def gathered(seen: set[str]) -> tuple[str, ...]:
    """What was read, in order; many fields of one product count as the whole of it."""
    fields_of: dict[str, list[str]] = {}
    for key in seen:
        if key.startswith("products/") and "." in key and not key.startswith("products/*"):
            fields_of.setdefault(key.partition(".")[0], []).append(key)
    for product, keys in fields_of.items():
        if len(keys) > MOST_FIELDS:
            seen = (seen - set(keys)) | {product}
    return tuple(sorted(seen))


class Digests:
    """What each key reads now, as a digest; worked out when asked for."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._found: dict[str, str] = {}
        self._tables: Mapping[str, Mapping[str, Any]] = {
            "products": site.catalog.products,
            "sources": site.catalog.sources,
            "contracts": site.city.products,
            "source contracts": site.city.sources,
            "declared problems": site.city.problems,
            "problems": {p.id: p for p in site.problems},
            "figures": site.figures,
            "samples": site.samples,
            "values": site.values,
            "origins": site.origins,
            "beside": site.beside,
            "measures": site.city.measures,
            "measured": site.measured,
            "newest": site.newest,
            "worked out": site.worked_out,
            "asking": site.asking,
            "service": site.service,
        }
        self._views: Mapping[str, Any] = {"site": site, "catalog": site.catalog, "city": site.city}

    def of(self, key: str) -> str:
        """The digest of what ``key`` reads; that of nothing where there is no such thing any more."""
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._read(key)
        return found

    def knows(self, key: str) -> bool:
        """Whether ``key`` is one that this code notes; one of a memory may be anything."""
        head = key.partition("?")[0].partition("/")[0]
        kind, _, field = head.partition(".")
        return head in self._tables or (kind in self._views and hasattr(self._views[kind], field))

    def _read(self, key: str) -> str:
        kind, asks, name = key.partition("?")
        if asks:
            return str(name in self._tables[kind])
        kind, of_one, rest = key.partition("/")
        if not of_one:
            return self._read_view(key)
        table = self._tables[kind]
        name, _, field = rest.partition(".")
        if name == "*":
            return digest([part for n in table for part in (n, self._text(kind, n, field))])
        return digest([self._text(kind, name, field)]) if name in table else ""

    def _read_view(self, key: str) -> str:
        """A table's names, or a field of the site, the catalogue or the city."""
        if key in self._tables:
            return digest(self._tables[key])
        kind, _, field = key.partition(".")
        if key == "site.problems":
            return digest(self._tables["problems"])
        if (kind, field) in _CONTAINERS:
            return ""
        return digest([repr(getattr(self._views[kind], field))])

    def _text(self, kind: str, name: str, field: str) -> str:
        """A text that is another one where something else would be read."""
        if kind in ("samples", "service") or (kind == "products" and field in OF_RELEASES):
            return self._site.catalog.products[name].content
        if kind == "products" and field in OF_CONTRACT:
            return self._site.catalog.products[name].declared
        if kind == "contracts":
            return contract_digest(self._site.city.products[name])
        if kind == "figures":
            problem = next(p for p in self._site.problems if p.id == name)
            product = self._site.product_of(problem)
            return digest([repr(problem.measure), product.content if product else ""])
        if kind in ("measured", "newest"):
            holding = self._site.catalog.products.get(MEASURES)
            return digest([repr(self._site.city.measures[name]), holding.content if holding else ""])
        value = self._tables[kind][name]
        if kind == "products" and not field:
            return "".join([value.content, value.declared, *(repr(getattr(value, own)) for own in _OF_PRODUCT)])
        return repr(getattr(value, field) if field else value)


DECLARED = frozenset(
    {
        *("name", "title", "purpose", "limitations", "usage", "practice", "tier", "rendition", "owner", "steward"),
        *("licence", "grain", "row", "promises", "contract_id", "contract_version", "why_not_public", "how_to_ask"),
        *("carries_more", "columns", "contract", "content", "declared"),
    }
)
"""Fields of a product that ``declared`` and ``content`` stand for."""

_OF_PRODUCT = sorted({f.name for f in fields(ProductView)} - OF_RELEASES - DECLARED)
_CONTAINERS = frozenset(
    {
        *(("site", name) for name in ("city", "tier", "catalog", "figures", "samples", "values", "origins", "beside")),
        *(("site", name) for name in ("measured", "newest", "worked_out", "asking", "service")),
        *(("catalog", name) for name in ("tier", "products", "sources")),
        *(("city", name) for name in ("products", "sources", "problems", "measures")),
    }
)
"""Fields that hold what is noted itself, or never change within one tier's site."""


def digest(parts: Any) -> str:
    """One digest of texts in their order."""
    listed = list(parts)
    lengths = ",".join([str(len(part)) for part in listed])
    return hashlib.sha256(f"{lengths}:{''.join(listed)}".encode()).hexdigest()[:32]


for _kind in (_TracedProduct, _TracedSource, _TracedProblem, _TracedCatalog, _TracedCity, _TracedSite):
    assert is_dataclass(_kind) and not any(f.name.startswith("_") for f in fields(_kind))
