"""A CKAN portal, asked through its action API.

Belongs here: the envelope that everything comes in, its errors, finding a resource. Does not belong here: which pages
are asked for (``connectors/ckan``), what a description means (``described``).

Source: CKAN 2.11 documentation, "API guide" and "DataStore extension"; recorded answers of demo.ckan.org.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urljoin, urlsplit, urlunsplit

from contracts.errors import InputError, OutsideError
from contracts.vocabulary import nearest

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Answer, Web

RECORDS = ("result", "records")
LARGEST = 512 << 20
"""Bytes of one answer."""
SHORT = 64 << 10
"""Bytes of an answer that are looked at for an error that came with a good status."""

_FAILED = re.compile(rb'"success"\s*:\s*false')
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KIND = re.compile(r"[A-Z][A-Za-z ]{2,40}")
_NO_FIELD = re.compile(r'field "?([^"]{1,80}?)"? not in table', re.IGNORECASE)
_STAYS = "the last accepted delivery stays in use."
_DENIED, _MISSING = "Authorization Error", "Not Found Error"
_INVALID = ("Validation Error", "Search Error", "Search Query Error", "Search Index Error")


def is_id(resource: str) -> bool:
    """Whether it is a resource's id rather than its name."""
    return _UUID.fullmatch(resource) is not None


