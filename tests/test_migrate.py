"""Migrations: by several at once, again and again."""

from concurrent.futures import ThreadPoolExecutor

import psycopg2

from socorro.migrate import migrate


def test_two_who_migrate_at_once_take_turns(dsn: str) -> None:
    db = psycopg2.connect(dsn)
    with db, db.cursor() as cursor:
        cursor.execute("DROP SCHEMA public, auth CASCADE; CREATE SCHEMA public")
    db.close()

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(migrate, [dsn, dsn])

    assert sorted([bool(first), bool(second)]) == [False, True]
    assert "0020_auth" in first + second
    assert migrate(dsn) == []
