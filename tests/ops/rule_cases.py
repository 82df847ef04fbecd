"""Series that each alert of deploy/monitoring/prometheus-rules.yaml fires on, or must not.

A case changes some series of a healthy line, in promtool's notation: `0+2x40` is a counter that
grows by two each minute, `7x40` a gauge that stays at seven.
"""

from typing import Final, NamedTuple

MINUTES: Final = 40  # of most cases
SERVICES: Final = (
    "collector", "crashmover", "monitor", "processor", "cron", "middleware", "webapp",
)  # fmt: skip
SPOOL: Final = 'socorro_spool_oldest_seconds{job="socorro-collector",instance="a:8882",spool="s"}'
POSTS: Final = 'socorro_collector_posts_total{{job="socorro-collector",outcome="{}"}}'
CRASHES: Final = 'socorro_processor_crashes_total{{job="socorro-processor",status="{}"}}'
DISK: Final = 'socorro_disk_{}_bytes{{job="socorro-crashmover",instance="a:8885",holds="spool"}}'
MISSED: Final = 'socorro_processor_symbols_missed_total{job="socorro-processor"}'
REQUESTS: Final = (
    'socorro_requests_total{{job="socorro-webapp",service="webapp",route="report",status="{}"}}'
)
FORWARDED: Final = 'socorro_forwarded_untrusted_total{{job="socorro-{0}",service="{0}"}}'
FAILURES: Final = 'socorro_cron_failures{job="socorro-cron",cron_job="counts"}'
LATE: Final = 'socorro_cron_late_seconds{job="socorro-cron",cron_job="counts"}'
STUCK: Final = 'socorro_cron_stuck{job="socorro-cron",cron_job="counts"}'
LEDGER: Final = 'socorro_ledger_crashes{job="socorro-cron",kind="missing"}'
JOBS: Final = 'socorro_jobs{job="socorro-monitor",state="waiting"}'
OLDEST: Final = 'socorro_jobs_oldest_seconds{job="socorro-monitor"}'
FAILED: Final = 'socorro_jobs_failed_today{job="socorro-monitor"}'
REAPED: Final = 'socorro_monitor_reaped_total{job="socorro-monitor",outcome="waiting"}'
SEARCH: Final = 'socorro_search_lag_seconds{job="socorro-monitor"}'
CACHE: Final = 'socorro_cache_failures_total{job="socorro-middleware"}'
REFUSED: Final = 'socorro_symbols_uploads_refused_total{{job="socorro-middleware",reason="{}"}}'
QUARANTINE: Final = 'socorro_spool_quarantined{job="socorro-crashmover",spool="s"}'
LATENCY: Final = 'socorro_processor_latency_seconds_bucket{{job="socorro-processor",le="{}"}}'

Series = dict[str, str | None]  # None: it is not there


def up(service: str, instance: str = "a") -> str:
    """The series that says whether Prometheus reaches a service."""
    return f'up{{job="socorro-{service}",instance="{instance}"}}'


def check(service: str, name: str) -> str:
    """The series of a check of a heartbeat."""
    return f'socorro_check_failing{{job="socorro-{service}",instance="a",check="{name}"}}'


HEALTHY: Final[Series] = {
    **{up(service): "1x40" for service in SERVICES},
    **{up("collector", instance): "1x40" for instance in ("b", "c")},
    check("collector", "spool"): "0x40",
    check("webapp", "database"): "0x40",
    POSTS.format("accepted"): "0+120x40",
    POSTS.format("unavailable"): "5x40",  # once, long ago
    SPOOL: "120x40",  # at the limit
    QUARANTINE: "0x40",
    DISK.format("free"): "10x40",
    DISK.format("size"): "100x40",
    LEDGER: "0x40",
    JOBS: "40x40",
    OLDEST: "600x40",
    FAILED: "0x40",
    REAPED: "10x40",
    CRASHES.format("OK"): "0+80x40",
    CRASHES.format("Timeout"): "0+20x40",  # a fifth
    CRASHES.format("NoMinidump"): "0+500x40",  # they are no failed walks
    MISSED: "0+40x40",  # half
    LATENCY.format("60.0"): "0+95x40",
    LATENCY.format("300.0"): "0+100x40",
    LATENCY.format("+Inf"): "0+100x40",
    FAILURES: "0x40",
    LATE: "0x40",
    STUCK: "0x40",
    SEARCH: "1800x40",
    REQUESTS.format("200"): "0+990x40",
    REQUESTS.format("500"): "0+9x40",
    FORWARDED.format("webapp"): "0+100x40",  # strangers send such headers, too
    FORWARDED.format("collector"): "0+50x40",
    CACHE: "3x40",
    REFUSED.format("user"): "0+5x40",
    REFUSED.format("disk"): "2x40",
}


class Case(NamedTuple):
    """A healthy line with some other *series*; *fires* names severities.

    One that takes longer than MINUTES is about its own series alone.
    """

    alert: str
    series: Series
    fires: tuple[str, ...] = ("warning",)
    minutes: int = MINUTES


