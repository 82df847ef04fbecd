"""Entries that are torn, moved, swept and killed in between: whole or not at all."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from socorro.crash import MAIN_DUMP, RawCrash
from socorro.spool.entry import PLACE_ATTEMPTS
from socorro.spool.spool import Entry, Spool, SpoolUnavailable, TornEntry
from tests.builders import NOON, make_crash
from tests.test_spool import DUMPS, LARGE, files, only, post


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool.created(tmp_path / "spool", durable=False, reserve=0)


# Torn


def torn_json(entry: Entry) -> None:
    Path(entry.json).write_bytes(Path(entry.json).read_bytes()[:-10])


def empty_json(entry: Entry) -> None:
    Path(entry.json).write_bytes(b"")


def other_json(entry: Entry) -> None:
    Path(entry.json).write_bytes(make_crash(dumps=DUMPS).to_json())


def torn_dump(entry: Entry) -> None:
    Path(entry.dump(MAIN_DUMP)).write_bytes(b"MD")


def missing_dump(entry: Entry) -> None:
    Path(entry.dump(MAIN_DUMP)).unlink()


def hostile_dump_name(entry: Entry) -> None:
    text = Path(entry.json).read_text().replace(MAIN_DUMP, "../../../etc/passwd")
    Path(entry.json).write_text(text)


@pytest.mark.parametrize(
    "tear", [torn_json, empty_json, other_json, torn_dump, missing_dump, hostile_dump_name]
)
def test_a_torn_entry_is_recognised_and_can_be_set_aside(
    spool: Spool, tear: Callable[[Entry], None]
) -> None:
    post(spool)
    entry = only(spool)
    tear(entry)

    with pytest.raises(TornEntry) as torn:
        spool.read(entry)
    spool.quarantine(entry, str(torn.value))

    assert list(spool.quarantined()) == [(entry.crash_id, str(torn.value))]
    assert spool.ready() == []


# What the crashmover does


def test_what_is_forgotten_is_gone_and_forgetting_twice_is_no_error(spool: Spool) -> None:
    post(spool)
    entry = only(spool)

    spool.forget(entry)
    spool.forget(entry)

    assert files(spool, "ready") == []
    with pytest.raises(FileNotFoundError):
        spool.read(entry)


def test_an_entry_that_vanishes_while_it_is_read_is_gone_not_torn(spool: Spool) -> None:
    post(spool)
    entry = only(spool)
    raw = entry.raw_crash()

    class Vanishing(Entry):
        def raw_crash(self) -> RawCrash:
            spool.forget(entry)
            return raw

    with pytest.raises(FileNotFoundError):
        spool.read(Vanishing(*entry))


def test_quarantine_keeps_everything_of_an_entry(spool: Spool) -> None:
    raw = post(spool)
    entry = only(spool)

    spool.quarantine(entry, "the store refuses it")

    folder = spool.root / "quarantine" / entry.stem
    assert spool.read(entry._replace(folder=folder)) == (raw, DUMPS)
    assert files(spool, "ready") == []
    assert (folder / "reason.txt").read_text() == "the store refuses it\n"


def test_to_set_aside_what_is_gone_leaves_no_trace(spool: Spool) -> None:
    post(spool)
    entry = only(spool)
    spool.forget(entry)

    spool.quarantine(entry, "late")

    assert list(spool.quarantined()) == []


def test_what_is_kept_is_not_ready_and_comes_back_when_asked(spool: Spool) -> None:
    raw = post(spool)
    spool.keep(only(spool))
    assert spool.ready() == []

    count = spool.put_back_kept()

    assert count == 1
    assert spool.read(only(spool)) == (raw, DUMPS)
    assert files(spool, "kept") == []


def test_what_was_kept_long_enough_goes(spool: Spool) -> None:
    post(spool)
    spool.keep(only(spool))

    young, old = spool.sweep_kept(3600), spool.sweep_kept(0)

    assert (young, old) == (0, 1)
    assert list((spool.root / "kept").iterdir()) == []


class Killed(BaseException):
    """Stands for a kill -9: nothing that comes after it runs."""


STEPS = ("link", "rename", "unlink")


def kill_before(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the *step*-th change of a folder, counted from nought, not happen, nor any other."""
    left = iter(range(step))

    def guarded(act: Callable[..., None]) -> Callable[..., None]:
        def run(*args: object, **options: object) -> None:
            if next(left, None) is None:
                raise Killed
            act(*args, **options)

        return run

    for name in STEPS:
        monkeypatch.setattr(os, name, guarded(getattr(os, name)))


