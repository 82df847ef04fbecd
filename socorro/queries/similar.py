"""Similar stacks: what the job `similar` made, and the stacks to compare."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, column, load_sql, rows, value

SQL = load_sql(__file__)
MOST_PLACES = 100  # of a signature, of either kind

Places = Mapping[str, Mapping[str, int]]


class State(NamedTuple):
    """What the index was made of; *shares* of all installs, by system with reason and by build."""

    made_at: datetime
    since: datetime | None
    until: datetime | None
    stacks: int
    signatures: int
    crash_count: int
    left_out: int
    complete: bool
    shares: Mapping[str, Mapping[str, float]]


class KeptStack(NamedTuple):
    """A distinct stack of a signature; *systems* and *builds* have installs by value."""

    stack_id: int
    signature: str
    frames: str
    crash_id: CrashId
    crash_count: int
    first_day: date
    last_day: date
    systems: Mapping[str, int]
    builds: Mapping[str, int]


class CrashStack(NamedTuple):
    """The stack of one crash; None when it has none."""

    signature: str
    frames: str | None


class _Place(NamedTuple):
    signature: str
    what: str
    value: str
    installs: int


def state(db: Connection) -> State | None:
    """Return what the index was made of; None when there is none yet."""
    states = rows(db, SQL["state"], State)
    return states[0] if states else None


def index(db: Connection, made_at: datetime) -> bytes:
    """Return the bytes of the index that was made then; b"" when there is a newer one."""
    return b"".join(bytes(part) for part in column(db, SQL["parts"], made_at=made_at))


def of_signature(db: Connection, signature: str, most: int) -> list[KeptStack]:
    """Return stacks of a signature, most crashes first."""
    return rows(db, SQL["of_signature"], KeptStack, signature=signature, most=most)


def by_id(db: Connection, stack_ids: Sequence[int]) -> dict[int, KeptStack]:
    """Return these stacks by number, those that exist."""
    stacks = rows(db, SQL["by_id"], KeptStack, stack_ids=list(stack_ids))
    return {stack.stack_id: stack for stack in stacks}


def places(db: Connection, signatures: Sequence[str]) -> dict[str, Places]:
    """Return the installs of signatures: `systems` and `builds`, the most frequent values."""
    answer: dict[str, dict[str, dict[str, int]]] = {
        signature: {"systems": {}, "builds": {}} for signature in signatures
    }
    for place in rows(db, SQL["places"], _Place, signatures=list(signatures)):
        values = answer[place.signature][place.what]
        if len(values) < MOST_PLACES:
            values[place.value] = place.installs
    return dict(answer)


def frequent(db: Connection, most: int) -> list[str]:
    """Return the signatures of the stacks with the most crashes."""
    return column(db, SQL["frequent"], most=most)


def of_crash(db: Connection, crash_id: CrashId) -> CrashStack | None:
    """Return the stack of a processed crash; None when there is no such crash."""
    stacks = rows(db, SQL["of_crash"], CrashStack, crash_id=crash_id)
    return stacks[0] if stacks else None


def is_signature(db: Connection, signature: str) -> bool:
    """Return whether any crash has, or had, the signature."""
    return bool(value(db, SQL["is_signature"], signature=signature))


def containing(db: Connection, text: str, most: int) -> list[str]:
    """Return signatures of the index that contain a text, most crashes first."""
    return column(db, SQL["containing"], text=text, most=most)
