"""Reprocessing and PriorityJob: crashes that a caller wants processed."""

from typing import Any

import pytest

from socorro import jobs
from socorro.accounts.permissions import REPROCESS_CRASHES
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, rows
from tests.builders import make_crash
from tests.middleware.resources import Rest
from tests.processed import processed, stored
from tests.wsgi import Answer


@pytest.fixture
def rest(rest_database: Database, store: CrashStore) -> Rest:
    return Rest(rest_database, store, REPROCESS_CRASHES)


def send(rest: Rest, name: str, *crash_ids: str) -> Answer:
    return rest.send(name, *(("crash_ids", crash_id) for crash_id in crash_ids))


def queue(database: Database) -> list[tuple[Any, ...]]:
    """The jobs by priority and age: crash id, ruleset, priority, state."""
    with database.transaction() as db:
        return rows(
            db,
            "SELECT crash_id, ruleset, priority, state FROM jobs ORDER BY priority, crash_id",
            lambda *columns: columns,
        )


def states(answer: Answer) -> dict[str, str]:
    assert answer.status == 200
    return {hit["crash_id"]: hit["state"] for hit in answer.json()["hits"]}


def failed(store: CrashStore, database: Database) -> CrashId:
    crash_id = stored(store, make_crash()).crash_id
    with database.transaction() as db:
        jobs.offer(db, [crash_id])
        [job] = jobs.claim(db, "tests", 1, 60)
        jobs.fail(db, job, "WalkerCrashed", most=1)
    return crash_id


def test_crashes_are_reprocessed_by_the_rules_that_were_sent(
    rest: Rest, store: CrashStore, database: Database
) -> None:
    whole, partial = (processed(store, database).crash_id for _ in range(2))

    answer = send(rest, "Reprocessing", f"bp-{whole}", f"{partial}:regenerate_signature", whole)

    assert answer.json() == {
        "hits": [
            {"crash_id": whole, "ruleset": "default", "state": "waiting"},
            {"crash_id": partial, "ruleset": "regenerate_signature", "state": "waiting"},
        ],
        "total": 2,
    }
    assert queue(database) == sorted(
        [
            (whole, "default", jobs.LOW, "waiting"),
            (partial, "regenerate_signature", jobs.LOW, "waiting"),
        ]
    )


def test_failed_crashes_are_queued_again_and_unknown_ones_are_not(
    rest: Rest, store: CrashStore, database: Database
) -> None:
    set_aside = failed(store, database)
    unknown = make_crash().crash_id

    answer = send(rest, "Reprocessing", set_aside, unknown)

    assert states(answer) == {set_aside: "waiting", unknown: "unknown"}
    assert [job[0] for job in queue(database)] == [set_aside]


def test_a_crash_that_is_queued_already_is_queued_once(
    rest: Rest, store: CrashStore, database: Database
) -> None:
    crash_id = processed(store, database).crash_id

    answers = [send(rest, "Reprocessing", crash_id) for _ in range(2)]

    assert [states(answer) for answer in answers] == [{crash_id: "waiting"}] * 2
    assert len(queue(database)) == 1


def test_fifty_crashes_are_one_request_and_fifty_one_are_not(rest: Rest) -> None:
    crash_ids = [make_crash().crash_id for _ in range(51)]

    assert len(states(send(rest, "Reprocessing", *crash_ids[:50]))) == 50
    assert list(send(rest, "Reprocessing", *crash_ids).json()["errors"]) == ["crash_ids"]


@pytest.mark.parametrize("name", ["Reprocessing", "PriorityJob"])
def test_what_is_no_crash_is_named(rest: Rest, database: Database, name: str) -> None:
    good = make_crash().crash_id

    answers = [
        send(rest, name),
        *(
            send(rest, name, good, text.format(make_crash().crash_id))
            for text in ("nonsense", "{0}:", "{0}:nothing", "{0}:default:default")
        ),
    ]

    assert [(answer.status, list(answer.json()["errors"])) for answer in answers] == [
        (400, ["crash_ids"])
    ] * 5
    assert queue(database) == []


def test_one_crash_has_one_ruleset(rest: Rest, store: CrashStore, database: Database) -> None:
    crash_id = processed(store, database).crash_id

    answer = send(rest, "Reprocessing", crash_id, f"{crash_id}:regenerate_signature")

    assert (answer.status, queue(database)) == (400, [])


@pytest.mark.parametrize("deferred", [False, True])
def test_a_priority_job_is_the_next_one(
    rest: Rest, store: CrashStore, database: Database, deferred: bool
) -> None:
    viewed = stored(store, make_crash(deferred=deferred)).crash_id
    others = [stored(store, make_crash()).crash_id for _ in range(3)]
    done, set_aside = processed(store, database).crash_id, failed(store, database)
    with database.transaction() as db:
        jobs.offer(db, others)

    answer = send(rest, "PriorityJob", viewed, done, set_aside)

    assert states(answer) == {viewed: "waiting", done: "processed", set_aside: "failed"}
    with database.transaction() as db:
        [job] = jobs.claim(db, "tests", 1, 60)
    assert job.crash_id == viewed


@pytest.mark.parametrize("name", ["Reprocessing", "PriorityJob"])
def test_the_permission_is_named(
    rest_database: Database, store: CrashStore, database: Database, name: str
) -> None:
    crash_id = processed(store, database).crash_id

    answer = send(Rest(rest_database, store), name, crash_id)

    assert (answer.status, answer.json()["permissions"]) == (403, [REPROCESS_CRASHES])
    assert queue(database) == []
