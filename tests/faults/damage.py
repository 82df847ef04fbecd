"""Damaged files against everybody who reads them: status, validate, REST, page, reprocessing."""

from pathlib import Path

from tests.faults import broken_files, places
from tests.faults.one_crash import ONE_TRY, broken, good_ones
from tests.faults.registry import fault
from tests.faults.trial import Trial

QUICK = ("encrypted", "bad-member-timeless")


def readers(trial: Trial, crash_id: str) -> None:
    """Let everybody read the crash: none may break, and the two commands must still work."""
    code, text = trial.command("status")
    trial.claim("Traceback" not in text and code in (0, 1), f"socorro status: {last(text)}")
    code, text = trial.command("store", "validate", crash_id)
    trial.claim("Traceback" not in text, f"socorro store validate breaks: {last(text)}")
    trial.claim(code == 1 and crash_id in text, "socorro store validate does not name the crash")
    for path in (f"RawCrash/?crash_id={crash_id}", f"ProcessedCrash/?crash_id={crash_id}"):
        status, _ = trial.get("middleware", f"/api/{path}")
        trial.claim(0 < status < 500, f"REST {path[:14]} answers {status}")
    status, text = trial.get("webapp", f"/report/index/{crash_id}")
    trial.claim(0 < status < 500, f"the report's page answers {status}")


def last(text: str) -> str:
    """Return the last line of what a command said."""
    return (text.strip().splitlines() or ["nothing"])[-1][:160]


def _declare(kind: str, name: str, act: broken_files.Break) -> None:
    def read_damaged(trial: Trial) -> None:
        bad = trial.send()
        trial.require(lambda: trial.has_report(bad), "the report")
        path: Path = getattr(places, kind)(trial.home, bad)
        trial.undo.enter_context(broken(path, act))
        readers(trial, bad)
        trial.command("reprocess", bad)
        good_ones(trial)
        trial.over()

    what = "archive" if kind == "archive" else "processed file"
    read_damaged.__doc__ = f"Everybody reads a crash whose {what} was broken later ({name})."
    quick = name in QUICK and kind == "archive"
    fault(f"read-{what.split()[0]}-{name}", settings=ONE_TRY, quick=quick)(read_damaged)


for _name, _act in {**broken_files.ARCHIVES, **broken_files.TIMELESS}.items():
    _declare("archive", _name, _act)
for _name, _act in broken_files.PROCESSED.items():
    _declare("processed", _name, _act)
