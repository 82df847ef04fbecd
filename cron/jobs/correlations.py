"""Finds what the crashes of frequent signatures have in common: each day, from files of search.

For each product and channel, the 300 signatures with the most installs are compared with all other
crashes of the last seven days, or of the last one where it has enough. A line is one transaction,
so a run that is killed is done again, and the lines that it saved are replaced by the same.
"""

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cron import correlations
from cron.config import CronConfig
from cron.correlations import Line, Reading
from cron.job import Done, Job, JobFailed, Run
from cron.period import daily
from socorro.config import load
from socorro.postgres import Connection, execute, load_sql
from socorro.queries.correlations import SAVED
from socorro.search import notes
from socorro.search.config import SearchConfig
from socorro.search.interface import SearchUnavailable, TooSlow
from socorro.search.segments import bulk
from socorro.search.segments.bulk import Bulk
from socorro.search.segments.follow import ENGINE
from socorro.search.segments.limits import Limits
from socorro.search.segments.writer import days

if TYPE_CHECKING:
    from socorro.stats.correlations import Answer, Finding

SQL = load_sql(__file__)
PERIOD: Final = timedelta(days=7)
LIMITS: Final = Limits(memory="1GB", threads=1, seconds=3000, spill_size="4GB")
MOST_NAMES: Final = 20


def off(_config: CronConfig) -> str:
    """Return what has to be set for the job to run."""
    return "" if load(SearchConfig).engine == ENGINE else f"set SOCORRO_SEARCH_ENGINE to {ENGINE}"


def has_work(_db: Connection) -> bool:
    """Return whether there is anything to read."""
    return bool(days(load(SearchConfig).folder, "public"))


def work(run: Run) -> Done:
    """Compare the signatures of every line; the results of the day replace earlier ones."""
    start, end = run.slot.end - PERIOD, run.slot.end
    with run.database.transaction() as db:
        waiting = [hour for hour in notes.late_hours(db, ENGINE) if start <= hour < end]
    if late := sum(hour >= run.slot.start for hour in waiting):
        raise JobFailed(f"search has not read {late} of the hours of {run.slot.day} yet")
    with tempfile.TemporaryDirectory(prefix="correlations-") as spill:
        limits = Limits(**{**vars(LIMITS), "spill": Path(spill)})
        try:
            return bulk.read(
                load(SearchConfig).folder,
                correlations.query(start, end),
                limits,
                lambda opened: _work(run, opened),
                waiting,
            )
        except (SearchUnavailable, TooSlow) as error:
            raise JobFailed(str(error)) from None


def _work(run: Run, opened: Bulk) -> Done:
    from socorro.stats.correlations import Correlator

    done = Done(notes=[problem.text for problem in opened.problems])
    lines = correlations.lines(opened, run.slot.start)
    for line in lines:
        reading = correlations.read_line(opened, line)
        correlator = Correlator(reading.data)
        answers = [correlator.of(signature.code) for signature in reading.signatures]
        with run.database.transaction() as db:
            done.rows += save(db, run.slot.start, line, reading, answers, done.notes)
    with run.database.transaction() as db:
        products, channels = [line.product for line in lines], [line.channel for line in lines]
        execute(db, SQL["forget_others"], day=run.slot.day, products=products, channels=channels)
    return done


def save(
    db: Connection,
    day: datetime,
    line: Line,
    reading: Reading,
    answers: Sequence["Answer"],
    problems: Sequence[str],
) -> int:
    """Replace the results of a line and day, with an answer for each signature; return the rows."""
    key = {"day": day.date(), "product": line.product, "channel": line.channel}
    execute(db, SQL["forget_line"], **key)
    execute(
        db, SQL["save_line"], **key, first_day=reading.start.date(), installs=reading.installs,
        crashes=reading.crashes, share=reading.share, without_time=reading.without_time,
        same_time=reading.same_time, problems=list(problems),
    )  # fmt: skip
    _save_signatures(db, key, reading, answers)
    rows = 0
    for signature, answer in zip(reading.signatures, answers, strict=True):
        for rank, finding in enumerate(_saved(answer.findings), 1):
            values = _values(finding)
            execute(
                db, SQL["save_finding"], **key, signature=signature.signature, rank=rank, **values
            )
            rows += 1
    return rows


def _save_signatures(
    db: Connection, key: dict[str, Any], reading: Reading, answers: Sequence["Answer"]
) -> None:
    states = [[finding.state for finding in answer.findings] for answer in answers]
    execute(
        db, SQL["save_signatures"], **key,
        signatures=[signature.signature for signature in reading.signatures],
        ranks=[signature.code + 1 for signature in reading.signatures],
        installs=[signature.installs for signature in reading.signatures],
        crashes=[signature.crashes for signature in reading.signatures],
        attributes=[answer.tested for answer in answers],
        kept=[names.count("kept") for names in states],
        weak=[names.count("weak") for names in states],
        explained=[names.count("explained") for names in states],
        unjudged=[answer.more for answer in answers],
    )  # fmt: skip


def _saved(findings: Sequence["Finding"]) -> list["Finding"]:
    """Return the findings that are kept: of each state the strongest."""
    counts = dict.fromkeys(("kept", "weak", "explained"), 0)
    saved = []
    for finding in findings:
        counts[finding.state] += 1
        if counts[finding.state] <= SAVED:
            saved.append(finding)
    return saved


def _values(finding: "Finding") -> dict[str, Any]:
    first = finding.names[0]
    return {
        "state": finding.state,
        "attribute": first.attribute,
        "value": first.value,
        "names": [f"{name.attribute} = {name.value}" for name in finding.names[:MOST_NAMES]],
        "count": finding.having,
        "other_count": finding.other_having,
        "difference": finding.difference,
        "low": finding.low,
        "high": finding.high,
        "p": finding.p,
        "causes": [check.within for check in finding.checks[:MOST_NAMES]],
        "lefts": [check.left for check in finding.checks[:MOST_NAMES]],
        "left_lows": [check.low for check in finding.checks[:MOST_NAMES]],
        "left_highs": [check.high for check in finding.checks[:MOST_NAMES]],
        "comparable": [check.comparable for check in finding.checks[:MOST_NAMES]],
    }


JOB = Job(
    name="correlations",
    does="Finds what the crashes of frequent signatures have in common.",
    period=daily("05:20"),
    work=work,
    needs=("search-segments",),
    backfill=True,
    seconds=3600,
    off=off,
    has_work=has_work,
)
