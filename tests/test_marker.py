"""Empty is not new: without its marker, a crash store or a spool is away, and nobody makes it."""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from socorro import marker
from socorro.crash import MAIN_DUMP
from socorro.crashstore import filesystem
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import StoreUnavailable
from socorro.spool import spool as spool_module
from socorro.spool.spool import Spool, SpoolUnavailable
from tests.builders import NOON, make_crash

DUMP = {MAIN_DUMP: b"MDMP"}
DAY = NOON.replace(hour=0)
ONE_DAY = timedelta(days=1)
MEMORY = {FilesystemStore: filesystem.REMEMBERED, Spool: spool_module.REMEMBERED}
AWAY = (StoreUnavailable, SpoolUnavailable)
Folder = FilesystemStore | Spool
BOTH = pytest.mark.parametrize("kind", [FilesystemStore, Spool])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "folder"


def opened(kind: type[Folder], root: Path, home: Path | None = None) -> Folder:
    return Spool(root, reserve=0, home=home) if kind is Spool else FilesystemStore(root, home=home)


def swap(one: Path, other: Path) -> None:
    """Let two folders change their places."""
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def calls_of_store(store: FilesystemStore) -> list[Callable[[], object]]:
    raw = make_crash(NOON)
    return [
        lambda: store.put_raw(raw, DUMP),
        lambda: store.get_raw(raw.crash_id),
        lambda: store.dump_names(raw.crash_id),
        lambda: store.get_dump(raw.crash_id, MAIN_DUMP),
        lambda: store.get_crash(raw.crash_id, lambda names: names),
        lambda: store.put_processed(raw.crash_id, {}),
        lambda: store.get_processed(raw.crash_id),
        lambda: list(store.waiting()),
        lambda: store.forget_waiting([]),
        lambda: list(store.submitted(DAY, DAY + ONE_DAY)),
        lambda: list(store.unprocessed(DAY, DAY + ONE_DAY)),
        lambda: store.delete(raw.crash_id),
        lambda: store.counters("day", DAY, DAY + ONE_DAY),
        store.check,
    ]


def calls_of_spool(spool: Spool, entry: spool_module.Entry) -> list[Callable[[], object]]:
    return [
        spool.draft,
        spool.ready,
        lambda: spool.read(entry),
        lambda: spool.forget(entry),
        lambda: spool.keep(entry),
        lambda: spool.quarantine(entry, "test"),
        lambda: spool.sweep(0),
        lambda: spool.sweep_kept(0),
        spool.put_back_kept,
        lambda: spool.put_back(entry),
        lambda: list(spool.quarantined_entries()),
        lambda: spool.accepted(NOON.date()),
        lambda: list(spool.ids()),
        lambda: list(spool.quarantined()),
        spool.check,
    ]


def spooled(spool: Spool) -> spool_module.Entry:
    with spool.draft() as draft:
        draft.dump(MAIN_DUMP).write(DUMP[MAIN_DUMP])
        draft.commit(make_crash(NOON, dumps=DUMP))
    [entry] = spool.ready()
    return entry


@pytest.mark.parametrize("in_its_place", ["nothing", "an empty folder", "folders without marker"])
def test_every_call_says_that_the_store_is_away_and_makes_nothing(
    root: Path, in_its_place: str
) -> None:
    store = FilesystemStore.created(root)
    make_away(root, in_its_place)
    before = sorted(root.parent.rglob("*"))

    for call in calls_of_store(store) + calls_of_store(FilesystemStore(root)):
        with pytest.raises(StoreUnavailable, match="`socorro store create` makes a new one"):
            call()

    assert sorted(root.parent.rglob("*")) == before


@pytest.mark.parametrize("in_its_place", ["nothing", "an empty folder", "folders without marker"])
def test_every_call_says_that_the_spool_is_away_and_makes_nothing(
    root: Path, in_its_place: str
) -> None:
    spool = Spool.created(root, reserve=0)
    entry = spooled(spool)
    make_away(root, in_its_place)
    before = sorted(root.parent.rglob("*"))

    for call in calls_of_spool(spool, entry) + calls_of_spool(Spool(root, reserve=0), entry):
        with pytest.raises(SpoolUnavailable, match="`socorro spool create` makes a new one"):
            call()

    assert sorted(root.parent.rglob("*")) == before


def make_away(root: Path, in_its_place: str) -> None:
    root.rename(root.with_name("unmounted"))
    if in_its_place == "nothing":
        return
    root.mkdir()
    if in_its_place == "folders without marker":
        for folder in root.with_name("unmounted").iterdir():
            if folder.is_dir():
                (root / folder.name).mkdir()


