"""The table of jobs: their order is the order in which they run, needed ones first."""

import importlib
from typing import Final

from cron.job import Job
from cron.jobs import (
    adi,
    bugs,
    counts,
    derived,
    duplicates,
    duplicates_of_day,
    extracts,
    hang_pairs,
    module_list,
    partitions,
    ranks,
    reconcile,
    release_feed,
    release_tree,
    retention,
    status,
    symbol_cache,
    versions,
)

JOBS: Final[tuple[Job, ...]] = (
    # What the others stand on
    partitions.JOB,
    status.JOB,
    # What comes from outside
    release_tree.JOB,
    release_feed.JOB,
    versions.JOB,
    bugs.JOB,
    adi.JOB,
    # Counts
    counts.JOB,
    derived.JOB,
    ranks.JOB,
    duplicates.JOB,
    duplicates_of_day.JOB,
    hang_pairs.JOB,
    # Once a day
    reconcile.JOB,
    retention.JOB,
    symbol_cache.JOB,
    module_list.JOB,
    extracts.JOB,
)


def find_table(name: str) -> tuple[Job, ...]:
    """Return the table of jobs called *name*: "default", or package.module.NAME.

    Raises ValueError when it is unusable, with the reason.
    """
    if name == "default":
        return JOBS
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as why:
        raise ValueError(f"jobs {name!r}: {why}") from None
    if not isinstance(found, tuple) or not all(isinstance(job, Job) for job in found):
        raise ValueError(f"jobs {name!r}: not a tuple of jobs")
    _must_be_in_order(found)
    return found


def _must_be_in_order(jobs: tuple[Job, ...]) -> None:
    names = [job.name for job in jobs]
    for place, job in enumerate(jobs):
        if job.name in names[:place]:
            raise ValueError(f"jobs: two have the name {job.name}")
        if missing := set(job.needs) - set(names[:place]):
            raise ValueError(f"jobs: {job.name} needs {', '.join(sorted(missing))}: not before it")
