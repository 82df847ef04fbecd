"""Runs the index walker's `index` subcommand, where the walker was built (make walker)."""

import resource
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

_LEAST_MEMORY = 2**30  # bytes of address space
_BATCH = 64  # files per run


def index(
    program: str, folder: Path, files: Sequence[Path], most_bytes: int
) -> Iterator[tuple[Path, str]]:
    """Index symbol *files* into *folder*; yield each with its outcome, or "failed: …".

    Walking works without an index, only slower: a failure is reported, not raised. Memory is
    limited to four times the largest file, and the folder to *most_bytes*.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(files), _BATCH):
        batch = files[start : start + _BATCH]
        most = max(_LEAST_MEMORY, 4 * max(_size(path) for path in batch))
        with subprocess.Popen(
            [program, "index", "--index-dir", folder, "--max-bytes", str(most_bytes), *batch],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as child:  # fmt: skip
            resource.prlimit(child.pid, resource.RLIMIT_AS, (most, most))
            yield from _outcomes(child, batch)


def _outcomes(child: "subprocess.Popen[str]", batch: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    left = list(batch)
    assert child.stdout  # noqa: S101 -- it is a pipe
    assert child.stderr  # noqa: S101
    for line in child.stdout:
        outcome, _, name = line.rstrip("\n").partition(" ")
        path = Path(name)
        if path in left:
            left.remove(path)
            yield path, outcome
    errors = child.stderr.read(4096).strip().splitlines()
    for path in left:
        yield path, f"failed: {errors[-1] if errors else 'the walker ended'}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
