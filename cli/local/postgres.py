"""The line's own Postgres on this machine: its binaries, its data folder, its server.

Binaries come from SOCORRO_PG_BINDIR, from Debian's versioned folders, or from the download of
`make parts`. Postgres refuses to run as root, so root runs it as another user. Where that
user cannot reach a folder (a checkout below a 0700 home), data and binaries lie in
/var/lib/socorro instead and a link in SOCORRO_HOME says where.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2.extensions import make_dsn

from cli.local import downloads
from cli.local.ports import free_ports
from socorro.files import write_whole

OLDEST = 15
USERS = ("postgres", "nobody")  # root runs Postgres as the first of them that exists
SHELTER = Path("/var/lib/socorro")
FAST = (  # for tests only
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off"),
    *("wal_level=minimal", "max_wal_senders=0", "max_wal_size=256MB"),
)
# On the screen of all: what keeps the server from running, not what statements did wrong, which
# their sender logs.
QUIET = ("log_min_messages=fatal", "log_line_prefix=")

# For a machine of its own that does other things as well: bulk loads and counts are not slowed
# by checkpoints, and short queries are not compiled. What is committed is on disk.
TUNED = (
    "shared_buffers=256MB", "max_wal_size=2GB", "checkpoint_timeout=15min", "wal_buffers=16MB",
    "maintenance_work_mem=128MB", "random_page_cost=1.1", "jit=off",
)  # fmt: skip


class NoPostgres(Exception):
    """No usable Postgres; the text says what to do."""


def installed() -> list[Path]:
    """Return Debian's folders with binaries that are new enough, newest first."""
    folders = [
        folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit() and int(folder.parent.name) >= OLDEST and _whole(folder)
    ]
    return sorted(folders, key=lambda folder: -int(folder.parent.name))


def binaries(bindir: Path | None = None, made_by: str | None = None) -> Path:
    """Return the folder with initdb and postgres. Raises NoPostgres.

    *made_by* is the major version that made the data folder: no other can read it.
    """
    candidates = [bindir] if bindir else [*installed(), downloads.postgres_bin()]
    usable = [folder for folder in candidates if folder and _whole(folder)]
    if not usable:
        raise NoPostgres(
            f"no Postgres {OLDEST} or newer: run `make parts` in a checkout, or set"
            " SOCORRO_PG_BINDIR"
        )
    for folder in usable:
        if made_by in (None, version(folder)):
            return folder
    raise NoPostgres(
        f"the data folder was made by Postgres {made_by}, but this is {version(usable[0])}:"
        f" set SOCORRO_PG_BINDIR to the bin folder of a Postgres {made_by}"
    )


def _whole(folder: Path) -> bool:
    return (folder / "postgres").exists() and (folder / "initdb").exists()


def version(bindir: Path) -> str:
    """Return the major version of a server, "15"."""
    output = _run_as(None, [str(bindir / "postgres"), "--version"]).stdout.decode()
    match = re.search(r" (\d+)", output)
    return match[1] if match else "?"


def owner() -> pwd.struct_passwd | None:
    """Return the user that runs Postgres for root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres(f"Postgres needs a user other than root: create one of {', '.join(USERS)}")


def data_folder(home: Path) -> Path:
    """Return the data folder: in *home*, else in SHELTER with a link to it in *home*."""
    usual, user = home / "postgres", owner()
    if not usual.is_symlink():
        if usual.exists() or user is None or _reaches(user, home):
            return usual
        usual.symlink_to(SHELTER / f"{home.name}-{secrets.token_hex(4)}" / "data")
    data = usual.readlink()
    if SHELTER in data.parents:
        for folder in (SHELTER, data.parent):
            _make_enterable(folder)
    return data


def reachable_binaries(bindir: Path) -> Path:
    """Return *bindir*, or a copy of it where the user that runs Postgres reaches it."""
    user = owner()
    if user is None or _reaches(user, bindir / "postgres"):
        return bindir
    if downloads.FOLDER not in bindir.parents:
        raise NoPostgres(f"user {user.pw_name} cannot run {bindir}/postgres: make it readable")
    whole = bindir.parent
    copied = SHELTER / whole.parent.name / whole.name
    if not copied.is_dir():
        _make_enterable(SHELTER)
        with tempfile.TemporaryDirectory(dir=SHELTER) as scratch:
            copy = Path(scratch) / "made"
            shutil.copytree(whole, copy / whole.name, symlinks=True)
            _open_up(copy)
            copy.rename(copied.parent)
    return copied / bindir.name


def _make_enterable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # mkdir's mode is subject to our umask


def _open_up(folder: Path) -> None:
    """Let everybody read what was copied, whatever our umask is."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _reaches(user: pwd.struct_passwd, path: Path) -> bool:
    return _run_as(user, ["test", "-x", str(path)]).returncode == 0


