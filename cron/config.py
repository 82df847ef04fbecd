"""Settings of the clock."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig


class CronConfig(ServerConfig):
    """What the clock may be told, by environment or the table [cron]."""

    table = "cron"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_CRON_")

    port: int = Field(8888, description="Port of health and metrics")
    jobs: str = Field(
        "default",
        description="Table of jobs: default, or the place of your own "
        "(package.module.NAME), with jobs of yours among ours",
    )
    tick_seconds: float = Field(2, gt=0, description="Between looks at what is due")
    at_once: int = Field(2, ge=1, description="Jobs that run at the same time")
    patience_seconds: float = Field(
        120, gt=0, description="A clock that cannot look for so long makes the heartbeat fail"
    )
