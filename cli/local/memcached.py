"""memcached for the line: Debian's where it is installed, else its package, unpacked in .parts/."""

import os
import pwd
from pathlib import Path

from cli.local import downloads
from cli.local.programs import Program

USER = "nobody"  # memcached does not run as root
MEGABYTES = 64


def find() -> Path:
    """Return the path of memcached, fetched first if it is missing. Raises DownloadMissing."""
    path = downloads.program("memcached")
    if path is None:
        downloads.fetch(downloads.MEMCACHED)
        path = str(downloads.BIN / "memcached")
    return Path(path)


def command(path: Path, port: int) -> list[str]:
    """Return the command that runs it in the foreground, on this machine's own address only."""
    return [str(path), "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-m", str(MEGABYTES)]


def program(path: Path, port: int) -> Program:
    """Return the program of the line."""
    user = pwd.getpwnam(USER) if os.geteuid() == 0 else None
    return Program("memcached", command(path, port), user=user)