@dataclass(frozen=True)
class CkanPortal:
    """A portal, and how it is asked.

    Attributes:
        web: The way to web servers.
        base: The portal's address.
        place: Where the contract names what is asked for.
        headers: The token, where there is one.
    """

    web: Web
    base: str
    place: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def act(self, action: str, **parameters: str) -> Mapping[str, Any]:
        """The result of an action, an object.

        Raises:
            InputError: The portal has nothing of that name, or does not understand what is asked.
            OutsideError: It can't be asked, or it is no CKAN portal.
        """
        answer = self.ask(action, parameters)
        told = answer.json()
        result = told.get("result") if isinstance(told, dict) else None
        if not isinstance(result, dict):
            raise self._no_ckan(answer)
        return result

    def ask(self, action: str, parameters: Mapping[str, str]) -> Answer:
        """The whole answer to an action, which succeeded.

        Raises:
            InputError: The portal has nothing of that name, or does not understand what is asked.
            OutsideError: It can't be asked, or it is no CKAN portal.
        """
        url = f"{self.base}/api/3/action/{action}"
        answer = self.web.get(url, query=tuple(parameters.items()), headers=self.headers, most=LARGEST)
        if answer.status != 200:
            self._refuse(answer, action)
        if _FAILED.search(answer.body, 0, SHORT) is not None:
            told = answer.json()
            if isinstance(told, dict) and told.get("success") is False:
                self._refuse(answer, action)
        return answer

    def package(self, name: str) -> Mapping[str, Any]:
        """A package by name or id."""
        return self.act("package_show", id=name)

    def resource(self, wanted: str, package: str | None) -> Mapping[str, Any]:
        """A resource by id, or by its name in a package.

        Raises:
            InputError: There is none, or several of that name.
            OutsideError: It can't be asked.
        """
        if is_id(wanted):
            return self.act("resource_show", id=wanted)
        if package is None:
            raise InputError(
                "a resource's name alone does not tell which it is",
                where=self.place,
                found=wanted,
                expected="package beside it, or the resource's id",
            )
        named = resources_of(self.package(package))
        found = [one for one in named if one.get("name") == wanted]
        if len(found) == 1:
            return found[0]
        names = [str(one.get("name")) for one in named]
        if found:
            raise InputError(
                "a package has several resources of one name",
                where=self.place,
                found=f"{wanted}, {len(found)} times in {package}",
                expected=f"an id: {', '.join(str(one.get('id')) for one in found)}",
            )
        close = nearest(wanted, names)
        raise InputError(
            "a package has no such resource",
            where=self.place,
            found=wanted,
            expected=close or f"one of {', '.join(names) or 'none: the package is empty'}",
            hint=f"the publisher may have renamed it; name its id instead of its name. {_STAYS}",
        )

    def address(self, resource: Mapping[str, Any]) -> str:
        """Where a resource's file is, absolute.

        A file of the portal's own is asked for as the portal is: portals behind a proxy give themselves as http.

        Raises:
            InputError: It has no file.
        """
        given = str(resource.get("url") or "").strip()
        if not given:
            raise InputError(
                "a resource has no file",
                where=self.place,
                found=str(resource.get("id")),
                expected="a resource with an address",
                hint="if the portal shows its records all the same, set way: datastore.",
            )
        url = urljoin(f"{self.base}/", given)
        parts, base = urlsplit(url), urlsplit(self.base)
        if parts.hostname == base.hostname and parts.scheme == "http" and base.scheme == "https" and not parts.port:
            parts = parts._replace(scheme="https")
        return urlunsplit(parts)

    def is_own(self, url: str) -> bool:
        """Whether an address is on the portal's own host: only there its token goes."""
        parts, base = urlsplit(url), urlsplit(self.base)
        return (parts.scheme, parts.netloc) == (base.scheme, base.netloc)

    def _refuse(self, answer: Answer, action: str) -> NoReturn:
        """Raise what an error of the portal means; its own words may hold values, so its kind alone is told."""
        error = _error(answer)
        kind = str(error.get("__type") or "")
        kind = kind if _KIND.fullmatch(kind) else ""
        found = f"status {answer.status}" + (f", {kind}" if kind else "")
        field_name = _no_field(error)
        if field_name is not None:
            raise InputError(
                "a portal does not know a column that the source asks for",
                where=self.place,
                found=field_name,
                hint="it may have been renamed: look at the resource on the portal.",
            )
        if kind == _DENIED or answer.status in (401, 403):
            given = "another token in the variable that credential names" if self.headers else "a public resource"
            raise OutsideError(
                "a portal does not let this be read",
                where=answer.shown,
                found=found,
                expected=given,
                hint="ask the publisher; for a private resource name an API token: credential: ${NAME}.",
            )
        if kind == _MISSING:
            raise InputError(
                "a portal has no such package or resource",
                where=self.place,
                found=f"{found}, for {action} at {urlsplit(self.base).netloc}",
                hint="it may have been replaced, or not be in the datastore: look for it on the portal, then correct "
                f"resource, package or way. {_STAYS}",
            )
        if kind in _INVALID:
            raise InputError(
                "a portal does not understand what the source asks for",
                where=self.place,
                found=f"{found}, for {action}",
                hint="look at the resource on the portal, then correct resource, package or pageSize.",
            )
        if answer.status in (404, 410) or not error:
            raise self._no_ckan(answer)
        raise OutsideError(
            "a portal answered with an error",
            where=answer.shown,
            found=found,
            hint=f"run again later; {_STAYS}",
            retry=answer.status >= 500 or answer.status == 200,
        )

    def _no_ckan(self, answer: Answer) -> OutsideError:
        from orchestration.ingest.web.records import what_it_is

        return OutsideError(
            "an address does not answer as CKAN's action API does",
            where=answer.shown,
            found=f"status {answer.status}, {what_it_is(answer.body)}",
            expected="an object with success and result",
            hint="correct the portal's address in city.yaml: what stands before /dataset/ in a browser.",
            retry=answer.status >= 500,
        )


def resources_of(package: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """A package's resources, in its order."""
    return [one for one in package.get("resources") or [] if isinstance(one, dict)]


def _error(answer: Answer) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except OutsideError:
        return {}
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def _no_field(error: Mapping[str, Any]) -> str | None:
    for name in ("sort", "fields", "filters", "message"):
        said = error.get(name)
        text = " ".join(map(str, said)) if isinstance(said, list) else str(said or "")
        found = _NO_FIELD.search(text)
        if found is not None:
            return found[1]
    return None
