"""The disk of the crash store, or of the spool, is away: unmounted, moved, or empty."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests.faults import processes
from tests.faults.registry import fault
from tests.faults.trial import Trial

AWAY_SECONDS = 18.0  # long enough for waits to grow
TRIES = 10


@contextmanager
def away(folder: Path, empty: bool = False) -> Iterator[None]:
    """Move a folder away for the length of a with block, and back over what was made meanwhile."""
    aside = folder.with_name(f"{folder.name}.away")
    folder.rename(aside)
    if empty:
        folder.mkdir(mode=0o700)
    try:
        yield
    finally:
        if folder.exists():
            folder.rename(folder.with_name(f"{folder.name}.made-meanwhile"))
        aside.rename(folder)


def post_meanwhile(trial: Trial, seconds: float = AWAY_SECONDS) -> int:
    """Post some crashes, each once; return how many got an id."""
    deadline, answered = time.monotonic() + seconds, 0
    for _ in range(TRIES):
        try:
            answered += bool(trial.once()[1])
        except urllib3.exceptions.HTTPError:
            time.sleep(0.5)
        time.sleep(max(0.0, min(seconds / TRIES, deadline - time.monotonic())))
    return answered


def _away(trial: Trial, name: str, restart: bool, empty: bool) -> None:
    folder = trial.home / name
    trial.post(trial.posts)
    trial.require(lambda: trial.job_count("running") == 0, "processors to be idle")
    with away(folder, empty):
        if restart:
            processes.restart(trial.line)
            trial.wait(lambda: trial.health("collector"), 30)
        answered = post_meanwhile(trial)
        trial.say(f"    answered while it was away: {answered}")
        _look(trial, folder, name, empty)
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()


def _look(trial: Trial, folder: Path, name: str, empty: bool) -> None:
    """Say what is wrong while the folder is away."""
    is_store = name == "crashstore"
    if not empty:
        trial.claim(not folder.exists(), f"{name} was made anew while it was away")
    else:
        trial.claim(not any(folder.iterdir()), f"the empty {name} was taken for a new one")
    for service in ("crashmover", "processor") if is_store else ("collector", "crashmover"):
        status = trial.health(service)
        trial.claim(status != 200, f"the {service} says it is healthy")
    if is_store:
        code, _ = trial.command("store", "check")
        trial.claim(code != 0, "socorro store check finds nothing wrong")
        trial.claim(not empty or not any(folder.iterdir()), "socorro store check filled it")


def _declare(name: str, title: str, restart: bool, empty: bool, quick: bool) -> None:
    def act(trial: Trial) -> None:
        _away(trial, name, restart, empty)

    room = "crash store" if name == "crashstore" else "spool"
    how = "An empty folder in place of the" if empty else "Move away the"
    when = ", with all services restarted meanwhile" if restart else " of a running line"
    act.__doc__ = f"{how} {room}{when}, and put it back later."
    fault(title, recover_seconds=90, quick=quick)(act)


for _name, _title in (("crashstore", "store"), ("spool", "spool")):
    _declare(_name, f"{_title}-away", restart=False, empty=False, quick=False)
    _declare(_name, f"{_title}-away-restart", restart=True, empty=False, quick=True)
    _declare(_name, f"{_title}-empty", restart=False, empty=True, quick=False)
    _declare(_name, f"{_title}-empty-restart", restart=True, empty=True, quick=False)
