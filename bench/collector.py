"""How many crashes a collector takes in, every one of them durable, and what that costs.

    .venv/bin/python bench/collector.py [--folder DIR] [--seconds 4] [--rounds 3]

A real collector (two workers) is posted to over loopback by processes of this script, 150 kB
dumps tiled from real ones, 40 annotations, no two posts the same crash. Beside it, in turn, runs
the same server without its spool: it parses, hashes and judges alike and writes nothing. Only
the ratio of the two says something on a machine that others use as well.
"""

import argparse
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

CHECKOUT = Path(__file__).parent.parent
sys.path.insert(0, str(CHECKOUT))

WORKERS = 2
LEVELS = (1, 8, 32)  # connections at once
SLOW = 40  # connections that trickle
BOUNDARY = "---------------------------7dc2e1b0f3a94c6d"
NUMBER = b"@@@@@@@@@@@@"  # in CrashEventID; becomes the number of the post
DUMPS = CHECKOUT / "tests" / "data" / "minidumps"


class Result(NamedTuple):
    """What one run of posts came to; latencies in seconds."""

    rate: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        return sorted(self.latencies)[int(len(self.latencies) * share)] * 1000


def body(dump_bytes: int) -> bytes:
    """Return a form with a dump of that size, made of real dumps, and 40 annotations."""
    annotations = {
        "ProductName": "Firefox", "Version": "140.0", "ReleaseChannel": "release",
        "BuildID": "20261101031153", "Comments": "it crashed while I fed my cows",
        "URL": "https://example.com/" + "a" * 80, "CrashEventID": NUMBER.decode(),
        "Add-ons": ",".join(f"addon{number}%40example.org:1.{number}" for number in range(60)),
    }  # fmt: skip
    annotations |= {
        f"Annotation{number}": f"{number}" * 20 for number in range(40 - len(annotations))
    }
    real = b"".join(path.read_bytes() for path in sorted(DUMPS.glob("*/*.dmp")))
    fields = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in annotations.items()
    ]
    fields.append(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload_file_minidump"; '
        'filename="x.dmp"\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    tiled = (real * (dump_bytes // len(real) + 1))[:dump_bytes]
    return "".join(fields).encode() + tiled + f"\r\n--{BOUNDARY}--\r\n".encode()


def request(content: bytes) -> bytes:
    """Return the whole request; its connection stays open."""
    head = (
        "POST /submit HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


# The client's side


def post_until(port: int, deadline: float, first: int, content: bytes) -> list[float]:
    """Post over one connection until the deadline; return the latencies."""
    sent = bytearray(request(content))
    place = sent.index(NUMBER)
    latencies = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = first
        while time.monotonic() < deadline:
            sent[place : place + len(NUMBER)] = b"%012d" % number
            started = time.perf_counter()
            connection.sendall(sent)
            answer = connection.recv(4096)
            while b"\r\n\r\n" not in answer or answer.endswith(b"\r\n\r\n"):
                answer += connection.recv(4096)
            latencies.append(time.perf_counter() - started)
            if b"CrashID=bp-" not in answer:
                raise RuntimeError(answer.decode())
            number += 1
    return latencies


def client(
    pipe: Connection, port: int, seconds: float, first: int, threads: int, size: int
) -> None:
    """Post over some connections at once; send all latencies through the pipe."""
    content = body(size)
    latencies: list[float] = []
    deadline = time.monotonic() + seconds

    def run(number: int) -> None:
        latencies.extend(post_until(port, deadline, first + number * 10**4, content))

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    pipe.send(latencies)


def load(port: int, connections: int, seconds: float, size: int = 150_000) -> Result:
    """Post over *connections*, from two processes, for *seconds*."""
    pipes = []
    processes = []
    for number in range(min(2, connections)):
        threads = connections // 2 + (connections % 2 if number == 0 else 0)
        ours, theirs = multiprocessing.Pipe()
        first = time.time_ns() // 10**6 % 10**6 * 10**6 + number * 5 * 10**5
        process = multiprocessing.Process(
            target=client, args=(theirs, port, seconds, first, threads or 1, size)
        )
        process.start()
        pipes.append(ours)
        processes.append(process)
    latencies = [latency for pipe in pipes for latency in pipe.recv()]
    for process in processes:
        process.join()
    return Result(len(latencies) / seconds, latencies)


@contextmanager
def trickling(port: int) -> Iterator[None]:
    """Hold slow uploads open, a byte each now and then, for the length of a with block."""
    sent = request(body(150_000))
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW)]
    for connection in connections:
        connection.sendall(sent[:100_000])
    stop = threading.Event()

    def trickle() -> None:
        at = 100_000
        while not stop.wait(0.2):
            for connection in connections:
                connection.sendall(sent[at : at + 1])
            at += 1

    thread = threading.Thread(target=trickle)
    thread.start()
    yield
    stop.set()
    thread.join()
    for connection in connections:
        connection.close()


# The server's side


