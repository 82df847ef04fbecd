"""make bench-collector prints its rows and leaves nothing behind, also when it is interrupted."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "bench.collector", "--connections", "2", "--durable", "yes"]


def left(folder: Path) -> list[str]:
    """Files, mounts and worktrees of a bench in that folder."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    worktrees = subprocess.run(
        ["git", "worktree", "list"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [
        *(str(path) for path in folder.iterdir()),
        *(line for line in mounts if str(folder) in line),
        *(line for line in worktrees if str(folder) in line),
    ]


def test_rows_of_both_disks_and_bodies_are_printed(tmp_path: Path) -> None:
    command = [*COMMAND, "--seconds", "0.2", "--folder", str(tmp_path)]

    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)

    rows = re.findall(
        r"^  yes +(form|json) +2 +\d+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+", done.stdout, re.MULTILINE
    )
    assert rows == ["form", "json", "form", "json"]
    assert "\ntmpfs\n" in done.stdout
    floors = re.findall(
        r"^  floor: ([\d.]+) ms .*, ([\d.]+) ms for SHA-256", done.stdout, re.MULTILINE
    )
    assert len(floors) == 2
    assert all(float(figure) > 0 for floor in floors for figure in floor)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "seconds"), [(signal.SIGINT, 0.3), (signal.SIGTERM, 0.3), (signal.SIGINT, 4)]
)
def test_an_interrupted_bench_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, seconds: float
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    words = ["--seconds", "60", "--folder", str(tmp_path), "--reference", "HEAD"]
    with subprocess.Popen(
        [*COMMAND, *words], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as bench:
        assert bench.stdout
        while "durable" not in bench.stdout.readline():
            pass
        time.sleep(seconds)  # collectors start, or run
        assert len(left(tmp_path)) >= 3

        bench.send_signal(number)
        assert bench.wait(60) != 0

    assert left(tmp_path) == []
