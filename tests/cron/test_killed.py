"""A clock that is killed at random during a day's jobs leaves what an undisturbed one leaves."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import make_dsn

from cron import state, table
from cron.config import CronConfig
from cron.job import Job
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database, words_of
from socorro.queries import cron as queries
from socorro.roles import ROLES
from tests.builders import make_crash
from tests.conftest import copy_of
from tests.cron.asking import ask
from tests.cron.source import Source
from tests.cron.test_bugs import Bugzilla
from tests.sql.rows import report
from tests.system.line import wait_for

KILLS = 4
NAMES = ("bugs", "counts", "duplicates", "hang-pairs", "reconcile", "module-list")
TABLE: tuple[Job, ...] = tuple(job for job in table.JOBS if job.name in NAMES)

# What the jobs leave, by names: numbers that Postgres gives may differ.
LEFT = {
    "versions": "SELECT product, version, release_channel FROM product_versions",
    "bugs": "SELECT bug_id, status FROM bugs",
    "signatures": "SELECT bug_id, signature, until IS NULL FROM bug_signatures",
    "tops": """SELECT version, day, signature, reports, estimated, win, lin, startup
               FROM top_crashers JOIN product_versions USING (product_version_id)
               JOIN signatures USING (signature_id)""",
    "marks": "SELECT hour FROM changed_hours UNION ALL SELECT hour FROM hours_to_count",
    "duplicates": "SELECT crash_id::text, duplicate_of::text FROM reports_duplicates",
    "hangs": "SELECT day, hang_id, duplicates::text[] FROM hang_pairs",
    "queue": "SELECT crash_id::text, priority, state FROM jobs",
    "modules": "SELECT day, filename, debug_id, version, crash_count FROM module_list",
    "state": "SELECT job, errors, running_by FROM cron_jobs",
}


def fill(database: Database, store: FilesystemStore, source: Source) -> None:
    """A day of everything, yesterday and the hours before now."""
    now: datetime = ask(database, "SELECT date_trunc('hour', now())")[0][0]
    tracker = Bugzilla(source)
    tracker.seconds = 0.2
    for bug_id in range(1, 20):
        tracker.put(bug_id, f"[@ signature {bug_id % 7} ]", f"{now:%Y-%m-%d}")
    with database.transaction() as db:
        for number in range(60):
            at = now - timedelta(minutes=31 * number)
            raw = make_crash(at)
            store.put_raw(raw, {"upload_file_minidump": b"MDMP"})
            modules = [{"filename": f"{name}.dll"} for name in range(number % 5)]
            store.put_processed(raw.crash_id, {"json_dump": {"modules": modules}})
            if number % 5:  # each day has some of the others, for `reconcile`
                hang = f"hang {number // 2}" if number % 7 < 2 else None
                kind = "plugin" if number % 2 else "parent"
                report(
                    db, at, crash_id=raw.crash_id, signature=f"signature {number % 7}",
                    hang_id=hang, process_type=kind, uptime=20, throttle_rate=0.1,
                )  # fmt: skip
        for seconds in (10, 20):
            at = now - timedelta(hours=2, seconds=seconds)
            report(db, at, signature="sent twice", uptime=20)
        state.declare(db, TABLE, CronConfig())
    hours_missed = "UPDATE cron_jobs SET done_until = %s WHERE job = 'duplicates'"
    ask(database, hours_missed, now - timedelta(hours=3))


def start(home: Path) -> "subprocess.Popen[bytes]":
    with (home / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "cli.main", "cron", "run"],
            env={**os.environ, "SOCORRO_HOME": str(home)},
            stderr=log,
        )


def works(database: Database) -> bool:
    """Say whether any job is under way."""
    with database.transaction() as db:
        return any(job.running_by and job.is_locked for job in queries.jobs(db))


def left(database: Database) -> dict[str, list[Any]]:
    return {name: sorted(ask(database, text), key=repr) for name, text in LEFT.items()}


@pytest.mark.system
def test_a_day_with_kills_leaves_what_an_undisturbed_day_leaves(
    tmp_path: Path, postgres_dsn: str, dsn: str, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("SOCORRO_CRON_JOBS", f"{__name__}.TABLE")
    monkeypatch.setenv("SOCORRO_CRON_BUGZILLA", source.url)
    store = FilesystemStore.created(tmp_path / "crashstore")
    filled = Database(dsn)
    fill(filled, store, source)
    filled.close()

    source_name = words_of(dsn)["dbname"]
    with (
        copy_of(postgres_dsn, source_name, "calm") as calm,
        copy_of(postgres_dsn, source_name, "killed") as killed,
    ):
        homes = {}
        for name, at in (("calm", calm), ("killed", killed)):
            homes[name] = tmp_path / name
            homes[name].mkdir()
            settings = f'store = "file://{tmp_path}/crashstore"\ndatabase = "{at}"\n'
            settings += f'[cron]\ndatabase = "{make_dsn(at, user=ROLES["cron"])}"\n'
            (homes[name] / "running.toml").write_text(settings)
        watched = Database(killed)
        undisturbed = start(homes["calm"])
        dice = random.Random(6)
        for _ in range(KILLS):
            process = start(homes["killed"])
            wait_for(lambda seen=process: works(watched) or seen.poll() is not None, what="a run")
            time.sleep(dice.choice((0, 0, 0.05, 0.3)))  # a random moment: that is the point
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert start(homes["killed"]).wait(120) == 0, (homes["killed"] / "log").read_text()
        assert undisturbed.wait(120) == 0

        first = Database(calm)
        expected, actual = left(first), left(watched)
        kills = ask(watched, "SELECT count(*) FROM cron_log WHERE outcome = 'killed'")
        first.close()
        watched.close()

    shutil.rmtree(tmp_path / "crashstore")
    assert actual == expected
    for name in ("bugs", "tops", "duplicates", "hangs", "queue", "modules"):
        assert expected[name], name
    assert expected["marks"] == []
    assert kills[0][0] > 0
