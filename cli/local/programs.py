"""What the line runs, as a table, and supervisor's configuration made from it."""

import os
import pwd
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

from cli.services import SERVICES

GROUP = "services"
STOP_SECONDS = 20  # then SIGKILL: nothing is lost by that, some work is repeated


# Supervisor would pass each line on itself, which takes more of the processor than to write it.
_TO_PIPE = 'pipe=$1; shift; exec "$@" >"$pipe" 2>&1'


class Program(NamedTuple):
    """One program under supervisor; *user* None is the one who runs us."""

    name: str
    command: list[str]
    stop_signal: str = "TERM"
    user: pwd.struct_passwd | None = None

    def piped(self, pipe: Path) -> list[str]:
        """Return its command, wrapped so that all its output goes into the named *pipe*.

        It ends when supervisor does, however that ends.
        """
        bound = ["setpriv", "--pdeathsig", self.stop_signal]
        command = self.command
        if self.user:  # who may not open the pipe; to become another user undoes the binding
            who = ["--reuid", str(self.user.pw_uid), "--regid", str(self.user.pw_gid)]
            command = [*bound, *who, "--clear-groups", "--", *command]
        return [*bound, "--", "sh", "-c", _TO_PIPE, "sh", str(pipe), *command]


def services() -> list[Program]:
    """Return our own services."""
    return [Program(name, [sys.executable, "-m", name]) for name in SERVICES]


def configuration(engines: list[Program], pipes: Path, home: Path, socket: Path) -> str:
    """Return supervisor's configuration; each program writes into `pipes`/NAME.

    Nothing starts automatically: the line starts engines, then migrates, then starts the services.
    All services are one group with the highest priority number, and supervisor stops groups from
    the highest to the lowest, one after the other: services first, engines when they are gone.
    """
    head = f"""\
[supervisord]
nodaemon = true
logfile = /dev/null
logfile_maxbytes = 0
pidfile = {home}/run/supervisord.pid
childlogdir = {home}/run
directory = {home}
{"user = root" if os.geteuid() == 0 else ""}

[unix_http_server]
file = {socket}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[group:{GROUP}]
programs = {",".join(SERVICES)}
priority = 100
"""
    engine_sections = [
        _program(program, pipes, priority) for priority, program in enumerate(engines, start=1)
    ]
    service_sections = [_program(program, pipes, 100) for program in services()]
    return "\n".join([head.replace("%", "%%"), *engine_sections, *service_sections])


def _program(program: Program, pipes: Path, priority: int) -> str:
    command = shlex.join(program.piped(pipes / program.name)).replace("%", "%%")
    return f"""\
[program:{program.name}]
command = {command}
directory = /
priority = {priority}
autostart = false
autorestart = true
startsecs = 1
startretries = 1000000
stopsignal = {program.stop_signal}
stopwaitsecs = {STOP_SECONDS}
killasgroup = true
redirect_stderr = true
stdout_logfile = NONE
"""