BOTH: Final = ("critical", "warning")
CRITICAL: Final = ("critical",)

CASES: Final = (
    Case("ServiceDown", {up("collector"): "0x40"}),
    Case("ServiceDown", {up("collector"): "1x39 0"}, ()),  # for less than two minutes
    Case("ServiceAway", {up("collector"): "0x40"}, ()),  # others answer
    Case("ServiceAway", {up("crashmover"): "0x40"}, CRITICAL),
    Case("ServiceAway", {up("webapp"): "0x40"}, ()),
    Case(
        "NothingMeasured",
        {up("collector"): None, up("collector", "b"): None, up("collector", "c"): None},
        CRITICAL,
    ),
    Case("CheckFails", {check("collector", "spool"): "1x40"}, CRITICAL),
    Case("CheckFails", {check("webapp", "database"): "1x40"}),
    Case("CollectorRefuses", {POSTS.format("unavailable"): "0+1x40"}, CRITICAL),
    Case("CollectorRefuses", {POSTS.format("failed"): "0+1x40"}, CRITICAL),
    Case("CollectorRefuses", {POSTS.format("malformed"): "0+9x40"}, ()),
    Case("SpoolWaits", {SPOOL: "121x40"}),
    Case("SpoolWaits", {SPOOL: "901x40"}, BOTH),
    Case("Quarantine", {QUARANTINE: "1x40"}),
    Case("DiskLow", {DISK.format("free"): "9.9x40"}),
    Case("DiskLow", {DISK.format("free"): "2.9x40"}, BOTH),
    Case("DiskFullSoon", {DISK.format("free"): "80-0.1x40"}),
    Case("DiskFullSoon", {DISK.format("free"): "80-0.01x40"}, ()),
    Case("LedgerUneven", {LEDGER: "1x40"}, CRITICAL),
    Case("QueueWaits", {OLDEST: "601x40"}),
    Case("QueueWaits", {OLDEST: "3601x40"}, BOTH),
    Case(
        "ProcessorsStalled",
        {CRASHES.format(status): "50x40" for status in ("OK", "Timeout", "NoMinidump")},
        CRITICAL,
    ),
    Case(
        "ProcessorsStalled",
        {CRASHES.format(status): None for status in ("OK", "Timeout", "NoMinidump")},
        CRITICAL,
    ),
    Case(
        "ProcessorsStalled",
        {JOBS: "0x40"} | {CRASHES.format(name): None for name in ("OK", "Timeout", "NoMinidump")},
        (),
    ),
    Case("ProcessorsDie", {REAPED: "0+1x40"}),
    Case("CrashesFail", {FAILED: "1x40"}),
    Case("LatencyHigh", {LATENCY.format("60.0"): "0+94x40"}),
    Case("WalkErrors", {CRASHES.format("Timeout"): "0+21x40"}),
    Case(
        "WalkErrors",  # one crash in a quiet hour
        {
            CRASHES.format("Timeout"): "0+1x40",
            CRASHES.format("OK"): None,
            CRASHES.format("NoMinidump"): None,
        },
        (),
    ),
    Case("JobFails", {FAILURES: "1x40"}),
    Case("JobFails", {FAILURES: "3x40"}, BOTH),
    Case("JobLate", {LATE: "1x40"}),
    Case("JobLate", {LATE: "3601x40"}, BOTH),
    Case("JobStuck", {STUCK: "1x40"}, CRITICAL),
    Case("SearchBehind", {SEARCH: "1801x40"}),
    Case("ServerErrors", {REQUESTS.format("500"): "0+11x40"}),
    Case("ServerErrors", {REQUESTS.format("500"): "0+400x40"}, BOTH),
    Case("ServerErrors", {REQUESTS.format("200"): None, REQUESTS.format("500"): "0x38 1 1"}, ()),
    Case("ForwardedUntrusted", {FORWARDED.format("webapp"): "0+990x40"}),
    Case("ForwardedUntrusted", {FORWARDED.format("collector"): "0+120x40"}),
    Case("CacheAway", {CACHE: "0+10x40"}),
    Case("UploadsRefused", {REFUSED.format("disk"): "0+1x40"}),
    Case("UploadsRefused", {REFUSED.format("user"): "0+100x40"}, ()),
    Case("SymbolDebt", {MISSED: "0+41x130", CRASHES.format("OK"): "0+80x130"}, minutes=130),
    Case("SymbolDebt", {MISSED: "0+40x130", CRASHES.format("OK"): "0+80x130"}, (), minutes=130),
    Case("NoPosts", {POSTS.format("accepted"): "0+10x1440 14400x120"}, minutes=1560),
    Case("NoPosts", {POSTS.format("accepted"): "0+10x1560"}, (), minutes=1560),
    Case("NoPosts", {POSTS.format("accepted"): "0x1560"}, (), minutes=1560),  # nor the day before
)
