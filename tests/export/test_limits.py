"""Limits of the extracts, at the limit and one beyond."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from pydantic import ValidationError

from socorro.extracts import folder
from socorro.extracts import write as writer
from socorro.extracts.config import ExtractsConfig
from tests.export.conftest import DAY

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("setting", "value", "fits"),
    [
        ("level", 0, False),
        ("level", 1, True),
        ("level", 9, True),
        ("level", 10, False),
        ("public_weeks", 0, False),
        ("public_weeks", 1, True),
        ("private_weeks", 0, False),
        ("private_weeks", 1, True),
    ],
)
def test_settings_have_limits(setting: str, value: int, fits: bool) -> None:
    if fits:
        assert getattr(ExtractsConfig(**{setting: value}), setting) == value
    else:
        with pytest.raises(ValidationError, match=setting):
            ExtractsConfig(**{setting: value})


@pytest.mark.parametrize(
    ("audience", "days", "is_kept"),
    [("public", 14, True), ("public", 15, False), ("private", 7, True), ("private", 8, False)],
)
def test_an_extract_is_kept_for_whole_weeks(
    tmp_path: Path, audience: folder.Audience, days: int, is_kept: bool
) -> None:
    config = ExtractsConfig(folder=tmp_path, public_weeks=2, private_weeks=1)
    path = folder.path(tmp_path, TODAY - timedelta(days=days), "Firefox", audience)
    folder.prepare(path.parent)
    path.touch()

    removed = folder.sweep(config, TODAY)

    assert path.exists() is is_kept
    assert removed == ([] if is_kept else [path])


@pytest.mark.parametrize(("days", "is_kept"), [(0, True), (1, True), (2, False)])
def test_a_draft_of_a_killed_writer_is_swept_after_a_day(
    tmp_path: Path, days: int, is_kept: bool
) -> None:
    path = folder.path(tmp_path, DAY, "Firefox", "private")
    folder.prepare(path.parent)
    writing = writer._File(path, 3, {})
    out = writing._replacing.__enter__()
    [draft] = path.parent.iterdir()
    touched = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp() - 86400 * days
    os.utime(draft, (touched, touched))

    removed = folder.sweep(ExtractsConfig(folder=tmp_path), TODAY)
    out.close()

    assert draft.exists() is is_kept
    assert removed == ([] if is_kept else [draft])


def test_rows_are_passed_on_in_blocks_of_300() -> None:
    class Recorder(writer._File):
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def add(self, written: bytes) -> None:
            self.sizes.append(written.count(b"\n"))

    recorder = Recorder()
    sink = writer._Sink([recorder])
    row = b"\t".join([b""] * 30) + b"\n"

    for _ in range(299):
        sink.write(row)
    before = list(recorder.sizes)
    for _ in range(302):
        sink.write(row)

    assert before == []
    assert recorder.sizes == [300, 300]
    assert sink.count == 600
    sink.flush()
    assert recorder.sizes == [300, 300, 1]


def test_at_most_four_blocks_of_a_file_wait(tmp_path: Path) -> None:
    path = folder.path(tmp_path, DAY, "Firefox", "public")
    go_on = Event()
    with writer._File(path, 3, {}) as file:
        file._wait(0)  # the header
        file._waiting.append(file._thread.submit(lambda: bool(go_on.wait(60)) and None))
        for _ in range(3):
            file.add(b"line\n")
        assert len(file._waiting) == 4

        go_on.set()
        file.add(b"line\n")
        assert len(file._waiting) == 4
        file.finish()

    assert path.exists()
