"""The whole line on this machine, in the foreground: `socorro run`, `make run`.

We are the parent of supervisor, which is the parent of everything else. Engines start first
(Postgres, HBase), then the schema is brought up to date, then the services start; when every one
of them is healthy, a banner says where they are. From then on supervisor starts again whatever
dies. Ctrl-C or SIGTERM ends it in the reverse order.

No process outlives this one: Linux signals supervisor when we are gone, and its children when it is
gone (`setpriv --pdeathsig`). So even after kill -9 no process is left, and a lock that they inherit
keeps a second line out until then.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import urllib3
from supervisor.xmlrpc import SupervisorTransport

from cli.local import downloads, first_start, home, plan, postgres, roles
from cli.local.maven import NoEngine
from cli.local.ports import PortTaken
from cli.local.programs import GROUP, configuration
from cli.local.screen import Screen
from cli.local.supervisor_log import SupervisorLog
from cli.services import SERVICES
from socorro import config
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import StoreUnavailable
from socorro.migrate import migrate
from socorro.service import Stop
from socorro.spool.entry import SpoolUnavailable

EXAMPLE = downloads.CHECKOUT / "tests/data/minidumps/rust-minidump/test.dmp"
_UP_SECONDS = 90.0  # for one step of the start
_HBASE_SECONDS = 180.0
_END_SECONDS = 60.0
_TRIES = 3  # starts of one program before the line as a whole gives up


class NotUp(Exception):
    """A program does not start; the text names it."""


class _Stopped(Exception):
    """Somebody pressed Ctrl-C while the line was starting."""


def run() -> None:
    """Run the line until SIGINT or SIGTERM. SystemExit with one line when it cannot."""
    os.umask(0o077)
    stop, folder = Stop().on_signals(), config.home()
    try:
        home.prepare(folder)
        with home.lock(folder) as lock:
            home.forget_running(folder)
            planned = plan.make(folder)
            home.write_running(folder, *planned.running())
            line = Line(planned, lock, stop)
            for message in first_start.folders(folder):
                line.say(message)
            line.run()
    except (
        home.HomeTaken, PortTaken, downloads.DownloadMissing, postgres.NoPostgres, NoEngine, NotUp,
        StoreUnavailable, SpoolUnavailable,
    ) as error:  # fmt: skip
        raise SystemExit(f"socorro run: {error}") from None
    except OSError as error:
        raise SystemExit(f"socorro run: {folder}: {error}") from None


class Line:
    """One run of the line: a supervisor child and a screen."""

    def __init__(self, planned: plan.Plan, lock: int, stop: Stop) -> None:
        self._plan, self._lock, self._stop = planned, lock, stop
        self._began = time.monotonic()
        self._screen = Screen()
        self._supervisor_log = SupervisorLog()
        self._supervisor_log.stopping = lambda: bool(stop)

    def say(self, message: str) -> None:
        """Show one line of our own."""
        self._screen.say(message)

    def run(self) -> None:
        """Start everything, wait, stop everything. Raises NotUp."""
        with tempfile.TemporaryDirectory(prefix="socorro-") as scratch:
            # Not in the home: the path of a Unix socket has room for 107 bytes.
            socket = Path(scratch) / "supervisor"
            self._supervisor = self._start_supervisor(socket, Path(scratch))
            self._rpc = ServerProxy(
                "http://localhost", SupervisorTransport(serverurl=f"unix://{socket}")
            ).supervisor
            try:
                self._start(socket)
                self._watch()
            except _Stopped:
                pass
            finally:
                self._end()

    def _start_supervisor(self, socket: Path, pipes: Path) -> "subprocess.Popen[bytes]":
        engines = self._plan.engines()
        for name in (*(engine.name for engine in engines), *SERVICES):
            self._screen.named_pipe(name, pipes / name)
        conf = self._plan.home / "run" / "supervisord.conf"
        conf.write_text(configuration(engines, pipes, self._plan.home, socket))
        output = self._screen.pipe("supervisor", self._supervisor_log)
        child = subprocess.Popen(
            [
                "setpriv", "--pdeathsig", "TERM", "--",
                sys.executable, "-m", "supervisor.supervisord", "-c", str(conf),
            ],
            env={**os.environ, "SOCORRO_HOME": str(self._plan.home), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(self._lock,),
            start_new_session=True,  # Ctrl-C is for us; we end the others in order
        )  # fmt: skip
        os.close(output)
        return child

    def _start(self, socket: Path) -> None:
        planned, user = self._plan, postgres.owner()
        if user and planned.home not in planned.postgres.data.parents:
            self._screen.say(
                f"Postgres runs as {user.pw_name}, who cannot enter {planned.home}:"
                f" its data is in {planned.postgres.data}"
            )
        self._wait("supervisor", lambda: _answers(self._rpc, socket), _UP_SECONDS)
        for engine in planned.engines():
            self._rpc.startProcess(engine.name, False)
        self._wait("postgres", lambda: postgres.answers(planned.postgres.admin), _UP_SECONDS)
        postgres.create_database(planned.postgres.admin)
        if changed := roles.prepare(planned.home, planned.postgres.admin, "socorro"):
            self._screen.say(f"database of an earlier version: {changed} objects have a new owner")
        shared = load(SharedConfig)
        for name in migrate(shared.database):
            self._screen.say(f"database migrated: {name}")
        if planned.hbase:
            # Its gateway answers seconds before tables can be created, so wait for its own line.
            up = f"hbase: up at {planned.store}"
            self._wait(
                "hbase",
                lambda: any(line.startswith(up) for line in self._screen.last("hbase")),
                _HBASE_SECONDS,
            )
        first_start.tables(planned.home, shared.store, own=bool(planned.hbase))
        home.note_created(planned.home)
        self._rpc.startProcessGroup(GROUP, False)
        for name in SERVICES:
            self._wait(name, partial(self._is_healthy, name), _UP_SECONDS)
        self._screen.show(self._banner())

    def _is_healthy(self, service: str) -> bool:
        url = self._plan.url(service, "/__heartbeat__")
        try:
            return urllib3.request("GET", url, retries=False, timeout=5).status == HTTPStatus.OK
        except urllib3.exceptions.HTTPError:  # not listening yet, or too slow
            return False

    def _wait(self, program: str, ready: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if self._stop.wait(0.1):
                raise _Stopped
            if self._supervisor.poll() is not None:
                self._give_up("supervisor", "ended")
            if self._supervisor_log.ended[program] >= _TRIES:
                self._give_up(program, f"ended {_TRIES} times")
            if time.monotonic() > deadline:
                self._give_up(program, f"is not healthy after {seconds:.0f} s")
        if self._stop:
            raise _Stopped

    def _give_up(self, program: str, how: str) -> None:
        lines = self._screen.last(program)
        self._screen.show(["", f"Last lines of {program}:", *(f"  {line}" for line in lines), ""])
        raise NotUp(f"{program} {how}; its last lines are above")

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            if self._supervisor.poll() is not None:
                raise NotUp(f"supervisor ended ({self._supervisor.returncode})")

    def _end(self) -> None:
        self._stop.set()
        if self._supervisor.poll() is None:
            self._screen.say("stopping")
            self._supervisor.send_signal(signal.SIGTERM)
        try:
            self._supervisor.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()  # its children get their signal by that
            self._supervisor.wait()
        self._screen.finish()
        self._screen.say("stopped")

    def _banner(self) -> list[str]:
        url = self._plan.url
        example = os.path.relpath(EXAMPLE) if EXAMPLE.exists() else "crash.dmp"
        return [
            "",
            f"Socorro is up, {time.monotonic() - self._began:.1f} s after its start.",
            "",
            f"  post crashes to         {url('collector', '/submit')}",
            f"  REST                    {url('middleware', '/api/')}",
            f"  pages                   {url('webapp', '/')}",
            "",
            "Post a crash:",
            "",
            "  curl -F ProductName=Firefox -F Version=10.0 -F ReleaseChannel=nightly \\",
            "    -F BuildID=20120131000000 \\",
            f"    -F upload_file_minidump=@{example} \\",
            f"    {url('collector', '/submit')}",
            "",
            "Ctrl-C stops everything.",
            "",
        ]


def _answers(rpc: Any, socket: Path) -> bool:
    if not socket.exists():
        return False
    try:
        rpc.getState()
    except OSError:
        rpc("close")()  # else the next request finds this one unanswered
        return False
    return True
