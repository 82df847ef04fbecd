"""Settings of the monitor."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig


class MonitorConfig(ServerConfig):
    """What the monitor may be told, by environment or the table [monitor]."""

    table = "monitor"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_MONITOR_")

    port: int = Field(8886, description="Port of health and metrics")
    sweep_seconds: float = Field(1, gt=0, description="Between looks at the store's index")
    batch: int = Field(1000, ge=1, description="Crashes queued in one transaction")
    reap_seconds: float = Field(5, gt=0, description="Between looks for leases that ran out")
    attempts: int = Field(
        5, ge=1, description="Attempts to process a crash before it is set aside as failed"
    )
    reprocess_missing_symbols: bool = Field(
        False,
        description="Queue crashes again, at low priority, when symbols come that they missed",
    )
    symbols_seconds: float = Field(60, gt=0, description="Between looks for symbols that came")
    patience_seconds: float = Field(
        120, gt=0, description="A loop that fails for so long makes the heartbeat fail"
    )
