"""Declares every metric before it is used; docs/reference/metrics.md is generated from this.

Names follow the Prometheus conventions: base units, `_total` for counters. Label values are few
and ours, never text from outside.
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
    "socorro_collector_malformed", "Rejected posts that are not crashes, by reason", ["reason"]
)
collector_body_bytes = Histogram(
    "socorro_collector_body_bytes", "Size of request bodies as received, bytes", buckets=_BYTES
)
collector_seconds = Histogram(
    "socorro_collector_seconds",
    "Time to read and answer one POST /submit",
    buckets=_SECONDS,
)
spool_sync_seconds = Histogram(
    "socorro_spool_sync_seconds", "Duration of one sync of the spool", buckets=_SECONDS
)
spool_sync_crashes = Histogram(
    "socorro_spool_sync_crashes", "Crashes per sync of the spool", buckets=(1, 2, 4, 8, 16, 32, 64)
)
spool_swept = Counter("socorro_spool_swept", "Half-written spool entries that were removed")

# Crashmover
crashmover_moved = Counter("socorro_crashmover_moved", "Crashes acknowledged by the crash store")
crashmover_retries = Counter(
    "socorro_crashmover_retries", "Waits because the crash store was unavailable"
)
crashmover_quarantined = Counter(
    "socorro_crashmover_quarantined", "Crashes moved to quarantine, by reason", ["reason"]
)
crashmover_seconds = Histogram(
    "socorro_crashmover_seconds", "Time to move one crash from spool to store", buckets=_SECONDS
)

# Spool and disks: set while /metrics answers, by collector and crashmover alike
spool_waiting = Gauge(
    "socorro_spool_waiting",
    "Spool entries that wait for the crashmover, up to 100,000",
    ["spool"],
    multiprocess_mode="mostrecent",
)
spool_oldest_seconds = Gauge(
    "socorro_spool_oldest_seconds",
    "Age of the oldest crash in the spool",
    ["spool"],
    multiprocess_mode="mostrecent",
)
spool_quarantined = Gauge(
    "socorro_spool_quarantined",
    "Crashes in quarantine",
    ["spool"],
    multiprocess_mode="mostrecent",
)
disk_free_bytes = Gauge(
    "socorro_disk_free_bytes",
    "Free bytes of a disk, without the reserve of a spool, by what it holds: spool, crash store",
    ["holds"],
    multiprocess_mode="mostrecent",
)
disk_size_bytes = Gauge(
    "socorro_disk_size_bytes",
    "Size of a disk, by what it holds",
    ["holds"],
    multiprocess_mode="mostrecent",
)

# Monitor
monitor_queued = Counter("socorro_monitor_queued", "Crashes queued from the store's index")
monitor_reaped = Counter(
    "socorro_monitor_reaped", "Jobs whose lease expired, by new state", ["outcome"]
)
monitor_requeued = Counter(
    "socorro_monitor_requeued", "Crashes requeued after missing symbols arrived"
)
jobs_by_state = Gauge("socorro_jobs", "Jobs, by state", ["state"])
broker_ready = Gauge(
    "socorro_broker_ready",
    "Messages in a queue of the broker that no processor has yet, at the last look",
    ["queue"],
)
jobs_oldest_seconds = Gauge(
    "socorro_jobs_oldest_seconds",
    "Age of the oldest waiting job, reprocessing in bulk left out",
)
jobs_failed_today = Gauge(
    "socorro_jobs_failed_today", "Jobs queued in the last 24 hours that failed"
)
processed_per_minute = Gauge("socorro_processed_per_minute", "Reports written in the last minute")
search_lag_seconds = Gauge(
    "socorro_search_lag_seconds", "Time since the oldest change that search has not read"
)
search_hours_waiting = Gauge(
    "socorro_search_hours_waiting", "Hours of submission that search has to read again"
)
search_faulty_documents = Counter(
    "socorro_search_faulty_documents",
    "Documents that Elasticsearch did not take as they were, each time they were written, by"
    " outcome: repaired (without a field), refused (left out)",
    ["outcome"],
)

# Processor
processor_crashes = Counter(
    "socorro_processor_crashes", "Crashes processed, by outcome of the stack walk", ["status"]
)
processor_errors = Counter(
    "socorro_processor_errors", "Failed attempts to process a crash, by kind", ["kind"]
)
processor_stage_seconds = Histogram(
    "socorro_processor_stage_seconds",
    "Duration of one processing stage of one crash",
    ["stage"],
    buckets=_SECONDS,
)
processor_latency_seconds = Histogram(
    "socorro_processor_latency_seconds",
    "Time from submission to the report, first processing only",
    buckets=(1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400),
)
processor_symbols_missed = Counter(
    "socorro_processor_symbols_missed",
    "Crashes processed without symbols of a frame in their signature",
)
processor_walks_again = Counter(
    "socorro_processor_walks_again", "Stack walks repeated after symbols were fetched"
)
symbol_index_lookups = Counter(
    "socorro_symbol_index_lookups",
    "Symbol files used by stack walks: hit (indexed) or miss (parsed)",
    ["outcome"],
)
symbol_index_builds = Counter(
    "socorro_symbol_index_builds",
    "Requested indexes, by outcome: built, corrupt (invalid symbol file), fresh, failed",
    ["outcome"],
)
symbol_index_build_seconds = Histogram(
    "socorro_symbol_index_build_seconds", "Time to build one index", buckets=_SECONDS
)
symbol_index_bytes = Gauge(
    "socorro_symbol_index_bytes", "Size of all indexes, bytes", multiprocess_mode="mostrecent"
)
symbol_index_evictions = Counter(
    "socorro_symbol_index_evictions", "Indexes removed to stay within the size limit"
)

# Symbols
symbols_asked = Counter(
    "socorro_symbols_asked",
    "Modules requested from the symbol cache: hit, known (to be missing), download",
    ["outcome"],
)
symbols_downloads = Counter(
    "socorro_symbols_downloads",
    "Answers of symbol servers: found, missing, corrupt, unavailable",
    ["outcome"],
)
symbols_download_bytes = Counter(
    "socorro_symbols_download_bytes", "Bytes received from symbol servers, before decompression"
)
symbols_download_seconds = Histogram(
    "socorro_symbols_download_seconds", "Duration of one symbol download", buckets=_SECONDS
)
symbols_check_seconds = Histogram(
    "socorro_symbols_check_seconds", "Time to receive and check one symbol file", buckets=_SECONDS
)
symbols_upload_bytes = Counter(
    "socorro_symbols_upload_bytes", "Bytes that uploads sent or wrote to the store"
)
symbols_uploads_refused = Counter(
    "socorro_symbols_uploads_refused",
    "Uploads refused by a quota: user, day (all users), store, disk",
    ["reason"],
)
symbols_evicted = Counter(
    "socorro_symbols_evicted", "Symbol files removed to stay within the cache size"
)
symbols_cache_bytes = Gauge(
    "socorro_symbols_cache_bytes",
    "Size of the symbol cache when a file was last added, bytes",
    multiprocess_mode="mostrecent",
)

# Cron
cron_runs = Counter(
    "socorro_cron_runs", "Runs of cron jobs, by job and outcome", ["cron_job", "outcome"]
)
cron_seconds = Histogram(
    "socorro_cron_seconds",
    "Duration of one run of a cron job",
    ["cron_job"],
    buckets=(0.3, 1, 3, 10, 30, 100, 600, 3600),
)
cron_late_seconds = Gauge(
    "socorro_cron_late_seconds",
    "How long the next run of a job is overdue, beyond its time limit",
    ["cron_job"],
    multiprocess_mode="mostrecent",
)
cron_failures = Gauge(
    "socorro_cron_failures",
    "Failures of a job since its last success",
    ["cron_job"],
    multiprocess_mode="mostrecent",
)
cron_stuck = Gauge(
    "socorro_cron_stuck",
    "1 while a job runs beyond its time limit, else 0",
    ["cron_job"],
    multiprocess_mode="mostrecent",
)
cron_success_time = Gauge(
    "socorro_cron_success_time_seconds",
    "When a job last succeeded, Unix time",
    ["cron_job"],
    multiprocess_mode="mostrecent",
)
ledger_crashes = Gauge(
    "socorro_ledger_crashes",
    "Crashes of the last seven days that the ledger calls missing or doubled",
    ["kind"],
    multiprocess_mode="mostrecent",
)

# Every service
check_failing = Gauge(
    "socorro_check_failing",
    "1 while a check of the heartbeat fails, else 0",
    ["check"],
    multiprocess_mode="mostrecent",
)
memory_bytes = Gauge(
    "socorro_memory_bytes",
    "Resident memory of all processes of the service, without stack walkers",
    multiprocess_mode="mostrecent",
)

# Servers
connections_closed = Counter(
    "socorro_connections_closed",
    "Connections that were closed before their client was done, by service and reason",
    ["service", "reason"],
)

# REST and pages
cache_gets = Counter(
    "socorro_cache_gets", "Answers looked up in the cache, by outcome: hit, miss", ["outcome"]
)
cache_failures = Counter("socorro_cache_failures", "Requests to memcached that failed")
sign_ins = Counter("socorro_sign_ins", "Sign-in attempts, by outcome", ["outcome"])
requests = Counter(
    "socorro_requests",
    "Requests, by service, route and status",
    [
        "service",
        "route",
        "status",
    ],
)
forwarded_untrusted = Counter(
    "socorro_forwarded_untrusted",
    "Requests with X-Forwarded-For or Forwarded from a peer that is no trusted proxy, by service",
    ["service"],
)
request_seconds = Histogram(
    "socorro_request_seconds",
    "Time to answer a request, by service and route",
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
