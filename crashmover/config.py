"""Settings of the crashmover."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig, home


class CrashmoverConfig(ServerConfig):
    """What the crashmover may be told, by environment or the table [crashmover]."""

    table = "crashmover"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_CRASHMOVER_")

    port: int = Field(8885, description="Port of health and metrics")
    spool: Path = Field(
        default_factory=lambda: home() / "spool",
        description="Folder with accepted crashes: the collector's",
    )
    workers: int = Field(4, ge=1, le=64, description="Crashes put into the store at once")
    batch: int = Field(200, ge=1, description="Spool entries looked at in one go, oldest first")
    attempts: int = Field(
        5, ge=1, description="Unexpected errors on one crash before it is quarantined"
    )
    idle_seconds: float = Field(0.5, gt=0, description="Wait when the spool is empty")
    keep_minutes: float = Field(
        0,
        ge=0,
        description="Keep a moved crash in the spool for so long: HBase acknowledges before it"
        " syncs, `socorro spool put-back` sends what is kept again",
    )
    drain_seconds: float = Field(
        5, ge=0, description="On SIGTERM, wait so long for puts that are under way"
    )
