"""Which crashes are a person's: by id, by install time, or by the hash of an e-mail address.

Postgres answers for the reports that have the value. The raw crashes of all others are read one by
one: of deferred crashes, of those that failed, and of those whose personal data was dropped after
its retention, which raw crashes still have.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from socorro.clients import with_our_names
from socorro.crash import RawCrash
from socorro.crash_id import CrashId, resent
from socorro.crashstore.interface import CrashNotFound, CrashStore
from socorro.postgres import Database, column, execute, load_sql, rows
from socorro.spool.spool import Spool
from socorro.spool.traces import entered

SQL = load_sql(__file__)
LONGEST_EMAIL: Final = 100  # characters that reports_user_info keeps
_CAPITALS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

OnDay = Callable[[date, int], None]


class Person(NamedTuple):
    """What the crashes of one person have in common: one of these."""

    email: str | None = None  # see hash_of
    install: int | None = None  # InstallTime, seconds since 1970

    def has_sent(self, raw: RawCrash) -> bool:
        """Return whether the raw crash is of the person."""
        sent = with_our_names(raw.annotations)
        if self.email is not None:
            return hash_of(sent.get("Email", "")) == self.email
        return sent.get("InstallTime", "").strip() == str(self.install)


class Described(NamedTuple):
    """One crash, as people recognise it; only its id where it has no report."""

    crash_id: CrashId
    product: str = ""
    version: str = ""
    system: str = ""


class Sources(NamedTuple):
    """Where crashes are looked up."""

    spool: Spool | None
    store: CrashStore
    database: Database


def hash_of(email: str) -> str:
    """Return the SHA-256 of an e-mail address without blanks around it, A to Z in small letters."""
    text = email.strip(" ").translate(_CAPITALS)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def crashes_of(
    person: Person,
    sources: Sources,
    days: Sequence[date],
    on_day: OnDay = lambda _day, _count: None,
) -> set[CrashId]:
    """Return the crashes of a person that are anywhere; stored ones if submitted on *days*.

    *on_day* is called before each day is read, with the number of crashes so far.
    """
    with sources.database.transaction() as db:
        execute(db, SQL["unlimited"])
        statement = SQL["by_email" if person.email is not None else "by_install"]
        crash_ids = set(column(db, statement, **person._asdict()))
    if sources.spool:
        crash_ids |= {raw.crash_id for raw in entered(sources.spool) if person.has_sent(raw)}
    for day in days:
        on_day(day, len(crash_ids))
        crash_ids |= set(_stored(person, sources, day))
    return crash_ids


def same_crashes(
    crash_ids: Collection[CrashId], sources: Sources, days: Sequence[date]
) -> set[CrashId]:
    """Return *crash_ids*, and the ids under which the same crashes were sent again on any day."""
    chosen = {
        resent(crash_id, day, deferred)
        for crash_id in crash_ids
        for day in days
        for deferred in (False, True)
    } - set(crash_ids)
    with sources.database.transaction() as db:
        execute(db, SQL["unlimited"])
        others = set(column(db, SQL["events"], crash_ids=list(crash_ids)))
    if sources.spool:
        others |= {raw.crash_id for raw in entered(sources.spool)} & chosen
    return {*crash_ids, *others, *sources.store.stored(sorted(chosen))}


def described(database: Database, crash_ids: Collection[CrashId]) -> list[Described]:
    """Return what reports say of the crashes, sorted by id."""
    with database.transaction() as db:
        reported = rows(db, SQL["described"], Described, crash_ids=list(crash_ids))
    by_id = {one.crash_id: one for one in reported}
    return [by_id.get(crash_id, Described(crash_id)) for crash_id in sorted(crash_ids)]


def _stored(person: Person, sources: Sources, day: date) -> Iterator[CrashId]:
    """Yield the stored crashes of a day for which Postgres cannot answer."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    statement = SQL["knows_email" if person.email is not None else "knows_install"]
    with sources.database.transaction() as db:
        execute(db, SQL["unlimited"])
        answered = set(column(db, statement, day=start, longest=LONGEST_EMAIL))
    for crash_id in sources.store.submitted(start, start + timedelta(days=1)):
        if crash_id not in answered and _has_sent(person, sources.store, crash_id):
            yield crash_id


def _has_sent(person: Person, store: CrashStore, crash_id: CrashId) -> bool:
    try:
        return person.has_sent(store.get_raw(crash_id))
    except CrashNotFound:  # deleted meanwhile, or damaged
        return False
