"""A stack walker that misbehaves: others go on, nothing is left of it, its crash has an end."""

import json
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.local.downloads import BIN
from tests.faults import fake_walker, processes
from tests.faults.crashes import GOOD_DUMP
from tests.faults.registry import fault
from tests.faults.trial import Trial

WALK_SECONDS = 3
LITTERED = (Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"))
QUICK = ("hang", "gigabyte", "setsid", "json-types", "killed-outside")
SIGNALS = [name for name in fake_walker.KINDS if name.startswith("signal-")]


@contextmanager
def stage(home: Path) -> Iterator[Mapping[str, str]]:
    """Put the fake walker and a link to the true one beside the home."""
    folder = home.with_name("walker")
    folder.mkdir()
    real = (BIN / "minidump-stackwalk").resolve()
    (folder / "real").symlink_to(real)
    program = folder / "minidump-stackwalk"
    shutil.copy(Path(fake_walker.__file__), program)
    program.chmod(0o755)
    yield {
        "SOCORRO_PROCESSOR_WALKER": str(program),
        "SOCORRO_PROCESSOR_INDEX_WALKER": "",  # it would walk in the fake one's place
        "SOCORRO_PROCESSOR_WALKER_READS": json.dumps([str(folder), str(real)]),
        "SOCORRO_PROCESSOR_WALK_SECONDS": str(WALK_SECONDS),
        "SOCORRO_PROCESSOR_LEASE_SECONDS": "20",
        "SOCORRO_PROCESSOR_ATTEMPTS": "2",
    }


def folder_of(trial: Trial) -> Path:
    """Return where the fake walker is."""
    return trial.home.with_name("walker")


def dump_for(kind: str) -> bytes:
    """Return a good dump that the fake walker misbehaves on."""
    return GOOD_DUMP.read_bytes() + fake_walker.MARK + kind.encode()


def survivors(trial: Trial) -> list[int]:
    """Return the processes that walks left behind."""
    name = str(folder_of(trial) / "minidump-stackwalk")
    return [pid for pid in processes.parents() if name in processes.words(pid)]


def walks(trial: Trial) -> list[int]:
    """Return the walks that are under way: a walker that is asked for its version is none."""
    return [pid for pid in survivors(trial) if "--version" not in processes.words(pid)]


def misbehave(trial: Trial, kind: str) -> str:
    """Post a dump that misbehaves, and good crashes beside it; return the crash id."""
    bad = trial.send(dump_for(kind))
    trial.good()
    trial.require(
        lambda: trial.has_report(bad) or trial.job_state(bad) == "failed", "an end of it", 60
    )
    trial.over()
    trial.good()
    left = survivors(trial)
    trial.claim(not left, f"{len(left)} processes of the walk are left")
    processes.send(signal.SIGKILL, left)
    sick = processes.wait_until_up(trial.line, 20)
    trial.claim(not sick, f"not healthy: {', '.join(sick)}")
    return bad


def status_of(trial: Trial, crash_id: str) -> str:
    """Return how the walk ended, as REST shows it."""
    code, text = trial.get("middleware", f"/api/ProcessedCrash/?crash_id={crash_id}")
    trial.claim(code == 200, f"REST ProcessedCrash answers {code}")
    code, _ = trial.get("webapp", f"/report/index/{crash_id}")
    trial.claim(code == 200, f"the report's page answers {code}")
    return text


def _declare(kind: str) -> None:
    def act(trial: Trial) -> None:
        bad = misbehave(trial, kind)
        if trial.has_report(bad):
            status_of(trial, bad)
        for folder in (*LITTERED, folder_of(trial)):
            litter = folder / "socorro-fault-walker"
            trial.claim(not litter.exists(), f"the walker wrote into {folder}")
            litter.unlink(missing_ok=True)

    act.__doc__ = f"A stack walker that misbehaves: {kind}."
    fault(f"walker-{kind}", stage=stage, shared=True, quick=kind in QUICK)(act)


for _kind in fake_walker.KINDS:
    if _kind not in (*SIGNALS, "killed-outside"):
        _declare(_kind)


@fault("walker-signals", stage=stage, shared=True, limit_seconds=300)
def signals(trial: Trial) -> None:
    """A stack walker that ends by each of the signals."""
    ids = [trial.send(dump_for(kind)) for kind in SIGNALS]
    trial.good(60)
    trial.require(
        lambda: all(trial.has_report(name) or trial.job_state(name) == "failed" for name in ids),
        "an end of all of them",
        120,
    )
    trial.over()
    trial.good()


@fault("walker-killed-outside", stage=stage, shared=True, quick=True)
def killed_outside(trial: Trial) -> None:
    """A stack walker is killed from outside (the kernel, for a neighbour): it is tried again."""
    mark = folder_of(trial) / fake_walker.KILLED
    mark.unlink(missing_ok=True)
    bad = trial.send(dump_for("killed-outside"))
    trial.require(lambda: walks(trial), "the walk to begin")
    mark.touch()
    processes.send(signal.SIGKILL, walks(trial))
    trial.good()
    trial.require(
        lambda: trial.has_report(bad) or trial.job_state(bad) == "failed", "an end of it", 60
    )
    trial.over()
    text = status_of(trial, bad) if trial.has_report(bad) else "failed"
    trial.claim('"mdsw_status_string": "OK"' in text or '"mdsw_status_string":"OK"' in text,
        "the dump is blamed: it was not walked again")  # fmt: skip