def test_a_crash_that_is_being_received_while_the_spool_goes_away_is_not_answered(
    root: Path,
) -> None:
    spool = Spool.created(root, reserve=0)
    with spool.draft() as draft:
        draft.dump(MAIN_DUMP).write(DUMP[MAIN_DUMP])
        make_away(root, "folders without marker")
        with pytest.raises(SpoolUnavailable):
            draft.commit(make_crash(NOON, dumps=DUMP))

    assert not [path for path in root.rglob("*") if path.is_file()]


@BOTH
def test_what_comes_back_is_used_again(kind: type[Folder], root: Path) -> None:
    folder = kind.created(root)
    root.rename(root.with_name("unmounted"))
    with pytest.raises(AWAY):
        folder.check()

    root.with_name("unmounted").rename(root)

    folder.check()


@BOTH
def test_another_folder_is_away_until_it_is_adopted(kind: type[Folder], root: Path) -> None:
    home, other = root.with_name("home"), root.with_name("other")
    home.mkdir()
    kind.created(root)
    kind.created(other)
    running = opened(kind, root, home)
    running.check()
    swap(root, other)

    for folder in (running, opened(kind, root, home)):  # the second one after a restart
        with pytest.raises(AWAY, match="another one is mounted"):
            folder.check()
    opened(kind, root, home).adopt()

    running.check()
    opened(kind, root, home).check()
    swap(root, other)
    with pytest.raises(AWAY, match="another one is mounted"):
        running.check()


@BOTH
def test_a_process_without_a_home_remembers_what_it_saw(kind: type[Folder], root: Path) -> None:
    folder = kind.created(root)
    kind.created(root.with_name("other"))

    swap(root, root.with_name("other"))

    with pytest.raises(AWAY, match="another one is mounted"):
        folder.check()


@BOTH
def test_creating_again_keeps_the_marker(kind: type[Folder], root: Path) -> None:
    kind.created(root)
    first = (root / marker.NAME).read_bytes()

    kind.created(root).check()

    assert (root / marker.NAME).read_bytes() == first
    assert json.loads(first).keys() == {"created", "id", "kind"}
    assert datetime.fromisoformat(json.loads(first)["created"]).tzinfo


@BOTH
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"kind": "symbols", "id": "1"}'])
def test_a_marker_that_is_none_is_no_marker(kind: type[Folder], root: Path, content: str) -> None:
    folder = kind.created(root)
    folder.check()
    (root / marker.NAME).write_text(content)

    for used in (folder, opened(kind, root)):
        with pytest.raises(AWAY, match="no marker of one in"):
            used.check()
    folder.create()

    opened(kind, root).check()


@BOTH
def test_content_of_an_earlier_version_is_adopted_once(kind: type[Folder], root: Path) -> None:
    home = root.with_name("home")
    home.mkdir()
    kind.created(root)
    (root / marker.NAME).unlink()

    adopted = [opened(kind, root, home).adopt_unmarked() for _ in range(2)]
    opened(kind, root, home).check()
    (root / marker.NAME).unlink()
    again = opened(kind, root, home).adopt_unmarked()

    assert adopted == [True, False]
    assert again is False
    assert not (root / marker.NAME).exists()


@BOTH
def test_an_empty_folder_is_not_adopted(kind: type[Folder], root: Path) -> None:
    root.mkdir()

    assert opened(kind, root).adopt_unmarked() is False
    with pytest.raises(AWAY):
        opened(kind, root).adopt()
    assert list(root.iterdir()) == []


@BOTH
def test_a_home_remembers_each_folder_by_its_path(kind: type[Folder], root: Path) -> None:
    home, other = root.with_name("home"), root.with_name("other")
    home.mkdir()

    for path in (root, other):
        kind.created(path)
        opened(kind, path, home).check()

    document = json.loads((home / MEMORY[kind]).read_text())
    assert document.keys() == {str(root), str(other)}
    opened(kind, root, home).check()


@BOTH
@pytest.mark.parametrize("content", [b"", b"[]", b"\xff"])
def test_a_memory_that_cannot_be_read_remembers_nothing(
    kind: type[Folder], root: Path, content: bytes
) -> None:
    home = root.with_name("home")
    home.mkdir()
    (home / MEMORY[kind]).write_bytes(content)
    kind.created(root)

    opened(kind, root, home).check()
    opened(kind, root, root.with_name("nowhere")).check()

    assert str(root) in json.loads((home / MEMORY[kind]).read_text())


@BOTH
def test_the_marker_is_read_once_and_looked_at_again(
    kind: type[Folder], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kind.created(root)
    folder.check()
    reads: list[Path] = []
    read = Path.read_bytes

    def counted(path: Path) -> bytes:
        reads.append(path)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    folder.check()
    is_read = root / marker.NAME in reads
    os.utime(root / marker.NAME)
    folder.check()

    assert not is_read
    assert root / marker.NAME in reads
