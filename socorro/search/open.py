"""Opens the engine that the settings name."""

from collections.abc import Collection
from datetime import datetime

from socorro.postgres import Database
from socorro.search import notes
from socorro.search.config import SearchConfig
from socorro.search.elasticsearch import engine as elasticsearch
from socorro.search.interface import Engine
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.layout import ONE_HOUR
from socorro.search.segments.limits import Limits


def open_engine(config: SearchConfig, database: Database) -> Engine:
    """Open the engine; *database* says which hours it has not read yet: answers name them."""

    def waiting(start: datetime, end: datetime) -> Collection[datetime]:
        with database.transaction() as db:
            late = notes.late_hours(db, config.engine)
        return [hour for hour in late if start - ONE_HOUR < hour < end]

    if config.engine == "elasticsearch":
        some = elasticsearch.Limits(config.seconds, config.at_once, config.most_hits)
        return elasticsearch.ElasticsearchEngine(config.elasticsearch, limits=some, waiting=waiting)
    limits = Limits(
        memory=f"{config.memory_mb}MB",
        threads=config.threads,
        seconds=config.seconds,
        at_once=config.at_once,
        hits=config.most_hits,
    )

    def any_reports() -> bool:
        with database.transaction() as db:
            return notes.has_reports(db)

    return SegmentsEngine(config.folder, limits, waiting, any_reports)
