"""The table of jobs, in the order in which they run: a job comes after those that it needs."""

import importlib
from typing import Final

from cron.job import Job
from cron.jobs import (
    accepted_log,
    adi,
    alerts_email,
    alerts_webhook,
    bugs,
    build_checks,
    correlations,
    counts,
    derived,
    duplicates,
    duplicates_of_day,
    explosions,
    extracts,
    frankeninstalls,
    hang_pairs,
    hardware_suspects,
    installs,
    ledger,
    module_list,
    new_top_crashers,
    partitions,
    ranks,
    reconcile,
    release_feed,
    release_tree,
    retention,
    search_elasticsearch,
    search_merge,
    search_segments,
    similar,
    status,
    suspicious_modules,
    symbol_cache,
    versions,
)

JOBS: Final[tuple[Job, ...]] = (
    # Basics
    partitions.JOB,
    status.JOB,
    # Sources outside
    release_tree.JOB,
    release_feed.JOB,
    versions.JOB,
    bugs.JOB,
    adi.JOB,
    # Counts and search
    counts.JOB,
    search_segments.JOB,
    search_merge.JOB,
    search_elasticsearch.JOB,
    similar.JOB,
    derived.JOB,
    explosions.JOB,
    build_checks.JOB,
    ranks.JOB,
    duplicates.JOB,
    duplicates_of_day.JOB,
    hang_pairs.JOB,
    installs.JOB,
    # Once a day
    new_top_crashers.JOB,
    accepted_log.JOB,
    reconcile.JOB,
    ledger.JOB,
    retention.JOB,
    symbol_cache.JOB,
    module_list.JOB,
    hardware_suspects.JOB,
    correlations.JOB,
    frankeninstalls.JOB,
    suspicious_modules.JOB,
    extracts.JOB,
    # After all that note events
    alerts_webhook.JOB,
    alerts_email.JOB,
)


def find_table(name: str) -> tuple[Job, ...]:
    """Return the table of jobs called *name*: "default", or package.module.NAME.

    Raises ValueError when it cannot be used; the error says why.
    """
    if name == "default":
        return JOBS
    module, _, attribute = name.rpartition(".")
    try:
        table = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"jobs {name!r}: {error}") from None
    if not isinstance(table, tuple) or not all(isinstance(job, Job) for job in table):
        raise ValueError(f"jobs {name!r}: not a tuple of jobs")
    _check_order(table)
    return table


def _check_order(jobs: tuple[Job, ...]) -> None:
    names = [job.name for job in jobs]
    for place, job in enumerate(jobs):
        if job.name in names[:place]:
            raise ValueError(f"jobs: two jobs have the name {job.name}")
        if missing := set(job.needs) - set(names[:place]):
            raise ValueError(
                f"jobs: {job.name} needs {', '.join(sorted(missing))}, which must come before it"
            )
