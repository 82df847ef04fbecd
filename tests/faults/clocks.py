"""The clock jumps: of the whole machine, of Postgres alone, of the services alone.

clock.c is loaded into everything that the line starts; a file says by how much it lies.
"""

import os
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.faults import places, processes
from tests.faults.registry import Need, Stage, fault
from tests.faults.trial import Trial

COMPILER = Need("gcc", "gcc libc6-dev")
SOURCE = Path(__file__).with_name("clock.c")
CLOCK = "clock"  # the file, beside the home
CRON_SECONDS = 150.0  # that the retention job gets to have its turn
AT_ONCE = {"SOCORRO_CRON_AT_ONCE": "12"}  # it comes after 400 slots of each daily job, else
DAY = 86_400  # seconds


def lying(**limits: str) -> Stage:
    """Return a stage on which clocks can be set; *limits* say for which programs."""

    @contextmanager
    def stage(home: Path) -> Iterator[Mapping[str, str]]:
        clock, library = home.with_name(CLOCK), home.with_name("clock.so")
        clock.write_bytes(struct.pack("q", 0))
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)], check=True
        )
        for path, mode in ((clock, 0o644), (library, 0o755), (home.parent, 0o711)):
            path.chmod(mode)  # Postgres runs as another user
        yield {"LD_PRELOAD": str(library), "FAULT_CLOCK": str(clock), **limits}

    return stage


MACHINE = lying()
POSTGRES = lying(FAULT_CLOCK_ONLY="postgres")
SERVICES = lying(FAULT_CLOCK_NOT="postgres")


def jump(trial: Trial, days: float) -> None:
    """Set the clock ahead by *days* (negative: back) of the true time."""
    clock = os.open(trial.home.with_name(CLOCK), os.O_WRONLY)
    try:
        os.pwrite(clock, struct.pack("q", round(days * DAY)), 0)
    finally:
        os.close(clock)
    if trial.fault.stage is not SERVICES:
        trial.require(lambda: abs(_postgres_is_ahead(trial) - days) < 0.1, "the clock to jump")


def _postgres_is_ahead(trial: Trial) -> float:
    """Return by how many days Postgres's clock is ahead."""
    statement = "SELECT extract(epoch FROM clock_timestamp())::float"
    return (float(places.query(trial.home, statement)[0][0]) - time.time()) / DAY


def _ahead(trial: Trial) -> None:
    ids = trial.post(trial.posts)
    trial.require(lambda: all(map(trial.has_report, ids)), "all reports", 60)
    jump(trial, 400)
    if trial.fault.stage is SERVICES:
        _run_retention(trial)
    else:
        came = "the retention job"
        trial.require(lambda: gone(trial) or _retention_came(trial), came, CRON_SECONDS)
    time.sleep(3)
    missing = gone(trial)
    trial.claim(not missing, f"removed: {missing}")
    jump(trial, 0)
    trial.over()


def _run_retention(trial: Trial) -> None:
    """Run the retention job by hand: what is due is decided by Postgres's clock, which is right."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    code, text = trial.command("cron", "run", "--job", "retention", "--day", today)
    trial.claim(code == 1 and "nothing was removed" in text, "the retention job does not refuse")


def _retention_came(trial: Trial) -> bool:
    """Say whether the retention job had its turn since the clock jumped: it ran, or refused."""
    statement = (
        "SELECT errors > 0 OR done_until > now() - interval '2 days' AND now() > %s"
        " FROM cron_jobs WHERE job = 'retention'"
    )
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + DAY))
    return any(came for (came,) in places.query(trial.home, statement, tomorrow))


def gone(trial: Trial) -> str:
    """Say which of the answered crashes are not whole any more, "" when all are."""
    reports = places.reports(trial.home, trial.answered)
    archives = sum(places.archive(trial.home, name).exists() for name in trial.answered)
    count = len(trial.answered)
    if len(reports) == archives == count:
        return ""
    return f"{count - archives} of {count} crashes, {count - len(reports)} of {count} reports"


for _name, _stage, _whose in (
    ("machine", MACHINE, "The clock of the whole machine"),
    ("postgres", POSTGRES, "Postgres's clock"),
    ("services", SERVICES, "The clock of all services, not Postgres's,"),
):

    def _act(trial: Trial) -> None:
        _ahead(trial)

    _act.__doc__ = f"{_whose} is 400 days ahead for a while: nothing may be removed."
    fault(
        f"clock-ahead-{_name}", stage=_stage, needs=(COMPILER,), settings=AT_ONCE, posts=30,
        quick=_name == "postgres",
    )(_act)  # fmt: skip


@fault("clock-set-back", stage=MACHINE, needs=(COMPILER,), posts=10, limit_seconds=300)
def set_back(trial: Trial) -> None:
    """The machine's clock is 60 days ahead, then right again: jobs go on, or health says 503."""
    trial.post(trial.posts)
    jump(trial, 60)
    trial.good()
    time.sleep(15)  # jobs of every period run
    jump(trial, 0)
    trial.over()
    trial.good()
    began = time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime())
    statement = (
        "SELECT count(*) FROM cron_log WHERE started_at BETWEEN %s AND now() AND outcome = 'done'"
    )
    ran = trial.wait(lambda: places.query(trial.home, statement, began)[0][0], 75)
    is_told = trial.health("cron") == 503
    trial.claim(ran or is_told, "no job runs any more, and cron's health says 200")


@fault("clock-back-a-day", stage=MACHINE, needs=(COMPILER,), posts=10)
def back_a_day(trial: Trial) -> None:
    """The machine's clock goes back by a day while crashes are posted: they go on."""
    trial.post(trial.posts)
    jump(trial, -1)
    trial.good()
    trial.good()
    jump(trial, 0)
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()
