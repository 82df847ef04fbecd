"""The crashmover: moves crashes from the spool to the crash store, oldest first, until stopped."""

import os
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from crashmover.config import CrashmoverConfig
from crashmover.last_hour import LastHour
from crashmover.mover import LONGEST_WAIT, Mover
from socorro import log, metrics
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import CrashStore
from socorro.crashstore.open import open_store
from socorro.service import NO_DESCRIPTORS_SECONDS, Backoff, Stop, no_descriptors, wait_out
from socorro.serving.server import serve_health
from socorro.spool import state as spool_state
from socorro.spool.config import SpoolConfig
from socorro.spool.spool import Spool, SpoolUnavailable
from socorro.spool.state import accepted_bytes, state

CHORES_SECONDS = 10.0  # between two runs of `chores`


def main() -> None:
    """Run the service until SIGTERM."""
    shared, config = load(SharedConfig), load(CrashmoverConfig)
    log.set_up("crashmover", shared.log_format, shared.log_level)
    stop = Stop().on_signals()
    spool = open_spool(config, shared.home)
    store = open_store(shared.store, config.workers + 1, shared.home)  # one for the heartbeat
    hour = LastHour()
    serve_health(
        config.host,
        config.port,
        {"spool": spool.check, "store": store.check},
        "crashmover",
        facts(spool, hour, shared.store),
        partial(measure, spool, shared.store),
    )
    mover = Mover(spool, store, stop, config)
    log.get().info("started", store=shared.store, workers=config.workers)
    move_until(stop, mover, spool, store, config, hour)
    log.get().info("stopped")


def open_spool(config: CrashmoverConfig, home: Path) -> Spool:
    """Open the spool; what must stay free on its disk is the collector's setting."""
    return Spool(config.spool, reserve=load(SpoolConfig).reserve, home=home)


def facts(spool: Spool, hour: LastHour, store: str) -> dict[str, object]:
    """Return what the heartbeat says beside its checks: spool, the last hour, the store's disk."""

    def last_hour() -> dict[str, object] | None:
        counts = hour.counts()
        return counts._asdict() if counts else None

    return {
        "spool": lambda: state(spool)._asdict(),
        "last_hour": last_hour,
        "store_disk": lambda: store_disk(store),
    }


def measure(spool: Spool, store: str) -> None:
    """Set the gauges of the spool and of the store's disk. Raises SpoolUnavailable and OSError."""
    if disk := store_disk(store):
        metrics.disk_free_bytes.labels("crash store").set(disk["free_bytes"])
        metrics.disk_size_bytes.labels("crash store").set(disk["size_bytes"])
    spool_state.measure(spool)


def store_disk(url: str) -> dict[str, int] | None:
    """Return free bytes and size of the disk of a crash store of files; None for another."""
    if not url.startswith("file:"):
        return None
    disk = os.statvfs(url.removeprefix("file://"))
    return {
        "free_bytes": disk.f_bavail * disk.f_frsize,
        "size_bytes": disk.f_blocks * disk.f_frsize,
    }


def move_until(
    stop: Stop,
    mover: Mover,
    spool: Spool,
    store: CrashStore,
    config: CrashmoverConfig,
    hour: LastHour | None = None,
) -> None:
    """Move what is ready, wait for more.

    While spool or store are unavailable, the waits between tries grow; but each ends soon after
    the check of what is unavailable succeeds again.
    """
    hour = hour or LastHour()
    backoff = Backoff(most=LONGEST_WAIT)
    chores_at = 0.0
    while not stop:
        try:
            if time.monotonic() >= chores_at:
                chores(spool, config)
                hour.sample(time.monotonic(), accepted_bytes(spool, datetime.now(UTC)))
                chores_at = time.monotonic() + CHORES_SECONDS
            moved = mover.move_all()
            hour.note_moved(moved)
        except Exception as error:
            _wait_for_spool(stop, spool, backoff, error)
            continue
        if moved and not mover.store_is_away:
            backoff.reset()
        elif mover.store_is_away:
            seconds = backoff.next()
            metrics.crashmover_retries.inc()
            log.get().warning("crash store is unavailable", again_in_seconds=seconds)
            if wait_out(stop, seconds, store.check):
                mover.try_again_now()
        else:
            stop.wait(config.idle_seconds)


def _wait_for_spool(stop: Stop, spool: Spool, backoff: Backoff, error: Exception) -> None:
    """Wait until the spool may be read again: no crash is to blame, and none is set aside."""
    if no_descriptors(error):
        log.get().warning("no file descriptors left", again_in_seconds=NO_DESCRIPTORS_SECONDS)
        stop.wait(NO_DESCRIPTORS_SECONDS)
        return
    seconds = backoff.next()
    if isinstance(error, SpoolUnavailable):
        log.get().warning("unavailable", error=str(error), again_in_seconds=seconds)
    else:
        log.get().error("cannot read the spool", exc_info=error)
    wait_out(stop, seconds, spool.require)


def chores(spool: Spool, config: CrashmoverConfig) -> None:
    """Remove crashes that were kept for long enough."""
    removed = spool.sweep_kept(config.keep_minutes * 60)
    if removed:
        log.get().info("kept crashes removed", crashes=removed)
