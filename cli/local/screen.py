"""One screen for all processes: whole lines, each with its time and its program.

Every program has a pipe of its own, so lines are never torn or mixed up. The last lines of each are
kept, to be shown when it does not start.
"""

import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

KEPT_LINES = 15
_OURS = re.compile(r"^\d\d:\d\d:\d\d \w+ ")
_IGNORED = "the database system is starting up"  # Postgres, when asked too early
Listener = Callable[[str], str | None]


class Screen:
    """Gathers the output of programs; thread-safe."""

    def __init__(self, out: int = 1) -> None:
        self._out = out
        self._turn = threading.Lock()
        self._last: dict[str, deque[str]] = {}
        self._threads: list[threading.Thread] = []
        self._held: list[int] = []  # until we finish, so that no pipe ends with a program

    def say(self, text: str, program: str = "run") -> None:
        """Show one event."""
        self._write(f"{time.strftime('%H:%M:%S', time.gmtime())} {program:<10} {text}")

    def show(self, lines: Iterable[str]) -> None:
        """Show lines as they are."""
        self._write("\n".join(lines))

    def last(self, program: str) -> list[str]:
        """Return the last lines of a program."""
        return list(self._last.get(program, ()))

    def pipe(self, program: str, listener: Listener | None = None) -> int:
        """Return a descriptor to write to; every line there is shown until all writers closed it.

        A *listener* gets each line and returns what to say instead, or None to say nothing.
        """
        readable, writable = os.pipe()
        self._start(program, readable, listener)
        return writable

    def named_pipe(self, program: str, path: Path) -> None:
        """Make a pipe at *path*: every line written there is shown, until `finish`."""
        os.mkfifo(path, 0o600)
        readable = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # else it waits for a writer
        self._held.append(os.open(path, os.O_WRONLY))
        os.set_blocking(readable, True)
        self._start(program, readable)

    def finish(self) -> None:
        """Wait until everything that was written is shown; all writers are gone by now."""
        while self._held:
            os.close(self._held.pop())
        for thread in self._threads:
            thread.join(2)

    def _start(self, program: str, readable: int, listener: Listener | None = None) -> None:
        self._last[program] = deque(maxlen=KEPT_LINES)
        thread = threading.Thread(
            target=self._follow, args=(program, readable, listener), name=program, daemon=True
        )
        thread.start()
        self._threads.append(thread)

    def _follow(self, program: str, readable: int, listener: Listener | None) -> None:
        with os.fdopen(readable, errors="replace") as lines:
            for line in lines:
                self._pass_on(program, line.rstrip("\r\n"), listener)

    def _pass_on(self, program: str, line: str, listener: Listener | None) -> None:
        self._last[program].append(line)
        if listener:
            event = listener(line)
            if event:
                self.say(event)
        elif _OURS.match(line):
            self._write(line)
        elif line and _IGNORED not in line:
            self.say(line, program)

    def _write(self, text: str) -> None:
        data = f"{text}\n".encode()
        with self._turn:
            while data:
                try:
                    data = data[os.write(self._out, data) :]
                except OSError:  # the terminal is gone: the line goes on
                    return
