"""Builds from the release tree into releases_raw; what was read before is not read again."""

from datetime import timedelta
from typing import Final, NamedTuple

from cron import builds
from cron.config import CronConfig
from cron.fetch import Fetcher, SourceFailed
from cron.job import Done, Job, JobFailed, Run
from cron.period import hourly
from cron.release_tree import Found, Look, search
from socorro.fetch import shown
from socorro.postgres import execute, load_sql, rows

SQL = load_sql(__file__)
OVERLAP: Final = timedelta(days=1)  # a build may turn up in a folder of yesterday


class _Url(NamedTuple):
    url: str


def off(config: CronConfig) -> str:
    """Say what is missing."""
    return "" if config.release_tree else "set SOCORRO_CRON_RELEASE_TREE"


def work(run: Run) -> Done:
    """Read the builds of each product; those of one product are kept all together or not at all.

    A product whose part of the tree does not answer fails the job, after the others are kept.
    """
    config = run.config
    since = (run.since or run.now - timedelta(days=config.nightly_days)) - OVERLAP
    look = Look(
        config.release_tree, config.release_versions, since.date(), run.now.date(),
        lambda files: _known(run, files),
    )  # fmt: skip
    with run.database.transaction() as db:
        products = builds.products(db)
    done, failed, lacking = Done(), [], []
    with Fetcher(config) as fetcher:
        for product in products:
            try:
                found = search(fetcher, look, product)
            except SourceFailed as why:
                failed.append(str(why))
                continue
            if found is None:
                lacking.append(product.product)
            else:
                done.rows += _save(run, found)
                done.notes += found.notes
    if lacking and len(lacking) == len(products):
        raise JobFailed(f"{shown(config.release_tree)} has the folder of no product")
    if failed:
        raise JobFailed("; ".join(failed))
    return done


def _known(run: Run, files: list[str]) -> set[str]:
    with run.database.transaction() as db:
        return {found.url for found in rows(db, SQL["known"], _Url, files=files)}


def _save(run: Run, found: Found) -> int:
    with run.database.transaction() as db:
        new = builds.save(db, found.builds, "tree")
        execute(db, SQL["remember"], files=found.files)
    return new


JOB = Job(
    name="release-tree",
    does="Reads new builds from the pages of the release tree.",
    period=hourly(5),
    work=work,
    seconds=3000,
    off=off,
)
