"""What /metrics says of every service: which of its checks fail, and how much memory it has."""

import subprocess
import sys
import threading
import time

from socorro import metrics
from socorro.serving.health import not_found, with_health
from socorro.serving.memory import resident_bytes
from tests.moved import moves
from tests.wsgi import ask


def broken() -> None:
    raise ConnectionError("the secret host name")


def test_checks_of_the_heartbeat_are_gauges_and_metrics_come_whether_they_fail_or_not() -> None:
    app = with_health(not_found, {"store": broken, "database": lambda: None})

    metrics.memory_bytes.set(0)
    with (
        moves(metrics.check_failing, check="store", to=1),
        moves(metrics.check_failing, check="database", to=0),
        moves(metrics.memory_bytes, None),
    ):
        answer = ask(app, "/metrics")

    assert answer.status == 200
    assert b'socorro_check_failing{check="store"} 1.0' in answer.body
    assert b"secret" not in answer.body


def test_gauges_are_read_when_somebody_asks_and_one_that_hangs_or_fails_holds_up_nobody() -> None:
    hanging = threading.Event()
    app = with_health(not_found, {}, measure=lambda: metrics.processed_per_minute.set(7))

    with moves(metrics.processed_per_minute, to=7):
        ask(app, "/metrics")
    began = time.monotonic()
    assert ask(with_health(not_found, {}, measure=broken), "/metrics").status == 200
    assert ask(with_health(not_found, {}, measure=hanging.wait), "/metrics").status == 200
    hanging.set()
    assert time.monotonic() - began < 3


def test_the_memory_of_a_service_is_that_of_all_its_processes() -> None:
    fork = "import os; block = b'x' * 50_000_000; os.fork(); os.write(1, b'up\\n'); os.read(0, 1)"
    with subprocess.Popen(
        [sys.executable, "-c", fork], stdin=-1, stdout=-1, process_group=0
    ) as service:
        assert service.stdout
        assert [service.stdout.readline(), service.stdout.readline()] == [b"up\n"] * 2
        both = resident_bytes(service.pid)
        service.kill()
        assert service.stdin
        service.stdin.close()

    assert 100_000_000 < both < 200_000_000
    assert resident_bytes(2**22 + 1) == 0
