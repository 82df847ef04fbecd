"""Pages keep answers while the counts are what they were."""

from socorro.postgres import Database
from socorro.questions.interface import Answer
from tests.sql.rows import query
from webapp.frame.answers import MOST_KEY, MOST_ROWS, Answers


def counted(database: Database) -> None:
    with database.transaction() as db:
        query(
            db,
            "INSERT INTO cron_jobs (job, last_success) VALUES ('counts', now())"
            " ON CONFLICT (job) DO UPDATE SET last_success = clock_timestamp()",
        )


def ask(database: Database, answers: Answers, key: str, value: object) -> object:
    with database.transaction() as db:
        return answers.get(db, key, lambda: value)


def test_an_answer_is_kept_until_something_is_counted(database: Database) -> None:
    answers = Answers()
    first = ask(database, answers, "a", 1)
    again = ask(database, answers, "a", 2)
    other = ask(database, answers, "b", 3)
    counted(database)

    assert (first, again, other) == (1, 1, 3)
    assert ask(database, answers, "a", 4) == 4


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
