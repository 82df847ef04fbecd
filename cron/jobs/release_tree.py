"""Builds from the release tree into releases_raw; no file is read twice."""

from datetime import timedelta
from typing import Final

from cron import builds
from cron.config import CronConfig
from cron.fetch import Fetcher, SourceFailed
from cron.job import Done, Job, JobFailed, Run
from cron.period import hourly
from cron.release_tree import TreeBuilds, TreeQuery, find_builds
from socorro.fetch import shown
from socorro.postgres import column, execute, load_sql

SQL = load_sql(__file__)
OVERLAP: Final = timedelta(days=1)  # a build may turn up in a folder of yesterday


def off(config: CronConfig) -> str:
    """Return which setting is missing, "" when none is."""
    return "" if config.release_tree else "set SOCORRO_CRON_RELEASE_TREE"


def work(run: Run) -> Done:
    """Read the builds of each product; those of one product are saved together or not at all.

    When a folder does not answer, the job fails after the other products are saved.
    """
    config = run.config
    since = (run.since or run.now - timedelta(days=config.nightly_days)) - OVERLAP
    query = TreeQuery(
        config.release_tree, config.release_versions, since.date(), run.now.date(),
        lambda files: _read_before(run, files),
    )  # fmt: skip
    with run.database.transaction() as db:
        products = builds.products(db)
    done, failed, lacking = Done(), [], []
    with Fetcher(config) as fetcher:
        for product in products:
            try:
                tree = find_builds(fetcher, query, product)
            except SourceFailed as error:
                failed.append(str(error))
                continue
            if tree is None:
                lacking.append(product.product)
            else:
                done.rows += _save(run, tree)
                done.notes += tree.notes
    if lacking and len(lacking) == len(products):
        raise JobFailed(f"{shown(config.release_tree)} has no folder of any product")
    if failed:
        raise JobFailed("; ".join(failed))
    return done


def _read_before(run: Run, files: list[str]) -> set[str]:
    with run.database.transaction() as db:
        return set(column(db, SQL["read_before"], files=files))


def _save(run: Run, tree: TreeBuilds) -> int:
    with run.database.transaction() as db:
        new = builds.save(db, tree.builds, "tree")
        execute(db, SQL["remember"], files=tree.files)
    return new


JOB = Job(
    name="release-tree",
    does="Reads new builds from the pages of the release tree.",
    period=hourly(5),
    work=work,
    seconds=3000,
    off=off,
)
