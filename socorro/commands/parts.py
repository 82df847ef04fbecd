"""Opens what commands work with, by the settings of the services.

Commands know services by name only: `socorro` imports none of them, it asks Python for their
settings when it has to.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig, Settings, SharedConfig, home, load
from socorro.crashstore.interface import CrashStore
from socorro.crashstore.open import open_store
from socorro.local.programs import SERVICES
from socorro.postgres import Database
from socorro.spool import Spool


class CollectorHere(ServerConfig):
    """Where the collector of this machine listens."""

    table = "collector"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_COLLECTOR_")

    port: int = Field(SERVICES["collector"], description="Port to listen on")


class CrashmoverHere(Settings):
    """Where the crashmover of this machine finds accepted crashes."""

    table = "crashmover"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_CRASHMOVER_")

    spool: Path = Field(default_factory=lambda: home() / "spool", description="The spool")


class WebappHere(ServerConfig):
    """Where the pages of this machine are."""

    table = "webapp"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_WEBAPP_")

    port: int = Field(SERVICES["webapp"], description="Port to listen on")


def url(server: type[ServerConfig], path: str) -> str:
    """Return the URL of a *path* of a service that runs here."""
    told = load(server)
    return f"http://{told.host}:{told.port}{path}"


@contextmanager
def crash_store(shared: SharedConfig | None = None) -> Iterator[CrashStore]:
    """Open the crash store for the length of a with block."""
    shared = shared or load(SharedConfig)
    try:
        store = open_store(shared.store)
    except ValueError as why:
        raise click.ClickException(f"SOCORRO_STORE: {why}") from None
    try:
        yield store
    finally:
        store.close()


@contextmanager
def postgres(shared: SharedConfig | None = None) -> Iterator[Database]:
    """Open a pool on Postgres for the length of a with block."""
    database = Database((shared or load(SharedConfig)).database, name="socorro command")
    try:
        yield database
    finally:
        database.close()


def spool() -> Spool:
    """Open the spool of this machine."""
    return Spool(load(CrashmoverHere).spool)


def module(name: str) -> Any:
    """Return a module of a service, by its name."""
    return importlib.import_module(name)


def settings_of(service: str) -> type[Settings]:
    """Return the settings class of a service."""
    module = importlib.import_module(f"{service}.config")
    found = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Settings) and thing.table == service
    ]
    return found[0]