def serve_without_spool() -> None:
    """Be the collector, but for the writing (run in a process of its own)."""
    from collector import app
    from collector.config import CollectorConfig
    from collector.server import Server, StopListening, listen
    from socorro import log
    from socorro.config import load as load_settings
    from socorro.crash import RawCrash
    from socorro.service import run_workers
    from socorro.spool.group_commit import NoSync
    from socorro.spool.spool import Draft, Spool

    class Nowhere(Draft):
        """Takes a crash, whose dump of usual size stays in memory, and drops it."""

        def commit(self, raw: RawCrash) -> None:
            """Make the JSON and drop it."""
            raw.to_json()

        def withdraw(self) -> None:
            """Leave the disk alone."""

    class NoSpool(Spool):
        """Holds nothing."""

        def draft(self) -> Draft:
            """Begin a crash that is not written."""
            return Nowhere(self.incoming, self.minutes, NoSync(), lambda _: None, lambda: None)

    log.set_up("collector", level="warning")
    config = load_settings(CollectorConfig)
    listening = listen(config.host, config.port)
    stop = StopListening(listening)
    stop.on_signals()

    def work(_number: int) -> None:
        spool = NoSpool(config.spool)
        Server(app.create_application(config, spool), listening, config).serve(stop)

    run_workers(config.workers, work, stop)


class Server:
    """A collector, or one without a spool, in a home of its own, for a with block."""

    def __init__(self, folder: Path, *, writes: bool) -> None:
        from socorro.spool.spool import Spool

        self.home = Path(tempfile.mkdtemp(dir=folder))
        (self.home / "secret").write_bytes(os.urandom(32).hex().encode())
        Spool.created(self.home / "spool")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        words = ["-m", "collector"] if writes else [__file__, "--serve-without-spool"]
        settings = {
            "SOCORRO_HOME": str(self.home),
            "SOCORRO_LOG_LEVEL": "warning",
            "SOCORRO_COLLECTOR_SECRET_FILE": str(self.home / "secret"),
            "SOCORRO_COLLECTOR_PORT": str(self.port),
            "SOCORRO_COLLECTOR_WORKERS": str(WORKERS),
        }
        self.process = subprocess.Popen(
            [sys.executable, *words], cwd=CHECKOUT, env={**os.environ, **settings}
        )

    def __enter__(self) -> "Server":
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def memory(self) -> float:
        """Return the resident size of the largest worker, in MiB."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pages = [
            int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            for pid in children.read_text().split()
        ]
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


# The measurements


def compare(folder: Path, rounds: int, seconds: float) -> None:
    """Print rates and latencies, durable and without writing, in turn."""
    print(f"{'connections':>11} {'':<13} {'POST/s':>8} {'p50':>8} {'p95':>8} {'p99':>8}  ms")
    for connections in LEVELS:
        results: dict[bool, list[Result]] = {True: [], False: []}
        for _ in range(rounds):
            for writes in (True, False):
                with Server(folder, writes=writes) as server:
                    load(server.port, connections, 0.5)
                    results[writes].append(load(server.port, connections, seconds))
        for writes, name in ((True, "durable"), (False, "no write")):
            row(str(connections), name, results[writes])
        rates = [statistics.median(run.rate for run in results[kind]) for kind in (True, False)]
        print(f"{'':>11} {'ratio':<13} {rates[0] / rates[1]:8.2f}")


def row(level: str, name: str, runs: Sequence[Result]) -> None:
    """Print one line: the median rate, and the latencies of all runs together."""
    together = Result(
        statistics.median(run.rate for run in runs),
        [latency for run in runs for latency in run.latencies],
    )
    latencies = " ".join(f"{together.percentile(share):8.1f}" for share in (0.5, 0.95, 0.99))
    print(f"{level:>11} {name:<13} {together.rate:8.0f} {latencies}", flush=True)


def beside_slow_clients(folder: Path, seconds: float) -> None:
    """Print the latency of fast posts, alone and beside slow ones."""
    with Server(folder, writes=True) as server:
        load(server.port, 8, 0.5)
        row("8", "alone", [load(server.port, 8, seconds)])
        with trickling(server.port):
            row("8", f"beside {SLOW} slow", [load(server.port, 8, seconds)])


def memory(folder: Path, seconds: float) -> None:
    """Print what a worker needs while the largest bodies arrive."""
    with Server(folder, writes=True) as server:
        load(server.port, 2, 0.5)
        idle = server.memory()
        most = [idle]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                most.append(server.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        largest = load(server.port, 8, seconds, size=20 * 2**20 - 10_000)
        done.set()
        watcher.join()
        print(f"20 MiB bodies over 8 connections: {largest.rate:.1f} POST/s; memory of a worker")
        print(f"{idle:.0f} MiB before, {max(most):.0f} MiB at most")


def file_system(folder: Path) -> str:
    """Return type and mount point of the file system of *folder*."""
    mounts = [line.split()[1:4] for line in Path("/proc/self/mounts").read_text().splitlines()]
    fitting = [mount for mount in mounts if folder.resolve().is_relative_to(mount[0])]
    point, kind, options = max(fitting, key=lambda mount: len(mount[0]))
    return f"{kind} on {point} ({options})"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "var", help="where to spool")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="runs per line")
    parser.add_argument("--serve-without-spool", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve_without_spool:
        serve_without_spool()
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    print(f"spool on {file_system(options.folder)}; {os.cpu_count()} processors, {WORKERS} workers")
    # Removed at the end only: some file systems create files slowly where some were removed.
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="bench-collector-") as name:
        folder = Path(name)
        compare(folder, options.rounds, options.seconds)
        beside_slow_clients(folder, options.seconds)
        memory(folder, options.seconds)


if __name__ == "__main__":
    main()
