"""The jars of HBase and its Thrift gateway, fetched once by Maven.

hbase-pom.xml lists them. Their folder is named after its hash and appears by one rename, so it is
never incomplete. Later starts need no network.
"""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

POM = Path(__file__).with_name("hbase-pom.xml")
INSTALL = "apt-get install openjdk-17-jre-headless maven"


class NoHBase(Exception):
    """HBase cannot be run here; the text is one line that says what to do."""


def java() -> str:
    """Return the path of the Java virtual machine. Raises NoHBase."""
    return _program("java")


def jars(cache: Path) -> Path:
    """Return the folder of jars in *cache*; fetch them first if they are missing.

    One process fetches, others wait for it. Raises NoHBase.
    """
    lib = cache / f"lib-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if lib.is_dir():
        return lib
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lib.is_dir():
            _fetch(cache, lib)
    return lib


def _fetch(cache: Path, lib: Path) -> None:
    mvn = _program("mvn")
    began = time.monotonic()
    print(f"hbase: fetching the jars into {lib} (once, about 110 MB)", flush=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as work:
        done = subprocess.run(
            [
                mvn, "-B", "-q", "-ntp", "-f", str(POM), f"-Dmaven.repo.local={work}/m2",
                "dependency:copy-dependencies", "-DincludeScope=runtime",
                f"-DoutputDirectory={work}/lib",
            ],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            errors = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
            raise NoHBase(f"mvn could not fetch HBase: {errors[0] if errors else done.stderr}")
        Path(work, "lib").rename(lib)
    size = sum(jar.stat().st_size for jar in lib.iterdir()) / 1e6
    print(f"hbase: {size:.0f} MB fetched in {time.monotonic() - began:.0f} s", flush=True)


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise NoHBase(f"HBase needs {name}: {INSTALL}")
    return path
