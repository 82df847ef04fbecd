"""The crashmover: spool -> crash store, for ever, oldest first."""

import time

from crashmover.config import CrashmoverConfig
from crashmover.mover import LONGEST_WAIT, Mover
from socorro import log, metrics
from socorro.config import SharedConfig, load
from socorro.crashstore.open import open_store
from socorro.service import Stop, waits
from socorro.serving.health import serve_health
from socorro.spool.spool import Spool

CHORES_SECONDS = 10.0  # between counts of the spool and sweeps of what is kept


def main() -> None:
    """Run the service until SIGTERM."""
    shared, config = load(SharedConfig), load(CrashmoverConfig)
    log.set_up("crashmover", shared.log_format, shared.log_level)
    stop = Stop().on_signals()
    spool = Spool(config.spool)
    store = open_store(shared.store, config.workers + 1)  # one more for the heartbeat
    serve_health(config.host, config.port, {"spool": spool.check, "store": store.check})
    mover = Mover(spool, store, stop, config)
    log.get().info("started", store=shared.store, workers=config.workers)
    move_until(stop, mover, spool, config)
    log.get().info("stopped")


def move_until(stop: Stop, mover: Mover, spool: Spool, config: CrashmoverConfig) -> None:
    """Move what there is, wait for more; wait longer and longer while the store is away."""
    outage = iter(waits(most=LONGEST_WAIT))
    chores_at = 0.0
    while not stop:
        try:
            if time.monotonic() >= chores_at:
                chores(spool, config)
                chores_at = time.monotonic() + CHORES_SECONDS
            moved = mover.move_all()
        except Exception:
            # The spool itself fails (disk gone, no more file handles): nothing to set aside.
            log.get().exception("cannot read the spool")
            stop.wait(next(outage))
            continue
        if moved and not mover.store_is_away:
            outage = iter(waits(most=LONGEST_WAIT))
        elif mover.store_is_away:
            seconds = next(outage)
            metrics.crashmover_retries.inc()
            log.get().warning("crash store is away", again_in_seconds=seconds)
            stop.wait(seconds)
        else:
            stop.wait(config.idle_seconds)


def chores(spool: Spool, config: CrashmoverConfig) -> None:
    """Count what waits; remove what was kept for long enough."""
    metrics.spool_waiting.set(sum(1 for _ in spool.ids()))
    gone = spool.sweep_kept(config.keep_minutes * 60)
    if gone:
        log.get().info("kept crashes removed", crashes=gone)
