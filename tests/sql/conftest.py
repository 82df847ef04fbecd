"""A database for a module of tests; each test is one transaction that is rolled back."""

import secrets
from collections.abc import Iterator

import pytest

from socorro.postgres import Connection, Database
from tests.conftest import admin


@pytest.fixture(scope="module")
def shared(postgres_dsn: str) -> Iterator[Connection]:
    name = f"test_{secrets.token_hex(6)}"
    admin(postgres_dsn, f"CREATE DATABASE {name} TEMPLATE template STRATEGY wal_log")
    connection = Database(postgres_dsn.replace("dbname=postgres", f"dbname={name}")).connect()
    yield connection
    connection.close()
    admin(postgres_dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def db(shared: Connection) -> Iterator[Connection]:
    yield shared
    shared.rollback()
