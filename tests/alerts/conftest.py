"""A database for a module of tests; each test is one transaction that is rolled back."""

import secrets
from collections.abc import Iterator

import pytest

from socorro.postgres import Connection, Database
from tests.conftest import copy_of


@pytest.fixture(scope="module")
def shared(postgres_dsn: str) -> Iterator[Connection]:
    with copy_of(postgres_dsn, "template", f"test_{secrets.token_hex(6)}") as dsn:
        connection = Database(dsn).connect()
        yield connection
        connection.close()


@pytest.fixture
def db(shared: Connection) -> Iterator[Connection]:
    yield shared
    shared.rollback()
