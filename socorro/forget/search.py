"""Search: the column files of this machine, and the documents of Elasticsearch.

A file names its crashes, so the files are read to see which hours have them; then these hours are
written again from the reports, which are gone. A day's file still has the old rows of an hour that
has a file of its own now: it is merged again at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
from elasticsearch import Elasticsearch

from socorro import folders_seen
from socorro.crash_id import CrashId
from socorro.forget.place import Going, PlaceAway
from socorro.postgres import Database
from socorro.search.elasticsearch.feeder import Feeder
from socorro.search.interface import SearchUnavailable
from socorro.search.segments import layout
from socorro.search.segments.layout import ONE_HOUR, Visibility
from socorro.search.segments.merge import Day, merge
from socorro.search.segments.writer import SegmentsUnwritable, Writer, segments_of

MERGES: Final = 5  # tries; one comes to nothing when an hour changes meanwhile
_PUBLIC: Final = """
SELECT epoch_us(submitted_timestamp) // 3600000000, count(*)
FROM read_parquet($paths, union_by_name = true) WHERE list_contains($ids, crash_id) GROUP BY ALL
"""
_PROTECTED: Final = """
SELECT filename, count(*) FROM read_parquet($paths, union_by_name = true, filename = true)
WHERE list_contains($ids, crash_id) GROUP BY ALL
"""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SegmentsPlace:
    """The column files below *root*."""

    name: Final = "search files"

    def __init__(self, root: Path, database: Database, is_used: bool = True) -> None:
        """*is_used*: search reads them, so an empty folder is one that is away."""
        self._root, self._database, self._is_used = root, database, is_used

    def count(self, going: Going) -> int:
        """See Place: rows, also those that a newer file hides."""
        with _away():
            return sum(rows for _, rows in self._rows(going))

    def remove(self, going: Going) -> None:
        """See Place."""
        writer, now = Writer(self._root), datetime.now(UTC)
        with _away():
            hours = {hour for hour, _ in self._rows(going)}
            for hour in sorted(hours):
                writer.write_hour(self._database, hour, now)
            for _ in range(MERGES):
                days = {hour.replace(hour=0) for hour, _ in self._rows(going)}
                for midnight in sorted(days):
                    self._merge(midnight, writer)
                if not days:
                    break

    def _merge(self, midnight: datetime, writer: Writer) -> None:
        """Write the file of a day again: its hours have changed."""
        places = layout.places(segments_of(layout.folder(self._root, "public", midnight)))
        merged = merge(self._root, Day(midnight, places), writer)
        for hour in merged.damaged if merged else ():
            writer.write_hour(self._database, hour, midnight + timedelta(days=2))

    def _rows(self, going: Going) -> Iterator[tuple[datetime, int]]:
        """Yield hours with rows of the crashes, and how many; an hour may come several times."""
        if self._is_used and folders_seen.is_away(self._root, layout.VISIBILITIES):
            text = "is its disk mounted? (`socorro search rebuild` writes some)"
            raise PlaceAway(f"none in {self._root}: {text}")
        with duckdb.connect(config=layout.LIMITS) as duck:
            duck.execute("SET TimeZone = 'UTC'")
            for day in going.days():
                ids = list(going.of_day(day))
                for number, count in _read(duck, _PUBLIC, self._files("public", day), ids):
                    yield _EPOCH + number * ONE_HOUR, count
                for path, count in _read(duck, _PROTECTED, self._files("protected", day), ids):
                    if segment := layout.parse(Path(path)):
                        yield segment.hour, count

    def _files(self, visibility: Visibility, day: date) -> list[str]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        folder = layout.folder(self._root, visibility, midnight)
        return [str(segment.path) for segment in segments_of(folder)]


def _read(
    duck: duckdb.DuckDBPyConnection, statement: str, paths: list[str], ids: list[CrashId]
) -> list[Any]:
    return duck.execute(statement, {"paths": paths, "ids": ids}).fetchall() if paths else []


class ElasticsearchPlace:
    """The documents in the weekly indices."""

    name: Final = "Elasticsearch"

    def __init__(self, server: Elasticsearch | str, prefix: str = "socorro") -> None:
        self._feeder = Feeder(server, prefix)

    def count(self, going: Going) -> int:
        """See Place: documents."""
        with _away():
            return self._feeder.count_crashes(list(going.ids))

    def remove(self, going: Going) -> None:
        """See Place."""
        with _away():
            self._feeder.remove_crashes(list(going.ids))


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (SegmentsUnwritable, SearchUnavailable) as error:
        raise PlaceAway(str(error)) from None
    except (duckdb.Error, OSError) as error:
        raise PlaceAway(f"a file of search cannot be read ({type(error).__name__})") from None
