"""Jars of a real engine, fetched once by Maven, by the list in a pom.xml beside this file.

Their folder is named after a hash of what goes into it and appears by one rename, so it is never
incomplete. Later starts need no network.
"""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


class NoEngine(Exception):
    """An engine cannot be run here; the text is one line that says what to do."""


def program(name: str, engine: str, packages: str) -> str:
    """Return the path of a program. Raises NoEngine, which names Debian's packages."""
    path = shutil.which(name)
    if path is None:
        raise NoEngine(f"{engine} needs {name}: apt-get install {packages}")
    return path


def folder(cache: Path, sources: list[Path], make: Callable[[Path, Path], None]) -> Path:
    """Return the folder in *cache* made of *sources*; make it first if it is missing.

    `make(work, lib)` fills `lib`, in a scratch folder. One process makes it, others wait.
    """
    key = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    lib = cache / f"lib-{key}"
    if lib.is_dir():
        return lib
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lib.is_dir():
            with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as work:
                make(Path(work), Path(work, "lib"))
                Path(work, "lib").rename(lib)
    return lib


def fetch(engine: str, command: list[str], pom: Path, work: Path, lib: Path) -> None:
    """Put the jars that a pom lists into a folder; *command* is Maven's. Raises NoEngine."""
    began = time.monotonic()
    done = subprocess.run(
        [
            *command, "-B", "-q", "-ntp", "-f", str(pom), f"-Dmaven.repo.local={work}/m2",
            "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={lib}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        errors = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
        raise NoEngine(f"mvn could not fetch {engine}: {errors[0] if errors else done.stderr}")
    size = sum(jar.stat().st_size for jar in lib.iterdir()) / 1e6
    seconds = time.monotonic() - began
    print(f"{engine.lower()}: {size:.0f} MB fetched in {seconds:.0f} s", flush=True)
