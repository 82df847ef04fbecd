"""Disks that are full, have no inodes left, or report errors: of the spool, the store, TMPDIR."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests.faults import places, processes
from tests.faults.crashes import GOOD_DUMP
from tests.faults.registry import Need, Stage, fault
from tests.faults.trial import Trial

FULL_SECONDS = 8.0
SIZE = 300 * 2**20  # bytes: the crashmover is never healthy on a disk with less than 256 MiB
STRACE = Need("strace", "strace")
MKFS = Need("/usr/sbin/mkfs.ext4", "e2fsprogs")
LARGE = 700_000  # bytes of a dump: larger than what a server keeps in memory
FILL = "filled-by-the-battery"


@contextmanager
def mounted(folder: Path, kind: str, options: str, source: str = "none") -> Iterator[None]:
    """Mount a file system on a folder, which is made, for the length of a with block."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", kind, "-o", options, source, str(folder)], check=True)
    folder.chmod(0o700)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def small(where: str, inodes: int = 0, **settings: str) -> Stage:
    """Return a stage with a small tmpfs on a folder of the home."""

    @contextmanager
    def stage(home: Path) -> Iterator[Mapping[str, str]]:
        options = f"size={SIZE},nr_inodes={inodes or 10_000}"
        with mounted(home / where, "tmpfs", options):
            place = {}
            if where == "tmp":
                (home / where).chmod(0o1777)  # Postgres runs as somebody else
                place = {"TMPDIR": str(home / where)}
            yield {"SOCORRO_COLLECTOR_RESERVE": "0", **place, **settings}

    return stage


@contextmanager
def ext4(home: Path) -> Iterator[Mapping[str, str]]:
    """A stage with a small ext4 of its own for the spool."""
    image = home.with_name("spool.img")
    with image.open("wb") as file:
        file.truncate(360 * 2**20)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    with mounted(home / "spool", "ext4", "loop", str(image)):
        (home / "spool" / "lost+found").rmdir()
        yield {"SOCORRO_COLLECTOR_RESERVE": "0"}


def fill(folder: Path) -> Path:
    """Take all the room there is; return the file that took it."""
    path = folder / FILL
    try:
        with path.open("ab", buffering=0) as file:
            size = 2**20
            while size:
                try:
                    file.write(b"x" * size)
                except OSError:
                    size //= 2
    except OSError:
        pass
    return path


def take_inodes(folder: Path) -> Path:
    """Make files until there are no inodes left; return the folder they are in."""
    path = folder / FILL
    try:
        path.mkdir()
        for number in range(100_000):
            (path / str(number)).touch()
    except OSError:
        pass
    return path


