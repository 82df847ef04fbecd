"""Checks of what is reached over the network: certificates, and servers that are configured."""

import shutil
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import urllib3

from cli.doctor.machine import Machine
from cli.doctor.report import Finding, check, ok, problem, warning
from cli.doctor.side_by_side import at_once
from cli.local import downloads
from processor.config import ProcessorConfig
from socorro.alerts.config import AlertsConfig
from socorro.cache import CacheConfig
from socorro.config import Settings
from socorro.jobs import address
from socorro.search.config import SearchConfig

SECONDS: Final = 2.0  # for one server
DAYS: Final = 14  # that a certificate should be valid for
SHOWN: Final = ("bug_tracker_url", "bug_template", "oidc_issuer")  # others go there
PROTOCOL: Final = b"AMQP\0\0\x09\x01"  # header of AMQP 0-9-1
METHOD_FRAME: Final = b"\x01"  # what a broker answers with: Connection.Start
PORTS: Final = {"https": 443, "smtps": 465, "amqps": 5671}
DAY_SECONDS: Final = 86_400


@check("certificates")
def certificates(machine: Machine) -> Iterator[Finding]:
    """Every server that is configured with TLS has a certificate that is valid for two weeks."""
    servers = tls_servers(machine)
    yield from at_once([partial(certificate, *at, name) for at, name in servers.items()])
    if not servers:
        yield ok("no address with TLS is configured")


def tls_servers(machine: Machine) -> dict[tuple[str, int], str]:
    """Return host and port of each server with TLS, and which setting names it."""
    servers: dict[tuple[str, int], str] = {}
    for settings in _settings(machine):
        for name in type(settings).model_fields:
            if name not in SHOWN:
                value = getattr(settings, name)
                for text in value if isinstance(value, list) else [value]:
                    url = urlsplit(text) if isinstance(text, str) and "://" in text else None
                    if url and url.scheme in PORTS and url.hostname:
                        at = url.hostname, url.port or PORTS[url.scheme]
                        servers.setdefault(at, f"{settings.table or 'shared'}.{name}")
    return servers


def _settings(machine: Machine) -> Iterator[Settings]:
    """Yield settings whose addresses are in use."""
    if machine.facts is None:
        return
    facts = machine.facts
    yield from (facts.shared, facts.serving, *facts.services.values(), facts.symbols)
    if machine.read(AlertsConfig).email_to or machine.read(AlertsConfig).webhook:
        yield machine.read(AlertsConfig)
    if machine.read(SearchConfig).engine == "elasticsearch":
        yield machine.read(SearchConfig)


