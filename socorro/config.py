"""Settings: from the environment, else from files in SOCORRO_HOME, else the default.

In this order, the first one wins:

1. the environment: SOCORRO_STORE, SOCORRO_COLLECTOR_PORT, …
2. $SOCORRO_HOME/socorro.toml, yours:    store = "hbase://10.0.0.7:9090"
                                         [collector]
                                         port = 8882
3. $SOCORRO_HOME/running.toml, written by `socorro run`: ports and paths of the running line,
   so that `socorro status` in another terminal needs no settings.

Each service declares one frozen class; nothing else reads the environment.
"""

import os
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

RUNNING = "running.toml"
OWN = "socorro.toml"


def home() -> Path:
    """Return SOCORRO_HOME, the folder of all state; by default ./var."""
    return Path(os.environ.get("SOCORRO_HOME") or "var").absolute()


class _Files(PydanticBaseSettingsSource):
    """socorro.toml over running.toml; a service's table over the top level."""

    def __init__(self, settings: type[BaseSettings], table: str) -> None:
        super().__init__(settings)
        self.values: dict[str, Any] = {}
        for name in (RUNNING, OWN):
            path = home() / name
            if path.is_file():
                document = tomllib.loads(path.read_text())
                self.values.update(document.get(table, {}) if table else document)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        return self.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        names = self.settings_cls.model_fields
        return {name: value for name, value in self.values.items() if name in names}


class Settings(BaseSettings):
    """Base of every settings class; `table` names its table in the files."""

    table: ClassVar[str] = ""
    model_config = SettingsConfigDict(env_prefix="SOCORRO_", extra="ignore", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, files: in this order."""
        return init_settings, env_settings, _Files(settings_cls, cls.table)


class SharedConfig(Settings):
    """Settings that all services share."""

    home: Path = Field(default_factory=home, description="Folder of all state")
    store: str = Field(
        default_factory=lambda: f"file://{home()}/crashstore",
        description="Crash store: file:///folder or hbase://host:port[/table prefix]",
    )
    database: str = Field(
        "host=127.0.0.1 port=8881 dbname=socorro user=socorro",
        description="Postgres, as a libpq connection string; keep the password in a password file",
    )
    queue: str = Field(
        "postgres",
        description="Job queue: postgres, or RabbitMQ: amqps://user@host[:port][/vhost]",
    )
    queue_password_file: Path | None = Field(
        None, description="File, mode 0600, with the password of RabbitMQ's user"
    )
    log_format: Literal["console", "json"] = Field(
        "json", description="Log format: console for people, json for machines"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest severity that is logged"
    )


class ServerConfig(Settings):
    """Settings of every process that answers HTTP (all do: health and metrics)."""

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(description="Port to listen on")


class PostgresUserConfig(ServerConfig):
    """Settings of every service that uses Postgres."""

    database: str = Field(
        "",
        description="Postgres, as the role of this service alone; default: SOCORRO_DATABASE",
    )

    def dsn(self, shared: SharedConfig) -> str:
        """Return the connection string of this service."""
        return self.database or shared.database


Config = TypeVar("Config", bound=Settings)


def load(settings: type[Config]) -> Config:
    """Return the settings, or end the process with one line per setting that is wrong."""
    try:
        return settings()
    except ValidationError as invalid:
        prefix = settings.model_config.get("env_prefix", "")
        for error in invalid.errors():
            name = "_".join(str(part) for part in error["loc"])
            print(f"{prefix}{name.upper()}: {error['msg']}", file=sys.stderr)
        raise SystemExit(2) from None
    except tomllib.TOMLDecodeError as error:
        raise SystemExit(f"{home()}/{OWN}: {error}") from None


def unknown_settings(settings: type[Settings]) -> list[str]:
    """Return what environment and socorro.toml say in the name of *settings* that is no setting."""
    prefix, own = str(settings.model_config["env_prefix"]), home() / OWN
    names = {name.upper() for name in settings.model_fields}
    variables = [name for name in os.environ if name.upper().startswith(prefix)]
    unknown = [name for name in variables if name.upper().removeprefix(prefix) not in names]
    table = tomllib.loads(own.read_text()).get(settings.table, {}) if own.is_file() else {}
    return unknown + [f"[{settings.table}] {key}" for key in table if key.upper() not in names]


def share_metrics(service: str) -> None:
    """Let all processes of *service* write metrics to one folder; call before importing metrics.

    prometheus_client reads the variable when it is first imported. The folder starts empty:
    counters count since the service started. Several collectors in one home have ports of their
    own, from the environment, and so folders of their own.
    """
    port = os.environ.get(f"SOCORRO_{service.upper()}_PORT", "")
    name = f"{service}-{port}" if port.isdecimal() else service
    folder = home() / "metrics" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
