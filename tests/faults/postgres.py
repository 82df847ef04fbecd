"""Postgres hangs (SIGSTOP), or is away: health says so in time, and all goes on afterwards."""

import time

from tests.faults import processes
from tests.faults.registry import fault
from tests.faults.trial import Trial
from tests.system.line import SERVICES

HANGS_SECONDS = 12.0
HEALTH_SECONDS = 6.0  # a heartbeat has a deadline of its own, below that
WITHOUT = ("collector", "crashmover")  # need no Postgres
ASKED_AFTER = 1.0


@fault("postgres-hangs", stall_seconds=None, recover_seconds=90, quick=True)
def hangs(trial: Trial) -> None:
    """Postgres stands still for some seconds: health says 503 in time, posts are taken."""
    trial.post(trial.posts)
    with processes.stopped(processes.postgres(trial.line)):
        time.sleep(ASKED_AFTER)
        trial.post(5, 10)
        for service in SERVICES:
            began = time.monotonic()
            status = trial.health(service, HEALTH_SECONDS)
            expected = 200 if service in WITHOUT else 503
            took = time.monotonic() - began
            said = f"says {status}" if status else f"has no answer after {took:.0f} s"
            trial.claim(status == expected, f"health of the {service} {said}, not {expected}")
        status, _ = trial.get("webapp", "/")
        trial.claim(status, "the home page has no answer within 10 s")
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()


@fault("postgres-hangs-restart", stall_seconds=None, recover_seconds=90)
def hangs_restart(trial: Trial) -> None:
    """Postgres stands still while all services are restarted: they come back with it."""
    trial.post(trial.posts)
    with processes.stopped(processes.postgres(trial.line)):
        processes.restart(trial.line)
        trial.post(5, 15)
        time.sleep(HANGS_SECONDS / 2)
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()
