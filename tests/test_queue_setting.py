"""Which queue the settings name, and what a wrong one ends with."""

from pathlib import Path

import pytest

from socorro.config import SharedConfig
from socorro.jobs.address import Address, parse
from socorro.jobs.open import broker_checks, open_dispatcher, open_queue
from socorro.jobs.postgres_queue import PostgresQueue
from socorro.postgres import Database

NOWHERE = Database("host=127.0.0.1 port=9")


def test_without_a_setting_the_queue_is_postgres() -> None:
    shared = SharedConfig()

    assert isinstance(open_queue(shared, NOWHERE, 4), PostgresQueue)
    assert open_dispatcher(shared, NOWHERE) is None
    assert broker_checks(shared) == {}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("amqps://us@mq", Address("mq", 5671, "/", "us", "word", is_secure=True)),
        ("amqp://us@mq:1", Address("mq", 1, "/", "us", "word")),
        ("amqps://u%40s@mq/a%2Fb", Address("mq", 5671, "a/b", "u@s", "word", is_secure=True)),
        ("amqps://[::1]/", Address("::1", 5671, "/", "guest", "word", is_secure=True)),
    ],
)
def test_a_broker_is_named_by_an_address(url: str, address: Address, tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text("word\n")

    assert parse(url, password_file) == address
    assert "word" not in repr(address)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("rabbit", "SOCORRO_QUEUE: expected postgres, or amqps://user@host"),
        ("", "expected postgres"),
        ("amqps:///vhost", "expected postgres"),
        ("amqps://us@mq?heartbeat=0", "expected postgres"),
        ("amqps://us@mq:none", "SOCORRO_QUEUE: Port could not be cast"),
        ("amqps://us:word@mq", "a password does not belong into the address: put it into a file"),
        ("amqps://us@mq", "SOCORRO_QUEUE_PASSWORD_FILE: /no/such/file: No such file"),
    ],
)
def test_a_wrong_setting_ends_the_service_and_says_what_to_do(url: str, message: str) -> None:
    shared = SharedConfig(queue=url, queue_password_file=Path("/no/such/file"))

    with pytest.raises(SystemExit) as ended:
        open_queue(shared, NOWHERE, 4)

    assert message in str(ended.value)
    assert "word@" not in str(ended.value)
