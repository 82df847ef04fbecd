"""The page of a crash that is sample data: a row, and no dump."""

from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.builders import NOON
from tests.wsgi import ask

UNKNOWN = "0bba929f-8721-460c-8e70-a43c00261123"


def test_the_page_of_a_generated_crash_says_so(app: WsgiApp, database: Database) -> None:
    with database.transaction() as db:
        execute(db, "SELECT make_partitions(%(at)s, %(at)s)", at=NOON)
        execute(
            db,
            "INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature,"
            " success, status, throttle_rule) VALUES (%(id)s, %(at)s, %(at)s, %(at)s, 'f', true,"
            " 'OK', 'fakedata')",
            id=UNKNOWN, at=NOON,
        )  # fmt: skip

    answer = ask(app, f"/report/index/{UNKNOWN}")

    assert answer.status == 200
    assert "there is no dump to show" in answer.text
