"""Bugs that changed since the last success, matched to the signatures that they name.

Signatures are kept whether they have crashed or not: they may do so tomorrow. The period begins a
day early, because Bugzilla is queried by day.
"""

from datetime import timedelta
from typing import Final

from cron import bugs, bugzilla
from cron.bugs import Bug
from cron.config import CronConfig
from cron.fetch import Fetcher
from cron.job import Done, Job, Run
from cron.period import hourly

OVERLAP: Final = timedelta(days=1)


def off(config: CronConfig) -> str:
    """Return which setting is missing, "" when none is."""
    if config.bugzilla or config.buglist:
        return ""
    return "set SOCORRO_CRON_BUGZILLA or SOCORRO_CRON_BUGLIST"


def work(run: Run) -> Done:
    """Read everything first, then write it in one transaction."""
    config = run.config
    since = ((run.since or run.now - timedelta(days=config.bug_days)) - OVERLAP).date()
    with Fetcher(config) as fetcher:
        if config.bugzilla:
            changed = list(bugzilla.changed_bugs(fetcher, config.bugzilla, since))
            originals = _originals(run, fetcher, changed)
            source = "bugzilla"
        else:
            changed = list(bugzilla.listed_bugs(fetcher, config.buglist, since))
            originals, source = [], "buglist"
    with run.database.transaction() as db:
        return Done(bugs.save(db, changed, source) + bugs.keep(db, originals, source))


def _originals(run: Run, fetcher: Fetcher, changed: list[Bug]) -> list[Bug]:
    """Return the bugs that *changed* ones are duplicates of: one hop, they name no signature."""
    with run.database.transaction() as db:
        bug_ids = bugs.originals(db, changed)
    here = {bug.bug_id: bug for bug in changed if bug.bug_id in bug_ids and not bug.signatures}
    listed = {bug.bug_id for bug in changed}
    missing = [bug_id for bug_id in bug_ids if bug_id not in listed]
    return [*here.values(), *bugzilla.bugs_by_id(fetcher, run.config.bugzilla, missing)]


JOB = Job(
    name="bugs",
    does="Matches bugs of the bug tracker to signatures.",
    period=hourly(11),
    work=work,
    seconds=1800,
    off=off,
)
