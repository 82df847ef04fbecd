"""An interrupt whose exception was lost still ends a bench."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import pytest

from bench import interrupt, posts


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(interrupt, "_came", False)
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interrupt.install()
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_long_run_ends_though_the_exception_was_lost(number: signal.Signals) -> None:
    with contextlib.suppress(KeyboardInterrupt):  # nobody above hears of it
        os.kill(os.getpid(), number)
        time.sleep(1)

    with pytest.raises(KeyboardInterrupt):
        posts._run(["sleep", "600"])  # longer than a test may take


def test_without_an_interrupt_a_run_ends_with_its_output() -> None:
    done = posts._run(["sh", "-c", "sleep 1.2; echo out; echo err >&2; exit 3"])

    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")
