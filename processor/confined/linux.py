"""System calls that Python does not offer, by ctypes. A call that fails raises OSError."""

import ctypes
import os
import platform
import resource
from contextlib import suppress

MACHINE = platform.machine()

NEW_USER, NEW_PID, NEW_NET = 0x10000000, 0x20000000, 0x40000000
NEW_MOUNT, NEW_IPC = 0x00020000, 0x08000000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_SLAVE = 2, 4, 8, 0x1000, 0x4000, 0x80000
MNT_DETACH = 2
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, ATTR_NOEXEC = 1, 2, 4, 8

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 28, 36, 38

_MOUNT_SETATTR = 442  # these numbers are the same on all machines
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_NO_ROOT_LOCKED = 0b0011 | 0b1100  # root is an ordinary user, and setuid keeps no capabilities
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: object) -> int:
    """Make a system call by its number; integers are passed as 64 bits."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    _libc.syscall.restype = ctypes.c_long
    return _checked(_libc.syscall(ctypes.c_long(number), *words))


def unshare(flags: int) -> None:
    """Leave the namespaces that *flags* name for new ones."""
    _checked(_libc.unshare(ctypes.c_int(flags)))


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount, bind, or change a mount."""
    words = [os.fsencode(word) if word else None for word in (source, target, kind)]
    _checked(_libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None))


def unmount(target: str) -> None:
    """Take a mount and all below it out of the tree."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH))


def restrict_mount(target: str, attributes: int, recursive: bool = True) -> None:
    """Add *attributes* to a mount and, if *recursive*, to all below it (Linux 5.12)."""
    words = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    system_call(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), flags, words, ctypes.sizeof(words))


def pivot_root(new: str, old: str) -> None:
    """Make *new* the root; the former root is then at *old*."""
    if MACHINE not in _PIVOT_ROOT:
        raise OSError(38, f"not known for {MACHINE}")
    system_call(_PIVOT_ROOT[MACHINE], os.fsencode(new), os.fsencode(old))


def within_hard_limit(number: int, most: int) -> int:
    """Return *most*, or this process's hard limit if that is less: only root may raise it."""
    hard = resource.getrlimit(number)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


def prctl(option: int, value: int = 0) -> None:
    """Change an attribute of this process."""
    _checked(_libc.prctl(option, *(ctypes.c_ulong(word) for word in (value, 0, 0, 0))))


def drop_capabilities() -> None:
    """Give up all capabilities of this process and of whatever it will start."""
    with suppress(OSError):  # an ordinary user may not, and has none
        prctl(PR_SET_SECUREBITS, _NO_ROOT_LOCKED)
        for number in range(64):  # there is an error after the last one
            prctl(PR_CAPBSET_DROP, number)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()))


def _checked(value: int) -> int:
    if value < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return value
