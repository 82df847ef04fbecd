"""Runs a service as its systemd unit says, where systemd does not run: as_unit.py UNIT, as root.

It takes from the unit what can break a service: user, environment, folders, secrets, privileges,
system calls, namespaces, address families, and memory that is writable and executable. Control
groups and user namespaces are left out. Python's standard library alone: it runs on Debian's own.
"""

import ctypes
import os
import pwd
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

UNITS = Path("/etc/systemd/system")
_NEW_MOUNTS = 0x20000
_BOUNDING_DROP, _NO_NEW_PRIVS, _REFUSE_EXECUTABLE = 24, 38, 65
_ALLOW, _EPERM, _ENOSYS, _NO_FAMILY = 0x7FFF0000, 0x50001, 0x50026, 0x50061
_MASKED_EQUAL, _EQUAL, _GREATER = 7, 4, 6
_NAMESPACES = {
    "mnt": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
    "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000,
}  # fmt: skip
_FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
_LAST_FAMILY = 10
_libc = ctypes.CDLL(None, use_errno=True)

Unit = defaultdict[str, list[str]]


def main(name: str) -> None:
    """Become the service of a unit."""
    unit = read(name)
    user = pwd.getpwnam(unit["User"][-1])
    _folders(unit, name, user)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    for capability in range(64):
        _libc.prctl(_BOUNDING_DROP, capability, 0, 0, 0)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.umask(int(unit["UMask"][-1], 8))
    os.chdir("/")
    _require(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        _require(_libc.prctl(_REFUSE_EXECUTABLE, 1, 0, 0, 0), "memory")
    _refuse_families_and_namespaces(unit)
    _refuse_calls(allowed_calls(unit["SystemCallFilter"]))
    command = shlex.split(unit["ExecStart"][-1])
    os.execve(command[0], command, _environment(unit, user))


def read(name: str) -> Unit:
    """Return what a unit such as socorro-collector@8882.service says, key by key."""
    prefix, at, instance = name.removesuffix(".service").partition("@")
    text = (UNITS / f"{prefix}{at}.service").read_text()
    specifiers = {"%N": name.removesuffix(".service"), "%i": instance, "%t": "/run"}
    unit: Unit = defaultdict(list)
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            unit[key].append(re.sub("%[Nit]", lambda match: specifiers[match[0]], value))
    return unit


def allowed_calls(filters: list[str]) -> set[str]:
    """Return the names of calls that lines of SystemCallFilter= allow."""
    allowed = _expanded("@default")
    for line in filters:
        refused = line.startswith("~")
        for word in line.removeprefix("~").split():
            calls = _expanded(word)
            allowed = allowed - calls if refused else allowed | calls
    return allowed


def _expanded(word: str) -> set[str]:
    if not word.startswith("@"):
        return {word}
    command = ["systemd-analyze", "syscall-filter", "--no-pager", word]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    return set().union(*(_expanded(line) for line in lines if not line.startswith("#")))


def _folders(unit: Unit, name: str, user: pwd.struct_passwd) -> None:
    """Show the service the files that the unit lets it see, and let it write the ones it names."""
    temporary = Path("/var/as-unit") / name
    stash = temporary / "stash"
    for folder in (stash, temporary / "tmp", temporary / "var-tmp"):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (Path("/run") / runtime for runtime in unit["RuntimeDirectory"]):
        folder.mkdir(exist_ok=True)
        os.chown(folder, user.pw_uid, user.pw_gid)
    _require(_libc.unshare(_NEW_MOUNTS), "mount namespace")
    _mount("--make-rslave", "/")
    secrets = shlex.split(" ".join(unit["BindReadOnlyPaths"]))
    for number, path in enumerate(secrets):
        (stash / str(number)).touch()
        _mount("--bind", path, str(stash / str(number)))
    for path in shlex.split(" ".join(unit["ReadWritePaths"])):
        _mount("--bind", path, path)
    for pair in unit["BindPaths"]:
        source, _, target = pair.partition(":")
        _mount("--bind", source, target)
    for own, path in (("tmp", "/tmp"), ("var-tmp", "/var/tmp")):
        (temporary / own).chmod(0o1777)
        _mount("--bind", str(temporary / own), path)
    for path in shlex.split(" ".join(unit["InaccessiblePaths"])):
        if Path(path.removeprefix("-")).exists():
            _mount("-t", "tmpfs", "-o", "ro,mode=000", "none", path.removeprefix("-"))
    for covered in unit["TemporaryFileSystem"]:
        _mount("-t", "tmpfs", "-o", "mode=755", "none", covered.removesuffix(":ro"))
    for number, path in enumerate(secrets):
        Path(path).touch()
        _mount("--bind", str(stash / str(number)), path)
        _mount("-o", "remount,bind,ro", path)
    for covered in unit["TemporaryFileSystem"]:
        _mount("-o", "remount,ro", covered.removesuffix(":ro"))
    _mount("-o", "remount,bind,ro", "/")


def _environment(unit: Unit, user: pwd.struct_passwd) -> dict[str, str]:
    lines = [word for line in unit["Environment"] for word in shlex.split(line)]
    base = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": user.pw_dir}
    return base | dict(line.split("=", 1) for line in lines)


class _Comparison(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint), ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64), ("second", ctypes.c_uint64),
    ]  # fmt: skip


class _Filter:
    """A filter of system calls, by libseccomp; loaded at the end of a with block."""

    def __init__(self, default: int) -> None:
        self._library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._library.seccomp_init(ctypes.c_uint32(default)))

    def __enter__(self) -> "_Filter":
        return self

    def __exit__(self, *error: object) -> None:
        if error == (None, None, None):
            _require(self._library.seccomp_load(self._context), "seccomp")

    def rule(self, action: int, call: str, *comparison: int) -> None:
        """Add a rule for a call; *comparison*: an argument, an operator, one or two values."""
        number = self._library.seccomp_syscall_resolve_name(call.encode())
        if number < 0:  # of another machine
            return
        compared = [_Comparison(*comparison, *[0] * (4 - len(comparison)))] if comparison else []
        array = (_Comparison * 1)(*compared)
        code = self._library.seccomp_rule_add_array(
            self._context, ctypes.c_uint32(action), number, len(compared), array
        )
        _require(code, f"rule for {call}")


def _refuse_calls(allowed: set[str]) -> None:
    with _Filter(_EPERM) as filters:
        for call in sorted(allowed):
            filters.rule(_ALLOW, call)


def _refuse_families_and_namespaces(unit: Unit) -> None:
    families = {_FAMILIES[word] for word in " ".join(unit["RestrictAddressFamilies"]).split()}
    words = " ".join(unit["RestrictNamespaces"]).split()
    allowed = set() if words == ["yes"] else set(words)
    with _Filter(_ALLOW) as filters:
        filters.rule(_NO_FAMILY, "socket", 0, _GREATER, _LAST_FAMILY)
        for family in set(range(_LAST_FAMILY + 1)) - families:
            filters.rule(_NO_FAMILY, "socket", 0, _EQUAL, family)
        filters.rule(_ENOSYS, "clone3")
        for name in _NAMESPACES.keys() - allowed:
            flag = _NAMESPACES[name]
            for call in ("unshare", "clone"):
                filters.rule(_EPERM, call, 0, _MASKED_EQUAL, flag, flag)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _require(code: int, name: str) -> None:
    if code != 0:
        raise OSError(ctypes.get_errno() or -code, f"{name} failed")


if __name__ == "__main__":
    main(sys.argv[1])
