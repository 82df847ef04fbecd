"""Run both walkers on one dump, and make bad dumps and bad symbols."""

import random
import re
import resource
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders import DUMPS

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "walker/target/release/index-walker"
PLAIN = ROOT / ".parts/bin/minidump-stackwalk"
SYMBOLS = DUMPS / "symbols"
EVERY_DUMP = sorted(DUMPS.rglob("*.dmp"))

_KIND = re.compile(r"^(?:INFO|WARN|ERROR) ([A-Z]\w+) - ", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What a walker printed for a dump: equal when the walkers cannot be told apart."""

    code: int
    stdout: bytes
    kinds: tuple[str, ...]


def run(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    program = Path(words[0])
    if not program.exists():
        how = "make parts" if program == PLAIN else "cd walker && cargo build --release --locked"
        pytest.fail(f"{program} is missing; get it by: {how}")
    return subprocess.run(words, capture_output=True, timeout=120, preexec_fn=_limit)


def _limit() -> None:
    """Some mutated dumps make the unwinder ask for memory without end."""
    resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))


def walk(*words: str | Path) -> Outcome:
    """Walk with --json and without colours."""
    done = run(words[0], "--json", "--no-color", "--no-interactive", *words[1:])
    kinds = _KIND.findall(done.stderr.decode("utf-8", "replace"))
    return Outcome(done.returncode, done.stdout, tuple(kinds))


def plain(dump: Path, *symbols: Path) -> Outcome:
    return walk(PLAIN, *_words(symbols), dump)


def ours(dump: Path, *symbols: Path, index: Path, more: tuple[str | Path, ...] = ()) -> Outcome:
    return walk(OURS, *_words(symbols), "--index-dir", index, *more, dump)


def index(*words: str | Path) -> list[str]:
    """Write indexes; return what became of each .sym."""
    done = run(OURS, "index", *words)
    assert done.returncode == 0, done.stderr
    return [line.split()[0] for line in done.stdout.decode().splitlines()]


def indexes(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix == ".index1")


def mutated(dump: bytes, seed: int) -> bytes:
    """Return *dump* with some bytes changed, half of the time near its start, or cut short."""
    chance = random.Random(seed)
    changed = bytearray(dump)
    if chance.random() < 0.05:
        return bytes(changed[: chance.randrange(len(changed))])
    reach = len(changed) if chance.random() < 0.5 else min(len(changed), 4096)
    for _ in range(chance.choice((1, 2, 4, 8, 32))):
        value = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        changed[chance.randrange(reach)] = value
    return bytes(changed)


def bad_symbols(folder: Path, spoil: Callable[[bytes], bytes]) -> Path:
    """Return a copy of the symbol store in which every .sym was spoilt."""
    shutil.copytree(SYMBOLS, folder)
    for path in folder.rglob("*.sym"):
        path.write_bytes(spoil(path.read_bytes()))
    return folder


def _words(symbols: tuple[Path, ...]) -> list[str]:
    return [word for folder in symbols for word in ("--symbols-path", str(folder))]
