"""The crash store is a real HBase, and it is away, killed, hung, or half of it is missing."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from thriftpy2.thrift import TException

from cli.local.hbase import GATEWAY, MAIN, MASTER
from socorro.crashstore.hbase_layout import CRASHES, INDEX
from tests.faults import places, processes
from tests.faults.registry import Need, fault
from tests.faults.trial import Trial

SETTINGS = {"STORE": "hbase"}
JAVA = Need("java", "openjdk-17-jre-headless")
AWAY_SECONDS = 15.0
UP_SECONDS = 90.0  # two Java processes and their log
TABLE_SECONDS = 60.0


def java(trial: Trial, name: str) -> list[int]:
    """Return the process of HBase (regions, master, ZooKeeper), or of its gateway."""
    below = processes.belonging_to(trial.home)
    return [pid for pid in below if MAIN[name] in processes.words(pid)]


def answers(trial: Trial) -> bool:
    """Say whether crashes can be read again."""
    try:
        places.crashes_in_hbase(trial.home)
    except (OSError, TException):
        return False
    return True


def post_meanwhile(trial: Trial, away: Callable[[], None], seconds: float = AWAY_SECONDS) -> None:
    """Let the store go *away* while crashes are posted: the collector does not need it."""
    with trial.posting(trial.posts) as done:
        time.sleep(0.5)
        away()
        trial.claim(done.wait(seconds), "posts are not answered while HBase is away")
    sick = [name for name in ("crashmover", "processor") if trial.health(name) == 200]
    trial.say(f"    healthy while HBase is away: {', '.join(sick) or 'nobody'}")


def back(trial: Trial) -> None:
    """Wait until HBase and the line are well, and a crash goes through."""
    trial.require(lambda: answers(trial), "HBase to answer", UP_SECONDS)
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good(30)


def _killed(name: str, title: str, text: str) -> None:
    def act(trial: Trial) -> None:
        trial.post(10)
        post_meanwhile(trial, lambda: processes.send(signal.SIGKILL, java(trial, name)))
        back(trial)

    act.__doc__ = f"Kill -9 {text} while posting."
    _declare(f"hbase-{title}-killed", act)


def _hung(name: str, title: str, text: str) -> None:
    def act(trial: Trial) -> None:
        trial.post(10)
        pids = java(trial, name)
        try:
            post_meanwhile(trial, lambda: processes.send(signal.SIGSTOP, pids))
            for service in ("crashmover", "processor"):
                status = trial.health(service)
                trial.claim(status == 503, f"health of the {service} says {status}, not 503")
        finally:
            processes.send(signal.SIGCONT, pids)
        back(trial)

    act.__doc__ = f"{text[0].upper()}{text[1:]} stands still for a while: health says 503 in time."
    _declare(f"hbase-{title}-hangs", act)


@contextmanager
def disabled(trial: Trial, tables: tuple[str, ...]) -> Iterator[None]:
    """Take the regions of tables away for the length of a with block."""
    with closing(places.hbase(trial.home, TABLE_SECONDS)) as connection:
        for table in tables:
            connection.disable_table(table)
    try:
        yield
    finally:
        with closing(places.hbase(trial.home, TABLE_SECONDS)) as connection:
            for table in tables:
                connection.enable_table(table)


def _without(tables: tuple[str, ...], title: str, text: str) -> None:
    def act(trial: Trial) -> None:
        trial.post(10)
        with disabled(trial, tables):
            trial.post(trial.posts, 30)
            time.sleep(AWAY_SECONDS / 2)
            status = trial.health("crashmover")
            trial.claim(status == 503, f"health of the crashmover says {status}, not 503")
        back(trial)

    act.__doc__ = f"The regions of {text} are away for a while, then back."
    _declare(f"hbase-{title}", act)


def _declare(title: str, act: Callable[[Trial], None]) -> None:
    fault(
        title, settings=SETTINGS, needs=(JAVA,), posts=30, stall_seconds=None,
        recover_seconds=120, limit_seconds=400,
    )(act)  # fmt: skip


_killed(GATEWAY, "gateway", "HBase's Thrift gateway")
_hung(GATEWAY, "gateway", "HBase's Thrift gateway")
_killed(MASTER, "regions", "HBase's region server")
_hung(MASTER, "regions", "HBase's region server")
_without((CRASHES, INDEX), "away", "all crashes")
_without((INDEX,), "half-away", "the index, half of the store,")
