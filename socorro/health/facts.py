"""What is known of the line: collected by collect.py, judged by judge.py. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Any, NamedTuple

from socorro.queries.bad_reports import Reason
from socorro.queries.cron import CronJob
from socorro.queries.health import LastHour, LedgerDay, Queue
from socorro.queries.server_status import ServerStatus


class Level(IntEnum):
    """How bad it is; as an exit code, what Nagios expects."""

    OK = 0
    WARNING = 1
    CRITICAL = 2

    @property
    def word(self) -> str:
        """The level as a sentence begins with it."""
        return {0: "Healthy", 1: "Warning", 2: "Critical"}[self]


class Instance(NamedTuple):
    """One process of a service: whether its health port answers, and what it says.

    *failed* names the checks that failed, *facts* is the rest of the heartbeat. *error* says why
    there is no answer. Address and error are not for everybody.
    """

    service: str
    address: str
    answers: bool
    failed: tuple[str, ...] = ()
    facts: Mapping[str, Any] = {}
    error: str = ""


class Spool(NamedTuple):
    """One spool, as a service that uses it reports it (socorro/spool/state.py)."""

    waiting: int
    oldest_seconds: float | None
    quarantined: int
    free_bytes: int
    size_bytes: int


class Disk(NamedTuple):
    """A disk: what it holds, free and total bytes."""

    holds: str
    free_bytes: int
    size_bytes: int

    @property
    def free_percent(self) -> float:
        """How much of it is free."""
        return 100 * self.free_bytes / self.size_bytes if self.size_bytes else 0.0


@dataclass(frozen=True)
class Records:
    """What Postgres knows. *now* is its time; *history* has a row for five minutes, newest first.

    *ledger* has the days that were compared, newest first; *expected_days* are those that should
    have been. *bad* counts crashes of the last 24 hours that are in no count, by reason.
    """

    now: datetime
    last_hour: LastHour
    queue: Queue
    jobs: Sequence[CronJob] = ()
    runs: int = 0
    ledger: Sequence[LedgerDay] = ()
    expected_days: Sequence[date] = ()
    search_seconds: float = 0.0
    search_hours: int = 0
    bad: Sequence[Reason] = ()
    history: Sequence[ServerStatus] = ()
    database_bytes: int = 0


@dataclass(frozen=True)
class Facts:
    """All that is known.

    *records* is None while Postgres is away: *database* says so, *database_error* is not for
    everybody.
    """

    instances: Sequence[Instance] = field(default_factory=tuple)
    records: Records | None = None
    database: str = "Postgres does not answer"
    database_error: str = ""

    def of(self, service: str) -> list[Instance]:
        """Return the instances of a service."""
        return [one for one in self.instances if one.service == service]

    def spools(self) -> list[Spool]:
        """Return the spools: each once, whoever reports it."""
        by_id: dict[str, Spool] = {}
        for instance in self.instances:
            said = instance.facts.get("spool")
            if isinstance(said, Mapping):
                try:
                    by_id[str(said["spool"])] = _spool(said)
                except (KeyError, TypeError, ValueError):
                    continue
        return list(by_id.values())

    def disks(self) -> list[Disk]:
        """Return the disks of spools and of a crash store of files; equal ones once."""
        disks = [Disk("spool", spool.free_bytes, spool.size_bytes) for spool in self.spools()]
        for instance in self.of("crashmover"):
            said = instance.facts.get("store_disk")
            if isinstance(said, Mapping):
                try:
                    disk = Disk("crash store", int(said["free_bytes"]), int(said["size_bytes"]))
                except (KeyError, TypeError, ValueError):
                    continue
                disks.append(disk)
        return list(dict.fromkeys(disks))

    def last_hour(self) -> tuple[float, int, int] | None:
        """Return seconds, accepted and moved crashes of all crashmovers; None when unknown."""
        said = [one.facts.get("last_hour") for one in self.of("crashmover")]
        hours = [hour for hour in said if isinstance(hour, Mapping)]
        if not hours:
            return None
        try:
            return (
                min(float(hour["seconds"]) for hour in hours),
                sum(int(hour["accepted"]) for hour in hours),
                sum(int(hour["moved"]) for hour in hours),
            )
        except (KeyError, TypeError, ValueError):
            return None


def _spool(said: Mapping[str, Any]) -> Spool:
    oldest = said["oldest_seconds"]
    return Spool(
        int(said["waiting"]),
        None if oldest is None else float(oldest),
        int(said["quarantined"]),
        int(said["free_bytes"]),
        int(said["size_bytes"]),
    )
