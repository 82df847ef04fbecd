"""Landlock (Linux 5.13): a process gives up all files but those named, and TCP. Needs no privilege.

It is a second wall behind the namespaces, and the first one where these are forbidden. Later
kernels can forbid more: their ABI number says what.
"""

import os
import stat
from collections.abc import Iterable

from processor.confined.linux import system_call

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on all machines
_ASK_ABI = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
# By ABI: how many rights on files there are, of 16; TCP (bind, connect); scopes (sockets, signals).
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_TCP, _TCP_SINCE = 0b11, 4
_SCOPES, _SCOPES_SINCE = 0b11, 6


def abi() -> int:
    """Return what the kernel's Landlock can do; 0 without it."""
    try:
        return system_call(_CREATE_RULESET, None, 0, _ASK_ABI)
    except OSError:
        return 0


def restrict(reads: Iterable[str], writes: Iterable[str]) -> int:
    """Give up all other files, for good and for all children; return the ABI. Raises OSError.

    A path that does not exist is left out. Files that were opened before stay open.
    """
    version = abi()
    if not version:
        raise OSError(38, "the kernel has no Landlock")
    every = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    tcp = _TCP if version >= _TCP_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    words = [word.to_bytes(8, "little") for word in (every, tcp, scopes)]
    size = 24 if scopes else 16 if tcp else 8
    ruleset = system_call(_CREATE_RULESET, b"".join(words)[:size], size, 0)
    try:
        for path in reads:
            _allow(ruleset, path, _READ & every)
        for path in writes:
            _allow(ruleset, path, every)
        system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(file).st_mode):
            rights &= _OF_A_FILE
        beneath = rights.to_bytes(8, "little") + file.to_bytes(4, "little")
        system_call(_ADD_RULE, ruleset, _PATH_BENEATH, beneath, 0)
    finally:
        os.close(file)
