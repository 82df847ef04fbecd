"""Pages keep answers while the counts are what they were."""

import time

import pytest

from socorro.postgres import Database
from socorro.questions.interface import Answer
from tests.counted import version
from tests.sql.rows import query
from webapp.frame.answers import MOST_KEY, MOST_ROWS, Answers


def ran(database: Database, job: str, rows: int = 1) -> None:
    with database.transaction() as db:
        query(
            db,
            "INSERT INTO cron_log (job, slot, started_at, ended_at, outcome, rows)"
            " VALUES (%s, now(), now(), clock_timestamp(), 'done', %s)",
            job,
            rows,
        )


def counted(database: Database) -> None:
    ran(database, "counts")


def ask(database: Database, answers: Answers, key: str, value: object) -> object:
    with database.transaction() as db:
        return answers.get(db, key, lambda: value)


def slowly(database: Database, answers: Answers, key: str, value: object) -> object:
    with database.transaction() as db:
        return answers.get(db, key, lambda: (time.sleep(0.2), value)[1])


def test_an_answer_is_kept_until_something_is_counted(database: Database) -> None:
    answers = Answers()
    first = ask(database, answers, "a", 1)
    again = ask(database, answers, "a", 2)
    other = ask(database, answers, "b", 3)
    counted(database)

    assert (first, again, other) == (1, 1, 3)
    assert ask(database, answers, "a", 4) == 4


def test_a_run_that_changed_nothing_lets_answers_be(database: Database) -> None:
    answers = Answers()
    ask(database, answers, "a", 1)
    ran(database, "ranks", rows=0)
    ran(database, "status")

    assert ask(database, answers, "a", 2) == 1
    ran(database, "ranks")
    assert ask(database, answers, "a", 3) == 3


def test_other_featured_versions_are_seen_at_once(database: Database) -> None:
    answers = Answers()
    with database.transaction() as db:
        version(db, "140.0")
    ask(database, answers, "a", 1)
    with database.transaction() as db:
        query(db, "UPDATE product_versions SET featured = NOT featured")

    assert ask(database, answers, "a", 2) == 2


def test_a_costly_answer_outlives_the_counts_it_was_made_of(database: Database) -> None:
    answers = Answers(costly=0.0)
    slowly(database, answers, "a", 1)
    counted(database)

    assert ask(database, answers, "a", 2) == 1


def test_while_one_visitor_waits_for_a_new_answer_others_get_the_former(
    database: Database,
) -> None:
    answers = Answers()
    ask(database, answers, "a", 1)
    counted(database)
    seen = []

    with database.transaction() as db:
        latest = answers.get(db, "a", lambda: seen.append(ask(database, answers, "a", 2)) or 3)

    assert (seen, latest, ask(database, answers, "a", 4)) == ([1], 3, 3)


def test_an_answer_that_fails_lets_the_next_visitor_try(database: Database) -> None:
    answers = Answers()
    ask(database, answers, "a", 1)
    counted(database)

    with database.transaction() as db, pytest.raises(ZeroDivisionError):
        answers.get(db, "a", lambda: 1 // 0)

    assert ask(database, answers, "a", 2) == 2


def test_so_many_answers_are_kept_and_none_of_a_longer_question(database: Database) -> None:
    answers = Answers(most=2)
    for key in "abc":
        ask(database, answers, key, 1)

    assert [ask(database, answers, key, 2) for key in "cba"] == [1, 1, 2]
    assert [ask(database, answers, "x" * MOST_KEY, value) for value in (1, 2)] == [1, 1]
    assert [ask(database, answers, "x" * (MOST_KEY + 1), value) for value in (1, 2)] == [1, 2]


def test_an_answer_of_many_rows_is_not_kept(database: Database) -> None:
    answers = Answers()
    long, short = Answer("", [[1]] * (MOST_ROWS + 1)), Answer("", [[1]] * MOST_ROWS)

    assert [ask(database, answers, "long", one) for one in (long, 2)] == [long, 2]
    assert [ask(database, answers, "short", one) for one in (short, 2)] == [short, short]
