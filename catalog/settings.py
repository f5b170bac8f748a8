"""The one place where the catalogue reads the environment.

Belongs here: what an operator may choose about serving and building pages, prefixed ``CAUCE_``. Does not
belong here: anything a city decides (``city.yaml``), what orchestration reads for itself.
"""

from __future__ import annotations

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.errors import InputError


class CatalogSettings(BaseSettings):
    """Frozen settings of one process. An unknown ``CAUCE_`` variable is not an error: others read theirs."""

    model_config = SettingsConfigDict(env_prefix="CAUCE_", frozen=True, extra="ignore")

    site_port: int = Field(
        default=8300, ge=1, le=65535, description="The port at which catalog serve answers, on this machine."
    )
    site_processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Processes that make the pages of a large site; 0 for two where there are two processors.",
    )
    sample_rows: int = Field(default=8, ge=1, le=100, description="Rows of a product's sample on its page.")


def load_catalog_settings() -> CatalogSettings:
    """Settings from the environment.

    Raises:
        InputError: A variable holds something that is not allowed.
    """
    try:
        return CatalogSettings()
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            "a setting in the environment is not allowed",
            where="CAUCE_" + "_".join(str(part) for part in first["loc"]).upper(),
            found=repr(first.get("input")),
            expected=first["msg"],
        ) from error
