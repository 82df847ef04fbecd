"""Faults of what is reached over the network: certificates, servers that are away or odd."""

import ssl
from pathlib import Path

import pytest

from cli.doctor import network
from cli.doctor.machine import read_machine
from socorro.health.facts import Level
from tests import memcached
from tests.alerts.receivers import MailServer
from tests.doctor import servers
from tests.doctor.conftest import Look
from tests.processor.conftest import RUST


@pytest.mark.parametrize(
    ("days", "level", "text"),
    [
        (-1, Level.CRITICAL, "certificate has expired"),
        (5.5, Level.WARNING, "is valid for 5 days"),
        (60.5, Level.OK, "is valid for 60 days"),
    ],
)
def test_a_certificate_that_ends_is_said_before(
    tmp_path: Path, days: float, level: Level, text: str
) -> None:
    pem = servers.certificate(tmp_path, days)
    context = ssl.create_default_context(cafile=pem)
    with servers.http(pem=pem) as port:
        finding = network.certificate("localhost", port, "alerts.site", context)

    assert finding.level == level
    assert text in finding.text
    assert f"localhost:{port} (alerts.site)" in finding.text


def test_a_certificate_of_an_unknown_authority_is_a_problem(look: Look, tmp_path: Path) -> None:
    with servers.http(pem=servers.certificate(tmp_path, 60)) as port:
        [finding] = look("certificates", SYMBOLS_SERVERS=f'["https://localhost:{port}/"]')

    assert finding.level == Level.CRITICAL
    assert "self-signed certificate" in finding.text


def test_a_server_with_tls_that_is_away_is_a_warning(look: Look, closed_port: int) -> None:
    [finding] = look("certificates", SYMBOLS_SERVERS=f'["https://localhost:{closed_port}/"]')

    assert finding.level == Level.WARNING


def test_servers_that_are_away_do_not_take_the_time_of_others(look: Look) -> None:
    # 192.0.2.0/24 is for documentation: packets get no answer, or "no route"
    away = ", ".join(f'"https://192.0.2.{number}/"' for number in range(1, 7))
    with servers.http() as port:
        urls = f'[{away}, "http://127.0.0.1:{port}/"]'
        findings = look("symbol servers", SYMBOLS_SERVERS=urls)

    assert [one.level for one in findings] == [Level.WARNING] * 6 + [Level.OK]


def test_every_address_with_tls_is_looked_at_once(
    look: Look, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one.text for one in look("certificates")] == ["no address with TLS is configured"]
    (home / "key").write_text("k" * 40)
    for name, value in {
        "WEBAPP_SECRET_KEY_FILE": str(home / "key"),
        "WEBAPP_COLLECTOR_URL": "https://crash.example",
        "WEBAPP_MIDDLEWARE_URL": "https://crash.example/api",
        "WEBAPP_OIDC_TOKEN_URL": "https://login.example/token",
        "ALERTS_WEBHOOK": "https://hooks.example/secret-path",
        "ALERTS_EMAIL_TO": '["ann@mail.example"]',
        "ALERTS_SMTP": "smtps://mail.example",
        "SEARCH_ENGINE": "elasticsearch",
        "SEARCH_ELASTICSEARCH": "https://es.example:9200",
        "SYMBOLS_SERVERS": '["https://symbols.example/", "http://plain.example/"]',
    }.items():
        monkeypatch.setenv(f"SOCORRO_{name}", value)

    assert network.tls_servers(read_machine()) == {
        ("crash.example", 443): "webapp.collector_url",
        ("login.example", 443): "webapp.oidc_token_url",
        ("hooks.example", 443): "alerts.webhook",
        ("mail.example", 465): "alerts.smtp",
        ("es.example", 9200): "search.elasticsearch",
        ("symbols.example", 443): "symbols.servers",
    }


def test_a_walker_that_is_missing_or_may_not_be_run_is_a_problem(
    look: Look, tmp_path: Path
) -> None:
    walker = tmp_path / "walker"
    [missing] = look("walker program", PROCESSOR_WALKER=walker)
    walker.write_text("#!/no/such/shell\n")
    [plain] = look("walker program")
    walker.chmod(0o755)
    [silent] = look("walker program")  # its shell is not there
    [good] = look("walker program", PROCESSOR_WALKER=RUST)

    assert [one.level for one in (missing, plain, silent, good)] == [Level.CRITICAL] * 3 + [
        Level.OK
    ]
    assert "is not there" in missing.text
    assert "may not be run" in plain.text


