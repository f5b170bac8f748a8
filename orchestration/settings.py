"""The one place where orchestration reads the environment.

Every setting is one described row, prefixed ``CAUCE_``. Does not belong here: anything a city
decides for itself (that is ``city.yaml``), secrets (contracts name environment variables by reference).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Frozen settings of one process. An unknown ``CAUCE_`` variable is not an error: others read theirs."""

    model_config = SettingsConfigDict(env_prefix="CAUCE_", frozen=True, extra="ignore")

    home: Path = Field(default=PROJECT_ROOT / "var", description="The folder that holds every city's state.")
    releases: str | None = Field(
        default=None,
        description="Where releases stand, for all cities: s3://bucket/prefix or a folder; in the home where unset.",
    )
    cities: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(), description="More content roots, separated by the system's path separator."
    )
    city: str = Field(default="demo", description="The city meant where no --city is given.")
    threads: int = Field(default=2, ge=1, description="Threads DuckDB may use.")
    memory_limit: str = Field(default="1500MB", description="Memory DuckDB may use before it spills to disk.")
    requests_per_second: float = Field(
        default=5.0, ge=0, description="Requests a second that one web server is asked at most; 0: no limit."
    )
    log_days: int = Field(default=90, ge=1, description="Days for which logs and Dagster's history are kept.")

    @field_validator("cities", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(Path(part) for part in value.split(os.pathsep) if part)
        return value

    @property
    def content_roots(self) -> tuple[Path, ...]:
        """Folders that hold city folders: the checkout's own first."""
        return (PROJECT_ROOT / "cities", *self.cities)

    @property
    def dagster_home(self) -> Path:
        """Dagster's own state (runs, events). May be deleted; releases and ledger do not need it."""
        return self.home / "dagster"


def load_settings() -> Settings:
    """Settings from the environment.

    Raises:
        InputError: A variable holds something that is not allowed.
    """
    from pydantic import ValidationError

    from contracts.errors import InputError

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "CAUCE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(
            "a setting in the environment is not allowed",
            where=name,
            found=repr(first.get("input")),
            expected=first["msg"],
        ) from error


def secret(reference: str) -> str:
    """The value of a reference such as ``${PORTAL_TOKEN}``. It never stands in a message.

    Raises:
        InputError: The environment has no such variable, or it is empty.
    """
    from contracts.errors import InputError

    name = reference.removeprefix("${").removesuffix("}")
    value = os.environ.get(name, "")
    if not value:
        raise InputError(
            "a secret that a source's contract refers to is not in the environment",
            where=reference,
            found="nothing",
            expected=f"a value for {name}",
            hint=f"export {name}=... before the run.",
        )
    return value
