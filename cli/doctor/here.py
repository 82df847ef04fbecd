"""Checks of the machine itself: Python, settings, ports, folders, limits, leftovers."""

import importlib.metadata
import os
import re
import resource
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli.doctor.machine import Machine
from cli.doctor.report import Finding, check, ok, problem, warning
from cli.local import ports
from cli.services import SERVICES, endpoint, url
from socorro.health.durations import size
from socorro.health.ports import read_port
from socorro.serving.server import DESCRIPTORS

OLDEST_PYTHON: Final = (3, 11)
PORT_SECONDS: Final = 2.0
SHARED: Final = Path("/dev/shm")  # noqa: S108 - not a file of ours
SHARED_MEMORY: Final = 256 * 2**20  # bytes that parallel queries need
SYSTEM_PORTS: Final = 1024  # below, only root may listen
MEMORY: Final = 2**30  # bytes that should be available
_OPEN: Final = stat.S_IWGRP | stat.S_IWOTH


@check("python")
def python_version(_machine: Machine) -> Iterator[Finding]:
    """Python is new enough."""
    if sys.version_info < OLDEST_PYTHON:
        fix = f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or newer"
        yield problem(f"Python {sys.version.split()[0]} is too old", fix)
    else:
        yield ok(f"Python {sys.version.split()[0]}")


@check("python")
def packages(_machine: Machine) -> Iterator[Finding]:
    """Every package that Socorro needs is installed."""
    fix = "install again: `make parts` in a clone, `socorro-deploy` for a release"
    try:
        required = importlib.metadata.requires("socorro") or []
    except importlib.metadata.PackageNotFoundError:
        yield problem("the package socorro is not installed", fix)
        return
    names = [re.split(r"[^\w.-]", line)[0] for line in required if "extra ==" not in line]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        yield problem(f"packages are missing: {', '.join(missing)}", fix)
    else:
        yield ok(f"all {len(names)} packages are installed")


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


@check("settings")
def settings(machine: Machine) -> Iterator[Finding]:
    """All settings can be read, and those that have no default are set."""
    services = set(SERVICES)
    for wrong in machine.wrong:
        if not wrong.is_missing:
            fix = "correct it in the environment or in socorro.toml (docs/reference/settings.md)"
            yield problem(f"{wrong.name}: {wrong.error}", fix)
    if machine.facts is None:
        yield warning("other checks need the settings", "correct them, then try again")
    missing = {
        table: [one.name for one in machine.wrong if one.is_missing and one.table == table]
        for table in services
    }
    for table, names in sorted(missing.items()):
        if names:
            yield ok(f"{table} cannot run here before {', '.join(sorted(names))} is set")
    if not machine.wrong:
        yield ok("all settings can be read")


@check("ports")
def free_ports(machine: Machine) -> Iterator[Finding]:
    """The port of each service is free, or the service answers on it."""
    if machine.facts is None:
        return
    unusable = {wrong.table for wrong in machine.wrong if not wrong.is_missing}
    for name in [name for name in SERVICES if name not in unusable]:
        server = endpoint(name)
        port = ports.Port(server.port, name, f"SOCORRO_{name.upper()}_PORT", server.host)
        if server.port < SYSTEM_PORTS and os.geteuid() != 0:
            fix = f"set {port.setting} to another port, and let a proxy listen on this one"
            yield problem(f"only root may listen on port {port.number} ({name})", fix)
        elif ports.is_free(port):
            yield ok(f"port {port.number} ({name}) is free")
        else:
            yield _taken(name, port, url(server))


def _taken(name: str, port: ports.Port, address: str) -> Finding:
    instance = read_port(name, address, PORT_SECONDS)
    if instance.answers:
        return ok(f"{name} answers on port {port.number}")
    by = ports.taken_by(port.number) or " by a process of another user, or at another address"
    fix = f"stop it, or set {port.setting} to another port"
    return problem(f"port {port.number} ({name}) is taken{by}, which is not {name}", fix)


