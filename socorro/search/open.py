"""Opens the engine that the settings name."""

from collections.abc import Collection
from datetime import datetime

from socorro.postgres import Database
from socorro.search import notes
from socorro.search.config import SearchConfig
from socorro.search.interface import Engine
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.layout import ONE_HOUR
from socorro.search.segments.limits import Limits


def open_engine(config: SearchConfig, database: Database) -> Engine:
    """Open the engine; *database* says which hours it has not read yet, so that answers name them.

    Raises ValueError for an engine that this version does not have.
    """
    if config.engine != "segments":
        raise ValueError(f"SOCORRO_SEARCH_ENGINE: there is no engine {config.engine} here")

    def waiting(start: datetime, end: datetime) -> Collection[datetime]:
        with database.transaction() as db:
            late = notes.late_hours(db, config.engine)
        return [hour for hour in late if start - ONE_HOUR < hour < end]

    limits = Limits(
        memory=f"{config.memory_mb}MB",
        threads=config.threads,
        seconds=config.seconds,
        at_once=config.at_once,
        hits=config.most_hits,
    )
    return SegmentsEngine(config.folder, limits, waiting)
