"""What the battery breaks is broken as it says, and whole again afterwards."""

import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest

from cli.local.downloads import BIN
from socorro.crash_id import CrashId
from socorro.crashstore.filesystem import FilesystemStore
from tests.builders import make_crash
from tests.faults import broken_files, places
from tests.faults.broken_dumps import with_module_names
from tests.faults.crashes import GOOD_DUMP
from tests.faults.one_crash import broken

DUMP = {"upload_file_minidump": b"MDMP" * 1000}


@pytest.fixture
def crash(tmp_path: Path) -> CrashId:
    """A crash, raw and processed, in a crash store."""
    store = FilesystemStore.created(tmp_path / "crashstore")
    raw = make_crash(dumps=DUMP)
    store.put_raw(raw, DUMP)
    store.put_processed(raw.crash_id, {"uuid": raw.crash_id})
    return raw.crash_id


def readable(path: Path) -> bool:
    """Whether the archive opens and all its members can be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return bool([archive.read(name) for name in archive.namelist()])
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return False


@pytest.mark.parametrize("name", broken_files.ARCHIVES)
def test_an_archive_is_broken_and_whole_again(tmp_path: Path, crash: CrashId, name: str) -> None:
    path = places.archive(tmp_path, crash)
    before, modified = path.read_bytes(), path.stat().st_mtime_ns

    with broken(path, broken_files.ARCHIVES[name]):
        assert places.is_there(path)
        inside = readable(path)
        if inside:
            with zipfile.ZipFile(path) as archive:
                assert archive.namelist().count("raw_crash.json") == (name != "no-raw-crash")
            assert path.stat().st_mtime_ns == modified

    assert inside == name.startswith(("json-", "no-"))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, modified)


@pytest.mark.parametrize("name", broken_files.TIMELESS)
def test_an_archive_without_its_time_says_another_day(
    tmp_path: Path, crash: CrashId, name: str
) -> None:
    path = places.archive(tmp_path, crash)
    modified = path.stat().st_mtime_ns

    with broken(path, broken_files.TIMELESS[name]):
        assert path.stat().st_mtime_ns < modified - 86_400 * 10**9

    assert path.stat().st_mtime_ns == modified


@pytest.mark.parametrize("name", broken_files.PROCESSED)
def test_a_processed_file_is_broken_and_whole_again(
    tmp_path: Path, crash: CrashId, name: str
) -> None:
    path = places.processed(tmp_path, crash)
    before = path.read_bytes()

    with broken(path, broken_files.PROCESSED[name]):
        assert not path.is_file() or path.read_bytes() != before

    assert path.read_bytes() == before


def test_a_dump_makes_breakpads_walker_say_that_the_disk_is_full(tmp_path: Path) -> None:
    dump = tmp_path / "bad.dmp"
    dump.write_bytes(with_module_names(GOOD_DUMP.read_bytes()))

    done = subprocess.run(
        [BIN / "minidump_stackwalk", "-m", dump], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "No space left on device" in done.stderr


def test_places_are_looked_up_without_the_lines_own_code(tmp_path: Path, crash: CrashId) -> None:
    path = places.archive(tmp_path, crash)

    assert path.is_file()
    assert places.processed(tmp_path, crash).is_file()
    (tmp_path / "link").symlink_to("nowhere")
    assert places.is_there(tmp_path / "link")
    assert not places.is_there(tmp_path / "nothing")