def init(bindir: Path, data: Path, password: str | None) -> None:
    """Make the data folder if there is none; *password* None trusts everybody (tests).

    It appears under its name when it is whole: an initdb that was killed is simply repeated.
    """
    if data.exists():
        return
    user = owner()
    scratch = data.with_name(f"{data.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    command = [
        str(bindir / "initdb"), "-D", str(scratch), "-U", "socorro",
        "-E", "UTF8", "--locale=C.UTF-8",
    ]  # fmt: skip
    with tempfile.NamedTemporaryFile() as password_file:
        if user:
            os.chown(scratch, user.pw_uid, user.pw_gid)
            os.chown(password_file.name, user.pw_uid, user.pw_gid)
        if password is None:
            command += ["--auth=trust", "--no-sync"]
        else:
            password_file.write(f"{password}\n".encode())
            password_file.flush()
            command += ["--auth=scram-sha-256", f"--pwfile={password_file.name}"]
        done = _run_as(user, command)
    if done.returncode:
        raise NoPostgres(f"initdb failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    scratch.rename(data)


def command(
    bindir: Path, data: Path, port: int, settings: Sequence[str] = (*QUIET, *TUNED)
) -> list[str]:
    """Return the command of a server on 127.0.0.1:*port*, to be run as `owner()`."""
    options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
    return [
        str(bindir / "postgres"), "-D", str(data), "-p", str(port),
        *(word for option in options for word in ("-c", option)),
    ]  # fmt: skip


def forget_dead_server(data: Path) -> None:
    """Remove the postmaster.pid of a server that was killed.

    Postgres itself only asks whether a process of that number exists. After a kill -9 of
    everything, or in a new container, that is soon another process, and the start is refused.
    """
    mark = data / "postmaster.pid"
    try:
        pid = int(mark.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        mark.unlink(missing_ok=True)
        return
    try:
        alive = Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
    except OSError:
        alive = False
    if not alive:
        mark.unlink()


def password(passfile: Path, data: Path) -> str:
    """Return the password of the server's superuser; make it before there is any data."""
    if passfile.exists():
        return password_in(passfile)
    if data.exists():
        raise NoPostgres(
            f"{passfile} is gone, and with it the password of {data}: put it back,"
            " or remove both to start with an empty database"
        )
    new_password = secrets.token_urlsafe(24)
    write_whole(passfile, f"*:*:*:socorro:{new_password}\n")
    return new_password


def password_in(passfile: Path) -> str:
    """Return the password in a password file of one line."""
    return passfile.read_text().strip().rpartition(":")[2]


def dsn(port: int, passfile: Path, database: str = "socorro", user: str = "socorro") -> str:
    """Return the connection string of a user; the password stays in its file."""
    return make_dsn(host="127.0.0.1", port=port, dbname=database, user=user, passfile=str(passfile))


def create_database(admin: str, name: str = "socorro") -> None:
    """Create the database *name* unless it exists; *admin* connects to another one."""
    db = psycopg2.connect(admin)
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{name}"')
    db.close()


@contextmanager
def running(data: Path, bindir: Path, settings: Sequence[str] = FAST) -> Iterator[str]:
    """Run a server for the length of a with block; yield its connection string.

    For tests: any user of this machine may connect, and nothing is synced.
    """
    bindir = reachable_binaries(bindir)
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
    at = f"host=127.0.0.1 port={port} user=socorro dbname=postgres"
    try:
        wait(at, 30)
        yield at
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(30)


def wait(at: str, seconds: float) -> None:
    """Wait until the server answers. Raises psycopg2.OperationalError when it does not."""
    deadline = time.monotonic() + seconds
    while not answers(at):
        if time.monotonic() > deadline:
            psycopg2.connect(at, connect_timeout=2).close()
        time.sleep(0.05)


def answers(at: str) -> bool:
    """Return whether a server takes connections there."""
    try:
        psycopg2.connect(at, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free just now."""
    return free_ports(1)[0]


def _run_as(user: pwd.struct_passwd | None, argv: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
