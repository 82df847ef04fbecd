"""Every fuzz target runs for a moment; `make fuzz` lets them run for longer."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TARGETS = sorted(
    path for path in HERE.glob("*.py") if path.stem not in ("__init__", Path(__file__).stem)
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda path: path.stem)
def test_a_target_stands_what_the_fuzzer_finds_at_once(target: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(HERE / "seeds" / target.stem, corpus)
    command = [
        sys.executable, str(target), "-atheris_runs=300", "-seed=1", "-timeout=20", "-max_len=4096",
        f"-artifact_prefix={tmp_path}/", str(corpus),
    ]  # fmt: skip

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done" in done.stderr


def test_every_target_has_seeds_and_every_seed_a_target() -> None:
    assert {path.stem for path in TARGETS} == {path.name for path in (HERE / "seeds").iterdir()}
