import os
import re
import threading
from collections import Counter
from pathlib import Path

import pytest

from cli.local.screen import KEPT_LINES, Screen
from cli.local.supervisor_log import SupervisorLog


class Terminal:
    """A pipe in place of a terminal, read all the time as one is, and the screen that writes to it.

    If nobody read, a full pipe would hold the screen's threads up, and they would write on into
    whatever got the descriptor's number after it was closed.
    """

    def __init__(self) -> None:
        readable, self._writable = os.pipe()
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, args=(readable,), daemon=True)
        self._reader.start()
        self.screen = Screen(self._writable)

    def shown(self) -> list[str]:
        self.screen.finish()
        os.close(self._writable)
        self._reader.join()
        return self._lines

    def _read(self, readable: int) -> None:
        with os.fdopen(readable) as lines:
            self._lines.extend(line.rstrip("\n") for line in lines)


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def write(descriptor: int, *pieces: bytes) -> None:
    for piece in pieces:
        os.write(descriptor, piece)
    os.close(descriptor)


def test_a_line_of_ours_is_shown_as_it_is(terminal: Terminal) -> None:
    write(terminal.screen.pipe("collector"), b"12:00:00 collector  crash spoo", b"led  bytes=1\n")

    assert terminal.shown() == ["12:00:00 collector  crash spooled  bytes=1"]


def test_another_programs_line_gets_time_and_name(terminal: Terminal) -> None:
    write(terminal.screen.pipe("postgres"), b"FATAL:  no \xff room\n\nrest without end")

    first, second = terminal.shown()
    assert re.fullmatch(r"\d\d:\d\d:\d\d postgres   FATAL:  no . room", first)
    assert second.endswith("postgres   rest without end")


def test_lines_of_two_programs_are_never_torn(terminal: Terminal) -> None:
    one, two = terminal.screen.pipe("one"), terminal.screen.pipe("two")
    for _ in range(500):
        os.write(one, b"a" * 50)
        os.write(two, b"b" * 50 + b"\n")
        os.write(one, b"a" * 50 + b"\n")
    os.close(one)
    os.close(two)

    texts = Counter(line.split(maxsplit=2)[2] for line in terminal.shown())
    assert texts == {"a" * 100: 500, "b" * 50: 500}


def test_the_last_lines_of_each_program_are_kept(terminal: Terminal) -> None:
    write(terminal.screen.pipe("webapp"), b"".join(b"%d\n" % number for number in range(100)))

    terminal.shown()

    assert terminal.screen.last("webapp") == [
        str(number) for number in range(100 - KEPT_LINES, 100)
    ]
    assert terminal.screen.last("nobody") == []


def test_a_named_pipe_outlives_the_programs_that_write_into_it(
    terminal: Terminal, tmp_path: Path
) -> None:
    pipe = tmp_path / "collector"
    terminal.screen.named_pipe("collector", pipe)
    for text in ("12:00:00 collector  the first run\n", "12:00:09 collector  started again\n"):
        with pipe.open("w") as written:
            written.write(text)

    assert terminal.shown() == [
        "12:00:00 collector  the first run",
        "12:00:09 collector  started again",
    ]


def test_a_terminal_that_is_gone_does_not_end_the_line() -> None:
    readable, writable = os.pipe()
    os.close(readable)
    screen = Screen(writable)

    screen.say("hello")

    os.close(writable)


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            "WARN exited: processor (terminated by SIGKILL; not expected)",
            "processor died (SIGKILL); starting it again",
        ),
        (
            "WARN exited: webapp (exit status 2; not expected)",
            "webapp ended with exit code 2; starting it again",
        ),
        (
            "WARN killing 'webapp' (12) with SIGKILL",
            "webapp did not stop in time and was killed",
        ),
        ("INFO waiting for a, b to die", "waiting for a, b"),
        ("INFO spawned: 'webapp' with pid 1", None),
        ("WARN received SIGTERM indicating exit request", None),
        ("CRIT could not write pidfile /x", "supervisor: could not write pidfile /x"),
    ],
)
def test_a_line_of_supervisors_log_becomes_an_event(line: str, event: str | None) -> None:
    assert SupervisorLog()(f"2026-11-23 12:00:00,123 {line}") == event


def test_what_supervisor_cannot_log_is_shown_too() -> None:
    assert SupervisorLog()("Error: no such option") == "supervisor: Error: no such option"


def test_deaths_are_counted_until_the_line_stops() -> None:
    log = SupervisorLog()
    line = "2026-11-23 12:00:00,123 WARN exited: webapp (exit status 2; not expected)"

    log(line)
    log.stopping = lambda: True
    silent = log(line)

    assert log.ended["webapp"] == 1
    assert silent is None
