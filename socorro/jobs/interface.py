"""A queue: what hands jobs to workers.

A job is a row of the table `jobs`, whatever the queue. The row says whether the crash waits, runs
or failed, how often it was tried, and who holds it; save_report() deletes it in the transaction
that writes the report. So a report is written at most once, and the ledger is the same, whatever
hands out the work. Crashes are offered (`jobs.offer`) and leases that ran out are ended
(`jobs.reap`) on these rows, also by those who cannot reach the queue: webapp, REST, commands.

What queues differ in is how a worker learns which row to claim: it asks Postgres
(postgres_queue.py), or a message broker sends it the crash's id (rabbit_queue.py). All keep one
contract (tests/contract/test_queue.py):

* a job that was offered is claimed at last, by a worker that lives: at least once;
* of jobs that wait, those of higher priority are claimed first;
* one job has one holder; who lost it gets LeaseLost, and changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from socorro.jobs.postgres import Job, JobState
from socorro.service import Stop


class BrokerUnavailable(Exception):
    """The message broker cannot be reached, or refuses us; trying again later may help."""


class Queue(Protocol):
    """Hands jobs to the workers of one process. Safe to share between threads.

    Each method may raise one of socorro.postgres.Unavailable, when trying again later may help.
    """

    def claim(self, holder: str, most: int, lease_seconds: float) -> list[Job]:
        """Lease up to *most* jobs to *holder*, a name that no other worker has; at once or none."""
        ...

    def renew(self, held: Sequence[Job], lease_seconds: float) -> int:
        """Lease *held* for *lease_seconds* from now; return how many of them are still ours."""
        ...

    def give_back(self, job: Job, wait_seconds: float = 0) -> None:
        """Return *job* as if it had not been claimed, for *wait_seconds* to nobody.

        Raises LeaseLost.
        """
        ...

    def fail(self, job: Job, error: str, most: int, for_good: bool = False) -> JobState:
        """Note that an attempt failed: WAITING, after a pause, or FAILED at the *most*-th one.

        *for_good* sets it aside at once. Raises LeaseLost.
        """
        ...

    def listen(self, ring: Callable[[], None], stop: Stop) -> None:
        """Call *ring* whenever there may be something to claim, and once at the end, until *stop*.

        Outages are waited out. Nothing is claimed unless one thread of the process listens.
        """
        ...
