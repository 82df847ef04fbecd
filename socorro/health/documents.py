"""Health as JSON and as performance data: for everybody, or with hosts and errors. Pure."""

from datetime import datetime
from typing import Any

from socorro.health.config import HealthConfig
from socorro.health.facts import Facts, Instance, Records
from socorro.health.judge import Health
from socorro.queries.cron import CronJob


def document(health: Health, *, details: bool = False) -> dict[str, Any]:
    """Return health as JSON has it; without *details* it names no hosts, paths and errors."""
    facts, records = health.facts, health.facts.records
    return {
        "status": health.level.name.lower(),
        "sentence": health.sentence,
        "problems": [
            {
                "level": problem.level.name.lower(),
                "text": problem.text,
                **({"details": problem.details} if details else {}),
            }
            for problem in health.problems
        ],
        "services": [
            {
                "service": row.service,
                "instances": row.instances,
                "answering": row.answering,
                "came_last_hour": row.came,
                "went_last_hour": row.went,
                "oldest_seconds": row.oldest_seconds,
                "errors": list(row.errors),
                "confinement": dict(row.measures),
                **({"ports": [_port(one) for one in facts.of(row.service)]} if details else {}),
            }
            for row in health.services
        ],
        "spool": _spool(facts),
        "disks": [disk._asdict() for disk in facts.disks()],
        **(_records(records, details) if records else {"database": "away"}),
    }


def _port(instance: Instance) -> dict[str, Any]:
    return {
        "address": instance.address,
        "answers": instance.answers,
        "failed_checks": list(instance.failed),
        "error": instance.error,
    }


def _spool(facts: Facts) -> dict[str, Any] | None:
    spools = facts.spools()
    if not spools:
        return None
    ages = [spool.oldest_seconds for spool in spools if spool.oldest_seconds is not None]
    return {
        "waiting": sum(spool.waiting for spool in spools),
        "oldest_seconds": max(ages, default=None),
        "quarantined": sum(spool.quarantined for spool in spools),
    }


def _records(records: Records, details: bool) -> dict[str, Any]:
    days = {day.day for day in records.ledger}
    return {
        "checked_at": records.now.isoformat(),
        "last_hour": records.last_hour._asdict(),
        "queue": records.queue._asdict(),
        "ledger": [
            {**day._asdict(), "day": day.day.isoformat(), "even": day.is_even}
            for day in records.ledger
        ],
        "days_not_compared": [day.isoformat() for day in records.expected_days if day not in days],
        "jobs": [_job(job, records.now, details) for job in records.jobs],
        "search": {"lag_seconds": records.search_seconds, "hours_waiting": records.search_hours},
        "bad_reports": [reason._asdict() for reason in records.bad],
        "database_bytes": records.database_bytes,
    }


def _job(job: CronJob, now: datetime, details: bool) -> dict[str, Any]:
    return {
        "job": job.job,
        "state": job.state(now),
        "last_success": job.last_success.isoformat() if job.last_success else None,
        "next_run": job.next_run.isoformat() if job.next_run and not job.off else None,
        "late_seconds": 0.0 if job.off else job.late_seconds(now),
        "failures": job.errors,
        **({"last_error": job.last_error, "off_because": job.off} if details else {}),
    }


def performance(health: Health, limits: HealthConfig) -> str:
    """Return performance data as Nagios plugins print them: label=value[unit];warning;critical."""
    facts, records = health.facts, health.facts.records
    spool = _spool(facts)
    values: list[tuple[str, float | None, str, tuple[float, float] | None]] = []
    if spool:
        spool_limits = limits.spool_warning_seconds, limits.spool_critical_seconds
        values += [
            ("spool_waiting", spool["waiting"], "", None),
            ("spool_oldest", spool["oldest_seconds"] or 0.0, "s", spool_limits),
        ]
    if records:
        queue_limits = limits.queue_warning_seconds, limits.queue_critical_seconds
        values += [
            ("processed_last_hour", records.last_hour.crash_count, "", None),
            ("median", records.last_hour.median_seconds, "s", None),
            ("queue_waiting", records.queue.waiting, "", None),
            ("queue_oldest", records.queue.oldest_seconds or 0.0, "s", queue_limits),
            ("failed", records.queue.failed, "", None),
            ("missing", sum(day.missing for day in records.ledger), "", (0, 0)),
            ("search_lag", records.search_seconds, "s", None),
        ]
    values += [
        (
            f"{disk.holds.replace(' ', '_')}_free",
            round(disk.free_percent, 1),
            "%",
            (limits.disk_warning_percent, limits.disk_critical_percent),
        )
        for disk in facts.disks()
    ]
    return " ".join(_datum(*value) for value in values if value[1] is not None)


def _datum(label: str, value: float | None, unit: str, limits: tuple[float, float] | None) -> str:
    number = f"{value:.3f}".rstrip("0").rstrip(".")
    if limits is None:
        return f"{label}={number}{unit}"
    # a range "10:" warns below ten (Monitoring Plugins Development Guidelines)
    mark = ":" if unit == "%" else ""
    return f"{label}={number}{unit};{limits[0]:g}{mark};{limits[1]:g}{mark}"


def first_line(health: Health, limits: HealthConfig) -> str:
    """Return the line that a Nagios plugin prints first."""
    numbers = performance(health, limits)
    sentence = health.sentence.removeprefix(f"{health.level.word}: ")
    return f"{health.level.name} - {sentence}" + (f" | {numbers}" if numbers else "")
