"""The clock feeds Elasticsearch with the hours that changed; an outage makes them late only."""

from datetime import timedelta

import pytest

from cron.job import JobFailed
from cron.jobs import search_elasticsearch
from cron.jobs.search_elasticsearch import JOB
from socorro.postgres import Database, execute
from socorro.search import notes
from socorro.search.catalog import catalog
from socorro.search.elasticsearch.engine import ElasticsearchEngine
from socorro.search.interface import Permitted, Query
from tests import shared_elasticsearch
from tests.builders import NOON
from tests.cron.conftest import MakeRun
from tests.sql.rows import HOUR, report

pytestmark = pytest.mark.elasticsearch


def has_work(database: Database) -> bool:
    with database.transaction() as db:
        return search_elasticsearch.has_work(db)


def test_when_search_had_another_engine_all_hours_are_fed(
    make_run: MakeRun,
    database: Database,
    elasticsearch_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOCORRO_SEARCH_ELASTICSEARCH", elasticsearch_url)
    with database.transaction() as db:
        for number in range(3):
            report(db, NOON + number * HOUR)
        notes.take(db, "elasticsearch", 10)
        execute(db, "DELETE FROM search_hours")
        report(db, NOON + 3 * HOUR)

    first = JOB.work(make_run(JOB))
    with database.transaction() as db:
        report(db, NOON)
    second = JOB.work(make_run(JOB))

    shared_elasticsearch.remove(elasticsearch_url, "socorro")
    assert (first.rows, second.rows) == (4, 2)


def test_a_processed_crash_is_fed_after_an_outage_too(
    make_run: MakeRun,
    database: Database,
    elasticsearch_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with database.transaction() as db:
        for number in range(3):
            report(db, NOON + number * HOUR, url="http://example.com/")
    monkeypatch.setenv("SOCORRO_SEARCH_ELASTICSEARCH", "http://127.0.0.1:9")
    with pytest.raises(JobFailed, match="does not answer"):
        JOB.work(make_run(JOB))
    assert has_work(database)
    monkeypatch.setenv("SOCORRO_SEARCH_ELASTICSEARCH", elasticsearch_url)

    done = JOB.work(make_run(JOB))

    columns = (catalog()["url"], catalog()["product"])
    query = Query(NOON, NOON + timedelta(days=1), columns=columns)
    engine = ElasticsearchEngine(elasticsearch_url)
    answer = engine.search(query, Permitted(protected=True))
    engine.close()
    shared_elasticsearch.remove(elasticsearch_url, "socorro")
    assert (done.rows, done.notes) == (3, [])
    assert not has_work(database)
    assert answer.total == 3
    assert {hit["url"] for hit in answer.hits} == {"http://example.com/"}
    assert all(hit["product"] for hit in answer.hits)
