"""Settings of health: where the services answer, and from when on they are late."""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig, Settings, load

PORTS: Final = {  # the services in the order of a crash's way, with their default ports
    "collector": 8882,
    "crashmover": 8885,
    "monitor": 8886,
    "processor": 8887,
    "cron": 8888,
    "middleware": 8883,
    "webapp": 8884,
}


def _addresses(service: str) -> Any:
    return Field(
        default_factory=_local(service),
        description=f"Where {service} answers, as http://host:port; default: on this machine",
    )


def _local(service: str) -> Callable[[], list[str]]:
    """Return a function that returns where a *service* of this machine answers."""

    class Endpoint(ServerConfig):
        table: ClassVar[str] = service
        model_config = SettingsConfigDict(env_prefix=f"SOCORRO_{service.upper()}_")

        port: int = Field(PORTS[service])

    def addresses() -> list[str]:
        server = load(Endpoint)
        host = "127.0.0.1" if server.host in ("0.0.0.0", "::") else server.host  # noqa: S104
        return [f"http://{f'[{host}]' if ':' in host else host}:{server.port}"]

    return addresses


class HealthConfig(Settings):
    """What `socorro health` and the status page look at, and their limits."""

    table: ClassVar[str] = "health"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_HEALTH_")

    collector: list[str] = _addresses("collector")
    crashmover: list[str] = _addresses("crashmover")
    monitor: list[str] = _addresses("monitor")
    processor: list[str] = _addresses("processor")
    cron: list[str] = _addresses("cron")
    middleware: list[str] = _addresses("middleware")
    webapp: list[str] = _addresses("webapp")
    answer_seconds: float = Field(
        2.5, gt=0, le=30, description="A health port that has not answered by then is away"
    )
    spool_warning_seconds: float = Field(
        120, gt=0, description="Warning when the oldest crash in a spool is older"
    )
    spool_critical_seconds: float = Field(
        900, gt=0, description="Critical when the oldest crash in a spool is older"
    )
    queue_warning_seconds: float = Field(
        600, gt=0, description="Warning when the oldest waiting crash was queued longer ago"
    )
    queue_critical_seconds: float = Field(
        3600, gt=0, description="Critical when the oldest waiting crash was queued longer ago"
    )
    search_warning_seconds: float = Field(
        1800, gt=0, description="Warning when search is further behind"
    )
    disk_warning_percent: float = Field(
        10, ge=0, le=100, description="Warning when a disk has less free"
    )
    disk_critical_percent: float = Field(
        3, ge=0, le=100, description="Critical when a disk has less free"
    )

    def addresses(self) -> dict[str, list[str]]:
        """Return the addresses of each service; one without any is not looked at."""
        return {service: getattr(self, service) for service in PORTS}
