"""Applies Puppet twice in a bare Debian, starts what it applied, posts a crash: in_root.py ROOT.

The check puppet-apply starts it in namespaces of its own (mounts, processes, network), so that no
mount and no process stays, whatever happens. There it changes to ROOT and is the first process. It
prints figures as JSON on its last line. Python's standard library alone: it runs on Debian's own.
"""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

CHECKOUT = Path("/srv/socorro")
CONTROL = Path("/srv/control")
UNITS = Path("/etc/systemd/system/socorro.target.wants")
APPLY = [
    "puppet", "apply", "--detailed-exitcodes", "--certname", "machine.example.com", "--color=false",
    "--modulepath", f"{CONTROL}/site-modules:/usr/share/puppet/modules",
    "--hiera_config", f"{CONTROL}/hiera.yaml", f"{CONTROL}/manifests",
]  # fmt: skip
REPORTS, PAGES = "crash-reports.example.com", "crash-stats.example.com"
DUMP = CHECKOUT / "tests" / "data" / "minidumps" / "rust-minidump" / "test.dmp"
SIGNATURE = b"test_app.exe@0x"
AS_UNIT = ("/usr/bin/python3", str(CHECKOUT / "tests" / "ops" / "as_unit.py"))
BACKUPS = Path("/var/backups/socorro")
BOUNDARY = "of-the-form"
# What docs/operate.md tells an operator to type after the first run, and the exit codes that are
# well: there is nothing that sets the clock here, which is a warning.
OPERATOR = (
    (("socorro", "doctor", "--problems"), (0,)),
    (("socorro", "users", "add", "you@example.com", "--group", "Hackers Plus"), (0,)),
    (("socorro", "health"), (0, 1)),
    (("socorro", "status"), (0,)),
    (("socorro", "cron", "list"), (0,)),
    (("socorro", "bad-reports"), (0,)),
    (("socorro", "symbols", "missing"), (0,)),
    ((*AS_UNIT, "socorro-backup.service"), (0,)),
    (("socorro", "backup", "verify", str(BACKUPS)), (0,)),
)
UP_SECONDS, WALK_SECONDS = 300, 120
_IFF_UP, _SIOCSIFFLAGS = 1, 0x8914
_NEW_ROOT = 155  # pivot_root(2) on x86-64


def main(root: Path, front_alone: bool) -> None:
    """Apply twice; then try the whole line, or only what is in front of it."""
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    _enter(root)
    _loopback_up()
    figures: dict[str, float | str] = {}
    for run, code in (("first run", 2), ("second run", 0)):
        began = time.monotonic()
        _apply(code)
        figures[run] = time.monotonic() - began
    if front_alone:
        for host, code in (
            (REPORTS, HTTPStatus.SERVICE_UNAVAILABLE),
            (PAGES, HTTPStatus.NOT_FOUND),
        ):
            path = "submit" if host == REPORTS else "__heartbeat__"
            status = _status(f"http://127.0.0.1/{path}", host)
            assert status == code, (host, status)
    else:
        _try_the_line(figures)
    print(json.dumps(figures))


def _try_the_line(figures: dict[str, float | str]) -> None:
    began = time.monotonic()
    services = [subprocess.Popen([*AS_UNIT, unit.name]) for unit in sorted(UNITS.iterdir())]
    ports = (8882, 8883, 8884, 8885, 8886, 8887, 8888, 8892, 8894)
    for port in ports:
        _wait(lambda port=port: _answer(f"http://127.0.0.1:{port}/__heartbeat__"), UP_SECONDS)
    figures["services up"] = time.monotonic() - began
    figures["confinement"] = _confinement()
    began = time.monotonic()
    crash_id = _post()
    page = f"http://127.0.0.1/report/index/{crash_id}"
    _wait(lambda: SIGNATURE in _answer(page, Host=PAGES), WALK_SECONDS)
    figures["post to page"] = time.monotonic() - began
    for command, codes in OPERATOR:
        done = _run(*command)
        assert done.returncode in codes, (command, done.returncode, done.stdout)
    assert list(BACKUPS.glob("*/MANIFEST.json")), done.stdout
    _forget(crash_id, page)
    figures["operator's commands"] = f"{len(OPERATOR) + 1}"
    # Services that ended, and would be started again by systemd.
    ended = [one.args for one in services if one.poll() is not None]
    assert not ended, ended


