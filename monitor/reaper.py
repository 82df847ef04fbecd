"""Gives back the jobs of dead processors: those whose lease ran out while Postgres answered.

While Postgres is away, nobody can renew a lease. Leases that ran out in that time say nothing about
their holders, and to end them would count an attempt against every crash in work. So the reaper
notes when Postgres last answered it. After a gap it ends no lease, but extends all: processors that
live renew theirs meanwhile, and the others lose theirs a little later.
"""

import time
from collections.abc import Callable
from typing import Final

from socorro import jobs, log, metrics
from socorro.postgres import Database, value

OUTAGE_SECONDS: Final = 2.0  # without an answer, beyond the period; a lease lasts longer
GRACE_SECONDS: Final = 10.0  # enough for a processor that lives to reconnect, and to renew


class Reaper:
    """Looks every *period* seconds; ends leases only while Postgres answers without a gap."""

    def __init__(
        self,
        database: Database,
        attempts: int,
        period: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._attempts = database, attempts
        self._longest, self._clock = period + OUTAGE_SECONDS, clock
        self._answered = clock()

    def reap(self) -> bool:
        """End leases that ran out, or extend them after an outage; return if there may be more."""
        with self._database.transaction() as db:
            # Sets the time of the transaction: leases that run out while it hangs have not run out.
            value(db, "SELECT now()")
            answered = self._clock()
            seconds = answered - self._answered
            is_back = seconds > self._longest
            extended = jobs.extend(db, GRACE_SECONDS) if is_back else 0
            reaped = [] if is_back else jobs.reap(db, self._attempts)
        self._answered = answered  # not the time of now: the last statement may have hung
        if is_back:
            log.get().warning("leases extended", jobs=extended, no_answer_seconds=round(seconds, 1))
        for job in reaped:
            metrics.monitor_reaped.labels(job.state).inc()
            log.get().warning("lease ran out", crash_id=job.crash_id, job=job.state.value)
        return bool(reaped)
