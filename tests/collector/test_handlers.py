"""Real handlers of Crashpad, PyPI's and Debian's, report a real crash of a program of one's own."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from processor import dump_times
from processor.process import process
from processor.stackwalk import OK, Walk
from socorro.crash import MAIN_DUMP, RawCrash
from tests.builders import TEST_DUMP
from tests.collector.running import CHECKOUT, Running, running
from tests.system.crashpad import CHROMIUM_HANDLER, HANDLER, CrashpadDatabase

SEGMENTATION_FAULT = -11

# What the program gives its handler; then product, version, channel, process.
PROGRAMS = [
    (
        ["_productName=Canary Notes", "_version=4.2.1", "prod=Electron", "ver=38.1.0",
         "process_type=renderer", "ptype=renderer", "platform=linux"],
        ("Canary Notes", "4.2.1", "unknown", "renderer"),
    ),
    (
        ["prod=Chrome_Linux", "ver=156.0.1.2", "channel=stable", "plat=Linux", "ptype=gpu-process"],
        ("Chrome_Linux", "156.0.1.2", "stable", "gpu-process"),
    ),
    (["product=MyGame", "version=1.2.3", "format=minidump"],
     ("MyGame", "1.2.3", "unknown", "parent")),
    (["ProductName=Ours", "Version=1.0", "ReleaseChannel=beta", "product=Theirs"],
     ("Ours", "1.0", "beta", "parent")),
    ([], ("", "", "unknown", "parent")),
]  # fmt: skip


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("collector")) as started:
        yield started


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of docs/clients.md that crashes."""
    program = tmp_path_factory.mktemp("game") / "mygame"
    source = CHECKOUT / "docs/examples/mygame.cpp"
    subprocess.run(["g++", "-g", "-O0", "-Wall", "-Werror", "-o", program, source], check=True)
    return program


def stored(collector: Running, answer: str) -> tuple[RawCrash, dict[str, bytes]]:
    crash_id = answer.removeprefix("CrashID=bp-").strip()
    entries = [entry for entry in collector.spool.ready() if entry.crash_id == crash_id]
    return collector.spool.read(entries[-1])


@pytest.mark.parametrize("handler", [HANDLER, CHROMIUM_HANDLER], ids=["sentry", "chromium"])
@pytest.mark.parametrize(("annotations", "expected"), PROGRAMS)
def test_a_real_crash_under_a_real_handler(
    collector: Running, game: Path, tmp_path: Path, handler: Path,
    annotations: list[str], expected: tuple[str, ...],
) -> None:  # fmt: skip
    began = datetime.now(UTC) - timedelta(seconds=2)

    url = f"http://127.0.0.1:{collector.port}/submit"
    done = subprocess.run(
        [game, handler, url, *annotations], cwd=tmp_path, timeout=60, capture_output=True
    )

    assert done.returncode == SEGMENTATION_FAULT
    [answer] = CrashpadDatabase(tmp_path / "crashpad-database").answers().values()
    raw, dumps = stored(collector, answer)
    walk = Walk(OK, {}, times=dump_times.read(dumps[MAIN_DUMP]))
    crash = process(raw, {MAIN_DUMP: walk})
    names = ("product", "version", "release_channel", "process_type")
    assert tuple(crash[name] for name in names) == expected
    assert began.timestamp() <= crash["crash_time"] <= datetime.now(UTC).timestamp()
    assert crash["uptime"] in range(60)
    sent = dict(annotation.split("=") for annotation in annotations)
    assert {name: raw.annotations[name] for name in sent} == sent


@pytest.mark.parametrize("handler", [HANDLER, CHROMIUM_HANDLER], ids=["sentry", "chromium"])
@pytest.mark.parametrize("options", [(), ("--no-upload-gzip",)])
def test_a_handler_sends_what_a_program_left_behind(
    collector: Running, tmp_path: Path, handler: Path, options: tuple[str, ...]
) -> None:
    database = CrashpadDatabase(tmp_path / "database")
    name = database.add(TEST_DUMP.read_bytes())

    url = f"http://127.0.0.1:{collector.port}/submit"
    answers = database.upload(url, *options, handler=handler)

    _, dumps = stored(collector, answers[name])
    assert dumps == {MAIN_DUMP: TEST_DUMP.read_bytes()}
