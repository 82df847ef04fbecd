"""Runs checks side by side, each within its time."""

import threading
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from cli.doctor.machine import Machine
from cli.doctor.report import Check, Finding, problem, warning

SECONDS: Final = 3.0  # of each check


class Result(NamedTuple):
    """What one check found."""

    check: Check
    findings: Sequence[Finding]


class _Run:
    """One check in a thread of its own, which may hang and is then left behind."""

    def __init__(self, check: Check, machine: Machine) -> None:
        self._check, self._machine = check, machine
        self._findings: list[Finding] = []
        self._thread = threading.Thread(target=self._look, name=check.name, daemon=True)
        self._thread.start()

    def result(self, until: float) -> Result:
        self._thread.join(max(0.0, until - time.monotonic()))
        findings = list(self._findings)
        if self._thread.is_alive():
            text = f"{self._check.name}: no answer within {SECONDS:g} seconds"
            findings.append(warning(text, "see whether a disk or a server hangs, and try again"))
        return Result(self._check, findings)

    def _look(self) -> None:
        try:
            self._findings.extend(self._check.look(self._machine))
        except PermissionError as error:
            text = f"{self._check.name}: no permission for {error.filename}"
            fix = "run `socorro doctor` as the user of the services, or as root"
            self._findings.append(warning(text, fix))
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            text = f"{self._check.name}: cannot be checked: {reason}"
            self._findings.append(problem(text, "fix the cause; what is behind it is not known"))


def run(checks: Sequence[Check], machine: Machine, seconds: float = SECONDS) -> list[Result]:
    """Run *checks*, in about *seconds*; return what each found, in their order."""
    until = time.monotonic() + seconds
    runs = [_Run(check, machine) for check in checks]
    return [one.result(until) for one in runs]
