"""Crashes of a person, and those of others, in every place."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import Result

from processor.save import Saver
from socorro import jobs
from socorro.counts.config import UrlsConfig
from socorro.counts.counting import count_days
from socorro.crash import RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashStore
from socorro.extracts.write import write as write_extracts
from socorro.postgres import Database
from socorro.search.segments.writer import Writer
from socorro.spool.spool import Spool
from tests.builders import NOON, make_crash
from tests.cli.conftest import home, run, settings, spool, store
from tests.crashmover.spooled import DUMPS, enter

__all__ = ["home", "run", "settings", "spool", "store"]

Run = Callable[..., Result]
DAY = NOON.date()
LATER = NOON + timedelta(days=2)
SECRETS = {
    "Email": "Ada.Lovelace@Analytical.example",
    "URL": "https://private.example/diary/1843",
    "Comments": "my engine fell down the stairs",
    "InstallTime": "1760000005",
}
URLS = UrlsConfig()


class Places(NamedTuple):
    """Where crashes are."""

    home: Path
    spool: Spool
    store: CrashStore
    database: Database
    run: Run

    def accepted(self, raw: RawCrash) -> RawCrash:
        """A crash that waits in the spool."""
        return enter(self.spool, raw)

    def stored(self, raw: RawCrash) -> RawCrash:
        """A crash that went from the spool to the store."""
        self.accepted(raw)
        for entry in self.spool.ready():
            self.store.put_raw(*self.spool.read(entry))
            self.spool.forget(entry)
        return raw

    def claimed(self, raw: RawCrash) -> jobs.Job:
        """The job of a stored crash, which a processor has now."""
        self.stored(raw)
        self.store.forget_waiting(list(self.store.waiting()))
        with self.database.transaction() as db:
            jobs.offer(db, [raw.crash_id])
            [job] = jobs.claim(db, "tests", 1, 600)
        return job

    def save(self, job: jobs.Job, raw: RawCrash) -> None:
        """What a processor does at the end."""
        processed = {
            "crash_id": raw.crash_id, "signature": "engine::Crash", "product": "Firefox",
            "version": "140.0", "build": "20261120031153", "release_channel": "nightly",
            "os_name": raw.annotations.get("System", "Linux"), "success": True,
            "mdsw_status_string": "OK", "processor_notes": [], "throttle_rate": 1.0,
            "crash_time": NOON.timestamp(), "uptime": 100,
            "install_age": int(NOON.timestamp()) - int(raw.annotations.get("InstallTime", "5")),
            "url": raw.annotations.get("URL"), "email": raw.annotations.get("Email"),
            "user_comments": raw.annotations.get("Comments"),
        }  # fmt: skip
        saver = Saver(self.store, self.database)
        saver.save(job, raw, processed, raw.submitted, raw.submitted + timedelta(seconds=1))

    def processed(self, raw: RawCrash) -> RawCrash:
        """A crash that has its report."""
        self.save(self.claimed(raw), raw)
        return raw

    def count_all(self) -> None:
        """Count the day, write its files of search and its extracts."""
        count_days(self.database, [DAY])
        Writer(self.home / "search" / "segments").write_hour(self.database, NOON, LATER)
        write_extracts(
            self.database, self.home / "extracts", DAY, "Firefox", ("private", "public"),
            "https://crashes.example/report/index/",
        )  # fmt: skip

    def forget(self, *words: str) -> Result:
        """Run the command without being asked."""
        return self.run("forget", "--yes", "--wait", "0", *words)


@pytest.fixture
def places(
    home: Path, settings: Path, spool: Spool, store: CrashStore, database: Database, run: Run
) -> Places:
    """A home with all of it."""
    return Places(home, spool, store, database, run)


def of_person(number: int = 1, deferred: bool = False, **annotations: str) -> RawCrash:
    """A crash of the person whose data nobody else has."""
    submitted = NOON + timedelta(minutes=number)
    return make_crash(submitted, DUMPS, deferred, **{**SECRETS, **annotations})


def of_another(number: int = 1) -> RawCrash:
    """A crash of somebody else."""
    submitted = NOON + timedelta(minutes=number)
    return make_crash(
        submitted, DUMPS, Email="b@other.example", URL="https://other.example/",
        Comments="help", InstallTime="1750000000",
    )  # fmt: skip


def ids(*raws: RawCrash) -> list[CrashId]:
    """The ids of crashes, sorted."""
    return sorted(raw.crash_id for raw in raws)