MOVES: dict[str, Callable[[Spool, Entry], object]] = {
    "keep": lambda spool, entry: spool.keep(entry),
    "quarantine": lambda spool, entry: spool.quarantine(entry, "test"),
    "put_back_kept": lambda spool, _: spool.put_back_kept(),
    "put_back": lambda spool, _: spool.put_back(next(spool.quarantined_entries())),
}


@pytest.mark.parametrize("step", range(5))
@pytest.mark.parametrize("move", MOVES)
def test_an_entry_is_whole_wherever_its_move_is_killed(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, move: str, step: int
) -> None:
    raw = post(spool)
    entry = only(spool)
    if move == "put_back_kept":
        spool.keep(entry)
    if move == "put_back":
        spool.quarantine(entry, "test")

    with monkeypatch.context() as patched:
        kill_before(patched, step)
        with pytest.raises(Killed):
            MOVES[move](spool, entry)

    [json] = spool.root.rglob("*.json")
    assert spool.read(entry._replace(folder=json.parent)) == (raw, DUMPS)
    spool.sweep(0)
    assert spool.read(entry._replace(folder=json.parent)) == (raw, DUMPS)


@pytest.mark.parametrize("step", range(6))
def test_a_killed_put_back_is_ended_by_the_next_one(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    raw = post(spool)
    spool.quarantine(only(spool), "test")
    with monkeypatch.context() as patched:
        kill_before(patched, step)
        with pytest.raises(Killed):
            spool.put_back(next(spool.quarantined_entries()))

    for entry in spool.quarantined_entries():
        spool.put_back(entry)
    spool.sweep(0)

    assert spool.read(only(spool)) == (raw, DUMPS)
    assert list(spool.quarantined()) == []
    assert list((spool.root / "quarantine").iterdir()) == []


def test_putting_back_is_repeatable_and_keeps_the_whole_crash(spool: Spool) -> None:
    raw = post(spool)
    spool.quarantine(only(spool), "error: test")
    [entry] = spool.quarantined_entries()
    assert spool.reason(entry) == "error: test"

    spool.put_back(entry)
    with pytest.raises(FileNotFoundError):
        spool.put_back(entry)

    assert spool.read(only(spool)) == (raw, DUMPS)
    assert files(spool, "quarantine") == []


def test_a_torn_entry_stays_in_quarantine(spool: Spool) -> None:
    post(spool)
    entry = only(spool)
    torn_dump(entry)
    spool.quarantine(entry, "torn: test")
    [entry] = spool.quarantined_entries()

    with pytest.raises(TornEntry):
        spool.put_back(entry)

    assert list(spool.quarantined()) == [(entry.crash_id, "torn: test")]
    assert spool.ready() == []


@pytest.mark.parametrize("reason", [None, b"", b"\n"])
def test_a_quarantined_crash_whose_reason_is_lost_is_listed(
    spool: Spool, reason: bytes | None
) -> None:
    post(spool)
    entry = only(spool)
    spool.quarantine(entry, "torn: test")
    path = spool.root / "quarantine" / entry.stem / "reason.txt"
    path.unlink() if reason is None else path.write_bytes(reason)

    assert list(spool.quarantined()) == [(entry.crash_id, "unknown")]


@pytest.mark.parametrize("step", range(3))
def test_what_a_killed_forget_leaves_is_no_entry_or_a_whole_one(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    raw = post(spool)
    entry = only(spool)

    with monkeypatch.context() as patched:
        kill_before(patched, step)
        with pytest.raises(Killed):
            spool.forget(entry)

    assert [spool.read(left) for left in spool.ready()] == ([(raw, DUMPS)] if step == 0 else [])
    spool.sweep(0)
    assert (files(spool, "ready") == []) == (step > 0)


@pytest.mark.parametrize(("dumps", "step"), [(DUMPS, 0), (LARGE, 0), (LARGE, 1), (LARGE, 2)])
def test_what_a_killed_commit_leaves_is_no_entry_and_is_swept(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, dumps: dict[str, bytes], step: int
) -> None:
    with monkeypatch.context() as patched:
        draft = spool.draft()
        for name, body in dumps.items():
            draft.dump(name).write(body)
        kill_before(patched, step)
        with pytest.raises(Killed):
            draft.commit(make_crash(dumps=dumps))

    assert spool.ready() == []
    assert spool.sweep(3600) == 0
    assert spool.sweep(0) == 3
    assert files(spool) == []


def test_sweeping_leaves_whole_entries_alone(spool: Spool) -> None:
    raw = post(spool)

    spool.sweep(0)

    assert spool.read(only(spool)) == (raw, DUMPS)


def test_an_empty_folder_of_the_past_goes_and_comes_again_when_needed(spool: Spool) -> None:
    post(spool, make_crash(NOON - timedelta(days=500), dumps=DUMPS))
    spool.forget(only(spool))
    folder = spool.root / "ready" / "202507111200"
    assert folder.is_dir()

    assert spool.ready() == []

    assert not folder.exists()
    post(spool, make_crash(NOON - timedelta(days=500), dumps=DUMPS))
    assert only(spool).folder == folder


@pytest.mark.parametrize("times", [2, PLACE_ATTEMPTS])
@pytest.mark.parametrize("dumps", [DUMPS, LARGE])
def test_a_folder_that_goes_just_before_it_is_used_is_made_again(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, dumps: dict[str, bytes], times: int
) -> None:
    removed = remove_before_use(spool, monkeypatch, times)

    raw = post(spool, dumps=dumps)

    assert len(removed) == times
    assert spool.read(only(spool)) == (raw, dumps)


def test_a_folder_that_goes_every_time_is_unavailable_in_the_end(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_before_use(spool, monkeypatch, PLACE_ATTEMPTS + 1)

    with pytest.raises(SpoolUnavailable):
        post(spool)

    assert files(spool) == []


def remove_before_use(spool: Spool, monkeypatch: pytest.MonkeyPatch, times: int) -> list[Path]:
    """Remove the folder of the minute before the next uses of it; return what was removed."""
    folder = spool.root / "ready" / "202611231200"
    removed: list[Path] = []

    def after_its_removal(act: Callable[..., object], place: int) -> Callable[..., object]:
        def run(*args: Path) -> object:
            if Path(args[place]).parent == folder and len(removed) < times:
                folder.mkdir(exist_ok=True)
                folder.rmdir()
                removed.append(folder)
            return act(*args)

        return run

    monkeypatch.setattr(os, "rename", after_its_removal(os.rename, 1))
    monkeypatch.setattr(os, "open", after_its_removal(os.open, 0))
    return removed


def test_what_lies_about_is_neither_entry_nor_error(spool: Spool) -> None:
    post(spool)
    folder = only(spool).folder
    (folder / "notes.txt").touch()
    (folder / f"{'z' * 36}.{'0' * 24}.json").touch()
    (spool.root / "ready" / "lost+found").mkdir()
    (spool.root / "ready" / "README").touch()
    (spool.root / "quarantine" / "README").touch()

    assert len(spool.ready()) == len(list(spool.ids())) == 1
    assert list(spool.quarantined()) == []
    assert spool.sweep(0) == 0
