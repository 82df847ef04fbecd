"""Posts for a collector: bodies as clients send them, and a load of them over some connections."""

import contextlib
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import interrupt

DUMP_BYTES = 150_000
BOUNDARY = "---------------------------7dc2e1b0f3a94c6d"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
NUMBER = "@@@@@@@@@@@@"  # in CrashEventID; becomes the number of the post
DUMPS = Path(__file__).parent.parent / "tests/data/minidumps"
DUMP_HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload_file_minidump"; '
    'filename="x.dmp"\r\nContent-Type: application/octet-stream\r\n\r\n'
)


def annotations() -> dict[str, str]:
    """Return 40 annotations, 4 kB of text."""
    values = {
        "ProductName": "Firefox", "Version": "140.0", "ReleaseChannel": "release",
        "BuildID": "20261101031153", "Comments": "it crashed while I fed my cows",
        "URL": "https://example.com/" + "a" * 80, "CrashEventID": NUMBER,
        "Add-ons": ",".join(f"addon{number}%40example.org:1.{number}" for number in range(60)),
    }  # fmt: skip
    return values | {f"Annotation{number}": f"{number}" * 20 for number in range(40 - len(values))}


def form_body(dump_bytes: int = DUMP_BYTES) -> bytes:
    """Return a form of 41 parts: 40 fields and a dump, which is tiled from real ones."""
    fields = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in annotations().items()
    ]
    return "".join(fields).encode() + _dump(dump_bytes)


def json_body(dump_bytes: int = DUMP_BYTES) -> bytes:
    """Return a form of two parts, as Firefox sends it: the annotations as JSON, and a dump."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="extra"; filename="extra.json"\r\n'
        "Content-Type: application/json\r\n\r\n"
    )
    return f"{head}{json.dumps(annotations())}\r\n".encode() + _dump(dump_bytes)


def _dump(size: int) -> bytes:
    real = b"".join(path.read_bytes() for path in sorted(DUMPS.glob("*/*.dmp")))
    tiled = (real * (size // len(real) + 1))[:size]
    return DUMP_HEAD.encode() + tiled + f"\r\n--{BOUNDARY}--\r\n".encode()


class Result(NamedTuple):
    """What some seconds of posts came to; *latencies* in milliseconds, sorted."""

    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Posts a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        return self.latencies[int(len(self.latencies) * share)]


class Load:
    """Posts from a process of its own, which is compiled C: it takes little of the machine."""

    def __init__(self, scratch: Path) -> None:
        self._program = scratch / "load"
        self._scratch = scratch
        code = Path(__file__).with_name("load.c")
        command = ["cc", "-O2", "-Wall", "-pthread", "-o", str(self._program), str(code)]
        try:
            subprocess.run(command, check=True)
        except FileNotFoundError:
            raise SystemExit("needs a C compiler: apt-get install gcc libc6-dev") from None

    def body(self, name: str, content: bytes) -> Path:
        """Keep a body; return its path."""
        path = self._scratch / name
        path.write_bytes(content)
        return path

    def post(self, port: int, connections: int, seconds: float, body: Path) -> Result:
        """Post *body* over *connections* for *seconds*. Raises SystemExit when one is refused."""
        first = time.time_ns() // 10**6 % 10**9 * 1000  # more than what is posted in the meantime
        words = [port, connections, seconds, first, TYPE, body]
        done = _run([str(self._program), *map(str, words)])
        if done.returncode:
            raise SystemExit(done.stderr.strip())
        return Result(seconds, sorted(map(float, done.stdout.split())))


def _run(words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, or until an interrupt."""
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            while True:
                interrupt.look()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    stdout, stderr = process.communicate(timeout=interrupt.LOOK_SECONDS)
                    return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)
        except BaseException:
            process.kill()
            raise
