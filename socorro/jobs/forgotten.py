"""Crashes that were removed on request: what is remembered of them, so that they stay away.

No id is kept, only hashes with a key of the database: who has an id can be told whether its crash
was forgotten, and nobody can make an id from them. Posts of the same crash share the beginning of
their ids (socorro/crash_id.py), and so does its hash: when a client posts a forgotten crash again,
on whatever day, it is not queued (a trigger of `jobs`), not saved, and leaves the crash store.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from socorro.crash_id import CrashId
from socorro.postgres import Connection, column, execute, load_sql, rows

SQL = load_sql(__file__)

Token = str  # 36 hexadecimal digits in place of an id


def remember(db: Connection, crash_ids: Sequence[CrashId]) -> None:
    """Keep crashes from coming back, and end their jobs but for those that run."""
    execute(db, SQL["remember"], crash_ids=list(crash_ids))
    execute(db, SQL["end_jobs"], crash_ids=list(crash_ids), running=False)


def cancel(db: Connection, crash_ids: Sequence[CrashId]) -> int:
    """End the jobs of crashes, whoever holds them; return how many.

    Their processors cannot save any more: LeaseLost.
    """
    return execute(db, SQL["end_jobs"], crash_ids=list(crash_ids), running=True)


def tokens(db: Connection, crash_ids: Sequence[CrashId]) -> dict[CrashId, Token]:
    """Return what stands for these ids."""
    return dict(rows(db, SQL["tokens"], _pair, crash_ids=list(crash_ids)))


def among(db: Connection, crash_ids: Sequence[CrashId]) -> Mapping[CrashId, Token]:
    """Return those of *crash_ids* that were forgotten, or are the same crash sent again."""
    if not crash_ids:
        return {}
    return dict(rows(db, SQL["among"], _pair, crash_ids=list(crash_ids)))


def of_day(db: Connection, day: date) -> frozenset[Token]:
    """Return the crashes submitted on *day*, UTC, that were forgotten."""
    return frozenset(column(db, SQL["of_day"], day=day))


def _pair(crash_id: CrashId, token: Token) -> tuple[CrashId, Token]:
    return crash_id, token
