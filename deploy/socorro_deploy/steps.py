"""Each step with its time: on the terminal, and in deploy.log for good."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from socorro_deploy.lock import now


class Steps:
    """Writes what a deploy does; without a file only to the terminal."""

    def __init__(self, log: Path | None, began: float | None = None) -> None:
        self._log = log
        self.began = time.monotonic() if began is None else began

    def say(self, text: str) -> None:
        """Write one line, where that is possible.

        A terminal that is gone or a full disk must not end a deploy between two services.
        """
        with suppress(OSError):
            print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)
        with suppress(OSError):
            if self._log:
                with self._log.open("a") as file:
                    file.write(f"{now()} {text}\n")

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Write a line when a step begins, and one with its seconds when it is done."""
        began = time.monotonic()
        self.say(f"{text} …")
        yield
        self.say(f"{text}: done ({time.monotonic() - began:.1f} s)")
