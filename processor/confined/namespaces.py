"""Namespaces of a walk host: no other process, no network, and no file but those named.

`enter` is all or nothing and may be forbidden (a container, Ubuntu's AppArmor); then everything
stays as it is. `build_root` runs in the first process of the new namespaces.
"""

import os
import resource
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from processor.confined import linux

MOST_TASKS = 256  # processes and threads of a walk
_RESERVED_PIDS = 300  # the kernel starts here again once all numbers were used

# What programs need to start: interpreter, libraries, and their index.
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"),
    *("/etc/ld.so.cache", "/etc/alternatives"),
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_LINKS = (("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"),
          ("/dev/stdout", "/proc/self/fd/1"), ("/dev/stderr", "/proc/self/fd/2"))  # fmt: skip
_PID_MAX = Path("/proc/sys/kernel/pid_max")
_BASE = Path("/tmp")  # noqa: S108 - only a mount point: the new root is put together there
_OLD = Path("/.old-root")
_ROOM = "size=1m,nr_inodes=4096,mode=755"

_UNBOUND = "root is bound from Linux 6.14 on only: run the processor as a user of its own"

_READ_ONLY = linux.ATTR_RDONLY | linux.ATTR_NOSUID
_WRITABLE = linux.ATTR_NOSUID | linux.ATTR_NODEV | linux.ATTR_NOEXEC


def enter() -> None:
    """Enter new namespaces; children of this process will be the first in theirs. Raises OSError.

    Inside, the user is the same and may do nothing outside.
    """
    user, group = os.getuid(), os.getgid()
    new = linux.NEW_USER | linux.NEW_PID | linux.NEW_NET | linux.NEW_MOUNT | linux.NEW_IPC
    linux.unshare(new)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def build_root(reads: Iterable[str], writes: Iterable[str]) -> None:
    """Change to a root that has nothing but these paths, some devices and /proc. Raises OSError.

    Nothing can be written but below *writes*. A path that does not exist is left out.
    """
    shown = dict.fromkeys((*SYSTEM, *reads), _READ_ONLY | linux.ATTR_NODEV)
    shown |= dict.fromkeys(writes, _WRITABLE)
    shown |= dict.fromkeys(DEVICES, _READ_ONLY | linux.ATTR_NOEXEC)
    # By its place, so that what is within a folder is not covered by it.
    places = sorted((Path(path).resolve(), path) for path in shown)
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_SLAVE)
    linux.mount("tmpfs", str(_BASE), "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, _ROOM)
    old = _BASE / _OLD.name
    old.mkdir()
    linux.pivot_root(str(_BASE), str(old))
    os.chdir("/")
    for place, path in places:
        _show(place, Path(path), shown[path])
    for path, target in _LINKS:
        Path(path).symlink_to(target)
    _show_processes()
    linux.unmount(str(_OLD))
    _OLD.rmdir()
    linux.restrict_mount("/", _READ_ONLY, recursive=False)


def bound_tasks() -> None:
    """Bound how many processes and threads there may be, here. Raises OSError if nothing binds.

    RLIMIT_NPROC counts per user, and a user namespace counts its own. It does not bind root; there
    the range of process numbers does, which Linux 6.14 has per namespace.
    """
    most = linux.within_hard_limit(resource.RLIMIT_NPROC, MOST_TASKS)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    if os.getuid() == 0 and int(_PID_MAX.read_text()) > _RESERVED_PIDS + MOST_TASKS:
        raise OSError(1, _UNBOUND)


def _show(place: Path, path: Path, attributes: int) -> None:
    """Bind a file or folder of the old root at the same place; *path* is another name of it."""
    old = _in_old_root(place)
    if not old.exists():
        return
    if old.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.touch()
    linux.mount(str(old), str(place), flags=linux.MS_BIND | linux.MS_REC)
    linux.restrict_mount(str(place), attributes)
    if not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(place)


def _in_old_root(place: Path) -> Path:
    return _OLD / place.relative_to("/")


def _show_processes() -> None:
    """Mount /proc: our own where that is allowed, else the one that a container got."""
    Path("/proc").mkdir(exist_ok=True)
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    try:
        linux.mount("proc", "/proc", "proc", flags)
        with suppress(OSError):
            _PID_MAX.write_text(str(_RESERVED_PIDS + MOST_TASKS))
    except OSError:
        linux.mount(str(_in_old_root(Path("/proc"))), "/proc", flags=linux.MS_BIND | linux.MS_REC)
    linux.restrict_mount("/proc", _READ_ONLY)
