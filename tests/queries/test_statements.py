"""Every statement that lies beside a module can be planned against the migrated schema."""

import re
from pathlib import Path

import pytest

import socorro
from socorro.postgres import Connection, Database, load_sql
from tests.builders import NOON

CHECKOUT = Path(socorro.__file__).parent.parent

SERVICES = (
    "socorro", "collector", "crashmover", "monitor", "processor", "cron", "middleware", "webapp",
)  # fmt: skip
FILES = [path for top in SERVICES for path in sorted((CHECKOUT / top).rglob("*.sql"))]
STATEMENTS = [
    pytest.param(text, id=f"{path.relative_to(CHECKOUT)}:{name}")
    for path in FILES
    for name, text in load_sql(str(path.with_suffix(".py"))).items()
]
SAMPLES = {
    "crash_id": "0bba929f-8721-460c-8e70-a43c00261123",
    "crash_ids": ["0bba929f-8721-460c-8e70-a43c00261123"],
    "day": "2026-11-23T00:00:00Z",
    "first": "2026-11-23",
    "last": "2026-11-23",
    "hour": NOON,
    "most": 10,
    "expires": NOON,
    "end": NOON,
    "hash": b"h" * 32,
    "groups": ["Hackers"],
    "note": "nightly script",
    "now": NOON,
    "permissions": ["view_pii"],
    "seconds": 60,
    "start": NOON,
    "series": 5,
    "token_id": 1,
    "user": "ann",
}


def explained(db: Connection, statement: str, **parameters: object) -> str:
    samples = {name: SAMPLES.get(name) for name in re.findall(r"%\((\w+)\)s", statement)}
    with db.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", {**samples, **parameters})
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("statement", STATEMENTS)
def test_postgres_can_plan_the_statement(database: Database, statement: str) -> None:
    with database.transaction() as db:
        plan = explained(db, statement)

    assert "cost=" in plan


def test_statements_were_found_at_all() -> None:
    assert len(FILES) >= 3
    assert CHECKOUT / "socorro/queries/reports.sql" in FILES


def test_every_sql_file_lies_beside_its_module() -> None:
    alone = [path for path in FILES if not Path(path.with_suffix(".py")).exists()]

    assert alone == []
