"""The processor: workers that turn jobs into reports, and two helper processes.

The parent only forks: it has neither threads nor connections that a fork would duplicate. So one
child serves health and metrics, and another builds symbol indexes. Both are restarted like the
workers when they die.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Sequence

from processor import confinement
from processor.bell import Bell
from processor.beta_versions import BetaVersions
from processor.config import ProcessorConfig
from processor.confinement import Measure
from processor.leases import Leases
from processor.room import Room
from processor.save import Saver
from processor.worker import Context, Worker
from socorro import log
from socorro.config import SharedConfig, load
from socorro.crashstore.open import open_store
from socorro.jobs.open import broker_checks, open_queue
from socorro.postgres import Database
from socorro.retention import RetentionConfig
from socorro.service import Stop, run_workers
from socorro.serving.server import serve_health
from socorro.symbols import index_walker

_KILL_SECONDS = 5.0  # time to give a job back after its walker was killed


def main() -> None:
    """Run the service until SIGTERM."""
    shared, config = load(SharedConfig), load(ProcessorConfig)
    log.set_up("processor", shared.log_format, shared.log_level)
    stop = Stop().on_signals()
    confinement.hide_memory()
    room = Room()

    def child(number: int) -> None:
        if number == config.processes:
            serve_health_checks(shared, config)
        elif number > config.processes:
            make_indexes(config)
        else:
            work(shared, config, number, room)

    log.get().info("started", processes=config.processes, threads=config.threads)
    if not config.index_walker:
        log.get().info("every walk parses its symbol files", hint=index_walker.HINT)
    run_workers(config.processes + (2 if config.index_walker else 1), child, stop)
    log.get().info("stopped")


def work(
    shared: SharedConfig, config: ProcessorConfig, number: int, room: Room | None = None
) -> None:
    """Work on jobs in `threads` threads until SIGTERM; *room* is that of all processes."""
    stop = Stop().on_signals()
    database = Database(config.dsn(shared), config.threads + 2, "processor")
    store = open_store(shared.store, config.threads, shared.home)
    queue = open_queue(shared, database, config.threads * config.batch)
    context = Context(
        config=config,
        database=database,
        store=store,
        walker=config.make_walker(room),
        saver=Saver(store, database, load(RetentionConfig).deferred_weeks * 7),
        betas=BetaVersions(database),
        queue=queue,
        leases=Leases(queue, config.alive_seconds, config.lease_seconds),
        bell=Bell(),
        stop=stop,
        abort=threading.Event(),
    )
    threads = [
        threading.Thread(target=_run, args=(context, worker_name(number, thread)), daemon=True)
        for thread in range(config.threads)
    ]
    ended = threading.Event()
    threading.Thread(target=context.leases.run, args=(ended,), daemon=True).start()
    for thread in threads:
        thread.start()
    queue.listen(context.bell.ring, stop)
    _join(threads, config.stop_seconds)
    context.abort.set()
    _join(threads, _KILL_SECONDS)
    ended.set()
    store.close()
    database.close()


def serve_health_checks(shared: SharedConfig, config: ProcessorConfig) -> None:
    """Serve health and metrics of all workers until SIGTERM."""
    stop = Stop().on_signals()
    database = Database(config.dsn(shared), 1, "processor health")
    store = open_store(shared.store, 1, shared.home)
    walker = config.make_walker()
    checks = {
        "database": database.check,
        "store": store.check,
        "walker": walker.check,
        **broker_checks(shared),
    }
    measures = [*confinement.measures(), confinement.memory_measure()]
    _log_confinement(measures)
    facts = [one._asdict() for one in measures]
    serve_health(config.host, config.port, checks, "processor", {"confinement": facts})
    while not stop.wait(60):
        pass


def make_indexes(config: ProcessorConfig) -> None:
    """Build the symbol indexes that walks missed, until SIGTERM."""
    stop, ended = Stop().on_signals(), threading.Event()
    builder = config.make_builder()
    if builder is None:
        return
    thread = threading.Thread(target=builder.run, args=(ended, config.index_seconds), daemon=True)
    thread.start()
    while thread.is_alive() and not stop.wait(1):
        pass
    ended.set()
    thread.join(_KILL_SECONDS)


def worker_name(process: int, thread: int) -> str:
    """Return a lease holder's name that no other worker ever has, on this machine or another."""
    return f"{socket.gethostname()}:{os.getpid()}:{process}.{thread}:{secrets.token_hex(4)}"


def _log_confinement(measures: Sequence[Measure]) -> None:
    in_force = [one.name for one in measures if one.in_force]
    missing = {one.name: one.reason for one in measures if not one.in_force}
    if missing:
        log.get().warning("walkers are not fully confined", in_force=in_force, missing=missing)
    else:
        log.get().info("walkers are confined", in_force=in_force)


def _run(context: Context, name: str) -> None:
    """Run a worker; when it fails, end the process: the parent starts another."""
    try:
        Worker(context, name).run()
    except BaseException as error:
        log.get().error("worker thread failed", error=type(error).__name__)
        context.stop.set()
        raise


def _join(threads: list[threading.Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
