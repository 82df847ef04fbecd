"""Checks of what is reached over the network: certificates, and servers that are configured."""

import shutil
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import urllib3

from cli.doctor.machine import Machine
from cli.doctor.report import Finding, check, ok, problem, warning
from cli.local import downloads
from processor.config import ProcessorConfig
from socorro.alerts.config import AlertsConfig
from socorro.cache import CacheConfig
from socorro.search.config import SearchConfig
from webapp.config import WebappConfig

SECONDS: Final = 2.0  # for one server
DAYS: Final = 14  # that a certificate should be valid for
PORTS: Final = {"https": 443, "smtps": 465, "amqps": 5671}
DAY_SECONDS: Final = 86_400


@check("certificates")
def certificates(machine: Machine) -> Iterator[Finding]:
    """Every server that is configured with TLS has a certificate that is valid for two weeks."""
    servers = tls_servers(machine)
    for (host, port), name in servers.items():
        yield certificate(host, port, name)
    if not servers:
        yield ok("no address with TLS is configured")


def tls_servers(machine: Machine) -> dict[tuple[str, int], str]:
    """Return host and port of each server with TLS, and which setting names it."""
    servers: dict[tuple[str, int], str] = {}
    for name, address in _addresses(machine):
        url = urlsplit(address)
        if url.scheme in PORTS and url.hostname:
            servers.setdefault((url.hostname, url.port or PORTS[url.scheme]), name)
    return servers


def _addresses(machine: Machine) -> Iterator[tuple[str, str]]:
    if machine.facts is None:
        return
    webapp = machine.facts.services.get("webapp")
    if isinstance(webapp, WebappConfig):
        for field in WebappConfig.model_fields:
            if field.endswith("_url") and field not in ("bug_tracker_url",):
                yield f"webapp.{field}", str(getattr(webapp, field))
    alerts = machine.read(AlertsConfig)
    yield "alerts.site", alerts.site
    yield "alerts.webhook", alerts.webhook
    if alerts.email_to:
        yield "alerts.smtp", alerts.smtp
    if machine.read(SearchConfig).engine == "elasticsearch":
        yield "search.elasticsearch", machine.read(SearchConfig).elasticsearch
    for server in machine.facts.symbols.servers:
        yield "symbols.servers", server


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
    for server in servers:
        answer = _get(server)
        if isinstance(answer, str) or answer.status >= 500:
            reason = answer if isinstance(answer, str) else f"answers {answer.status}"
            fix = "frames stay without names until it is back, then `socorro reprocess`"
            yield warning(f"symbol server {urlsplit(server).hostname}: {reason}", fix)
        else:
            yield ok(f"symbol server {urlsplit(server).hostname} answers")
    if not servers:
        yield ok("no symbol server is configured")


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
