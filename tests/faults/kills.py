"""Random kill -9 of every process while crashes are posted."""

import random
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.faults import processes
from tests.faults.registry import fault
from tests.faults.trial import Trial

# Processors are killed far more often than one crash deserves to be given up for.
PATIENT = {
    "SOCORRO_PROCESSOR_LEASE_SECONDS": "10",
    "SOCORRO_PROCESSOR_WALK_SECONDS": "5",
    "SOCORRO_PROCESSOR_ATTEMPTS": "100",
    "SOCORRO_MONITOR_ATTEMPTS": "100",
}
VICTIMS = (
    "collector", "crashmover", "monitor", "processor", "cron", "middleware", "webapp", "postgres",
    "walkers",
)  # fmt: skip
KILLS = 10  # in all, at least, if there is time
FEWEST = 5  # of one service that starts slowly
PAUSES = (0.2, 1.2)  # seconds between kills
LONGEST = 200.0  # seconds of killing
MORE_SECONDS = 20.0  # after the last post, until everybody has died once
SEED = 20261123


class Killer:
    """Kills a random process of a random victim, again and again."""

    def __init__(self, trial: Trial, victims: tuple[str, ...]) -> None:
        self._trial, self._victims = trial, victims
        self._dice = random.Random(SEED)
        self._stop = threading.Event()
        self.killed: dict[str, int] = dict.fromkeys(victims, 0)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill for the length of a with block."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(self._dice.uniform(*PAUSES)):
            victim = self._dice.choice(self._victims)
            if pids := victims_of(self._trial, victim):
                processes.send(signal.SIGKILL, [self._dice.choice(pids)])
                self.killed[victim] += 1


def victims_of(trial: Trial, victim: str) -> list[int]:
    """Return the processes that may be killed under a name."""
    if victim == "postgres":
        return processes.postgres(trial.line)[:1]
    if victim == "walkers":
        return processes.walkers(trial.line)
    return trial.line.processes(victim)


def kill_while_posting(trial: Trial, victims: tuple[str, ...]) -> Mapping[str, int]:
    """Post `trial.posts` crashes while *victims* die; say how often each did."""
    killer = Killer(trial, victims)
    deadline = time.monotonic() + LONGEST
    with killer.at_work(), trial.posting(trial.posts, LONGEST) as all_answered:
        while not all_answered.wait(0.5) and time.monotonic() < deadline:
            pass
        enough = time.monotonic() + MORE_SECONDS
        while not _everybody_died(killer) and time.monotonic() < min(deadline, enough):
            time.sleep(0.5)
    trial.over()
    text = ", ".join(f"{name} {count}" for name, count in killer.killed.items() if count)
    trial.say(f"    killed: {text}")
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.work_off()
    trial.good()
    return killer.killed


def _everybody_died(killer: Killer) -> bool:
    """Say whether each victim died, and often enough in all; walks are short, and hard to hit."""
    everybody = all(count for name, count in killer.killed.items() if name != "walkers")
    return everybody and sum(killer.killed.values()) >= KILLS


@fault("kill-all", settings=PATIENT, posts=2000, quick=True, limit_seconds=480, recover_seconds=120)
def kill_all(trial: Trial) -> None:
    """Kill -9 random processes of every kind, Postgres and walks among them, while posting."""
    killed = kill_while_posting(trial, VICTIMS)
    trial.claim(sum(killed.values()) >= KILLS, f"fewer than {KILLS} kills: post more")
    document = trial.ledger()
    trial.claim(document.get("even"), "socorro status does not find the ledger even")


def _one(victim: str) -> None:
    def kill_one(trial: Trial) -> None:
        killed = kill_while_posting(trial, (victim,))
        trial.claim(killed[victim] >= FEWEST, f"fewer than {FEWEST} kills: post more")

    kill_one.__doc__ = f"Kill -9 processes of {victim} again and again while posting."
    fault(f"kill-{victim}", settings=PATIENT, posts=200, recover_seconds=90)(kill_one)


for _victim in VICTIMS:
    _one(_victim)


@fault("kill-processor-lease", posts=60, recover_seconds=60)
def lease(trial: Trial) -> None:
    """Kill -9 all processors with jobs under way, under default settings: jobs come back soon."""
    with trial.standing_still("processor"):
        trial.post(trial.posts)
        trial.require(lambda: trial.job_count("waiting") >= trial.posts / 2, "jobs to be queued")
    trial.wait(lambda: trial.job_count("running"), 5)
    processes.send(signal.SIGKILL, trial.line.processes("processor"))
    trial.over()