def test_a_symbol_server_that_is_away_is_a_warning(look: Look, closed_port: int) -> None:
    with servers.http() as port:
        urls = f'["http://127.0.0.1:{closed_port}/", "http://127.0.0.1:{port}/"]'
        findings = look("symbol servers", SYMBOLS_SERVERS=urls)

    assert [one.level for one in findings] == [Level.WARNING, Level.OK]
    assert "no connection" in findings[0].text


@pytest.mark.parametrize(
    ("body", "level", "text"),
    [
        (b'{"version": {"number": "8.11.4"}}', Level.OK, "Elasticsearch 8.11.4 answers"),
        (b'{"version": {"number": "7.17.0"}}', Level.WARNING, "is Elasticsearch 7.17.0"),
        (b"[]", Level.WARNING, "of an unknown version"),
    ],
)
def test_an_elasticsearch_of_another_version_is_a_warning(
    look: Look, body: bytes, level: Level, text: str
) -> None:
    with servers.http(body) as port:
        url = f"http://127.0.0.1:{port}"
        [finding] = look("search engine", SEARCH_ENGINE="elasticsearch", SEARCH_ELASTICSEARCH=url)

    assert finding.level == level
    assert text in finding.text


def test_an_elasticsearch_that_is_away_is_a_problem(look: Look, closed_port: int) -> None:
    assert [one.level for one in look("search engine")] == [Level.OK]  # files
    url = f"http://127.0.0.1:{closed_port}"
    [finding] = look("search engine", SEARCH_ENGINE="elasticsearch", SEARCH_ELASTICSEARCH=url)

    assert finding.level == Level.CRITICAL


def test_a_memcached_that_is_away_or_is_another_program_is_a_warning(
    look: Look, closed_port: int
) -> None:
    assert [one.text for one in look("memcached")] == ["no cache is configured"]
    [away] = look("memcached", CACHE_SERVER=f"127.0.0.1:{closed_port}")
    with servers.http() as port:
        [odd] = look("memcached", CACHE_SERVER=f"127.0.0.1:{port}")
    with memcached.running() as server:
        [good] = look("memcached", CACHE_SERVER=server.address)

    assert [one.level for one in (away, odd, good)] == [Level.WARNING, Level.WARNING, Level.OK]
    assert "is no memcached" in odd.text


def test_a_broker_that_is_away_or_is_none_is_a_problem(
    look: Look, home: Path, closed_port: int
) -> None:
    assert [one.level for one in look("message broker")] == [Level.OK]  # Postgres
    [away] = look("message broker", QUEUE=f"amqp://socorro@127.0.0.1:{closed_port}")
    mail = MailServer()
    [odd] = look("message broker", QUEUE=mail.url.replace("smtp", "amqp"))
    mail.close()
    [unread] = look("message broker", QUEUE_PASSWORD_FILE=home / "none")
    [wrong] = look("message broker", QUEUE="kafka://x")

    assert [one.level for one in (away, odd, wrong)] == [Level.CRITICAL] * 3
    assert unread.level == Level.CRITICAL
    assert "does not speak AMQP" in odd.text
    assert "SOCORRO_QUEUE: expected postgres, or" in wrong.text


def test_a_mail_server_that_is_away_is_a_problem_where_alerts_are_mailed(
    look: Look, closed_port: int
) -> None:
    url = f"smtp://127.0.0.1:{closed_port}"
    [unused] = look("mail server", ALERTS_SMTP=url)
    [away] = look("mail server", ALERTS_EMAIL_TO='["ann@mail.example"]')
    server = MailServer()
    [good] = look("mail server", ALERTS_SMTP=server.url)
    server.close()

    assert [one.level for one in (unused, away, good)] == [
        Level.OK,
        Level.CRITICAL,
        Level.OK,
    ]
    assert server.mails == []
