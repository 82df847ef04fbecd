"""Settings of the monitor."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import PostgresUserConfig


class MonitorConfig(PostgresUserConfig):
    """Settings of the monitor, from the environment or the table [monitor]."""

    table = "monitor"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_MONITOR_")

    port: int = Field(8886, description="Port of health and metrics")
    sweep_seconds: float = Field(
        1, gt=0, description="Between checks of the store's index for waiting crashes"
    )
    batch: int = Field(1000, ge=1, description="Crashes queued in one transaction")
    reap_seconds: float = Field(1, gt=0, description="Between checks for leases that ran out")
    attempts: int = Field(
        5, ge=1, description="Attempts to process a crash after which its job is failed"
    )
    reprocess_missing_symbols: bool = Field(
        False,
        description="Queue crashes again, at low priority, when symbols arrive that they missed",
    )
    symbols_seconds: float = Field(60, gt=0, description="Between checks for symbols that arrived")
    patience_seconds: float = Field(
        120, gt=0, description="The heartbeat fails when a loop has failed for this long"
    )
