"""A walk host: confines itself once, then starts one walker after another, as it is told.

It talks to the processor over a socket, its file descriptor 0. The first message names the files
to leave in reach; the answer says which measures are in force. Each further message, with four
open files, starts a walker, and is answered when the walker and all that it started have ended.
When the processor ends, by whatever cause, the socket ends, and so do the host and its walker.

The host is the first process of its process namespace: the kernel kills all others with it, and
no signal of theirs reaches it. Where namespaces are forbidden, it adopts orphans instead.
"""

import json
import os
import resource
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from processor.confined import landlock, linux, namespaces, seccomp

MESSAGE_BYTES = 2**17
FILES = 4  # input, output, errors, notes: descriptors 0 to 3 of a walker
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}  # ours holds secrets
_MOST_OPEN = 1024
_CHILDREN = Path("/proc/thread-self/children")
NEEDS_NAMESPACES = "needs namespaces"
_FIRST_TO_DIE = "500"  # oom_score_adj: when memory is short, a walker goes before Postgres
_RESET = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores these, and a child would, too

Measures = dict[str, str]  # name -> why it is not in force, "" when it is


def main() -> None:
    """Serve the processor until its end of the socket is closed."""
    with socket.socket(fileno=0) as control:
        order = json.loads(control.recv(MESSAGE_BYTES))
        measures = confine(order["reads"], order["writes"], order["without"])
        control.send(json.dumps(measures).encode())
        Host(control, has_namespaces=not measures["namespaces"]).serve()


def confine(reads: list[str], writes: list[str], without: str) -> Measures:
    """Take every measure that this machine allows; return what became of each.

    *without* is "", or the reason not to try namespaces.
    """
    measures: Measures = {"namespaces": without}

    def take(name: str, measure: Callable[[], object]) -> None:
        try:
            measure()
            measures[name] = ""
        except OSError as error:
            measures[name] = error.strerror or type(error).__name__

    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_DIE)
    if not without:
        take("namespaces", namespaces.enter)
    if measures["namespaces"]:
        measures["processes"] = measures["files"] = measures["tasks"] = NEEDS_NAMESPACES
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    else:
        _become_first()
        take("processes", lambda: None)
        take("files", lambda: namespaces.build_root(reads, writes))
        take("tasks", namespaces.bound_tasks)
    most = linux.within_hard_limit(resource.RLIMIT_NOFILE, _MOST_OPEN)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    take("privileges", _give_up_privileges)
    readable = [*namespaces.SYSTEM, "/proc", *reads]
    take("landlock", lambda: landlock.restrict(readable, [*namespaces.DEVICES, *writes]))
    take("seccomp", seccomp.refuse_calls)
    return measures


class Host:
    """Starts the walkers that the processor asks for, one at a time."""

    def __init__(self, control: socket.socket, has_namespaces: bool) -> None:
        self._control, self._has_namespaces = control, has_namespaces

    def serve(self) -> None:
        """Serve until the processor is gone."""
        while True:
            message, files, _, _ = socket.recv_fds(
                self._control, MESSAGE_BYTES, FILES, socket.MSG_CMSG_CLOEXEC
            )
            if not message:
                return
            request = json.loads(message)
            try:
                answer: dict[str, object] = {
                    "return_code": self._walk(request["command"], request["limits"], files)
                }
            except OSError as error:
                answer = {"error": error.strerror or type(error).__name__}
            finally:
                for file in files:
                    os.close(file)
            self._control.send(json.dumps(answer).encode())

    def _walk(self, command: list[str], limits: list[list[int]], files: list[int]) -> int:
        """Run a walker to its end; end the host when the processor wants no answer any more."""
        actions = [(os.POSIX_SPAWN_DUP2, file, number) for number, file in enumerate(files)]
        pid = os.posix_spawn(
            command[0], command, _ENVIRONMENT, file_actions=actions, setsigdef=_RESET
        )
        for limit, soft, hard in limits:
            at_most = [linux.within_hard_limit(limit, most) for most in (soft, hard)]
            resource.prlimit(pid, limit, (at_most[0], at_most[1]))
        ended = os.pidfd_open(pid)
        try:
            poller = select.poll()
            poller.register(ended, select.POLLIN)
            poller.register(self._control, select.POLLIN)
            ready = {file for file, _ in poller.poll()}
        finally:
            os.close(ended)
        if self._control.fileno() in ready:
            self._end_all()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        self._end_all()
        return os.waitstatus_to_exitcode(status)

    def _end_all(self) -> None:
        """Kill everything that the walker started, and wait until it is gone."""
        try:
            while True:
                for pid in [-1] if self._has_namespaces else _children():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                os.waitpid(-1, 0)
        except ChildProcessError:
            return  # there is none


def _children() -> list[int]:
    """Return our children: orphans below us became ours, too."""
    return [int(word) for word in _CHILDREN.read_text().split()]


def _become_first() -> None:
    """Go on as the first process of the new process namespace; the parent only waits for it."""
    child = os.fork()
    if child:
        os.close(0)
        os.waitpid(child, 0)
        os._exit(0)
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_up_privileges() -> None:
    """No program that is started can gain any, and no sibling can read our memory."""
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_DUMPABLE, 0)


if __name__ == "__main__":
    main()
