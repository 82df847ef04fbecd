"""What the processor counts, each by the event that moves it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from processor.save import Saver
from processor.stackwalk import STATUSES, Walker
from processor.symbols import SymbolWalker
from processor.worker import STAGES, Context, Outage, Worker
from socorro import jobs, metrics
from socorro.crash import RawCrash
from socorro.symbols import index_walker
from tests.builders import make_crash
from tests.moved import moves
from tests.processor.conftest import RUST, SYMBOLS
from tests.processor.test_indexed import Built
from tests.processor.test_symbols import Counted, Endless, Servers

Fake = Callable[..., str]
Submit = Callable[..., RawCrash]
Work = Callable[..., list[jobs.Job]]


def test_a_processed_crash_is_counted_by_its_status(submit: Submit, work: Work) -> None:
    submit()
    submit({})
    submit({})

    with (
        moves(metrics.processor_crashes, 3),
        moves(metrics.processor_crashes, 1, status="OK"),
        moves(metrics.processor_crashes, 2, status="NoMinidump"),
        moves(metrics.processor_errors, 0),
    ):
        work()


def test_a_status_that_a_walker_invents_is_counted_as_other(
    context: Context, submit: Submit, work: Work, fake: Fake
) -> None:
    walker = Walker(fake("echo 'ERROR InventedKind - of a newer walker' >&2; exit 1"))
    submit()

    with moves(metrics.processor_crashes, status="other"):
        work(context._replace(walker=walker))

    assert "InventedKind" not in STATUSES


def test_a_crash_whose_signature_lacks_symbols_is_counted(
    context: Context, submit: Submit, work: Work, folder: Path
) -> None:
    for symbols, count in ((SYMBOLS, 0), (folder, 1)):
        walker = SymbolWalker(Walker(RUST, symbols=[symbols]), [symbols])
        submit()
        with moves(metrics.processor_symbols_missed, count), moves(metrics.processor_crashes):
            work(context._replace(walker=walker))


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_of_a_crash_is_timed(submit: Submit, work: Work, stage: str) -> None:
    submit()

    with moves(metrics.processor_stage_seconds, stage=stage):
        work()


def test_latency_is_measured_the_first_time_only(
    context: Context, submit: Submit, work: Work
) -> None:
    raw = submit()

    with moves(metrics.processor_latency_seconds):
        work()

    with context.database.transaction() as db:
        jobs.offer(db, [raw.crash_id], reprocess=True)
    with moves(metrics.processor_latency_seconds, 0), moves(metrics.processor_crashes):
        work()


def test_a_crash_that_the_store_does_not_have_is_an_error(context: Context, work: Work) -> None:
    with context.database.transaction() as db:
        jobs.offer(db, [make_crash().crash_id])

    with moves(metrics.processor_errors), moves(metrics.processor_errors, kind="not_found"):
        work()


def test_an_outage_is_an_error(context: Context, submit: Submit, work: Work) -> None:
    submit()

    with (
        moves(metrics.processor_errors),
        moves(metrics.processor_errors, kind="outage"),
        pytest.raises(Outage),
    ):
        work(context._replace(walker=Walker("/no/such/walker")))


def test_an_unexpected_exception_is_an_error(
    context: Context, submit: Submit, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise ZeroDivisionError

    submit()
    monkeypatch.setattr(Saver, "save", fail)

    with moves(metrics.processor_errors), moves(metrics.processor_errors, kind="exception"):
        work()


def test_a_job_that_is_given_back_on_abort_is_an_error(
    context: Context, submit: Submit, work: Work, fake: Fake
) -> None:
    submit()
    context.abort.set()

    with moves(metrics.processor_errors), moves(metrics.processor_errors, kind="stopped"):
        work(context._replace(walker=Walker(fake("sleep 600"))))


def test_a_lost_lease_is_an_error(context: Context, submit: Submit, work: Work) -> None:
    submit()
    with context.database.transaction() as db:
        late = jobs.claim(db, "late", 1, -1)
        jobs.reap(db, most=5)
    work(name="other")

    with moves(metrics.processor_errors), moves(metrics.processor_errors, kind="lease_lost"):
        Worker(context, "late").process_jobs(late)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "symbols").mkdir()
    return tmp_path / "symbols"


def test_each_repeated_walk_is_counted(folder: Path) -> None:
    with moves(metrics.processor_walks_again, 2):
        SymbolWalker(Counted(), [folder], Endless(folder)).walk(b"MDMP")


def test_a_walk_whose_symbols_no_server_has_is_not_repeated(folder: Path) -> None:
    with moves(metrics.processor_walks_again, 0):
        SymbolWalker(Counted(), [folder], Servers(folder)).walk(b"MDMP")


@pytest.fixture
def sym(tmp_path: Path) -> Path:
    path = tmp_path / "a.so.sym"
    path.write_text("MODULE Linux x86 A0 a.so\n")
    return path


@pytest.mark.parametrize("outcome", ["built", "corrupt", "fresh"])
def test_a_built_index_is_counted_by_its_outcome_and_timed(
    fake: Fake, tmp_path: Path, sym: Path, outcome: str
) -> None:
    built = Built(fake, tmp_path, f'echo "{outcome} $6"')
    index_walker.request(built.folder, [sym])

    with (
        moves(metrics.symbol_index_builds),
        moves(metrics.symbol_index_builds, outcome=outcome),
        moves(metrics.symbol_index_build_seconds),
        moves(metrics.symbol_index_evictions, 0),
    ):
        built.builder.build()


@pytest.mark.parametrize("body", ["exit 1", "exit 0", "kill -SEGV $$", 'echo "built $6"; exit 1'])
def test_an_index_that_fails_is_counted(fake: Fake, tmp_path: Path, sym: Path, body: str) -> None:
    built = Built(fake, tmp_path, body)
    index_walker.request(built.folder, [sym])

    with moves(metrics.symbol_index_builds), moves(metrics.symbol_index_builds, outcome="failed"):
        built.builder.build()


def test_an_index_walker_that_cannot_be_run_is_a_failure(
    fake: Fake, tmp_path: Path, sym: Path
) -> None:
    built = Built(fake, tmp_path)
    (tmp_path / "walker").unlink()
    index_walker.request(built.folder, [sym])

    with (
        moves(metrics.symbol_index_builds, outcome="failed"),
        moves(metrics.symbol_index_build_seconds, 0),
    ):
        built.builder.build()


def test_removed_indexes_and_the_size_of_the_others_are_measured(
    fake: Fake, tmp_path: Path, sym: Path
) -> None:
    built = Built(fake, tmp_path, 'echo "built $6"; echo "removed /x"; echo "removed /y"')
    (built.folder / "a/A0").mkdir(parents=True)
    (built.folder / "a/A0/a.sym.index1").write_bytes(bytes(4096))
    index_walker.request(built.folder, [sym])

    with moves(metrics.symbol_index_evictions, 2), moves(metrics.symbol_index_bytes, to=4096):
        built.builder.build()
