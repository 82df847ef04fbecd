"""What of docs/security.md is not in force on this machine, as far as settings and machine tell.

Each check returns findings: warnings with what to do, and what could not be checked. Nothing is
changed, and no secret is in a finding.
"""

import ipaddress
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import ProgrammingError
from pydantic import ValidationError

from cli.services import SERVICES
from collector.config import CollectorConfig
from middleware.config import MiddlewareConfig
from processor import confinement
from socorro import roles
from socorro.alerts.config import AlertsConfig
from socorro.config import OWN, ServerConfig, Settings, SharedConfig, home, load, unknown_settings
from socorro.postgres import words_of
from socorro.serving.config import ServingConfig
from socorro.serving.proxies import INSIDE, parse_address
from socorro.stack_modules.config import MixesConfig
from socorro.symbols.config import SymbolsConfig
from webapp.config import WebappConfig

State = Literal["warning", "unknown"]
PUBLIC: Final = ("collector", "middleware", "webapp")
POSTGRES: Final = ("monitor", "processor", "cron", "middleware", "webapp")
FEWEST: Final = 8  # different bytes of a secret that somebody drew
SECRETS: Final = ("password", "webhook")  # words in the names of settings
MEMORY: Final = ("tmpfs", "ramfs")
TEMPORARY: Final = 2**30  # bytes that should be free in TMPDIR
MOST_TRUSTED: Final = 2**16  # addresses of IPv4 in one network of proxies
_PRIVATE: Final = stat.S_IRWXG | stat.S_IRWXO


class Finding(NamedTuple):
    """One thing that is not in force, or that cannot be checked here."""

    check: str
    state: State
    text: str


class Facts(NamedTuple):
    """The settings; a service is missing when its own cannot be read on this machine."""

    shared: SharedConfig
    serving: ServingConfig
    symbols: SymbolsConfig
    services: Mapping[str, ServerConfig]


def read_facts() -> tuple[Facts, list[Finding]]:
    """Read all settings; settings that are wrong are findings.

    A service that does not run on this machine lacks its required settings here.
    """
    findings, services = [], {}
    for name, settings in SERVICES.items():
        try:
            services[name] = settings()  # from the environment and files
        except ValidationError as error:
            names = ", ".join(sorted(str(detail["loc"][0]) for detail in error.errors()))
            text = f"{name} is not checked: its settings are missing or wrong here ({names})"
            findings.append(Finding("settings", "unknown", text))
    return Facts(load(SharedConfig), load(ServingConfig), load(SymbolsConfig), services), findings


def findings_of(facts: Facts) -> list[Finding]:
    """Return what all checks find."""
    return [finding for check in CHECKS for finding in check(facts)]


def check_walkers(facts: Facts) -> Iterator[Finding]:
    """Stack walkers are confined by every measure that this machine could take."""
    if "processor" in facts.services:
        for measure in confinement.measures():
            if not measure.in_force:
                yield Finding("walkers", "warning", str(measure))


def check_postgres(facts: Facts) -> Iterator[Finding]:
    """Each service has a role of its own, and none is superuser or owns the tables."""
    dsns = {name: _dsn(facts, name) for name in POSTGRES}
    users: dict[str, list[str]] = {}
    for name, dsn in dsns.items():
        users.setdefault(words_of(dsn).get("user", ""), []).append(name)
    for user, names in users.items():
        if len(names) > 1:
            text = f"{', '.join(names)} share the Postgres role {user!r}: give each its own"
            yield Finding("postgres roles", "warning", text)
    for dsn in dict.fromkeys(dsns.values()):
        yield from _standing(dsn)


def _dsn(facts: Facts, service: str) -> str:
    own = getattr(facts.services.get(service), "database", "")
    return str(own or facts.shared.database)


