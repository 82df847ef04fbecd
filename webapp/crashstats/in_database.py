"""What Postgres knows beside the crash itself; nothing of it while Postgres is away."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from socorro import jobs
from socorro.crash_id import CrashId
from socorro.postgres import Connection, Database, Unavailable
from socorro.queries import hardware_suspects, impact, one_report, same_crash
from socorro.queries.hardware_suspects import Suspect
from socorro.queries.impact import Impact
from socorro.queries.one_report import Neighbours
from socorro.queries.same_crash import Post
from webapp.crashstats.reading import Document, moment, number, text


class InDatabase(NamedTuple):
    """*state* is that of the crash's job, "" without one; *machine*: it is a suspected one.

    *waits*: the crash is not counted yet.
    """

    posts: Sequence[Post]
    impact: Impact | None
    neighbours: Neighbours
    state: str
    machine: Suspect | None
    waits: bool


def look_up(database: Database, crash_id: CrashId, public: Document) -> InDatabase | None:
    """Return it; None when Postgres does not respond."""
    signature, product, version = (
        _plain(text(public, name)) for name in ("signature", "product", "version")
    )
    submitted, today = moment(public, "submitted_timestamp"), datetime.now(UTC).date()
    how_much, neighbours, waits = None, Neighbours(None, None), False
    try:
        with database.transaction() as db:
            posts = same_crash.find(db, crash_id)
            states = jobs.states(db, [crash_id])
            machine = _machine(db, public)
            if signature:
                how_much = impact.impact(db, signature, product, version, today)
            if signature and submitted and 1980 < submitted.year < 9000:
                neighbours = one_report.neighbours(db, crash_id, signature, submitted)
                waits = impact.waits(db, crash_id, submitted)
    except Unavailable:
        return None
    others = [post for post in posts if not post.is_this]
    return InDatabase(
        others,
        how_much,
        neighbours,
        states[0].state.value if states else "",
        machine,
        waits and not any(post.is_first for post in others),  # else that one is counted
    )


def _machine(db: Connection, public: Document) -> Suspect | None:
    memory = number(public, "total_physical_memory")
    names = ("os_name", "os_version", "cpu_info", "cpu_microcode_version")
    values = {name: _plain(text(public, name)) for name in names}
    if not memory or not 0 < memory < 2**63 or not all(values.values()):
        return None
    adapter = (text(public, f"adapter_{name}_id") for name in ("vendor", "device"))
    graphics = _plain(" ".join(adapter).strip())
    return hardware_suspects.of_machine(db, **values, graphics=graphics, memory_bytes=memory)


def _plain(value: str) -> str:
    """Return a text that Postgres takes: a document of the store may have any."""
    return value.replace("\0", "").encode(errors="replace").decode()