def give_back(path: Path) -> None:
    """Remove what took the room."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def once(trial: Trial, dump: bytes | None = None) -> str:
    """Post once; say what came back: a status, or how the connection broke."""
    try:
        return str(trial.once(dump)[0])
    except urllib3.exceptions.HTTPError as error:
        return type(error).__name__


def _full(trial: Trial, where: str, inodes: bool) -> None:
    folder = trial.home / where
    trial.post(trial.posts)
    taken = (take_inodes if inodes else fill)(folder)
    dump = GOOD_DUMP.read_bytes()
    answers = []
    deadline = time.monotonic() + FULL_SECONDS
    while time.monotonic() < deadline:
        if where == "tmp":
            fill(folder)  # temporary files of other services go, and leave room
        answers.append(once(trial, dump + os.urandom(LARGE if len(answers) % 2 else 10)))
        time.sleep(0.3)
    counts = {answer: answers.count(answer) for answer in set(answers)}
    trial.say(f"    answers meanwhile: {counts}")
    trial.claim(counts.keys() <= {"200", "503"}, f"answers that are neither 200 nor 503: {counts}")
    if where == "tmp":
        trial.claim("503" in counts, "large posts are answered with 200 while TMPDIR is full")
    if where != "crashstore":
        _compare_health(trial, dump)
    else:
        trial.claim(trial.health("crashmover") == 503, "the crashmover says it is healthy")
    give_back(taken)
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()


def _compare_health(trial: Trial, dump: bytes) -> None:
    """Claim that the collector says 503 while it refuses crashes: the crashmover makes room."""
    before, status, after = once(trial, dump), trial.health("collector"), once(trial, dump)
    trial.say(f"    health {status} between answers {before} and {after}")
    is_refusing = before == after == "503"
    trial.claim(status == 503 or not is_refusing, f"the collector's health says {status}")


def _declare(name: str, where: str, does: str, stage: Stage, inodes: bool, quick: bool) -> None:
    def act(trial: Trial) -> None:
        _full(trial, where, inodes)

    act.__doc__ = does
    fault(name, stage=stage, root=True, quick=quick, needs=(MKFS,), recover_seconds=90)(act)


_declare("disk-full-spool", "spool", "The spool's disk (tmpfs) is full for a while.",
    small("spool"), inodes=False, quick=False)  # fmt: skip
_declare("disk-full-spool-ext4", "spool", "The spool's disk (ext4) is full for a while.",
    ext4, inodes=False, quick=False)  # fmt: skip
_declare("inodes-spool", "spool", "The spool's disk has no inodes left for a while.",
    small("spool", inodes=300), inodes=True, quick=False)  # fmt: skip
_declare("disk-full-store", "crashstore", "The crash store's disk is full for a while.",
    small("crashstore"), inodes=False, quick=False)  # fmt: skip
_declare("inodes-store", "crashstore", "The crash store's disk has no inodes left for a while.",
    small("crashstore", inodes=300), inodes=True, quick=False)  # fmt: skip
_declare("disk-full-tmpdir", "tmp", "TMPDIR is full for a while.",
    small("tmp"), inodes=False, quick=False)  # fmt: skip


@contextmanager
def injected(pids: list[int], calls: str, error: str) -> Iterator[None]:
    """Let system calls of processes fail, by strace, for the length of a with block."""
    words = [word for pid in pids for word in ("-p", str(pid))]
    command = ["strace", "-qq", "-f", "-o", "/dev/null", *words]
    command += ["-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        try:
            tracer.wait(10)
        except subprocess.TimeoutExpired:
            tracer.kill()
            tracer.wait()


def _errors(trial: Trial, service: str, calls: str) -> None:
    ids = trial.post(trial.posts)
    trial.require(lambda: all(map(trial.has_report, ids)), "all reports", 60)
    with injected(trial.line.processes(service), calls, "EIO"):
        answers = []
        deadline = time.monotonic() + FULL_SECONDS
        while time.monotonic() < deadline:
            answers.append(once(trial))
            time.sleep(0.3)
        counts = {answer: answers.count(answer) for answer in set(answers)}
        trial.say(f"    answers meanwhile: {counts}")
        if service == "collector":
            trial.claim(counts.keys() == {"503"}, f"answers that are not 503: {counts}")
        passed = places.reports(trial.home, trial.answered - set(ids))
        trial.claim(not passed, f"{len(passed)} crashes have a report: the disk has no errors")
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()


for _service, _calls in (
    ("collector", "fsync,fdatasync,syncfs,sync_file_range"),
    ("crashmover", "fsync,fdatasync,syncfs,link,linkat"),
    ("processor", "rename,renameat,renameat2,fsync,fdatasync"),
):

    def _act(trial: Trial, service: str = _service, calls: str = _calls) -> None:
        _errors(trial, service, calls)

    _act.__doc__ = f"The disk answers EIO to the {_service} for a while ({_calls})."
    fault(
        f"disk-errors-{_service}", needs=(STRACE,), recover_seconds=90,
        settings={"SOCORRO_PROCESSOR_LEASE_SECONDS": "240"},
    )(_act)  # fmt: skip
