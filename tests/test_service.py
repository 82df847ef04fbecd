"""What all services share: how they stop, and how they show their health."""

import subprocess
import sys
import threading
import time

import pytest
import urllib3

from cli.local.postgres import free_port
from socorro.service import Backoff, Stop
from socorro.serving.health import not_found, with_health
from socorro.serving.request import MOST_STEPS, path_to
from tests.wsgi import ask

SIGNALLED = """
import os, signal, threading
from socorro.service import Stop

for _ in range(3000):
    stop = Stop().on_signals()
    sender = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGTERM))
    sender.start()
    while not stop.wait(0.00001):
        pass
    sender.join()
print("every signal was heard")
"""


def test_a_signal_is_heard_wherever_it_interrupts_a_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED], capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout == "every signal was heard\n"


def test_all_who_wait_are_woken() -> None:
    stop = Stop()
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(stop.wait(60))) for _ in range(5)]
    for thread in threads:
        thread.start()

    stop.set()
    for thread in threads:
        thread.join()

    assert answers == [True] * 5
    assert stop.wait(60)
    assert stop


def test_a_wait_that_nobody_ends_is_over_in_time() -> None:
    stop = Stop()

    began = time.monotonic()
    is_stopped = stop.wait(0.02)

    assert not is_stopped
    assert time.monotonic() - began >= 0.02
    assert not stop.wait(-1)


def broken() -> None:
    raise ConnectionError("the secret host name")


def test_health_is_503_and_names_the_check_that_failed_but_no_details() -> None:
    app = with_health(not_found, {"store": broken})

    answer = ask(app, "/__heartbeat__")

    assert answer.status == 503
    assert answer.json() == {"errors": [{"name": "store", "msg": "ConnectionError"}]}


def test_a_load_balancer_asks_the_process_only() -> None:
    app = with_health(not_found, {"store": broken})

    answers = [ask(app, path).status for path in ("/__lbheartbeat__", "/__version__", "/metrics")]

    assert answers == [200, 200, 200]


SERVED = """
import sys
from socorro.serving.limits import Limits
from socorro.serving.server import serve

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ.get("HTTP_X_FORWARDED_FOR", "hidden").encode()]

serve(app, "127.0.0.1", int(sys.argv[1]), limits=Limits(body=10), threads=1, service="test")
"""


def test_the_server_passes_headers_on_bounds_bodies_and_stops_on_a_signal() -> None:
    port = free_port()
    words = [sys.executable, "-c", SERVED, str(port)]
    url, headers = f"http://127.0.0.1:{port}/", {"X-Forwarded-For": "192.0.2.7"}
    with subprocess.Popen(words) as server, urllib3.PoolManager() as client:
        client.request("GET", url, retries=urllib3.Retry(200, backoff_factor=0.05, backoff_max=0.2))
        answer = client.request("GET", url, headers=headers)
        sizes = [client.request("POST", url, body=b"x" * size).status for size in (10, 11)]
        server.terminate()

    assert answer.data == b"192.0.2.7"
    assert sizes == [200, 413]
    assert server.returncode == 0


def test_waits_double_up_to_the_longest_until_a_try_succeeds() -> None:
    backoff = Backoff(first=1, most=5)

    assert [backoff.next() for _ in range(5)] == [1, 2, 4, 5, 5]
    backoff.reset()
    assert backoff.next() == 1


def descend(levels: int) -> None:
    if levels:
        descend(levels - 1)
    raise RuntimeError("secret cows")


@pytest.mark.parametrize(
    ("levels", "steps"), [(0, 2), (MOST_STEPS - 2, MOST_STEPS), (MOST_STEPS - 1, MOST_STEPS)]
)
def test_the_path_to_an_error_has_its_last_steps_and_not_its_text(levels: int, steps: int) -> None:
    with pytest.raises(RuntimeError) as raised:
        descend(levels)

    path = path_to(raised.value).split(" > ")

    assert len(path) == steps
    assert path[-1].startswith("test_service.py:")
    assert path[-1].endswith(" descend")
    assert path[0].endswith(" descend") == (levels == MOST_STEPS - 1)


def test_a_heartbeat_has_facts_that_are_read_each_time_and_leaves_out_what_fails() -> None:
    reads = iter(range(9))

    def broken() -> int:
        raise OSError("no such disk")

    app = with_health(not_found, {}, {"fixed": 1, "read": lambda: next(reads), "broken": broken})

    assert ask(app, "/__heartbeat__").json() == {"errors": [], "fixed": 1, "read": 0}
    assert ask(app, "/__heartbeat__").json() == {"errors": [], "fixed": 1, "read": 1}
