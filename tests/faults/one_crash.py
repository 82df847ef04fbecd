"""One bad crash must not stop the others: its dump, its archive, its processed file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.local.downloads import BIN
from tests.faults import broken_files, places
from tests.faults.broken_dumps import with_module_names
from tests.faults.crashes import GOOD_DUMP
from tests.faults.registry import fault
from tests.faults.trial import Trial

ONE_TRY = {"SOCORRO_PROCESSOR_ATTEMPTS": "1", "SOCORRO_MONITOR_ATTEMPTS": "1"}
BREAKPAD = {**ONE_TRY, "SOCORRO_PROCESSOR_WALKER": str(BIN / "minidump_stackwalk")}
GOOD_ONES = 2
QUICK_ARCHIVES = ("folder", "encrypted", "bad-member-timeless")


@contextmanager
def broken(path: Path, act: broken_files.Break) -> Iterator[None]:
    """Break a file for the length of a with block."""
    content, modified = path.read_bytes(), path.stat().st_mtime_ns
    act(path)
    try:
        yield
    finally:
        broken_files.whole_again(path, content, modified)


def good_ones(trial: Trial) -> None:
    """Post good crashes; each must be processed soon."""
    for _ in range(GOOD_ONES):
        if trial.good() > (trial.fault.expectation.stall_seconds or 0):
            return  # it is clear


def claim_damaged(trial: Trial, crash_id: str) -> None:
    """Claim that the crash failed for good because it is damaged, and that this is its reason."""
    trial.wait(lambda: trial.job_state(crash_id) == "failed")
    job = trial.job(crash_id)
    is_damaged = job is not None and job.state == "failed" and job.last_error.startswith("damaged:")
    trial.claim(is_damaged, f"it did not fail for good as damaged: {job}")


@fault("dump-names-disk-full", settings=BREAKPAD, quick=True)
def disk_full_name(trial: Trial) -> None:
    """A dump that Breakpad's walker cannot process, with a module "No space left on device"."""
    bad = trial.send(with_module_names(GOOD_DUMP.read_bytes()))
    good_ones(trial)
    trial.claim(
        trial.wait(lambda: trial.has_report(bad)), "the dump has no report: it is tried for ever"
    )


def _queued(name: str) -> None:
    def act(trial: Trial) -> None:
        with trial.standing_still("processor"):
            bad = trial.send()
            path = trial.archive(bad)
            trial.require(lambda: trial.job(bad), "the crash to be queued")
            trial.undo.enter_context(broken(path, broken_files.ARCHIVES[name]))
        good_ones(trial)
        trial.over()
        claim_damaged(trial, bad)

    act.__doc__ = f"The archive of a queued crash is broken ({name}) before it is processed."
    fault(f"queued-{name}", settings=ONE_TRY, quick=name in QUICK_ARCHIVES)(act)


def _indexed(name: str, break_it: broken_files.Break) -> None:
    def act(trial: Trial) -> None:
        with trial.standing_still("monitor"):
            bad = trial.send()
            trial.undo.enter_context(broken(trial.archive(bad), break_it))
        good_ones(trial)
        trial.over()
        trial.claim(
            trial.wait(lambda: trial.job(bad) or trial.has_report(bad), 10),
            "the crash has neither job nor report: it is forgotten without a word",
        )
        claim_damaged(trial, bad)

    act.__doc__ = f"The archive of a stored crash is broken ({name}) before it is queued."
    fault(f"indexed-{name}", settings=ONE_TRY, quick=name in QUICK_ARCHIVES)(act)


@fault("processed-unwritable", settings=ONE_TRY, quick=True)
def unwritable(trial: Trial) -> None:
    """The processed file of a crash cannot be written: a folder has its name."""
    with trial.standing_still("processor"):
        bad = trial.send()
        trial.archive(bad)
        path = places.processed(trial.home, bad)
        path.mkdir()
        (path / "something").touch()
        trial.undo.callback(broken_files.remove, path)
        trial.require(lambda: trial.job(bad), "the crash to be queued")
    good_ones(trial)
    trial.over()


for _name in broken_files.ARCHIVES:
    _queued(_name)
for _name, _break in {**broken_files.ARCHIVES, **broken_files.TIMELESS}.items():
    _indexed(_name, _break)
