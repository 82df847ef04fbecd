"""What one search in segments may cost."""

from dataclasses import dataclass
from pathlib import Path

NARROW = "Narrow the dates or add a filter."


@dataclass(frozen=True)
class Limits:
    """Limits of one engine, shared by its searches unless it says otherwise.

    memory    of DuckDB, for example "1500MB"
    threads   that work for all searches
    seconds   one search may take, before it is interrupted
    at_once   searches that run at a time; others wait `wait_seconds`, then are refused
    hits      of one page
    terms     and intervals of one answer, on all levels together
    conditions  of one filter, each word of a text counted
    depth     of one filter: how often All, Either and Not may be within another
    spill     folder where DuckDB may put what does not fit in memory, and its size; None: nowhere
    """

    memory: str = "1500MB"
    threads: int = 2
    seconds: float = 4.0
    at_once: int = 4
    wait_seconds: float = 0.5
    hits: int = 10_000
    terms: int = 100_000
    conditions: int = 1000
    depth: int = 100
    spill: Path | None = None
    spill_size: str = "2GB"
