"""Crashes that went through the real processor: real dumps, real walker, real rows."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

from processor.process import process
from processor.save import Saver
from processor.stackwalk import Walk, Walker
from socorro import jobs
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from tests.builders import DUMPS, NOON, make_crash

WALKER = Walker(
    str(Path(__file__).parent.parent / ".parts/bin/minidump-stackwalk"),
    symbols=[DUMPS / "symbols"],
)
WINDOWS = "rust-minidump/test.dmp"
MAC = "rust-minidump/pipeline-inlines-macos-segv.dmp"  # inlined functions, 11 threads
LINUX = "google-breakpad/linux_null_dereference.dmp"  # no symbols
CORRUPT = "rust-minidump/invalid-range.dmp"


@cache
def walked(dump: str) -> Walk:
    """The walk of a dump below tests/data/minidumps."""
    return WALKER.walk((DUMPS / dump).read_bytes())


def stored(store: CrashStore, raw: RawCrash, dump: str = WINDOWS) -> RawCrash:
    """Put a crash into the store."""
    store.put_raw(raw, {MAIN_DUMP: (DUMPS / dump).read_bytes()})
    return raw


def processed(
    store: CrashStore,
    database: Database,
    dump: str = WINDOWS,
    raw: RawCrash | None = None,
    change: Mapping[str, object] | None = None,
    **annotations: str,
) -> RawCrash:
    """A crash with its report; *change* replaces fields of the processed crash."""
    raw = stored(store, raw or make_crash(NOON, **annotations), dump)
    crash = {**process(raw, {MAIN_DUMP: walked(dump)}), **(change or {})}
    with database.transaction() as db:
        jobs.offer(db, [raw.crash_id])
        [job] = jobs.claim(db, "tests", 1, 600)
    began = raw.submitted + timedelta(seconds=1)
    saver = Saver(store, database)
    saver.save(job, raw, crash, began, began + timedelta(milliseconds=120))
    return raw
