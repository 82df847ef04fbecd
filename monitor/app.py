"""The monitor: queues waiting crashes, gives back the jobs of dead processors, sets gauges.

Where processors get their jobs from a message broker, it brings them there.

One monitor is enough; two do no harm, because each step can be repeated.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Final

from monitor.chores import measure, requeue_missed, sweep
from monitor.config import MonitorConfig
from monitor.loops import Loop
from monitor.reaper import Reaper
from socorro import log
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import CrashStore
from socorro.crashstore.open import open_store
from socorro.jobs.open import broker_checks, open_dispatcher
from socorro.postgres import Database
from socorro.service import Stop
from socorro.serving.health import Check
from socorro.serving.server import serve_health
from socorro.symbols.config import folders

GAUGES_SECONDS: Final = 15.0
DRAIN_SECONDS: Final = 5.0
DISPATCH_SECONDS: Final = 0.25  # what an idle processor waits for a crash, on average half of it


def main() -> None:
    """Run the service until SIGTERM."""
    shared, config = load(SharedConfig), load(MonitorConfig)
    log.set_up("monitor", shared.log_format, shared.log_level)
    stop = Stop().on_signals()
    store = open_store(shared.store, connections=2, home=shared.home)
    database = Database(config.dsn(shared), size=5, name="monitor")
    loops = make_loops(config, store, database, stop)
    if dispatcher := open_dispatcher(shared, database):
        loops.append(Loop("dispatch", dispatcher.dispatch, DISPATCH_SECONDS, stop))
    named = {**checks(loops, config, store, database), **broker_checks(shared)}
    serve_health(config.host, config.port, named, "monitor")
    log.get().info("started", store=shared.store)
    run(loops, stop)
    log.get().info("stopped")


def make_loops(
    config: MonitorConfig, store: CrashStore, database: Database, stop: Stop
) -> list[Loop]:
    """Return what the monitor does, and how often."""
    reaper = Reaper(database, config.attempts, config.reap_seconds)
    loops = [
        Loop("sweep", lambda: sweep(store, database, config.batch), config.sweep_seconds, stop),
        Loop("reap", reaper.reap, config.reap_seconds, stop),
        Loop("gauges", lambda: measure(database, datetime.now(UTC)), GAUGES_SECONDS, stop),
    ]
    if config.reprocess_missing_symbols:
        work = partial(requeue_missed, database, folders(), config.batch)
        loops.append(Loop("symbols", work, config.symbols_seconds, stop))
    return loops


def run(loops: list[Loop], stop: Stop) -> None:
    """Run the loops side by side until *stop*; one that hangs then is left behind."""
    for loop in loops:
        loop.start()
    while not stop.wait(60):
        pass
    for loop in loops:
        loop.join(DRAIN_SECONDS)


def checks(
    loops: list[Loop], config: MonitorConfig, store: CrashStore, database: Database
) -> dict[str, Check]:
    """Return the checks of the heartbeat: store and Postgres answer, every loop succeeds."""
    return {
        "store": store.check,
        "database": database.check,
        **{loop.name: partial(loop.check, config.patience_seconds) for loop in loops},
    }
