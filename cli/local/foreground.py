"""Runs a server of ours in the foreground, for whoever supervises it."""

import time
from collections.abc import Callable
from typing import Protocol

from socorro.service import Stop


class Server(Protocol):
    """A server whose processes are children of this one."""

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    def start(self, cancelled: Callable[[], object]) -> None:
        """Return when it answers, or when *cancelled* turns true. Raises NoEngine."""
        ...

    def require_running(self) -> None:
        """Raise NoEngine when a process that was started has ended."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


def serve(name: str, make: Callable[[], Server]) -> int:
    """Run the server that *make* returns until SIGTERM. Raises NoEngine, also when it ends itself.

    Signals are heard before *make* is called: fetching its programs may take minutes.
    """
    stop = Stop().on_signals()
    began = time.monotonic()
    server = make()
    try:
        server.start(lambda: stop)
        if not stop:
            print(f"{name}: up at {server.url} in {time.monotonic() - began:.0f} s", flush=True)
        while not stop.wait(0.5):
            server.require_running()
    finally:
        server.stop()
    return 0
