"""Jobs that runs in processes of their own can import."""

import os
import signal
import time
from pathlib import Path

from cron.config import CronConfig
from cron.job import Done, Job, JobFailed, Run
from cron.period import daily, every, hourly
from socorro.config import home
from socorro.postgres import execute

STEPS = 5


def note(run: Run) -> Done:
    """Count the slot, all or nothing, in more than one step."""
    with run.database.transaction() as db:
        execute(db, "DELETE FROM worked WHERE slot = %(start)s", start=run.slot.start)
        for step in range(STEPS):
            statement = "INSERT INTO worked VALUES (%(start)s, %(step)s)"
            execute(db, statement, start=run.slot.start, step=step)
    return Done(STEPS, ["all went well"])


def fail(_run: Run) -> Done:
    raise JobFailed("the source does not answer")


def fail_with_a_secret(_run: Run) -> Done:
    raise RuntimeError("user@example.com visited http://secret.example/")


def fail_in_postgres(run: Run) -> Done:
    with run.database.transaction() as db:
        execute(db, "SELECT %(text)s::integer", text="http://secret.example/")
    return Done()


def hang(run: Run) -> Done:
    """Hang in a child of our own, as badly as possible."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (home() / "hanging").write_text(str(os.getpid()))
    time.sleep(600)
    return Done()


def hang_in_postgres(run: Run) -> Done:
    with run.database.transaction() as db:
        execute(db, "SELECT pg_sleep(600)")
    return Done()


def die(_run: Run) -> Done:
    os.kill(os.getpid(), signal.SIGKILL)
    return Done()


def hold(run: Run) -> Done:
    """Work until the test says that it is enough."""
    Path(home() / "holding").touch()
    while not (home() / "enough").exists():
        time.sleep(0.02)
    return note(run)


def never(_config: CronConfig) -> str:
    return "set SOCORRO_CRON_NEVER"


NOTE = (Job("note", "Notes.", daily("00:00"), note, backfill=True),)
FAIL = (
    Job("fail", "Fails.", hourly(), fail),
    Job("after", "Needs it.", hourly(), note, needs=("fail",)),
)
SECRETS = (
    Job("python", "Fails.", hourly(), fail_with_a_secret),
    Job("postgres", "Fails.", hourly(), fail_in_postgres),
)
HANG = (Job("hang", "Hangs.", hourly(), hang, seconds=1),)
HANG_IN_POSTGRES = (Job("sleep", "Sleeps.", hourly(), hang_in_postgres, seconds=1),)
DIE = (Job("die", "Dies.", hourly(), die),)
HOLD = (Job("hold", "Holds.", daily("00:00"), hold, backfill=True),)
BAD_QUESTION = (
    Job(
        "asks", "Asks wrongly.", every(15), fail, has_work=lambda db: bool(execute(db, "SELECT x"))
    ),
)
OFF = (Job("off", "Is off.", every(15), fail, off=never),)
IDLE = (Job("idle", "Has nothing to do.", every(15), fail, has_work=lambda _db: False),)