@check("files")
def home_folder(machine: Machine) -> Iterator[Finding]:
    """SOCORRO_HOME exists, is ours, and nobody else may write to it."""
    folder = machine.home
    if not folder.is_dir():
        fix = f"`make run` makes it; else: install -d -m 0700 {folder}"
        yield warning(f"the home {folder} does not exist", fix)
        return
    status = folder.stat()
    if status.st_mode & _OPEN:
        yield problem(f"others may write to the home {folder}", f"chmod go-w {folder}")
    elif status.st_uid != os.geteuid() and os.geteuid() != 0:
        text = f"the home {folder} belongs to user {status.st_uid}, not to {os.geteuid()}"
        yield warning(text, "run this command as the user of the services")
    else:
        yield ok(f"the home is {folder}")


@check("files")
def password_files(machine: Machine) -> Iterator[Finding]:
    """Files with passwords in the home are for their owner only."""
    folders = [machine.home, machine.home / "roles"]
    paths = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    secrets = [
        path
        for path in paths
        if path.is_file() and (path.parent.name == "roles" or _is_secret(path.name))
    ]
    exposed = [path for path in secrets if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for path in exposed:
        yield problem(f"others than its owner may use {path}", f"chmod 600 {path}")
    if secrets and not exposed:
        yield ok(f"{len(secrets)} files with secrets are for their owner only")


def _is_secret(name: str) -> bool:
    return name in ("secret", "webapp-secret") or name.endswith("passfile")


@check("limits")
def descriptors(_machine: Machine) -> Iterator[Finding]:
    """A service may open enough files for its connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        text = f"at most {hard:,} files may be open, {DESCRIPTORS:,} are for many connections"
        fix = f"LimitNOFILE={DESCRIPTORS} in the unit, or `ulimit -Hn {DESCRIPTORS}` before"
        yield warning(text, fix)
    else:
        yield ok("enough files may be open")


@check("limits")
def shared_memory(_machine: Machine) -> Iterator[Finding]:
    """Shared memory has room for Postgres's parallel queries."""
    total = shutil.disk_usage(SHARED).total if SHARED.is_dir() else 0
    if total < SHARED_MEMORY:
        text = f"{SHARED} has {size(total)}: queries fail with “could not resize shared memory”"
        fix = "where Postgres runs in a container: --shm-size=1g; else mount a larger tmpfs"
        yield warning(text, fix)
    else:
        yield ok(f"{SHARED} has {size(total)}")


@check("limits")
def memory(_machine: Machine) -> Iterator[Finding]:
    """Some memory is available."""
    values = dict(re.findall(r"^(\w+): +(\d+) kB", Path("/proc/meminfo").read_text(), re.M))
    available = 1024 * int(values["MemAvailable"])
    if available < MEMORY:
        fix = "stop what else runs here, or lower processes and threads of [processor]"
        yield warning(f"only {size(available)} of memory are available", fix)
    else:
        yield ok(f"{size(available)} of memory are available")


@check("leftovers")
def dead_servers(machine: Machine) -> Iterator[Finding]:
    """No file says that a server runs which does not."""
    marks = {
        "Postgres": machine.home / "postgres" / "postmaster.pid",
        "the line": machine.home / "run" / "supervisord.pid",
    }
    for name, path in marks.items():
        if path.is_file() and not _is_alive(path):
            text = f"{path} says that {name} runs, and it does not: it was killed"
            yield warning(text, "`socorro run` removes it; with a server of your own, start that")
    if not any(path.is_file() for path in marks.values()):
        yield ok("none")


def _is_alive(path: Path) -> bool:
    words = path.read_text().split()
    return bool(words) and words[0].isdecimal() and Path(f"/proc/{words[0]}").exists()


@check("leftovers")
def first_start(machine: Machine) -> Iterator[Finding]:
    """A first start was not interrupted."""
    if (machine.home / "new").exists() and (machine.home / "running.toml").exists():
        text = "the first start was interrupted before crash store and spool were created"
        yield warning(text, "start again: `socorro run` creates what is missing")
