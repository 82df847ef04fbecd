"""The page of the database: tables, views and functions, as a migrated database describes them.

docs/generate.py writes it; tests/sql/test_schema_page.py fails when it is stale.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from socorro.postgres import Connection, rows

STEP = "A step of "  # so begins the comment of a function that only other functions call
SHORT = {"timestamp with time zone": "timestamptz", "character varying": "varchar"}

HEAD = """\
# Schema

What a migrated database (`socorro migrate`) holds. How the counts work: [counts](../counts.md).
`make docs` writes this page from the comments in the database: a table's come with the migration
that makes or changes it (`sql/migrations`), a function's with the function (`sql/procedures`).

The role of a service ([roles](../postgres.md)) may do what is listed with a table, the owner all.
Tables that are partitioned have a partition for each week (Monday, UTC), with the same columns.
Times are UTC. Left out are the tables of the migrations themselves: `_yoyo_*` and `yoyo_lock`.
"""

OURS = """
    NOT {table}.relispartition AND {table}.relname !~ '^_?yoyo_'
    AND {table}.relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)
"""

TABLES = """
    SELECT oid, oid::regclass::text AS name, relkind = 'v' AS is_view,
           obj_description(oid, 'pg_class') AS comment
    FROM pg_class
    WHERE relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)
      AND relkind IN ('r', 'p', 'v') AND NOT relispartition AND relname !~ '^_?yoyo_'
"""

COLUMNS = """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable,
           col_description(attrelid, attnum) AS comment
    FROM pg_attribute
    WHERE attrelid = %(table)s AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""

KINDS = ("Primary key", "Foreign key", "Unique", "Index", "Partitions", "Trigger", "Role")

DETAILS = r"""
    SELECT CASE contype WHEN 'p' THEN 'Primary key' ELSE 'Foreign key' END AS kind,
           regexp_replace(pg_get_constraintdef(oid), '^(PRIMARY|FOREIGN) KEY ', '') AS definition
    FROM pg_constraint
    WHERE conrelid = %(table)s AND contype IN ('p', 'f')
    UNION ALL
    SELECT CASE WHEN indisunique THEN 'Unique' ELSE 'Index' END,
           regexp_replace(pg_get_indexdef(indexrelid), '^.* USING (btree )?', '')
    FROM pg_index
    WHERE indrelid = %(table)s AND NOT indisprimary
    UNION ALL
    SELECT 'Partitions', 'by week: ' || pg_get_partkeydef(%(table)s)
    WHERE pg_get_partkeydef(%(table)s) IS NOT NULL
    UNION ALL
    SELECT 'Trigger',
           regexp_replace(pg_get_triggerdef(oid),
                          '^CREATE TRIGGER \w+ (\w+ \w+) .* FUNCTION ', '\1: ')
    FROM pg_trigger
    WHERE tgrelid = %(table)s AND NOT tgisinternal
    UNION ALL
    SELECT 'Role', role || ': ' || string_agg(rights, ', ' ORDER BY rights)
    FROM (
        SELECT pg_get_userbyid(grantee)::text AS role, privilege_type AS rights
        FROM pg_class, aclexplode(relacl)
        WHERE oid = %(table)s AND grantee <> relowner
        UNION ALL
        SELECT pg_get_userbyid(grantee)::text,
               privilege_type || ' (' || string_agg(attname, ', ' ORDER BY attnum) || ')'
        FROM pg_attribute, aclexplode(attacl)
        WHERE attrelid = %(table)s
        GROUP BY grantee, privilege_type
    ) AS granted
    GROUP BY role
"""

FUNCTIONS = """
    SELECT proname AS name, pg_get_function_arguments(oid) AS arguments,
           coalesce(pg_get_function_result(oid), 'procedure: CALL it') AS result,
           obj_description(oid, 'pg_proc') AS comment
    FROM pg_proc
    WHERE pronamespace IN ('public'::regnamespace, 'auth'::regnamespace)
"""


class Table(NamedTuple):
    """A table or a view."""

    oid: int
    name: str
    is_view: bool
    comment: str | None


class Column(NamedTuple):
    """A column of a table or a view."""

    name: str
    type: str
    nullable: bool
    comment: str | None


class Detail(NamedTuple):
    """What else there is to a table; one of KINDS."""

    kind: str
    definition: str


class Function(NamedTuple):
    """A function or a procedure."""

    name: str
    arguments: str
    result: str
    comment: str | None


def page(db: Connection) -> str:
    """Return the page, of what the database has now."""
    all_tables, all_functions = tables(db), functions(db)
    steps = [function for function in all_functions if (function.comment or "").startswith(STEP)]
    return "\n".join(
        [
            HEAD,
            "## Tables",
            "",
            *(line for table in all_tables if not table.is_view for line in _table(db, table)),
            "## Views",
            "",
            *(line for table in all_tables if table.is_view for line in _table(db, table)),
            "## Functions",
            "",
            *_functions(function for function in all_functions if function not in steps),
            "## Steps of functions",
            "",
            "Not to be called by themselves: most expect temporary tables of the step before.",
            "",
            *_functions(steps),
        ]
    )


def tables(db: Connection) -> list[Table]:
    """Return tables and views by name, without partitions."""
    return sorted(rows(db, TABLES, Table), key=lambda table: table.name)


def functions(db: Connection) -> list[Function]:
    """Return functions and procedures by name."""
    return sorted(rows(db, FUNCTIONS, Function))


def _table(db: Connection, table: Table) -> Iterator[str]:
    yield f"### {table.name}"
    yield ""
    yield _text(table.comment)
    yield ""
    yield "| Column | Type | Null | Meaning |"
    yield "|---|---|---|---|"
    for column in rows(db, COLUMNS, Column, table=table.oid):
        null = "yes" if column.nullable and not table.is_view else ""
        yield f"| `{column.name}` | {_type(column.type)} | {null} | {_text(column.comment)} |"
    yield ""
    details = sorted(
        rows(db, DETAILS, Detail, table=table.oid),
        key=lambda detail: (KINDS.index(detail.kind), detail.definition),
    )
    yield from (f"- {detail.kind}: `{detail.definition}`" for detail in details)
    if details:
        yield ""


def _functions(chosen: Iterable[Function]) -> Iterator[str]:
    yield "| Function | Result | What it does |"
    yield "|---|---|---|"
    for function in chosen:
        yield (
            f"| `{function.name}({_type(function.arguments)})` | {_type(function.result)}"
            f" | {_text(function.comment)} |"
        )
    yield ""


def _text(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


def _type(text: str) -> str:
    for long, short in SHORT.items():
        text = text.replace(long, short)
    return _text(text)
