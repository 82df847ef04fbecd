"""A database for the tests of alerts, and receivers of what they send."""

import secrets
from collections.abc import Iterator

import pytest

from socorro.postgres import Connection, Database, execute
from tests.alerts.receivers import MailServer, Webhook, a_mail_server, a_webhook
from tests.conftest import copy_of


@pytest.fixture(scope="session")
def alerts_dsn(postgres_dsn: str) -> Iterator[str]:
    with copy_of(postgres_dsn, "template", f"test_{secrets.token_hex(6)}") as dsn:
        yield dsn


@pytest.fixture
def pool(alerts_dsn: str) -> Iterator[Database]:
    """A pool on a database whose tables of alerts are empty."""
    pool = Database(alerts_dsn, size=4, name="tests")
    with pool.transaction() as db:
        execute(db, "TRUNCATE alerts, alert_deliveries, alert_mutes")
    yield pool
    pool.close()


@pytest.fixture
def db(pool: Database) -> Iterator[Connection]:
    """A transaction that is rolled back."""
    connection = pool.connect()
    yield connection
    connection.rollback()
    connection.close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with a_webhook() as server:
        yield server


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with a_mail_server() as server:
        yield server
