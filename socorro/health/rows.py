"""A row per service: whether it answers, what came in and went out, and what is wrong. Pure."""

from typing import NamedTuple

from socorro.health.durations import span
from socorro.health.facts import Facts, Instance, Level
from socorro.questions.words import plural


class ServiceRow(NamedTuple):
    """One service. *came* and *went* count the last hour; None: not known, or not counted.

    *errors* are for everybody; *measures* are what confines walkers, in force or not.
    """

    service: str
    instances: int
    answering: int
    came: int | None
    went: int | None
    oldest_seconds: float | None
    errors: tuple[str, ...]
    measures: tuple[tuple[str, bool], ...] = ()

    @property
    def answers(self) -> str:
        """Whether its health ports answer, in words."""
        if self.instances == 1:
            return "yes" if self.answering else "no"
        return f"{self.answering} of {self.instances}"

    @property
    def oldest(self) -> str:
        """Since when the oldest waits, in words; "" when nothing waits or it is not known."""
        return "" if self.oldest_seconds is None else span(self.oldest_seconds)

    @property
    def level(self) -> Level:
        """OK only when all instances answer and all checks pass."""
        if self.answering < self.instances:
            return Level.CRITICAL
        return Level.WARNING if self.errors else Level.OK

    @property
    def confinement(self) -> str:
        """What confines walkers, in words; "" for other services."""
        if not self.measures:
            return ""
        missing = [name for name, in_force in self.measures if not in_force]
        if not missing:
            return "walkers fully confined"
        return f"stack walkers not confined in: {', '.join(missing)}"


def service_row(service: str, facts: Facts) -> ServiceRow:
    """Return the row of a service that has instances."""
    instances = facts.of(service)
    came, went, oldest = _counts(service, facts)
    return ServiceRow(
        service,
        len(instances),
        sum(one.answers for one in instances),
        came,
        went,
        oldest,
        (*dict.fromkeys(f"check of {name}" for one in instances for name in one.failed),
         *_errors(service, facts)),
        _measures(instances),
    )  # fmt: skip


def _counts(service: str, facts: Facts) -> tuple[int | None, int | None, float | None]:
    """Return what came in and went out in the last hour, and since when the oldest waits."""
    hour, records = facts.last_hour(), facts.records
    accepted, moved = (hour[1], hour[2]) if hour else (None, None)
    if service == "collector":
        return None, accepted, None
    if service == "crashmover":
        ages = [s.oldest_seconds for s in facts.spools() if s.oldest_seconds is not None]
        return accepted, moved, max(ages, default=None)
    if records is None:
        return None, None, None
    if service == "processor":
        return None, records.last_hour.crash_count, records.queue.oldest_seconds
    return (None, records.runs, None) if service == "cron" else (None, None, None)


def _errors(service: str, facts: Facts) -> list[str]:
    records = facts.records
    if service == "crashmover":
        quarantined = sum(spool.quarantined for spool in facts.spools())
        return [f"{plural(quarantined, 'crash')} in quarantine"] if quarantined else []
    if service == "processor" and records and records.queue.failed:
        return [f"{plural(records.queue.failed, 'crash')} failed"]
    if service == "cron" and records:
        failing = [job.job for job in records.jobs if job.errors and not job.off]
        return [f"{plural(len(failing), 'job')} failing"] if failing else []
    return []


def _measures(instances: list[Instance]) -> tuple[tuple[str, bool], ...]:
    """Return each measure of confinement, in force when it is with every instance."""
    in_force: dict[str, bool] = {}
    for instance in instances:
        said = instance.facts.get("confinement")
        for measure in said if isinstance(said, list) else ():
            if isinstance(measure, dict) and "name" in measure:
                name = str(measure["name"])
                in_force[name] = in_force.get(name, True) and bool(measure.get("in_force"))
    return tuple(in_force.items())