def _standing(dsn: str) -> Iterator[Finding]:
    user = words_of(dsn).get("user", "")
    try:
        connection = psycopg2.connect(dsn, connect_timeout=5)
        try:
            standing = roles.standing(connection)
        finally:
            connection.close()
    except psycopg2.Error:
        yield Finding("postgres roles", "unknown", f"Postgres does not answer for role {user!r}")
        return
    if standing.is_superuser or standing.is_owner:
        has = "is superuser" if standing.is_superuser else "owns the tables"
        text = (
            f"the Postgres role {standing.role!r} of a service {has}: use one with only what is"
            " needed (`socorro migrate --print-grants`)"
        )
        yield Finding("postgres roles", "warning", text)


def check_passwords(facts: Facts) -> Iterator[Finding]:
    """No password is in a connection string, which the environment and `ps` show."""
    for dsn in dict.fromkeys(_dsn(facts, name) for name in POSTGRES):
        try:
            words = words_of(dsn)
        except ProgrammingError:
            continue
        if "password" in words:
            text = (
                f"the connection string of role {words.get('user', '')!r} has a password in it:"
                " use a password file (passfile=…, mode 0600)"
            )
            yield Finding("passwords", "warning", text)
    own = home() / OWN
    if own.is_file() and own.stat().st_mode & _PRIVATE:
        for secret in (word for word in SECRETS if word in own.read_text()):
            text = f"{own} has a {secret} in it and others may read it: chmod 600"
            yield Finding("passwords", "warning", text)


def check_secrets(facts: Facts) -> Iterator[Finding]:
    """Secret files exist, are long enough, are no default, and are read by their owner only."""
    collector, webapp = facts.services.get("collector"), facts.services.get("webapp")
    if isinstance(collector, CollectorConfig):
        yield from _secret("collector", collector.secret_file, 16)
    if isinstance(webapp, WebappConfig):
        yield from _secret("webapp", webapp.secret_key_file, 32)
        if webapp.oidc_client_secret_file is not None:
            yield from _secret(
                "webapp at its identity provider", webapp.oidc_client_secret_file, 16
            )


def _secret(service: str, path: Path, shortest: int) -> Iterator[Finding]:
    try:
        secret, mode = path.read_bytes().strip(), path.stat().st_mode
    except OSError as error:
        text = f"the secret of {service} cannot be read: {path}: {error.strerror}"
        yield Finding("secrets", "warning", text)
        return
    if len(secret) < shortest:
        text = f"the secret of {service} is shorter than {shortest} bytes: {path}"
        yield Finding("secrets", "warning", text)
    elif len(set(secret)) < FEWEST or secret.lower().startswith(b"change"):
        text = f"the secret of {service} is easily guessed: draw one at random: {path}"
        yield Finding("secrets", "warning", text)
    if mode & _PRIVATE:
        text = f"others than its owner may use the secret of {service}: chmod 600 {path}"
        yield Finding("secrets", "warning", text)


def check_proxies(facts: Facts) -> Iterator[Finding]:
    """Trusted proxies are set where there are some, and no stranger is one."""
    serving = facts.serving
    behind = [name for name in PUBLIC if getattr(facts.services.get(name), "https", False)]
    if behind and not serving.trusted_proxies:
        text = (
            f"{', '.join(behind)}: https is on, so there is a proxy, but trusted_proxies is empty:"
            " limits by address and health_networks cannot see the client"
        )
        yield Finding("proxies", "warning", text)
    for entry in serving.trusted_proxies:
        network = ipaddress.ip_network(entry)
        if network.num_addresses > (MOST_TRUSTED if network.version == 4 else 2**64):
            text = f"trusted_proxies: {entry} is large: anybody in it may name any client"
            yield Finding("proxies", "warning", text)
    inside = [ipaddress.ip_network(entry) for entry in INSIDE]
    for entry in serving.health_networks:
        network = ipaddress.ip_network(entry)
        if not any(network.version == own.version and network.subnet_of(own) for own in inside):  # type: ignore[arg-type]
            text = f"health_networks: {entry} is not private: health and metrics are open there"
            yield Finding("health", "warning", text)


