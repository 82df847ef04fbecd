"""Checks of where crashes lie: disks, spool, crash store."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli import config_check
from cli.doctor.machine import Machine
from cli.doctor.report import Finding, check, ok, problem, warning
from socorro.crashstore.interface import StoreUnavailable
from socorro.crashstore.open import open_store
from socorro.health.config import HealthConfig
from socorro.health.durations import size
from socorro.marker import REMEMBERED, Marker, Memory
from socorro.spool.config import SpoolConfig
from socorro.spool.spool import REMEMBERED as SPOOL_REMEMBERED
from socorro.symbols.config import SymbolsConfig

MEMORY: Final = ("tmpfs", "ramfs")
REMOTE: Final = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs")


class _Away(Exception):
    """A folder has no marker, or that of another."""


@check("disks")
def free_space(machine: Machine) -> Iterator[Finding]:
    """The disks of spool, crash store and symbols have room."""
    if machine.facts is None:
        return
    limits, spool = machine.read(HealthConfig), machine.read(SpoolConfig)
    folders = {"spool": (spool.spool, spool.reserve)}
    if machine.facts.shared.store.startswith("file://"):
        folders["crash store"] = (_folder(machine.facts.shared.store), 0)
    folders["symbols"] = (machine.read(SymbolsConfig).store, 0)
    for name, (folder, reserve) in folders.items():
        disk = shutil.disk_usage(config_check.existing(folder))
        free = max(0, disk.free - reserve)
        text = f"the disk of the {name} has {size(free)} free"
        text += f" beyond its reserve of {size(reserve)}" if reserve else ""
        fix = "make room or enlarge the disk; what grows is in docs/runbook.md (DiskLow)"
        percent = 100 * free / disk.total
        if percent < limits.disk_critical_percent:
            yield problem(text, fix)
        elif percent < limits.disk_warning_percent:
            yield warning(text, fix)
        else:
            yield ok(text)


@check("spool")
def spool_marker(machine: Machine) -> Iterator[Finding]:
    """The spool is there, and is the one that was seen before."""
    if machine.facts is None:
        return
    folder = machine.read(SpoolConfig).spool
    yield from _marked(folder, "spool", machine.home / SPOOL_REMEMBERED)


@check("spool")
def durable_spool(machine: Machine) -> Iterator[Finding]:
    """The spool is on a local disk: neither memory nor another machine."""
    if machine.facts is None:
        return
    folder = machine.read(SpoolConfig).spool
    kind = config_check.file_system(config_check.existing(folder))
    if kind in MEMORY:
        text = f"the spool {folder} is in memory ({kind}): a restart loses crashes"
        yield problem(text, "set SOCORRO_COLLECTOR_SPOOL to a folder on a local disk")
    elif kind in REMOTE:
        text = f"the spool {folder} is on another machine ({kind}), which may be away"
        yield warning(text, "set SOCORRO_COLLECTOR_SPOOL to a folder on a local disk")
    else:
        yield ok(f"the spool is on a local disk ({kind or 'its file system is not known'})")


@check("store")
def crash_store(machine: Machine) -> Iterator[Finding]:
    """The crash store answers, and is the one that was seen before."""
    if machine.facts is None:
        return
    address = machine.facts.shared.store
    if address.startswith("file://"):
        yield from _marked(_folder(address), "crash store", machine.home / REMEMBERED)
        return
    try:
        store = open_store(address, connections=1)
    except ValueError as error:
        yield problem(f"SOCORRO_STORE: {error}", "correct the address")
        return
    try:
        list(store.waiting(1))
    except StoreUnavailable as error:
        fix = "is the Thrift gateway up? `socorro store create` makes the tables, once"
        yield problem(f"the crash store does not answer: {error}", fix)
    else:
        yield ok(f"the crash store answers at {address}")
    finally:
        store.close()


def _folder(address: str) -> Path:
    return Path(address.removeprefix("file://"))


def _marked(folder: Path, kind: str, remembered: Path) -> Iterator[Finding]:
    """Compare the marker in *folder* with the id that the home remembers; write nothing."""
    command = f"socorro {kind.split()[-1]}"
    expected = Memory(remembered).recall(str(folder))
    marker = Marker(folder, kind, _Away)  # without a memory it keeps nothing
    try:
        marker.require()
    except _Away as error:
        if expected is None and not folder.exists():
            text = f"there is no {kind} yet: {folder}"
            yield warning(text, f"`make run` creates it; else run `{command} create`, once")
        else:
            fix = f"mount the right disk at {folder}; `{command} create` is for a new one only"
            yield problem(str(error), fix)
        return
    if expected not in (None, marker.id):
        text = f"another {kind} is mounted at {folder}: {marker.id}, not {expected}"
        yield problem(text, f"mount the right disk; `{command} adopt` accepts this one")
    elif not os.access(folder, os.W_OK):
        text = f"the {kind} {folder} cannot be written by user {os.geteuid()}"
        yield problem(text, "give it to the user of the services, or run this as that user")
    else:
        yield ok(f"the {kind} is at {folder}")
