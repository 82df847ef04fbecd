"""docs/reference/schema.md is what a migrated database says about itself."""

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

import sql
from socorro.postgres import Connection

DOCS = Path(sql.__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def schema() -> Any:
    sys.path.append(str(DOCS))
    return importlib.import_module("schema")


def test_the_page_is_what_the_database_says(schema: Any, db: Connection) -> None:
    path = DOCS / "reference" / "schema.md"

    is_stale = not path.exists() or path.read_text() != schema.page(db)

    assert not is_stale, "docs/reference/schema.md is stale: run `make docs`"


def test_every_table_has_a_comment(schema: Any, db: Connection) -> None:
    tables = schema.tables(db)

    assert {"reports", "top_crashers", "auth.tokens", "nightly_builds"} <= {
        table.name for table in tables
    }
    assert [table.name for table in tables if not table.comment] == []


def test_every_function_has_a_comment(schema: Any, db: Connection) -> None:
    functions = schema.functions(db)

    assert {"count_hour", "rebuild_counts", "mark_changed_days"} <= {
        function.name for function in functions
    }
    assert [function.name for function in functions if not function.comment] == []


def test_weekly_partitions_are_not_on_the_page(schema: Any, db: Connection) -> None:
    page = schema.page(db)
    with db.cursor() as cursor:
        cursor.execute("SELECT make_partitions('2026-11-23', '2026-11-23')")

    assert schema.page(db) == page
