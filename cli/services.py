"""The services by name: the settings class of each, and where it listens on this machine."""

from collections.abc import Mapping
from typing import ClassVar, Final

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from collector.config import CollectorConfig
from crashmover.config import CrashmoverConfig
from cron.config import CronConfig
from middleware.config import MiddlewareConfig
from monitor.config import MonitorConfig
from processor.config import ProcessorConfig
from socorro.config import ServerConfig, load
from webapp.config import WebappConfig

SERVICES: Final[Mapping[str, type[ServerConfig]]] = {  # in the order of a crash's walk
    "collector": CollectorConfig,
    "crashmover": CrashmoverConfig,
    "monitor": MonitorConfig,
    "processor": ProcessorConfig,
    "cron": CronConfig,
    "middleware": MiddlewareConfig,
    "webapp": WebappConfig,
}


def endpoint(service: str) -> ServerConfig:
    """Return host and port of a *service*, by its own settings.

    Its other settings are not read: some are required, and missing where the service does not
    run.
    """
    config = SERVICES[service]

    class Endpoint(ServerConfig):
        table: ClassVar[str] = service
        model_config = SettingsConfigDict(env_prefix=config.model_config["env_prefix"])

        port: int = Field(config.model_fields["port"].default)

    return load(Endpoint)


def url(server: ServerConfig, path: str = "") -> str:
    """Return the URL at which this machine reaches a *path* of a service."""
    host = "127.0.0.1" if server.host in ("0.0.0.0", "::") else server.host  # noqa: S104
    return f"http://{host}:{server.port}{path}"
