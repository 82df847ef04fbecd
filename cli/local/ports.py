"""Ports of the line: which are free, and which processes have the others."""

import os
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

_LISTENING = "0A"  # the state column of /proc/net/tcp


class Port(NamedTuple):
    """A port that the line needs, who listens on it, and the setting that changes it."""

    number: int
    name: str
    setting: str
    host: str = "127.0.0.1"


class PortTaken(Exception):
    """Another process listens on the port; the text says which, and what to do."""


def check(ports: list[Port]) -> None:
    """Raise PortTaken for the first port that is taken, or that two programs of the line share."""
    seen: dict[int, Port] = {}
    for port in ports:
        if port.number in seen:
            raise PortTaken(
                f"port {port.number} is set for {seen[port.number].name} and for {port.name}:"
                f" change {port.setting}"
            )
        seen[port.number] = port
        if not is_free(port):
            raise PortTaken(
                f"port {port.number} ({port.name}) is taken{taken_by(port.number)}:"
                f" stop it, or set {port.setting} to another port"
            )


def is_free(port: Port) -> bool:
    """Return whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Return different ports that are free just now.

    From below the range that Linux gives to outgoing connections (ip_local_port_range), so that
    none of these takes the port before its server does.
    """
    numbers = random.sample(range(20_000, 32_000), 1000)
    free = (number for number in numbers if is_free(Port(number, "", "")))
    return list(islice(free, count))


def taken_by(number: int) -> str:
    """Return " by process 123 (its command)", "" when we may not see it."""
    pid = holder(number)
    if pid is None:
        return ""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    said = b" ".join(words).decode(errors="replace").strip()
    return f" by process {pid} ({said[:60]})"


def holder(number: int) -> int | None:
    """Return the process that listens on the port, if we may see it (Linux, /proc)."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(number)}
    for folder in Path("/proc").glob("[0-9]*"):
        if sockets.intersection(_files(folder / "fd")):
            return int(folder.name)
    return None


def _files(folder: Path) -> Iterator[str]:
    """Yield what the descriptors of a process lead to, as far as they are there and ours to see."""
    with suppress(OSError):
        for descriptor in folder.iterdir():
            with suppress(OSError):  # closed meanwhile: the others count
                yield os.readlink(descriptor)  # noqa: PTH115  sockets are no paths


def _inodes(number: int) -> list[str]:
    inodes = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        path = Path(table)
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            words = line.split()
            if words[3] == _LISTENING and int(words[1].rpartition(":")[2], 16) == number:
                inodes.append(words[9])
    return inodes