def check_listening(facts: Facts) -> Iterator[Finding]:
    """Services that nobody outside needs listen on this machine only."""
    for name, service in facts.services.items():
        if name not in PUBLIC and not _is_local(service.host):
            text = f"{name} listens on {service.host}: its health and metrics are open there"
            yield Finding("health", "warning", text)


def check_https(facts: Facts) -> Iterator[Finding]:
    """What is reached from outside is reached by https."""
    for name in PUBLIC:
        service = facts.services.get(name)
        if not isinstance(service, WebappConfig | MiddlewareConfig | CollectorConfig):
            continue
        hosts = service.allowed_hosts if isinstance(service, WebappConfig) else []
        is_open = not _is_local(service.host) or not all(map(_is_local, hosts))
        if is_open and not service.https:
            text = f"{name} is reached from outside and https is off: no HSTS"
            cookies = ", and cookies go over http, too" if name == "webapp" else ""
            yield Finding("https", "warning", text + cookies)
        if isinstance(service, WebappConfig):
            for setting in ("collector_url", "middleware_url"):
                url = urlsplit(getattr(service, setting))
                if url.scheme != "https" and not _is_local(url.hostname or ""):
                    text = f"webapp.{setting} is {url.scheme}://{url.hostname}: use https"
                    yield Finding("https", "warning", text)


def check_disks(facts: Facts) -> Iterator[Finding]:
    """The spool has a disk of its own; temporary files have room, and do not take memory."""
    collector = facts.services.get("collector")
    if isinstance(collector, CollectorConfig):
        others = {"the symbol store": facts.symbols.store}
        if facts.shared.store.startswith("file://"):
            others["the crash store"] = Path(facts.shared.store.removeprefix("file://"))
        for name, folder in others.items():
            if _device(folder) == _device(collector.spool):
                text = f"the spool and {name} are on one disk: what fills the one stops the other"
                yield Finding("disks", "warning", text)
        if not collector.durable:
            text = "collector.durable is off: a power cut loses crashes that were answered"
            yield Finding("disks", "warning", text)
    folder = Path(tempfile.gettempdir())
    if file_system(folder) in MEMORY:
        text = f"temporary files ({folder}) are in memory: set TMPDIR to a folder on a disk"
        yield Finding("temporary files", "warning", text)
    free = shutil.disk_usage(folder).free
    if free < TEMPORARY:
        text = f"temporary files ({folder}) have {free:,} bytes left: large uploads fail"
        yield Finding("temporary files", "warning", text)


def check_names(facts: Facts) -> Iterator[Finding]:
    """Whatever is set is a setting: a name that is wrong, or of an earlier time, does nothing."""
    del facts
    declared: tuple[type[Settings], ...] = (*SERVICES.values(), AlertsConfig, MixesConfig)
    for settings in declared:
        for name in unknown_settings(settings):
            text = f"{name} is not a setting, so it does nothing (docs/reference/settings.md)"
            yield Finding("settings", "warning", text)


def check_debug(facts: Facts) -> Iterator[Finding]:
    """The log does not say more than it has to."""
    if facts.shared.log_level == "debug":
        text = "log_level is debug: the log says more about crashes than it has to"
        yield Finding("log", "warning", text)


CHECKS: Final[tuple[Callable[[Facts], Iterable[Finding]], ...]] = (
    check_walkers,
    check_postgres,
    check_passwords,
    check_secrets,
    check_proxies,
    check_listening,
    check_https,
    check_disks,
    check_names,
    check_debug,
)


def _is_local(host: str) -> bool:
    address = parse_address(host.strip("[]"))
    return host in ("localhost", "") if address is None else address.is_loopback


def existing(folder: Path) -> Path:
    """Return *folder*, or the first folder above it that exists."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _device(folder: Path) -> int:
    return existing(folder).stat().st_dev


def file_system(folder: Path) -> str:
    """Return the type of the file system that *folder* is on; "" when it is not known."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    path = folder.resolve()
    kinds = {Path(words[1].replace("\\040", " ")): words[2] for words in mounts}
    return next((kinds[place] for place in (path, *path.parents) if place in kinds), "")
