"""The engine that the settings name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from socorro.postgres import Database
from socorro.search import notes
from socorro.search.catalog import catalog
from socorro.search.config import SearchConfig
from socorro.search.interface import (
    Aggregation,
    Condition,
    Permitted,
    Query,
    SearchUnavailable,
    TooSlow,
)
from socorro.search.open import open_engine
from tests.search.rows import MONDAY, make_row
from tests.search.segments.built import build
from tests.sql.rows import NOON, report

HALF = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("start", "end", "is_late"),
    [
        (MONDAY, MONDAY + HALF, True),
        (MONDAY + HALF, MONDAY + 4 * HALF, True),
        (MONDAY + 2 * HALF, MONDAY + 4 * HALF, False),
        (MONDAY - 2 * HALF, MONDAY, False),
    ],
)
def test_an_answer_names_the_hours_that_changed_since(
    database: Database, tmp_path: Path, start: datetime, end: datetime, is_late: bool
) -> None:
    rows = [make_row(number, MONDAY + (number - 2) * HALF) for number in range(7)]
    config = SearchConfig(folder=build(tmp_path / "segments", rows))
    with database.transaction() as db:
        notes.add(db, "segments", [MONDAY])

    engine = open_engine(config, database)
    problems = engine.search(Query(start, end), Permitted()).problems
    engine.close()

    assert [problem.code for problem in problems] == ["late_hours"] * is_late


def test_settings_limit_the_engine(database: Database, tmp_path: Path) -> None:
    config = SearchConfig(folder=build(tmp_path / "segments", []), most_hits=10)
    now = datetime.now(UTC)
    engine = open_engine(config, database)
    query = Query(now - HALF, now, Condition(catalog()["product"], "=", "Firefox"), number=11)

    with pytest.raises(TooSlow):
        engine.search(query, Permitted())
    engine.close()


@pytest.mark.elasticsearch
def test_settings_limit_elasticsearch_as_well(database: Database, elasticsearch_url: str) -> None:
    config = SearchConfig(engine="elasticsearch", elasticsearch=elasticsearch_url, most_hits=10)
    engine = open_engine(config, database)

    with pytest.raises(TooSlow, match="At most 10 hits"):
        engine.search(Query(MONDAY, MONDAY + HALF, number=11), Permitted())
    engine.close()


@pytest.mark.elasticsearch
def test_elasticsearch_names_the_hours_that_changed_since(
    database: Database, elasticsearch_url: str
) -> None:
    config = SearchConfig(engine="elasticsearch", elasticsearch=elasticsearch_url)
    with database.transaction() as db:
        notes.add(db, "elasticsearch", [MONDAY])
    engine = open_engine(config, database)

    late = engine.search(Query(MONDAY, MONDAY + HALF), Permitted()).problems
    none = engine.search(Query(MONDAY + 2 * HALF, MONDAY + 4 * HALF), Permitted()).problems
    engine.close()

    assert [(problem.code, problem.start) for problem in late] == [("late_hours", MONDAY)]
    assert none == []


def test_before_the_first_crash_is_processed_there_is_nothing_to_find(
    database: Database, tmp_path: Path
) -> None:
    engine = open_engine(SearchConfig(folder=tmp_path / "segments"), database)
    terms = Aggregation("terms", "products", catalog()["product"])
    query = Query(MONDAY, MONDAY + HALF, aggregations=(terms,))

    engine.check()
    result = engine.search(query, Permitted())

    assert (result.total, list(result.hits), result.counts) == (0, [], {"products": []})
    assert result.problems == []
    engine.close()


def test_where_there_are_reports_a_folder_that_is_away_is_an_error(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as db:
        report(db, NOON)
    engine = open_engine(SearchConfig(folder=tmp_path / "segments"), database)

    with pytest.raises(SearchUnavailable, match="no data"):
        engine.search(Query(MONDAY, MONDAY + HALF), Permitted())
    with pytest.raises(SearchUnavailable):
        engine.check()
    engine.close()
