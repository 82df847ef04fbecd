"""`socorro reprocess --signatures-only`: stored crashes get today's signature, without a walk."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from cli.commands import signatures_only
from cli.main import main
from processor.config import ProcessorConfig
from processor.stackwalk import Walker
from processor.worker import Context, Worker
from socorro import jobs
from socorro.crash import RawCrash
from socorro.fields import redact
from socorro.postgres import Database, execute
from socorro.service import Stop
from socorro.signature.generate import version
from tests.builders import NOON, make_crash
from tests.processed import LINUX, MAC, processed
from tests.processor.test_counted import count
from tests.sql.rows import query

Run = Callable[..., Result]
AsRole = Callable[[str], Database]
OLD = {"signature": "old", "signature_version": "1.0"}
DAYS = ("--since", "2026-11-16", "--until", "2026-11-23")
TOP = "SELECT signature, reports FROM top_crashers JOIN signatures USING (signature_id)"


@pytest.fixture
def run(context: Context, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `socorro reprocess --signatures-only …`."""
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    settings = f'store = "file://{tmp_path}/crashes"\ndatabase = "{dsn}"\n'
    (tmp_path / "running.toml").write_text(settings)
    command = ["reprocess", "--signatures-only", *DAYS]

    def call(*words: str) -> Result:
        result = CliRunner().invoke(main, [*command, *words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def processor(context: Context) -> Iterator[Context]:
    """A processor without a walker, at work until the test is over."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    stop = Stop()
    config = ProcessorConfig(batch=10, poll_seconds=0.02)
    ours = context._replace(walker=Walker("/no/such/walker"), config=config, stop=stop)
    thread = threading.Thread(target=Worker(ours, "me").run)
    thread.start()
    yield ours
    stop.set()
    thread.join()


def old(context: Context, dump: str = MAC, **more: str) -> RawCrash:
    """A crash whose stored signature is of an earlier version."""
    return processed(context.store, context.database, dump, make_crash(**more), OLD)


def signatures(context: Context) -> list[tuple[object, ...]]:
    with context.database.transaction() as db:
        return query(db, "SELECT signature, fields ->> 'signature_version' FROM reports ORDER BY 1")


def test_old_signatures_are_made_anew_and_counts_follow(
    run: Run, processor: Context, as_role: AsRole
) -> None:
    raws = [old(processor, MAC), old(processor, LINUX), old(processor, MAC, ProductName="Other")]
    before = processor.store.get_processed(raws[0].crash_id)
    count(as_role("cron"))
    with processor.database.transaction() as db:
        assert {signature for signature, _ in query(db, TOP)} == {"old"}

    result = run()
    count(as_role("cron"))

    new = version()
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == (
        f"3 crashes brought over to signature version {new}, 0 failed"
    )
    assert signatures(processor) == [
        ("driver@0x1f26", new),
        ("sadness_generator::raise_segfault", new),
        ("sadness_generator::raise_segfault", new),
    ]
    after = processor.store.get_processed(raws[0].crash_id)
    assert after["signature"] == "sadness_generator::raise_segfault"
    assert after["json_dump"] == before["json_dump"]
    with processor.database.transaction() as db:
        assert sorted(query(db, TOP)) == [
            ("driver@0x1f26", 1),
            ("sadness_generator::raise_segfault", 1),
            ("sadness_generator::raise_segfault", 1),
        ]
        assert query(db, "SELECT sum(crash_count) FROM signature_moves") == [(3,)]
    assert run().stdout == f"0 crashes brought over to signature version {new}, 0 failed\n"


def test_messages_that_an_earlier_version_published_are_cleaned(
    run: Run, processor: Context
) -> None:
    trace = "java.io.IOException: SECRET.pdf\n\tat a.b.C.d(C.java:5)"
    stale = {**OLD, "java_stack_trace": trace, "moz_crash_reason": "SECRET"}
    raw = processed(
        processor.store, processor.database, MAC, make_crash(JavaStackTrace=trace), stale
    )

    run()

    after = processor.store.get_processed(raw.crash_id)
    assert after["signature"] == "java.io.IOException: at a.b.C.d(C.java)"
    public = redact("processed_crash", after)
    assert [key for key, value in public.items() if "SECRET" in str(value)] == []


def test_crashes_are_chosen_by_product_signature_day_and_number(
    run: Run, processor: Context
) -> None:
    old(processor, MAC, ProductName="Other")
    old(processor, MAC, submitted=NOON - timedelta(days=8))  # before --since
    old(processor, MAC, submitted=NOON - timedelta(days=7))
    old(processor, MAC, submitted=NOON)
    processed(processor.store, processor.database, LINUX)  # of today's version
    with processor.database.transaction() as db:
        generated = old(processor, MAC)
        execute(
            db,
            "UPDATE reports SET throttle_rule = 'fakedata' WHERE crash_id = %(id)s",
            id=generated.crash_id,
        )

    def dry(*words: str) -> str:
        return run(*words, "--dry-run").stdout.partition(" would be brought over")[0]

    assert dry() == "3 crashes"
    assert dry("--product", "Firefox") == "2 crashes"
    assert dry("--signature", "new") == "0 crashes"
    assert dry("--limit", "1") == "1 crash"
    assert dry("--limit", "5") == "3 crashes"
    assert signatures(processor).count(("old", "1.0")) == 5

    for words in (("--product", "Other"), ("--limit", "1"), ()):
        assert run(*words).stdout.startswith("1 crash brought over")
    assert signatures(processor).count(("old", "1.0")) == 2
    assert run().stdout.startswith("0 crashes brought over")


def test_a_crash_that_fails_is_counted_and_the_others_go_on(
    run: Run, processor: Context, tmp_path: Path
) -> None:
    raws = [old(processor) for _ in range(3)]
    [path] = tmp_path.rglob(f"{raws[1].crash_id}.zip")
    path.write_bytes(b"damaged")

    result = run()

    assert result.exit_code == 1
    assert result.stdout.startswith("2 crashes brought over")
    assert result.stdout.splitlines()[0].endswith(", 1 failed")
    assert run().stdout.startswith("0 crashes brought over")


def test_what_was_queued_when_it_was_stopped_is_done_once(
    run: Run, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = [old(context) for _ in range(5)]
    monkeypatch.setattr(signatures_only, "BATCH", 2)
    monkeypatch.setattr(signatures_only, "AHEAD", 3)
    monkeypatch.setattr(signatures_only, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(signatures_only, "HINT_SECONDS", 0.0)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(signatures_only, "echo", stop)  # the hint that nothing is processed
    with pytest.raises(KeyboardInterrupt):
        signatures_only.bring_over(
            context.database,
            signatures_only.Choice(NOON.date(), NOON.date()),
            dry_run=False,
        )
    with context.database.transaction() as db:
        assert query(db, "SELECT count(*), min(priority) FROM jobs") == [(4, jobs.LOW)]
    monkeypatch.undo()

    again = [old(context)]  # while nobody looked
    with context.database.transaction() as db:
        claimed = jobs.claim(db, "me", 10, 60)
    Worker(context, "me").process_jobs(claimed)

    assert len(claimed) == 4
    assert signatures(context).count(("old", "1.0")) == len(raws) + len(again) - 4


def test_without_a_processor_there_is_a_hint(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crash = old(context)
    monkeypatch.setattr(signatures_only, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(signatures_only, "HINT_SECONDS", 0.05)
    progress = signatures_only.Progress(context.database)
    progress.queue([crash.crash_id])
    until = time.monotonic() + 0.5

    for _ in progress.wait(0):
        if time.monotonic() > until:
            break

    assert "nothing processed for 0 s: is a processor running?" in capsys.readouterr().err


@pytest.mark.parametrize("ahead", [1, 2])
def test_so_many_crashes_are_queued_at_once(
    run: Run, processor: Context, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    for _ in range(4):
        old(processor)
    monkeypatch.setattr(signatures_only, "BATCH", 1)
    monkeypatch.setattr(signatures_only, "AHEAD", ahead)
    most = 0
    offer = jobs.offer

    def watched(db: object, *words: object, **options: object) -> int:
        nonlocal most
        offered = offer(db, *words, **options)  # type: ignore[arg-type]
        most = max(most, query(db, "SELECT count(*) FROM jobs")[0][0])  # type: ignore[arg-type]
        return offered

    monkeypatch.setattr(jobs, "offer", watched)

    assert run().stdout.startswith("4 crashes brought over")
    assert most <= ahead + 1


@pytest.mark.parametrize(
    "words",
    [
        ("bp-0bba929f-8721-460c-8e70-a43c00261123",),
        ("--missing-symbols",),
        ("--report",),
        ("--ruleset", "regenerate_signature"),
    ],
)
def test_it_goes_with_a_choice_only(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_a_processor_makes_two_thousand_a_minute(context: Context) -> None:
    raws = [old(context) for _ in range(60)]
    with context.database.transaction() as db:
        ids = [raw.crash_id for raw in raws]
        jobs.offer(db, ids, ruleset="regenerate_signature", reprocess=True)
        claimed = jobs.claim(db, "me", 100, 60)
    worker = Worker(context._replace(walker=Walker("/no/such/walker")), "me")
    began = time.process_time()

    worker.process_jobs(claimed)

    assert len(claimed) == 60
    assert time.process_time() - began < 60 * 60 / 2000  # processor time: the machine is shared
    assert {signature for signature, _ in signatures(context)} != {"old"}
