"""Opens what commands work with, by the settings of the services: store, database, spool."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from crashmover.config import CrashmoverConfig
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import CrashStore
from socorro.crashstore.open import open_store
from socorro.postgres import Database
from socorro.spool.spool import Spool


@contextmanager
def crash_store(shared: SharedConfig | None = None) -> Iterator[CrashStore]:
    """Open the crash store for the length of a with block."""
    shared = shared or load(SharedConfig)
    try:
        store = open_store(shared.store, home=shared.home)
    except ValueError as error:
        raise click.ClickException(f"SOCORRO_STORE: {error}") from None
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
    return Spool(load(CrashmoverConfig).spool, home=load(SharedConfig).home)
