"""Who is to blame when something fails: the machine only if its own check fails, else the crash."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg2
import pytest

from processor import child
from processor.child import CannotRun, Limits, check_machine
from processor.config import ProcessorConfig
from processor.room import Crowded
from processor.stackwalk import Walk, Walker, WalkerMissing
from processor.worker import ALONE_SECONDS, KILLED_ALONE, SAVE_TRIES, WALKER_KILLED, Context, Outage
from socorro import jobs, metrics
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import DamagedCrash, StoreUnavailable
from socorro.postgres import execute
from tests.builders import TEST_DUMP
from tests.faults.broken_dumps import with_module_names
from tests.moved import moves
from tests.processor.conftest import BREAKPAD, RUST, SYMBOLS
from tests.processor.test_worker import every, one

Submit = Callable[..., RawCrash]
Work = Callable[..., list[jobs.Job]]
Fake = Callable[..., str]

OTHER_NAMES = ("OS can't spawn worker thread", "out of memory", "Minidump cannot read header")
BREAKPAD_LINE = "2026-11-29 21:28:21: minidump.cc:2556: INFO: MinidumpModule has no debug_file for"


@pytest.mark.parametrize("name", ["No space left on device.exe", *OTHER_NAMES])
@pytest.mark.parametrize("program", [BREAKPAD, RUST])
def test_the_name_of_a_module_is_never_read_as_an_error(program: str, name: str) -> None:
    dump = with_module_names(TEST_DUMP.read_bytes(), name)

    assert Walker(program).walk(dump).status == "MissingThreadList"


@pytest.mark.parametrize(
    "text",
    [
        f"{BREAKPAD_LINE} No space left on device",
        f"{BREAKPAD_LINE} OS can't spawn worker thread",
        f"{BREAKPAD_LINE} Cannot allocate memory",
        f"{BREAKPAD_LINE} memory allocation of 9 bytes failed",
        f"{BREAKPAD_LINE} std::bad_alloc",
        f"{BREAKPAD_LINE} Minidump header signature mismatch",
        f"{BREAKPAD_LINE} x.cc:1: ERROR: Minidump cannot read header",
    ],
)
def test_text_within_a_line_of_a_log_says_nothing(fake: Fake, text: str) -> None:
    assert Walker(fake(f'echo "{text}" >&2; exit 1')).walk(b"MDMP").status == "WalkerFailed"


@pytest.mark.parametrize(
    "text",
    [
        "memory allocation of 9 bytes failed",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "  what():  std::bad_alloc",
        "walker: Cannot allocate memory",
        "/bin/walker: error while loading shared libraries: libc.so: Cannot allocate memory",
    ],
)
def test_a_line_that_begins_with_a_lack_of_memory_says_so(fake: Fake, text: str) -> None:
    assert Walker(fake(f'echo "{text}" >&2; exit 1')).walk(b"MDMP").status == "OutOfMemory"


@pytest.mark.parametrize("prefix", ["", "walker: ", "/usr/bin/walker: "])
def test_a_line_that_begins_with_a_fault_of_the_machine_is_one(fake: Fake, prefix: str) -> None:
    with pytest.raises(WalkerMissing):
        Walker(fake(f'echo "{prefix}No space left on device" >&2; exit 1')).walk(b"MDMP")


def test_a_walker_that_uses_up_its_processor_time_ran_out_of_time(fake: Fake) -> None:
    walker = Walker(fake("while :; do :; done"), limits=Limits(seconds=2.9))  # 2 of the processor

    assert walker.walk(b"MDMP").status == "Timeout"


def test_a_walker_is_checked_by_running_it(fake: Fake) -> None:
    path = Path(fake("echo {}"))
    walker = Walker(str(path))
    walker.check()

    path.write_text("no program any more")

    with pytest.raises(WalkerMissing):
        walker.check()


def test_a_machine_without_room_for_files_in_memory_is_at_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check_machine()
    monkeypatch.setattr(child, "_PROBE_BYTES", 0)
    check_machine()

    def full(_file: int, _text: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(child, "_PROBE_BYTES", 1)
    monkeypatch.setattr(os, "write", full)

    with pytest.raises(CannotRun, match="No space left"):
        check_machine()
    with pytest.raises(WalkerMissing, match="No space left"):
        Walker(RUST).check()


def test_a_dump_that_imitates_a_fault_of_the_machine_is_put_off_and_then_set_aside(
    context: Context, submit: Submit, work: Work, fake: Fake
) -> None:
    # Breakpad prints names with their line breaks, so a name can begin a line.
    script = f'grep -q imitate "$3" && echo "No space left on device" >&2 && exit 1; {RUST} "$@"'
    program = fake(script.replace("$3", "/dev/fd/0"))
    walker = Walker(program, symbols=[SYMBOLS], reads=[Path(RUST)])
    twice = context._replace(walker=walker, config=ProcessorConfig(attempts=2))
    bad = submit({MAIN_DUMP: b"imitate"})
    good = submit()

    with (
        moves(metrics.processor_errors, kind="unconfirmed"),
        moves(metrics.processor_errors, 0, kind="outage"),
    ):
        work(twice)

    assert every(context.database, "SELECT crash_id::text FROM reports") == [(good.crash_id,)]
    assert one(context.database, "SELECT state, attempts, not_before > now() FROM jobs") == (
        "waiting", 1, True,
    )  # fmt: skip
    with context.database.transaction() as db:
        execute(db, "UPDATE jobs SET not_before = now()")
    work(twice)
    assert one(context.database, "SELECT crash_id::text, state, last_error FROM jobs") == (
        bad.crash_id, "failed", "WalkerMissing, for this crash only: others can be processed",
    )  # fmt: skip


class BadOnes:
    """A store that raises *error* for some crashes; its check fails if *is_away*."""

    def __init__(
        self,
        store: FilesystemStore,
        bad: Sequence[CrashId],
        error: Exception,
        is_away: bool = False,
    ) -> None:
        self._store, self._bad, self._error, self._is_away = store, bad, error, is_away

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def check(self) -> None:
        """Raise StoreUnavailable if it is away."""
        if self._is_away:
            raise StoreUnavailable

    def get_crash(self, crash_id: CrashId, choose: object) -> object:
        """Raise the error for a bad crash."""
        if crash_id in self._bad:
            raise self._error
        return self._store.get_crash(crash_id, choose)


def test_a_crash_that_only_the_store_does_not_give_is_put_off(
    context: Context, submit: Submit, work: Work
) -> None:
    bad, good = submit(), submit()
    store = BadOnes(context.store, [bad.crash_id], StoreUnavailable())

    with moves(metrics.processor_errors, kind="unconfirmed"):
        work(context._replace(store=store))

    assert every(context.database, "SELECT crash_id::text FROM reports") == [(good.crash_id,)]
    assert one(context.database, "SELECT state, attempts, not_before > now() FROM jobs") == (
        "waiting", 1, True,
    )  # fmt: skip


def test_a_store_whose_check_fails_is_away_and_no_attempt_counts(
    context: Context, submit: Submit, work: Work
) -> None:
    bad = submit()
    store = BadOnes(context.store, [bad.crash_id], StoreUnavailable(), is_away=True)

    with moves(metrics.processor_errors, kind="outage"), pytest.raises(Outage):
        work(context._replace(store=store))

    assert one(context.database, "SELECT state, attempts FROM jobs") == ("waiting", 0)


def test_a_damaged_crash_fails_for_good_and_others_go_on(
    context: Context, submit: Submit, work: Work
) -> None:
    bad, good = submit(), submit()
    store = BadOnes(context.store, [bad.crash_id], DamagedCrash(bad.crash_id, "BadZipFile"))

    with moves(metrics.processor_errors), moves(metrics.processor_errors, kind="damaged"):
        work(context._replace(store=store))

    assert every(context.database, "SELECT crash_id::text FROM reports") == [(good.crash_id,)]
    assert one(context.database, "SELECT crash_id::text, state, last_error FROM jobs") == (
        bad.crash_id, "failed", "damaged: BadZipFile",
    )  # fmt: skip


def test_a_crash_that_only_postgres_refuses_is_put_off_after_some_tries(
    context: Context, submit: Submit, work: Work
) -> None:
    submit()
    tries = []

    class Refusing:
        def save(self, *_: object) -> bool:
            tries.append(threading.get_ident())
            raise psycopg2.errors.QueryCanceled

    work(context._replace(saver=Refusing()))

    assert len(tries) == SAVE_TRIES
    assert one(context.database, "SELECT state, attempts FROM jobs") == ("waiting", 1)


def test_a_walk_whose_walker_cannot_run_is_put_off_when_it_runs_otherwise(
    context: Context, submit: Submit, work: Work
) -> None:
    submit()

    class Refusing(Walker):
        def walk(self, *_: object) -> Walk:
            raise WalkerMissing

    work(context._replace(walker=Refusing(RUST)))

    assert one(context.database, "SELECT state, attempts FROM jobs") == ("waiting", 1)


def again(context: Context) -> None:
    with context.database.transaction() as db:
        execute(db, "UPDATE jobs SET not_before = now()")


def test_a_walker_killed_from_outside_is_tried_again_alone_and_then_the_dump_is_blamed(
    context: Context, submit: Submit, work: Work, fake: Fake
) -> None:
    killed = context._replace(walker=Walker(fake("kill -KILL $$")))
    raw = submit()

    with moves(metrics.processor_errors, kind="walker_killed"):
        work(killed)

    assert every(context.database, "SELECT FROM reports") == []
    assert one(context.database, "SELECT state, attempts, last_error FROM jobs") == (
        "waiting", 1, "the stack walker was killed, perhaps because memory was short",
    )  # fmt: skip
    again(context)
    work(killed)
    assert one(context.database, "SELECT status FROM reports") == ("OutOfMemory",)
    assert KILLED_ALONE in context.store.get_processed(raw.crash_id)["processor_notes"]


def test_at_the_last_attempt_a_killed_walker_is_final_although_it_was_not_alone(
    context: Context, submit: Submit, work: Work, fake: Fake
) -> None:
    killed = context._replace(
        walker=Walker(fake("kill -KILL $$")), config=ProcessorConfig(attempts=1)
    )
    raw = submit()

    work(killed)

    assert one(context.database, "SELECT status FROM reports") == ("OutOfMemory",)
    assert KILLED_ALONE not in context.store.get_processed(raw.crash_id)["processor_notes"]


class Noting(Walker):
    """Notes how it was asked to walk."""

    def __init__(self, program: str) -> None:
        super().__init__(program)
        self.calls: list[tuple[float, bool]] = []

    def walk(
        self,
        dump: bytes,
        seconds: float | None = None,
        stop: threading.Event | None = None,
        alone: bool = False,
    ) -> Walk:
        self.calls.append((seconds or 0, alone))
        return super().walk(dump, seconds, stop, alone)


@pytest.mark.parametrize(
    ("error", "alone"),
    [(WALKER_KILLED, True), ("DamagedCrash", False), ("WalkerMissing, for this crash", False)],
)
def test_only_a_walk_that_was_killed_before_is_alone_and_then_not_for_long(
    context: Context, submit: Submit, work: Work, error: str, alone: bool
) -> None:
    submit()
    with context.database.transaction() as db:
        [job] = jobs.claim(db, "other", 1, 60)
        jobs.fail(db, job, error, 5)
    again(context)
    walker = Noting(RUST)

    work(context._replace(walker=walker))

    [(seconds, was_alone)] = walker.calls
    assert was_alone == alone
    assert (seconds <= ALONE_SECONDS) == alone


def test_a_walk_for_which_there_is_never_room_alone_is_put_off(
    context: Context, submit: Submit, work: Work
) -> None:
    submit()

    class Full(Walker):
        def walk(self, *_: object) -> Walk:
            raise Crowded

    work(context._replace(walker=Full(RUST)))

    assert one(context.database, "SELECT state, attempts, last_error FROM jobs") == (
        "waiting", 1, WALKER_KILLED,
    )  # fmt: skip


def test_a_crash_whose_walker_was_killed_once_is_processed_at_the_next_attempt(
    context: Context, submit: Submit, work: Work, fake: Fake, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    program = fake(f'test -e {marks}/1 || {{ touch {marks}/1; kill -KILL $$; }}; {RUST} "$@"')
    killed_once = Walker(program, reads=[Path(RUST)], writes=[marks])
    submit()
    work(context._replace(walker=killed_once))
    again(context)

    work(context._replace(walker=killed_once))

    assert one(context.database, "SELECT status FROM reports") == ("OK",)


def test_a_walk_that_exceeds_its_own_memory_is_the_dumps_fault_at_once(
    context: Context, submit: Submit, work: Work, fake: Fake
) -> None:
    script = "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$"
    submit()

    work(context._replace(walker=Walker(fake(script))))

    assert one(context.database, "SELECT status FROM reports") == ("OutOfMemory",)
