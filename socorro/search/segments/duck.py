"""DuckDB that reads the segments and nothing else: no other file, no network, no extension."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import duckdb

from socorro.search.interface import TooSlow
from socorro.search.segments.limits import NARROW, Limits

OFTEN = 0.05  # seconds; an interrupt between two statements hits neither


def open_duck(root: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """Open a database in memory whose settings cannot be changed any more."""
    duck = duckdb.connect(
        config={
            "threads": limits.threads,
            "memory_limit": limits.memory,
            "temp_directory": str(limits.spill) if limits.spill else "",
            "max_temp_directory_size": limits.spill_size if limits.spill else "0B",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    folder = f"{root}/".replace("'", "''")  # ours; DuckDB takes no parameter here
    duck.execute(f"SET allowed_directories = ['{folder}']")
    duck.execute("SET enable_external_access = false")
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("SET parquet_metadata_cache = true")
    duck.execute("SET parquet_can_have_nan = true")
    duck.execute("SET lock_configuration = true")
    return duck


class Deadline:
    """When a search has to be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, 0 at least."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise TooSlow when it is past."""
        if not self.left():
            raise TooSlow(f"The search took too long. {NARROW}")


@contextmanager
def interrupted(duck: duckdb.DuckDBPyConnection, deadline: Deadline) -> Iterator[None]:
    """Interrupt every statement of this connection that runs after the deadline."""
    over = Event()

    def watch() -> None:
        if not over.wait(deadline.left()):
            while not over.wait(OFTEN):
                duck.interrupt()

    watcher = Thread(target=watch, name="search-deadline", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
