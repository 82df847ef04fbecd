"""What a line on this machine will run: settings read, ports checked, nothing started yet."""

import sys
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from cli import services
from cli.local import (
    downloads,
    elasticsearch_jars,
    hbase_jars,
    memcached,
    ports,
    postgres,
    rabbitmq,
    roles,
)
from cli.local.elasticsearch import ElasticsearchConfig
from cli.local.hbase import HBaseConfig
from cli.local.home import Value
from cli.local.programs import Program
from socorro import config as settings
from socorro.roles import OWNER, ROLES


class LineConfig(settings.Settings):
    """Settings of `make run` and `socorro run`, by environment only."""

    model_config = SettingsConfigDict(env_prefix="")

    engine: Literal["file", "hbase"] = Field(
        "file", validation_alias="STORE", description="Crash store: files, or a real HBase"
    )
    postgres_port: int = Field(
        8881, validation_alias="SOCORRO_POSTGRES_PORT", description="Port of the line's Postgres"
    )
    cache: Literal["", "memcached"] = Field(
        "", validation_alias="CACHE", description="Cache of REST's answers: none, or memcached"
    )
    memcached_port: int = Field(
        8889, validation_alias="SOCORRO_MEMCACHED_PORT", description="Port of the line's memcached"
    )
    queue: Literal["postgres", "rabbitmq"] = Field(
        "postgres",
        validation_alias="QUEUE",
        description="What hands out jobs: Postgres, or a real RabbitMQ",
    )
    rabbitmq_port: int = Field(
        8890, validation_alias="SOCORRO_RABBITMQ_PORT", description="Port of the line's RabbitMQ"
    )
    search: Literal["segments", "elasticsearch"] = Field(
        "segments",
        validation_alias="SEARCH",
        description="Search engine: column files, or a real Elasticsearch",
    )
    pg_bindir: Path | None = Field(
        None,
        validation_alias="SOCORRO_PG_BINDIR",
        description="Folder with postgres and initdb; default: Debian's, else the fetched one",
    )


class Server(NamedTuple):
    """The line's Postgres."""

    bindir: Path
    data: Path
    port: int
    home: Path

    @property
    def dsn(self) -> str:
        """The connection string of the schema's owner, as whom commands work."""
        return roles.dsn(self.home, self.port, OWNER)

    @property
    def admin(self) -> str:
        """The connection string of the superuser, for what must exist before the schema."""
        return postgres.dsn(self.port, _passfile(self.home), "postgres")


class Memcached(NamedTuple):
    """The line's memcached."""

    path: Path
    port: int


class Plan(NamedTuple):
    """What to run, decided before the first process starts."""

    home: Path
    servers: dict[str, settings.ServerConfig]
    postgres: Server
    hbase: HBaseConfig | None
    walker: Path
    memcached: Memcached | None = None
    elasticsearch: ElasticsearchConfig | None = None
    broker: rabbitmq.Server | None = None

    def url(self, service: str, path: str = "") -> str:
        """Return where a service answers on this machine."""
        return services.url(self.servers[service], path)

    @property
    def store(self) -> str:
        """The crash store's URL."""
        if self.hbase:
            return f"hbase://127.0.0.1:{self.hbase.port}"
        return f"file://{self.home}/crashstore"

    def engines(self) -> list[Program]:
        """Return what must run before the services."""
        server = self.postgres
        programs = [
            Program(
                "postgres",
                postgres.command(server.bindir, server.data, server.port),
                "INT",  # SIGTERM would wait for clients to leave
                postgres.owner(),
            )
        ]
        if self.hbase:
            programs.append(Program("hbase", self.hbase_command(self.hbase)))
        if self.elasticsearch:
            command = self.elasticsearch_command(self.elasticsearch)
            programs.append(Program("elasticsearch", command))
        if self.broker:
            programs.append(Program("rabbitmq", self.broker.command()))
        if self.memcached:
            programs.append(memcached.program(*self.memcached))
        return programs

    def elasticsearch_command(self, config: ElasticsearchConfig) -> list[str]:
        """Return the command that runs Elasticsearch in the foreground."""
        return [
            sys.executable, "-m", "cli.local.elasticsearch", "serve",
            str(self.home / "elasticsearch"), "--port", str(config.port),
        ]  # fmt: skip

    def hbase_command(self, hbase: HBaseConfig) -> list[str]:
        """Return the command that runs HBase in the foreground."""
        return [
            sys.executable, "-m", "cli.local.hbase", "serve", str(self.home / "hbase"),
            "--port", str(hbase.port),
        ]  # fmt: skip

    def running(self) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
        """Return what running.toml says: its top level and its tables."""
        tables: dict[str, dict[str, Value]] = {
            name: {"port": server.port} for name, server in self.servers.items()
        }
        tables["collector"]["secret_file"] = str(self.home / "secret")
        tables["processor"]["walker"] = str(self.walker)
        tables["webapp"] |= {
            "secret_key_file": str(self.home / "webapp-secret"),
            "collector_url": self.url("collector"),
            "middleware_url": self.url("middleware"),
        }
        if self.memcached:
            tables["cache"] = {"server": f"127.0.0.1:{self.memcached.port}"}
        if self.elasticsearch:
            url = f"http://127.0.0.1:{self.elasticsearch.port}"
            tables["search"] = {"engine": "elasticsearch", "elasticsearch": url}
        tables["alerts"] = {"site": self.url("webapp")}
        tables["extracts"] = {"report_url": self.url("webapp", "/report/index/")}
        top: dict[str, Value] = {
            "store": self.store,
            "database": self.postgres.dsn,
            "log_format": "console",
        }
        if self.broker:
            top["queue"] = self.broker.url
            top["queue_password_file"] = str(self.broker.password_file)
        if not _has_own_database():
            for name, role in ROLES.items():
                tables[name]["database"] = roles.dsn(self.home, self.postgres.port, role)
        return top, tables


