"""What is wrong with a line, and the sentence that says so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from socorro.health.documents import document, first_line
from socorro.health.facts import Facts, Level
from socorro.health.judge import judge
from socorro.health.rows import service_row
from socorro.queries.health import LastHour, Queue
from tests.health.facts import DAY, LIMITS, NOW, SPOOL, facts, instance, job, records

SECRET = "connection to 10.0.0.9 failed: /srv/socorro"
AWAY = {"answers": False, "facts": {}, "error": SECRET}


def test_a_healthy_line_is_one_sentence_with_the_jobs_that_are_off() -> None:
    health = judge(facts(), LIMITS)

    assert (health.level, list(health.problems)) == (Level.OK, [])
    assert health.sentence == (
        "Healthy: 2,310 crashes in the last hour, processed after 1.3 s (median),"
        " oldest waiting 2.0 s, nothing missing. One job is off: bugs."
    )


def test_a_line_without_any_crash_is_healthy_and_says_so() -> None:
    idle = {**SPOOL, "waiting": 0, "oldest_seconds": None}
    quiet = facts(
        instance("collector", facts={"spool": idle}),
        instance("crashmover", facts={"spool": idle}),
        last_hour=LastHour(0, None), queue=Queue(0, 0, 0, 0, None), jobs=[], ledger=[],
    )  # fmt: skip

    assert judge(quiet, LIMITS).sentence == (
        "Healthy: no crash in the last hour, nothing waiting, no day compared by the ledger yet."
    )


@pytest.mark.parametrize(
    ("of", "level", "text"),
    [
        (facts(instance("crashmover", **AWAY)), 2, "crashmover does not answer"),
        (facts(instance("collector", **AWAY)), 2, "collector does not answer"),
        (facts(instance("webapp", **AWAY)), 1, "webapp does not answer"),
        (facts(instance("cron", **AWAY)), 1, "cron does not answer"),
        (facts(instance("monitor", failed=("store",))), 2,
         "monitor: its check of the crash store fails"),
        (facts(instance("middleware", facts={"search": "away"})), 1, "search does not answer"),
        (facts(instance("middleware", facts={"cache": "away"})), 1, "memcached does not answer"),
        (facts(queue=Queue(7, 0, 0, 0, 700.0)), 1,
         "the oldest of 7 waiting crashes was queued 12 min ago"),
        (facts(queue=Queue(1, 0, 0, 0, 7200.0)), 2,
         "the oldest of 1 waiting crash was queued 2 h ago"),
        (facts(queue=Queue(0, 0, 5, 2, None)), 1,
         "processing failed for 2 crashes of the last 24 hours"),
        (facts(ledger=[DAY._replace(missing=1)]), 2, "1 crash of 2026-11-27 missing"),
        (facts(ledger=[DAY._replace(doubled=2)]), 2, "2 crashes of 2026-11-27 with two reports"),
        (facts(search_seconds=7200.0), 1, "search is 2 h behind"),
        (facts(jobs=[job("adi", errors=1, last_error_type="E", last_error=SECRET)]), 1,
         "job adi failed once"),
        (facts(jobs=[job("adi", errors=3, last_error_type="E", last_error=SECRET)]), 2,
         "job adi failed 3 times"),
        (facts(jobs=[job("adi", next_run=NOW - timedelta(minutes=10))]), 1,
         "job adi is 9 min late"),
        (facts(jobs=[job("adi", next_run=NOW - timedelta(hours=3))]), 2, "job adi is 3 h late"),
        (facts(jobs=[job("adi", first_run=None)]), 1, "job adi never ran"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_has_its_level(of: Facts, level: int, text: str) -> None:
    health = judge(of, LIMITS)

    assert [(problem.level, problem.text) for problem in health.problems] == [(level, text)]
    assert text in health.sentence
    assert "2,310 crashes" in health.sentence


@pytest.mark.parametrize(
    ("changed", "level", "text"),
    [
        ({"oldest_seconds": 119.0}, 0, ""),
        ({"oldest_seconds": 130.0}, 1,
         "3 crashes wait in the spool for the crashmover, the oldest for 2 min"),
        ({"oldest_seconds": 901.0, "waiting": 1}, 2,
         "1 crash waits in the spool for the crashmover, the oldest for 15 min"),
        ({"quarantined": 1}, 1, "1 crash in quarantine"),
        ({"free_bytes": 9 * 10**9}, 1, "the disk of the spool has 9 % free (9 GB)"),
        ({"free_bytes": 10**9}, 2, "the disk of the spool has 1 % free (1 GB)"),
    ],
)  # fmt: skip
def test_the_collector_reports_the_spool_while_the_crashmover_is_away(
    changed: dict[str, Any], level: int, text: str
) -> None:
    both = facts(instance("collector", facts={"spool": {**SPOOL, **changed}}), without="crashmover")

    problems = judge(both, LIMITS).problems

    assert [(problem.level, problem.text) for problem in problems] == (
        [(level, text)] if text else []
    )


def test_a_spool_that_two_services_report_counts_once_and_two_spools_add_up() -> None:
    other = {**SPOOL, "spool": "b2", "oldest_seconds": 500.0}
    two = facts(instance("crashmover", facts={"spool": other}))

    assert sum(spool.waiting for spool in facts().spools()) == 3
    assert sum(spool.waiting for spool in two.spools()) == 6
    assert "6 crashes wait in the spool" in judge(two, LIMITS).sentence


def test_one_of_two_crashmovers_may_be_away_and_it_is_a_warning() -> None:
    one = facts()
    both = replace(one, instances=[*one.instances, instance("crashmover", **AWAY)])

    health = judge(both, LIMITS)

    assert health.level is Level.WARNING
    assert "1 of 2 crashmovers do not answer" in health.sentence


def test_without_postgres_the_services_are_still_judged() -> None:
    away = replace(facts(instance("webapp", **AWAY)), records=None, database_error=SECRET)

    health = judge(away, LIMITS)

    assert health.sentence == "Critical: Postgres does not answer; webapp does not answer."
    assert {row.service: row.answers for row in health.services}["crashmover"] == "yes"


def test_only_those_who_may_see_them_get_hosts_and_errors() -> None:
    bad = facts(
        instance("crashmover", **AWAY),
        jobs=[job("adi", errors=1, last_error_type="E", last_error=SECRET)],
    )
    health = judge(bad, LIMITS)

    public, private = str(document(health)), str(document(health, details=True))

    assert "10.0.0." not in public
    assert "/srv" not in public
    assert private.count(SECRET) >= 2
    assert "http://10.0.0.1:8885" in private


def test_the_first_line_is_one_of_a_nagios_plugin() -> None:
    line = first_line(judge(facts(), LIMITS), LIMITS)

    text, _, data = line.partition(" | ")
    assert text.startswith("OK - 2,310 crashes in the last hour")
    assert "\n" not in line
    assert data.split() == [
        "spool_waiting=3", "spool_oldest=2s;120;900", "processed_last_hour=2310", "median=1.3s",
        "queue_waiting=1", "queue_oldest=1s;600;3600", "failed=0", "missing=0;0;0", "search_lag=0s",
        "spool_free=80%;10:;3:",
    ]  # fmt: skip


def test_a_row_says_what_came_and_went_and_what_confines_walkers() -> None:
    hour = {"seconds": 3600.0, "accepted": 2400, "moved": 2397}
    measures = [{"name": "landlock", "in_force": True}, {"name": "memory", "in_force": False}]
    line = facts(
        instance("crashmover", facts={"spool": SPOOL, "last_hour": hour}),
        instance("processor", facts={"confinement": measures}),
    )

    mover, processor = service_row("crashmover", line), service_row("processor", line)

    assert (mover.came, mover.went, mover.oldest) == (2400, 2397, "2.0 s")
    assert (processor.went, processor.confinement) == (
        2310,
        "stack walkers not confined in: memory",
    )


@pytest.mark.parametrize(
    "facts_of_mover",
    [
        {"spool": None, "last_hour": None, "store_disk": None},
        {"spool": {"waiting": "many"}, "last_hour": {"seconds": "x"}, "store_disk": {"free": 1}},
        {"spool": [], "last_hour": [], "store_disk": []},
    ],
)
def test_a_heartbeat_of_another_version_is_no_error(facts_of_mover: dict[str, Any]) -> None:
    odd = facts(instance("crashmover", facts=facts_of_mover))

    assert judge(odd, LIMITS).level is Level.OK
    assert judge(replace(odd, records=records()), LIMITS).services[1].came is None
