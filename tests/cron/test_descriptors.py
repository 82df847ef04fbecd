"""A clock without file descriptors says so in one line, waits a second and goes on."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cron.app import run
from cron.runner import Runner
from socorro.service import NO_DESCRIPTORS_SECONDS
from tests.crashmover.test_mover import CountedStop


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Starved:
    """A runner that cannot fork as long as there are no descriptors."""

    def __init__(self) -> None:
        self.started = 0

    def declare(self) -> None:
        """Postgres is asked by a connection that is open."""

    def run_until(self, stop: CountedStop) -> None:
        if len(stop.waited) < 4:
            with no_descriptors_left():
                os.pipe()
        self.started += 1
        stop.set()

    def end(self) -> None:
        """Nothing runs."""


def test_without_descriptors_the_clock_waits_quietly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, stop = Starved(), CountedStop(10)

    run(runner, stop)  # type: ignore[arg-type]

    output = capsys.readouterr()
    text = output.out + output.err
    assert runner.started == 1
    assert stop.waited == [NO_DESCRIPTORS_SECONDS] * 4
    assert text.count("no file descriptors left") == 4
    assert "Traceback" not in text


def test_another_error_of_the_system_ends_the_clock_which_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Runner, "declare", _broken)

    with pytest.raises(PermissionError):
        run(Runner.__new__(Runner), CountedStop(1))


def _broken(_runner: Runner) -> None:
    raise PermissionError