def _forget(crash_id: str, page: str) -> None:
    """Remove the crash on request: it is gone, and the ledger is even."""
    for command in (("socorro", "forget", "--crash", crash_id, "--yes"), ("socorro", "status")):
        done = _run(*command)
        assert done.returncode == 0, (command, done.stdout)
    try:
        status = len(_answer(page, Host=PAGES))
    except urllib.error.HTTPError as error:
        status = error.code
    assert status == HTTPStatus.NOT_FOUND, status


def _enter(root: Path) -> None:
    """Make *root* the root: not by chroot, in which no program could make a user namespace."""
    _run_all(
        ["mount", "--rbind", str(root), str(root)],
        ["mount", "-t", "proc", "proc", f"{root}/proc"],
        ["mount", "--rbind", "/sys", f"{root}/sys"],
        ["mount", "--rbind", "/dev", f"{root}/dev"],
    )
    os.chdir(root)
    if ctypes.CDLL(None, use_errno=True).syscall(_NEW_ROOT, b".", b"mnt") != 0:
        raise OSError(ctypes.get_errno(), "pivot_root failed")
    os.chdir("/")
    _run_all(["umount", "--lazy", "/mnt"])


def _loopback_up() -> None:
    with socket.socket() as control:
        request = struct.pack("16sh", b"lo", _IFF_UP)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request.ljust(40, b"\0"))


def _apply(code: int) -> None:
    done = _run(*APPLY)
    print(done.stdout, flush=True)
    assert done.returncode == code, f"puppet apply: exit code {done.returncode}, not {code}"


def _confinement() -> str:
    """Return how many measures confine walkers, under the restrictions of the unit."""
    measures = json.loads(_answer("http://127.0.0.1:8887/__heartbeat__"))["confinement"]
    print(json.dumps(measures), flush=True)
    # No control group here, so no limit of memory: the unit sets it.
    missing = [one for one in measures if not one["in_force"] and one["name"] != "memory"]
    assert not missing, missing
    return f"{len(measures) - 1} measures"


def _post() -> str:
    fields = {"ProductName": "Firefox", "Version": "140.0", "ReleaseChannel": "nightly"}
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    dump = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="d"'
    )
    body = b"".join(
        [*map(str.encode, lines), f"{dump}\r\n\r\n".encode(), DUMP.read_bytes(),
         f"\r\n--{BOUNDARY}--\r\n".encode()]
    )  # fmt: skip
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    text = _answer("http://127.0.0.1/submit", body, Host=REPORTS, Content_Type=kind).decode()
    assert text.startswith("CrashID=bp-"), text
    return text.removeprefix("CrashID=bp-").strip()


def _answer(url: str, body: bytes | None = None, **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named)
    with urllib.request.urlopen(request, timeout=30) as answer:
        content: bytes = answer.read()
    return content


def _status(url: str, host: str) -> int:
    """Post nothing, and return the status."""
    try:
        return len(_answer(url, b"", Host=host))
    except urllib.error.HTTPError as error:
        return error.code


def _wait(attempt: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if attempt():
                return
            problem: object = "not yet"
        except OSError as error:
            problem = error.read()[:2000] if isinstance(error, urllib.error.HTTPError) else error
        assert time.monotonic() < deadline, problem
        time.sleep(0.2)


def _run_all(*commands: list[str]) -> None:
    for command in commands:
        subprocess.run(command, check=True)


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), front_alone="front" in sys.argv[2:])
