"""Settings of the crashmover."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig, home


class CrashmoverConfig(ServerConfig):
    """Settings of the crashmover, from the environment or the table [crashmover]."""

    table = "crashmover"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_CRASHMOVER_")

    port: int = Field(8885, description="Port of health and metrics")
    spool: Path = Field(
        default_factory=lambda: home() / "spool",
        description="Folder with accepted crashes; the same as the collector's",
    )
    workers: int = Field(4, ge=1, le=64, description="Crashes stored at the same time")
    batch: int = Field(200, ge=1, description="Spool entries handled in one pass, oldest first")
    attempts: int = Field(
        5, ge=1, description="Unexpected errors on one crash after which it is quarantined"
    )
    idle_seconds: float = Field(
        0.5, gt=0, description="Wait between checks while the spool is empty"
    )
    keep_minutes: float = Field(
        0,
        ge=0,
        description="Keep stored crashes in the spool this long: HBase acknowledges before it"
        " syncs, and `socorro spool put-back --kept` stores the kept crashes again",
    )
    drain_seconds: float = Field(
        5, ge=0, description="On SIGTERM, wait this long for crashes that are being stored"
    )
