"""The crashmover: moves crashes from the spool to the crash store, oldest first, until stopped."""

import time

from crashmover.config import CrashmoverConfig
from crashmover.mover import LONGEST_WAIT, Mover
from socorro import log, metrics
from socorro.config import SharedConfig, load
from socorro.crashstore.open import open_store
from socorro.service import Backoff, Stop
from socorro.serving.health import serve_health
from socorro.spool.spool import Spool, SpoolUnavailable

CHORES_SECONDS = 10.0  # between two runs of `chores`


def main() -> None:
    """Run the service until SIGTERM."""
    shared, config = load(SharedConfig), load(CrashmoverConfig)
    log.set_up("crashmover", shared.log_format, shared.log_level)
    stop = Stop().on_signals()
    spool = Spool(config.spool, home=shared.home)
    store = open_store(shared.store, config.workers + 1, shared.home)  # one for the heartbeat
    serve_health(config.host, config.port, {"spool": spool.check, "store": store.check})
    mover = Mover(spool, store, stop, config)
    log.get().info("started", store=shared.store, workers=config.workers)
    move_until(stop, mover, spool, config)
    log.get().info("stopped")


def move_until(stop: Stop, mover: Mover, spool: Spool, config: CrashmoverConfig) -> None:
    """Move what is ready, wait for more; wait longer and longer while the store is unavailable."""
    backoff = Backoff(most=LONGEST_WAIT)
    chores_at = 0.0
    while not stop:
        try:
            if time.monotonic() >= chores_at:
                chores(spool, config)
                chores_at = time.monotonic() + CHORES_SECONDS
            moved = mover.move_all()
        except SpoolUnavailable as error:
            seconds = backoff.next()
            log.get().warning("unavailable", error=str(error), again_in_seconds=seconds)
            stop.wait(seconds)
            continue
        except Exception:
            # The spool itself fails (disk gone, out of file handles): no crash to set aside.
            log.get().exception("cannot read the spool")
            stop.wait(backoff.next())
            continue
        if moved and not mover.store_is_away:
            backoff.reset()
        elif mover.store_is_away:
            seconds = backoff.next()
            metrics.crashmover_retries.inc()
            log.get().warning("crash store is unavailable", again_in_seconds=seconds)
            stop.wait(seconds)
        else:
            stop.wait(config.idle_seconds)


def chores(spool: Spool, config: CrashmoverConfig) -> None:
    """Count the waiting crashes; remove those kept for long enough."""
    metrics.spool_waiting.set(sum(1 for _ in spool.ids()))
    removed = spool.sweep_kept(config.keep_minutes * 60)
    if removed:
        log.get().info("kept crashes removed", crashes=removed)
