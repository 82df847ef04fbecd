"""Settings of the spool, which the collector and all others that use the spool share."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings, home
from socorro.spool.spool import RESERVE


class SpoolConfig(Settings):
    """Where the spool is and what it leaves free: the collector's settings."""

    table: ClassVar[str] = "collector"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_COLLECTOR_")

    spool: Path = Field(
        default_factory=lambda: home() / "spool",
        description="Folder for accepted crashes; on a local disk, ideally one of its own",
    )
    reserve: int = Field(
        RESERVE,
        ge=0,
        description="Bytes that must stay free on the spool's disk; with less, posts get 503",
    )