def certificate(host: str, port: int, name: str, context: ssl.SSLContext | None = None) -> Finding:
    """Return what the certificate of a server is worth; *name* is the setting that names it."""
    context = context or ssl.create_default_context()
    where = f"{host}:{port} ({name})"
    try:
        with (
            socket.create_connection((host, port), SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host) as tls,
        ):
            end = ssl.cert_time_to_seconds(str((tls.getpeercert() or {})["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        fix = "renew it, or add its authority to the machine's (update-ca-certificates)"
        return problem(f"the certificate of {where}: {error.verify_message}", fix)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return warning(
            f"{where} cannot be reached: {reason}", "is it up, and does a firewall allow it?"
        )
    days = (end - time.time()) / DAY_SECONDS
    text = f"the certificate of {where} is valid for {days:.0f} days"
    return warning(text, "renew it") if days < DAYS else ok(text)


@check("walkers")
def walker_program(machine: Machine) -> Iterator[Finding]:
    """The stack walker is there, may be run, and says its version."""
    processor = machine.facts.services.get("processor") if machine.facts else None
    if not isinstance(processor, ProcessorConfig):
        return
    path = shutil.which(processor.walker)
    if path is None and "/" not in processor.walker and (downloads.BIN / processor.walker).exists():
        yield ok(f"the stack walker is {downloads.BIN / processor.walker}, for `make run`")
        return
    if path is None:
        kind = "may not be run" if Path(processor.walker).exists() else "is not there"
        fix = "`make parts` fetches it; else chmod 755, or set SOCORRO_PROCESSOR_WALKER"
        yield problem(f"the stack walker {processor.walker} {kind}", fix)
        return
    processor.make_walker().check()
    yield ok(f"the stack walker is {path}")


@check("symbols")
def symbol_servers(machine: Machine) -> Iterator[Finding]:
    """Symbol servers answer."""
    servers = machine.facts.symbols.servers if machine.facts else []
    yield from at_once([partial(_symbol_server, server) for server in servers])
    if not servers:
        yield ok("no symbol server is configured")


def _symbol_server(server: str) -> Finding:
    answer, host = _get(server), urlsplit(server).hostname
    if isinstance(answer, str) or answer.status >= 500:
        reason = answer if isinstance(answer, str) else f"answers {answer.status}"
        fix = "frames stay without names until it is back, then `socorro reprocess`"
        return warning(f"symbol server {host}: {reason}", fix)
    return ok(f"symbol server {host} answers")


@check("search")
def search_engine(machine: Machine) -> Iterator[Finding]:
    """The search engine answers, or its files can be read."""
    if machine.facts is None:
        return
    search = machine.read(SearchConfig)
    if search.engine == "segments":
        if search.folder.is_dir():
            yield ok(f"search reads {search.folder}")
        else:
            yield ok(f"search has no files yet: the clock writes {search.folder}")
        return
    answer = _get(search.elasticsearch)
    where = urlsplit(search.elasticsearch).hostname
    if isinstance(answer, str) or answer.status != 200:
        reason = answer if isinstance(answer, str) else f"answers {answer.status}"
        fix = "start it, or correct SOCORRO_SEARCH_ELASTICSEARCH; crashes are counted meanwhile"
        yield problem(f"Elasticsearch at {where}: {reason}", fix)
        return
    version = _version(answer.json())
    if version and version.startswith("8."):
        yield ok(f"Elasticsearch {version} answers")
    else:
        text = f"{where} is Elasticsearch {version or 'of an unknown version'}"
        yield warning(text, "use version 8, which search was tested with")


def _version(document: object) -> str:
    version = document.get("version") if isinstance(document, Mapping) else None
    return str(version.get("number") or "") if isinstance(version, Mapping) else ""


@check("cache")
def memcached(machine: Machine) -> Iterator[Finding]:
    """memcached answers, where it is configured."""
    server = machine.read(CacheConfig).server if machine.facts else ""
    if not server:
        yield ok("no cache is configured")
        return
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), SECONDS) as connection:
            connection.settimeout(SECONDS)
            connection.sendall(b"version\r\n")
            answer = connection.recv(100).decode(errors="replace").strip()
    except OSError as error:
        reason = error.strerror or "no answer in time"
        yield warning(f"memcached at {server}: {reason}", "start it: pages are slower without")
        return
    if answer.startswith("VERSION "):
        yield ok(f"memcached {answer.removeprefix('VERSION ')} answers")
    else:
        yield warning(f"{server} is no memcached", "correct SOCORRO_CACHE_SERVER")


@check("queue")
def message_broker(machine: Machine) -> Iterator[Finding]:
    """The message broker answers, where one delivers jobs."""
    if machine.facts is None:
        return
    shared = machine.facts.shared
    try:
        broker = address.parse(shared.queue, shared.queue_password_file)
    except ValueError as error:
        yield problem(f"SOCORRO_QUEUE: {error}", "correct it (docs/queues.md)")
        return
    if broker is None:
        yield ok("Postgres keeps the queue, without a broker")
        return
    where = f"{broker.host}:{broker.port}"
    fix = "start it, or set SOCORRO_QUEUE=postgres: jobs are in Postgres anyway (docs/queues.md)"
    try:
        answer = _greeting(broker)
    except OSError as error:
        yield problem(f"the message broker {where}: {error.strerror or 'no answer in time'}", fix)
        return
    if answer == METHOD_FRAME:
        yield ok(f"the message broker answers at {where}")
    else:
        yield problem(f"{where} does not speak AMQP 0-9-1", fix)


def _greeting(broker: address.Address) -> bytes:
    """Return the first byte that a broker answers to the header of the protocol."""
    with socket.create_connection((broker.host, broker.port), SECONDS) as plain:
        plain.settimeout(SECONDS)
        connection: socket.socket = plain
        if broker.is_secure:
            context = ssl.create_default_context()
            connection = context.wrap_socket(plain, server_hostname=broker.host)
        connection.sendall(PROTOCOL)
        return connection.recv(1)


@check("mail")
def mail_server(machine: Machine) -> Iterator[Finding]:
    """The mail server answers, where alerts are mailed."""
    alerts = machine.read(AlertsConfig) if machine.facts else None
    if alerts is None or not alerts.email_to:
        yield ok("no alerts are mailed")
        return
    url = urlsplit(alerts.smtp)
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(url.hostname or "", url.port or 0, timeout=SECONDS) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        fix = "correct SOCORRO_ALERTS_SMTP; `socorro alerts test` sends a mail"
        yield problem(f"the mail server {url.hostname} cannot be used: {reason}", fix)
    else:
        yield ok(f"the mail server {url.hostname} answers")


def _get(address: str) -> urllib3.BaseHTTPResponse | str:
    """Return the answer of a server, or why there is none."""
    try:
        timeout = urllib3.Timeout(total=SECONDS)
        return urllib3.request("GET", address, retries=False, redirect=False, timeout=timeout)
    except urllib3.exceptions.NewConnectionError:
        return "no connection"
    except urllib3.exceptions.TimeoutError:
        return "no answer in time"
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return type(error).__name__
