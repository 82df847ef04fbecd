"""What is wrong with the line, how bad it is, and the sentence that says so. Pure.

A problem has a text for everybody, without hosts, paths and errors, and details for those who may
see them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from socorro.health.config import PORTS, HealthConfig
from socorro.health.durations import size, span
from socorro.health.facts import Facts, Instance, Level, Records
from socorro.health.rows import ServiceRow, service_row
from socorro.queries.cron import CronJob
from socorro.questions.words import plural

CARRIES: Final = ("collector", "crashmover", "monitor", "processor")  # crashes stop without them
BROKEN_AFTER: Final = 3  # failures of a job in a row: one may be the network's
LATE_SECONDS: Final = 3600.0  # of a job
NAMED: Final = 3  # problems in the sentence


class Problem(NamedTuple):
    """Something that somebody should look at; *details* are not for everybody."""

    level: Level
    text: str
    details: str = ""


@dataclass(frozen=True)
class Health:
    """The judgement: how bad it is, why, and the facts behind it."""

    level: Level
    sentence: str
    problems: Sequence[Problem]
    services: Sequence[ServiceRow]
    facts: Facts


def judge(facts: Facts, limits: HealthConfig) -> Health:
    """Judge *facts* by *limits*; the worst problems come first."""
    problems = [
        *_services(facts),
        *_database(facts),
        *_spool(facts, limits),
        *_disks(facts, limits),
        *(_records(facts.records, limits) if facts.records else ()),
    ]
    problems.sort(key=lambda problem: -problem.level)
    level = max((problem.level for problem in problems), default=Level.OK)
    rows = [service_row(service, facts) for service in PORTS if facts.of(service)]
    return Health(level, _sentence(level, problems, facts), problems, rows, facts)


def _services(facts: Facts) -> Iterator[Problem]:
    for service in PORTS:
        instances = facts.of(service)
        away = [one for one in instances if not one.answers]
        if away:
            yield _away(service, away, len(instances))
        for name in dict.fromkeys(name for one in instances for name in one.failed):
            if name == "database" and facts.records is None:
                continue  # said once
            level = Level.CRITICAL if service in CARRIES else Level.WARNING
            yield Problem(level, f"{service}: its check of {_of(name)} fails", _at(instances, name))


def _away(service: str, away: Sequence[Instance], of: int) -> Problem:
    details = "; ".join(f"{one.address}: {one.error}" for one in away)
    is_critical = service in CARRIES and len(away) == of
    level = Level.CRITICAL if is_critical else Level.WARNING
    if of == 1:
        return Problem(level, f"{service} does not answer", details)
    return Problem(level, f"{len(away)} of {of} {service}s do not answer", details)


def _of(check: str) -> str:
    return {"database": "Postgres", "store": "the crash store", "spool": "the spool"}.get(
        check, f"“{check}”"
    )


def _at(instances: Sequence[Instance], check: str) -> str:
    return ", ".join(one.address for one in instances if check in one.failed)


def _database(facts: Facts) -> Iterator[Problem]:
    if facts.records is None:
        yield Problem(Level.CRITICAL, facts.database, facts.database_error)
    for instance in facts.of("middleware"):
        for name, what in (("search", "search"), ("cache", "memcached")):
            if instance.facts.get(name) == "away":
                yield Problem(Level.WARNING, f"{what} does not answer", instance.address)


def _spool(facts: Facts, limits: HealthConfig) -> Iterator[Problem]:
    spools = facts.spools()
    if not spools and any(one.answers for one in (*facts.of("collector"), *facts.of("crashmover"))):
        yield Problem(Level.CRITICAL, "nothing is known of the spool")
    oldest = max((spool.oldest_seconds or 0.0 for spool in spools), default=0.0)
    if oldest > limits.spool_warning_seconds:
        critical = oldest > limits.spool_critical_seconds
        waiting = plural(sum(spool.waiting for spool in spools), "crash")
        verb = "waits" if waiting.startswith("1 ") else "wait"
        yield Problem(
            Level.CRITICAL if critical else Level.WARNING,
            f"{waiting} {verb} in the spool for the crashmover, the oldest for {span(oldest)}",
        )
    quarantined = sum(spool.quarantined for spool in spools)
    if quarantined:
        yield Problem(
            Level.WARNING,
            f"{plural(quarantined, 'crash')} in quarantine",
            "`socorro spool list` says why",
        )


def _disks(facts: Facts, limits: HealthConfig) -> Iterator[Problem]:
    for disk in facts.disks():
        if disk.free_percent < limits.disk_warning_percent:
            critical = disk.free_percent < limits.disk_critical_percent
            yield Problem(
                Level.CRITICAL if critical else Level.WARNING,
                f"the disk of the {disk.holds} has {disk.free_percent:.0f} % free"
                f" ({size(disk.free_bytes)})",
            )


def _records(records: Records, limits: HealthConfig) -> Iterator[Problem]:
    oldest = records.queue.oldest_seconds or 0.0
    if oldest > limits.queue_warning_seconds:
        critical = oldest > limits.queue_critical_seconds
        yield Problem(
            Level.CRITICAL if critical else Level.WARNING,
            f"the oldest of {plural(records.queue.waiting, 'waiting crash')}"
            f" was queued {span(oldest)} ago",
        )
    if records.queue.failed_today:
        failed = plural(records.queue.failed_today, "crash")
        yield Problem(Level.WARNING, f"processing failed for {failed} of the last 24 hours")
    for day in records.ledger:
        for count, what in ((day.missing, "missing"), (day.doubled, "with two reports")):
            if count:
                text = f"{plural(count, 'crash')} of {day.day} {what}"
                yield Problem(Level.CRITICAL, text, f"`socorro status --day {day.day}` lists them")
    if records.search_seconds > limits.search_warning_seconds:
        yield Problem(Level.WARNING, f"search is {span(records.search_seconds)} behind")
    for job in records.jobs:
        yield from _job(job, records)


def _job(job: CronJob, records: Records) -> Iterator[Problem]:
    state = job.state(records.now)
    late = job.late_seconds(records.now)
    details = f"{job.last_error_type}: {job.last_error}" if job.last_error_type else ""
    if state == "broken":
        level = Level.CRITICAL if job.errors >= BROKEN_AFTER else Level.WARNING
        times = "once" if job.errors == 1 else f"{job.errors} times"
        yield Problem(level, f"job {job.job} failed {times}", details)
    elif state == "stuck" or (state == "ahead" and job.is_far_ahead(records.now)):
        yield Problem(Level.CRITICAL, f"job {job.job} is {state}", details)
    elif state in ("late", "waiting"):
        level = Level.CRITICAL if late > LATE_SECONDS else Level.WARNING
        waits = f", it waits for {job.waits_for}" if state == "waiting" else ""
        yield Problem(level, f"job {job.job} is {span(late)} late{waits}", details)
    elif state in ("never ran", "ahead"):
        yield Problem(Level.WARNING, f"job {job.job} {'is ahead' if state == 'ahead' else state}")


def _sentence(level: Level, problems: Sequence[Problem], facts: Facts) -> str:
    wrong = [problem.text for problem in problems[:NAMED]]
    if len(problems) > NAMED:
        wrong.append(f"and {len(problems) - NAMED} more")
    if facts.records is None:
        return f"{level.word}: {'; '.join(wrong)}."
    numbers = ", ".join(_numbers(facts, facts.records))
    off = [job.job for job in facts.records.jobs if job.off]
    if wrong:
        text = f"{level.word}: {'; '.join(wrong)}. {numbers[0].upper()}{numbers[1:]}."
    else:
        text = f"{level.word}: {numbers}."
    if off:
        count = "One job is" if len(off) == 1 else f"{len(off)} jobs are"
        text += f" {count} off" + (f": {', '.join(off)}." if len(off) <= NAMED else ".")
    return text


def _numbers(facts: Facts, records: Records) -> Iterator[str]:
    hour = records.last_hour
    crashes = plural(hour.crash_count, "crash") if hour.crash_count else "no crash"
    yield f"{crashes} in the last hour"
    if hour.median_seconds is not None:
        yield f"processed after {span(hour.median_seconds)} (median)"
    spools = [spool.oldest_seconds or 0.0 for spool in facts.spools()]
    oldest = max([records.queue.oldest_seconds or 0.0, *spools])
    is_idle = not records.queue.waiting and not any(spool.waiting for spool in facts.spools())
    where = "" if spools else " in the queue"
    yield f"nothing waiting{where}" if is_idle else f"oldest waiting{where} {span(oldest)}"
    if all(day.is_even for day in records.ledger):
        yield "nothing missing" if records.ledger else "no day compared by the ledger yet"
