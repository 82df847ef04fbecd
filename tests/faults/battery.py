"""Runs faults one after the other, on lines that they share while nothing is broken for good."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from tests.faults import processes, table
from tests.faults.registry import Fault, in_line_order, load_all
from tests.faults.trial import PATIENCE, Impossible, Trial
from tests.faults.verdict import Measured, Row, exit_code, judge
from tests.system.line import Line, running

POSTS, QUICK_POSTS = 2000, 200
UP_SECONDS = 120.0
MISSING = 2  # exit code when a program that a fault needs is not here


class OutOfTime(Exception):
    """A fault took longer than it may."""


class Lines:
    """One line at a time, kept while the next fault can use it."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder, self._say = folder, say
        self._stack = ExitStack()
        self._line: Line | None = None
        self._key: object = None
        self._number = 0

    def get(self, fault: Fault) -> Line:
        """Return a healthy line with the fault's settings."""
        if self._line and self._key == fault.line_key and processes.is_up(self._line):
            return self._line
        self.drop()
        self._number += 1
        home = self._folder / f"line-{self._number}" / "home"
        home.mkdir(parents=True, mode=0o711)
        self._say("starting a line")
        staged = self._stack.enter_context(fault.stage(home)) if fault.stage else {}
        settings = {**fault.settings, **staged}
        self._line = self._stack.enter_context(running(home, UP_SECONDS, **settings))
        self._key = fault.line_key
        return self._line

    def drop(self) -> None:
        """End the line: the next fault gets a new one."""
        home = self._line.home if self._line else None
        self._line, stack, self._stack = None, self._stack, ExitStack()
        try:
            stack.close()
        finally:
            if home:
                processes.end_all(home.parent)
                shutil.rmtree(home.parent, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the battery; return its exit code."""
    options = _parser().parse_args(arguments)
    registry = load_all()
    try:
        faults = in_line_order(registry.select(options.only or (), options.quick))
    except LookupError as error:
        print(f"test-faults: {error.args[0]}", file=sys.stderr)
        return MISSING
    if options.list:
        for fault in registry.faults.values():
            print(f"{fault.name:28}{' quick ' if fault.quick else '       '} {fault.does}")
        return 0
    if missing := {need for fault in faults for need in fault.missing()}:
        packages = sorted({need.package for need in missing})
        print(f"test-faults needs: apt-get install {' '.join(packages)}", file=sys.stderr)
        return MISSING
    posts = options.posts or (QUICK_POSTS if options.quick else POSTS)
    _end_on_signals()
    rows: list[Row] = []
    try:
        with _folder(options.keep) as folder:
            run(faults, folder, posts, rows)
    except KeyboardInterrupt:
        print("\ntest-faults: interrupted", flush=True)
        return 130
    finally:
        if rows:
            print()
            table.show(rows, {fault.name: fault.expectation for fault in faults}, PATIENCE)
    return exit_code(rows)


def run(faults: Sequence[Fault], folder: Path, posts: int, rows: list[Row]) -> None:
    """Try every fault, and add its row to *rows* as soon as it is known."""
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)

    lines = Lines(folder, say)
    try:
        for number, fault in enumerate(faults, 1):
            say(f"{number}/{len(faults)} {fault.name}: {fault.does}")
            started = time.monotonic()
            measured = _try(fault, lines, posts, say)
            verdicts = judge(measured, fault.expectation)
            row = Row(fault.name, measured, verdicts, time.monotonic() - started)
            rows.append(row)
            say(f"    {', '.join(verdict.value for verdict in verdicts)}")
            for line in () if row.is_ok else table.remarks(row):
                say(f"    {line}")
            if not row.is_harmless or (fault.stage and not fault.shared):
                lines.drop()
    finally:
        lines.drop()


def _try(fault: Fault, lines: Lines, posts: int, say: Callable[[str], None]) -> Measured:
    """Carry out one fault within its time."""
    if reason := fault.skip_reason():
        return Measured(skipped=reason)
    count = max(1, min(fault.posts, posts))
    trial = None
    try:
        with _within(fault.limit_seconds + UP_SECONDS):
            trial = Trial(lines.get(fault), fault, count, say)
            try:
                fault.act(trial)
            except Impossible as error:
                trial.claim(False, str(error))
            return trial.measure()
    except (KeyboardInterrupt, SystemExit):
        raise
    except OutOfTime as error:
        seen = Measured() if trial is None else _last_look(trial)
        return replace(seen, broken=f"took longer than {fault.limit_seconds:.0f} s; was at {error}")
    except Exception as error:
        return Measured(broken=f"{type(error).__name__}: {error}"[:500])
    finally:
        if trial:
            trial.close()


def _last_look(trial: Trial) -> Measured:
    """Return the figures of a trial that was ended, without waiting for anything to recover."""
    try:
        with _within(30):
            return trial.measure()
    except Exception:
        return Measured(answered=len(trial.answered))


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in a with block that takes longer."""

    def ring(_number: int, frame: FrameType | None) -> None:
        steps = traceback.extract_stack(frame)[-6:]
        places = (f"{Path(step.filename).name}:{step.lineno} {step.name}" for step in steps)
        raise OutOfTime(" > ".join(places))

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    """Give a folder for all lines; at the end nobody who lives in it is left, nor is it."""
    folder = Path(tempfile.mkdtemp(prefix="socorro-faults-"))
    folder.chmod(0o711)  # Postgres of root's line is another user
    try:
        yield folder
    finally:
        processes.end_all(folder)
        if keep:
            print(f"test-faults: homes are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _end_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the battery as Ctrl-C does: lines are stopped, mounts undone."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make test-faults FAULTS=…", description="Break a running line on purpose."
    )
    parser.add_argument("--list", action="store_true", help="list the faults")
    parser.add_argument("--quick", action="store_true", help="the part under four minutes")
    parser.add_argument("--only", action="append", metavar="NAME", help="a name, or a pattern (*)")
    parser.add_argument("--posts", type=int, help="crashes posted at most by a fault")
    parser.add_argument("--keep", action="store_true", help="keep the folders of the lines")
    return parser
