"""Every error Cauce raises on purpose.

    CauceError
    ├── InputError      exit 2: someone wrote something wrong (a contract, a flag, a city's file)
    ├── PromiseBroken   exit 1: the data broke a contract; carries the report
    ├── OutsideError    exit 3: the world failed (network, disk, a portal); says whether to retry
    └── ArtefactError   exit 4: a kept file is missing, torn or altered

One message has one form: *what, where. Found x, expected y. Try: command.*
Broad ``except`` clauses stand only at the three borders: the CLI, the API, Dagster.
"""

from __future__ import annotations


class CauceError(Exception):
    """Base of all errors raised on purpose.

    Args:
        what: What is wrong, in a few plain words, without a full stop.
        where: File and line, column, record number or address.
        found: What stands there.
        expected: What should stand there.
        hint: What to try next: a command or an edit.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.found = found
        self.expected = expected
        self.hint = hint
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole message in its one form."""
        head = f"{self.what}, {self.where}." if self.where else f"{self.what}."
        if self.found is not None and self.expected is not None:
            head += f" Found {self.found}, expected {self.expected}."
        elif self.found is not None:
            head += f" Found {self.found}."
        elif self.expected is not None:
            head += f" Expected {self.expected}."
        if self.hint:
            head += f" Try: {self.hint}"
        return head

    def as_dict(self) -> dict[str, str | None]:
        """The parts of the message, for ``--format json``."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "found": self.found,
            "expected": self.expected,
            "try": self.hint,
        }


class InputError(CauceError):
    """Someone wrote something wrong: a contract, a setting, a city's file, a flag."""

    exit_code = 2


class PromiseBroken(CauceError):
    """The data broke its contract. ``report`` holds the verdict that says so."""

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
        report: object | None = None,
    ) -> None:
        super().__init__(what, where=where, found=found, expected=expected, hint=hint)
        self.report = report


class OutsideError(CauceError):
    """The world failed: a portal, the network, a disk. ``retry`` says whether trying again may help."""

    exit_code = 3

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
        retry: bool = False,
    ) -> None:
        super().__init__(what, where=where, found=found, expected=expected, hint=hint)
        self.retry = retry


class ArtefactError(CauceError):
    """A file that Cauce keeps is missing, torn or altered."""

    exit_code = 4
