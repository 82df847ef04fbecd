"""Facts of a healthy line, and changed ones."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from socorro.health.config import PORTS, HealthConfig
from socorro.health.facts import Facts, Instance, Records
from socorro.queries.cron import CronJob
from socorro.queries.health import LastHour, LedgerDay, Queue

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = HealthConfig()
SPOOL = {
    "spool": "a1",
    "waiting": 3,
    "oldest_seconds": 2.0,
    "quarantined": 0,
    "free_bytes": 80 * 10**9,
    "size_bytes": 100 * 10**9,
}
DAY = LedgerDay(date(2026, 11, 27), 2, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0)


def instance(service: str, **changed: Any) -> Instance:
    facts: Mapping[str, Any] = {"spool": SPOOL} if service in ("collector", "crashmover") else {}
    return Instance(service, f"http://10.0.0.1:{PORTS[service]}", True, facts=facts)._replace(
        **changed
    )


def job(name: str, **changed: Any) -> CronJob:
    healthy = CronJob(name, first_run=NOW, last_success=NOW, next_run=NOW + HOUR)
    return healthy._replace(**changed)


def records(**changed: Any) -> Records:
    healthy = Records(
        now=NOW,
        last_hour=LastHour(2310, 1.3),
        queue=Queue(1, 1, 0, 0, 1.0),
        jobs=[job("counts"), job("bugs", off="SOCORRO_CRON_BUGS_URL is not set")],
        ledger=[DAY],
        expected_days=[DAY.day],
    )
    return replace(healthy, **changed)


def facts(*changed: Instance, without: str = "", **of_records: Any) -> Facts:
    instances = {service: instance(service) for service in PORTS if service != without}
    instances.update({one.service: one for one in changed})
    return Facts(list(instances.values()), records(**of_records))
