"""The order in which crashes are forgotten, and what came of it in each place."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from socorro import jobs
from socorro.crash_id import CrashId
from socorro.forget.place import Going, Place, PlaceAway
from socorro.jobs import JobState, forgotten
from socorro.postgres import Database

POLL_SECONDS: Final = 0.2


class Outcome(NamedTuple):
    """What one place had of the crashes, and has left; *problem*: why that is not known."""

    place: str
    before: int
    left: int
    problem: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether the place was searched, and has nothing."""
        return not self.left and not self.problem


def going(database: Database, crash_ids: Sequence[CrashId]) -> Going:
    """Return the crashes with what stands for them."""
    with database.transaction() as db:
        return Going(forgotten.tokens(db, crash_ids))


def count(places: Sequence[Place], crashes: Going) -> Iterator[Outcome]:
    """Yield what each place has of the crashes; nothing changes."""
    for place in places:
        try:
            present = place.count(crashes)
        except PlaceAway as away:
            yield Outcome(place.name, 0, 0, str(away))
        else:
            yield Outcome(place.name, present, present)


def forget(
    database: Database,
    places: Sequence[Place],
    crashes: Going,
    wait_seconds: float,
    on_step: Callable[[str], None] = lambda _: None,
) -> list[Outcome]:
    """Remove the crashes from all *places*, in their order; return what each has left.

    A place that is away does not stop the others. Jobs that a processor holds may end within
    *wait_seconds*; then they are cancelled, and what the processor saves is refused.
    """
    on_step("database: keep them from coming back")
    with database.transaction() as db:
        forgotten.remember(db, list(crashes.ids))
    _let_jobs_end(database, list(crashes.ids), wait_seconds, on_step)
    before = [_removed(place, crashes, on_step) for place in places]
    on_step("searching everything again")
    after = list(count(places, crashes))
    return [
        Outcome(one.place, one.before, last.left, one.problem or last.problem)
        for one, last in zip(before, after, strict=True)
    ]


def _let_jobs_end(
    database: Database,
    crash_ids: Sequence[CrashId],
    seconds: float,
    on_step: Callable[[str], None],
) -> None:
    """Wait until no processor works on the crashes; cancel what does after *seconds*."""
    until = time.monotonic() + seconds
    while running := _running(database, crash_ids):
        on_step(f"waiting for {running} being processed")
        if time.monotonic() >= until:
            break
        time.sleep(POLL_SECONDS)
    with database.transaction() as db:
        forgotten.cancel(db, crash_ids)


def _running(database: Database, crash_ids: Sequence[CrashId]) -> int:
    with database.transaction() as db:
        return sum(job.state is JobState.RUNNING for job in jobs.states(db, crash_ids))


def _removed(place: Place, crashes: Going, on_step: Callable[[str], None]) -> Outcome:
    on_step(place.name)
    try:
        present = place.count(crashes)
        place.remove(crashes)
    except PlaceAway as away:
        return Outcome(place.name, 0, 0, str(away))
    return Outcome(place.name, present, 0)