def make(home: Path) -> Plan:
    """Read the settings, check ports and downloads, make the database's folder if it is new.

    Raises PortTaken, DownloadMissing, NoPostgres, NoEngine.
    """
    line_config = settings.load(LineConfig)
    servers = {name: services.endpoint(name) for name in services.SERVICES}
    hbase = settings.load(HBaseConfig) if line_config.engine == "hbase" else None
    elasticsearch = (
        settings.load(ElasticsearchConfig) if line_config.search == "elasticsearch" else None
    )
    ports.check(_ports(servers, line_config, hbase, elasticsearch))
    walker = _walker()
    if hbase:
        hbase_jars.java()
        hbase_jars.jars(hbase.cache)
    if elasticsearch:
        elasticsearch_jars.java()
        elasticsearch_jars.jars(elasticsearch.cache)
    broker = _rabbitmq(home, line_config)
    cache, server = _memcached(line_config), _postgres(home, line_config)
    return Plan(home, servers, server, hbase, walker, cache, elasticsearch, broker)


def _rabbitmq(home: Path, line_config: LineConfig) -> rabbitmq.Server | None:
    if line_config.queue == "postgres":
        return None
    server = rabbitmq.Server(home / "rabbitmq", line_config.rabbitmq_port)
    server.prepare()  # services read its password when they start
    return server


def _memcached(line_config: LineConfig) -> Memcached | None:
    if not line_config.cache:
        return None
    return Memcached(memcached.find(), line_config.memcached_port)


def _ports(
    servers: dict[str, settings.ServerConfig],
    line_config: LineConfig,
    hbase: HBaseConfig | None,
    elasticsearch: ElasticsearchConfig | None,
) -> list[ports.Port]:
    needed = [
        ports.Port(server.port, name, f"SOCORRO_{name.upper()}_PORT", server.host)
        for name, server in servers.items()
    ]
    needed.append(ports.Port(line_config.postgres_port, "Postgres", "SOCORRO_POSTGRES_PORT"))
    if line_config.cache:
        port, setting = line_config.memcached_port, "SOCORRO_MEMCACHED_PORT"
        needed.append(ports.Port(port, "memcached", setting))
    if line_config.queue == "rabbitmq":
        port, setting = line_config.rabbitmq_port, "SOCORRO_RABBITMQ_PORT"
        needed.append(ports.Port(port, "RabbitMQ", setting))
    if elasticsearch:
        port, setting = elasticsearch.port, "SOCORRO_ELASTICSEARCH_PORT"
        needed.append(ports.Port(port, "Elasticsearch", setting))
    for name in ("port", "zookeeper_port", "master_port", "region_port") if hbase else ():
        number = getattr(hbase, name)
        needed.append(ports.Port(number, f"HBase's {name}", f"SOCORRO_HBASE_{name.upper()}"))
    return needed


def _walker() -> Path:
    walker = downloads.program("minidump-stackwalk")
    if walker is None:
        raise downloads.DownloadMissing(f"no minidump-stackwalk: {downloads.HOW_TO_GET_WALKERS}")
    return Path(walker)


def _postgres(home: Path, line_config: LineConfig) -> Server:
    data = postgres.data_folder(home)
    mark = data / "PG_VERSION"
    made_by = mark.read_text().strip() if mark.exists() else None
    bindir = postgres.reachable_binaries(postgres.binaries(line_config.pg_bindir, made_by))
    postgres.init(bindir, data, postgres.password(_passfile(home), data))
    postgres.forget_dead_server(data)
    roles.make_passfiles(home)
    return Server(bindir, data, line_config.postgres_port, home)


def _passfile(home: Path) -> Path:
    return home / "postgres.passfile"


def _has_own_database() -> bool:
    """Return whether a setting names another database: services use that, by one role or more."""
    return "database" in settings.load(settings.SharedConfig).model_fields_set
