"""Every metric, declared before it is used; docs/reference/metrics.md is made from this.

Names follow the Prometheus conventions: base units, `_total` for counters. Nothing here is
labelled with text from outside: label values are few and ours.
"""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import multiprocess as _multiprocess
from prometheus_client import registry as _registry

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
_BYTES: Final = tuple(float(2**n) for n in range(12, 26))

# Collector
collector_posts = Counter(
    "socorro_collector_posts", "Answers to POST /submit, by outcome", ["outcome"]
)
collector_verdicts = Counter(
    "socorro_collector_verdicts", "Throttle verdicts, by rule", ["rule", "verdict"]
)
collector_malformed = Counter(
    "socorro_collector_malformed", "Posts that were no crash, by reason", ["reason"]
)
collector_body_bytes = Histogram(
    "socorro_collector_body_bytes", "Bodies as they came over the wire", buckets=_BYTES
)
collector_seconds = Histogram(
    "socorro_collector_seconds", "POST /submit, body read to answer ready", buckets=_SECONDS
)
spool_sync_seconds = Histogram(
    "socorro_spool_sync_seconds", "One sync of the spool", buckets=_SECONDS
)
spool_sync_crashes = Histogram(
    "socorro_spool_sync_crashes", "Crashes that shared one sync", buckets=(1, 2, 4, 8, 16, 32, 64)
)
spool_swept = Counter("socorro_spool_swept", "Half-written entries that were swept away")

# Crashmover
crashmover_moved = Counter("socorro_crashmover_moved", "Crashes acknowledged by the crash store")
crashmover_retries = Counter("socorro_crashmover_retries", "Waits because the store was away")
crashmover_quarantined = Counter(
    "socorro_crashmover_quarantined", "Crashes set aside, by reason", ["reason"]
)
crashmover_seconds = Histogram(
    "socorro_crashmover_seconds", "One crash, from spool to store", buckets=_SECONDS
)
spool_waiting = Gauge("socorro_spool_waiting", "Entries in the spool that await the crashmover")

# Monitor
monitor_queued = Counter("socorro_monitor_queued", "Crashes taken from the store's index to jobs")
monitor_reaped = Counter(
    "socorro_monitor_reaped", "Leases that ran out, by what became of the job", ["outcome"]
)
monitor_requeued = Counter(
    "socorro_monitor_requeued", "Crashes queued again because symbols came that they had missed"
)
jobs_by_state = Gauge("socorro_jobs", "Jobs, by state", ["state"])
jobs_oldest_seconds = Gauge("socorro_jobs_oldest_seconds", "Age of the oldest waiting job")
processed_per_minute = Gauge("socorro_processed_per_minute", "Reports written in the last minute")

# Processor
processor_crashes = Counter(
    "socorro_processor_crashes", "Crashes processed, by status of the walk", ["status"]
)
processor_errors = Counter(
    "socorro_processor_errors", "Attempts that did not finish, by kind", ["kind"]
)
processor_stage_seconds = Histogram(
    "socorro_processor_stage_seconds", "One stage of one crash", ["stage"], buckets=_SECONDS
)
processor_latency_seconds = Histogram(
    "socorro_processor_latency_seconds",
    "From submission to the row in reports, first processing only",
    buckets=(1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400),
)
processor_walks_again = Counter(
    "socorro_processor_walks_again", "Walks that were repeated because symbols had been fetched"
)
symbol_index_lookups = Counter(
    "socorro_symbol_index_lookups",
    "Symbol files that walks used: hit by an index, miss by parsing the file",
    ["outcome"],
)
symbol_index_builds = Counter(
    "socorro_symbol_index_builds",
    "Indexes asked for: built, corrupt (of a file that cannot be parsed), fresh, failed",
    ["outcome"],
)
symbol_index_build_seconds = Histogram(
    "socorro_symbol_index_build_seconds", "Making one index", buckets=_SECONDS
)
symbol_index_bytes = Gauge(
    "socorro_symbol_index_bytes", "Size of all indexes", multiprocess_mode="mostrecent"
)
symbol_index_evictions = Counter(
    "socorro_symbol_index_evictions", "Indexes thrown out for want of room"
)

# Symbols
symbols_asked = Counter(
    "socorro_symbols_asked",
    "Modules that the cache of symbol servers was asked for: hit, known (to be missing), download",
    ["outcome"],
)
symbols_downloads = Counter(
    "socorro_symbols_downloads",
    "Answers of symbol servers: found, missing, corrupt, unavailable",
    ["outcome"],
)
symbols_download_bytes = Counter(
    "socorro_symbols_download_bytes", "Bytes that symbol servers sent, as they came over the wire"
)
symbols_download_seconds = Histogram(
    "socorro_symbols_download_seconds", "One answer of a symbol server", buckets=_SECONDS
)
symbols_check_seconds = Histogram(
    "socorro_symbols_check_seconds", "Receiving and checking one symbol file", buckets=_SECONDS
)
symbols_evicted = Counter("socorro_symbols_evicted", "Symbol files removed to keep the cache small")
symbols_cache_bytes = Gauge(
    "socorro_symbols_cache_bytes",
    "Size of the cache of symbol servers, when it last grew",
    multiprocess_mode="mostrecent",
)

# Cron
cron_runs = Counter(
    "socorro_cron_runs", "Runs of the clock's jobs, by job and outcome", ["job", "outcome"]
)
cron_seconds = Histogram(
    "socorro_cron_seconds", "One run of a job", ["job"], buckets=(0.3, 1, 3, 10, 30, 100, 600, 3600)
)

# REST and pages
sign_ins = Counter("socorro_sign_ins", "Tries to sign in, by outcome", ["outcome"])
requests = Counter(
    "socorro_requests",
    "Requests, by service, route and status",
    [
        "service",
        "route",
        "status",
    ],
)
request_seconds = Histogram(
    "socorro_request_seconds",
    "Requests, by service and route",
    ["service", "route"],
    buckets=_SECONDS,
)


def exposition() -> bytes:
    """Return the metrics of all processes of this service, in Prometheus' text format."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return generate_latest(_registry.REGISTRY)
    together = CollectorRegistry()
    _multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)
