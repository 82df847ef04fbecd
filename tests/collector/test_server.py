"""The collector as a process, asked over real sockets, stopped, killed and starved of disk."""

import gzip
import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.config import CollectorConfig
from collector.server import limits, on_refusal
from socorro.crash import MAIN_DUMP
from socorro.service import Stop
from socorro.serving.config import ServingConfig
from socorro.serving.limits import Limits
from socorro.serving.server import Server, listen
from socorro.spool.spool import Spool
from tests.builders import TEST_DUMP
from tests.collector.forms import FORM, dump, fields, form, form_of
from tests.collector.running import Running, running
from tests.system.crashpad import CrashpadDatabase
from tests.system.line import wait_for

MIB = 2**20
LIMIT = 20 * MIB
HEADERS = Limits(LIMIT).head
DUMP = TEST_DUMP.read_bytes()
TRICKLING = 40


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests that leave it as it was."""
    with running(tmp_path_factory.mktemp("collector")) as started:
        yield started
        assert started.stop() == 0


def head(*lines: str) -> bytes:
    return "\r\n".join(
        ["POST /submit HTTP/1.1", "Host: localhost", f"Content-Type: {FORM}", *lines, "", ""]
    ).encode()


def chunked(body: bytes, size: int = 1000) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def answer(connection: socket.socket) -> bytes:
    """All that the server says until it closes, or until the end of a crash id."""
    said = b""
    while not said.endswith(b"\n") or b"CrashID" not in said:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            break
        if not piece:
            break
        said += piece
    return said


def ready(collector: Running) -> set[str]:
    return set(collector.spool.ids())


def distinct(number: int, size: int = 1000) -> bytes:
    return form([*fields(ProductName="Firefox", N=str(number)), dump(b"M" * size)])


def test_many_posts_over_one_connection(collector: Running) -> None:
    with collector.connect() as connection:
        for number in range(3):
            body = distinct(number)
            connection.sendall(head(f"Content-Length: {len(body)}") + body)

            said = answer(connection)

            assert said.startswith(b"HTTP/1.1 200 OK\r\n")
            assert said.partition(b"CrashID=bp-")[2].decode().strip() in ready(collector)


def test_crashpads_way_compressed_in_chunks(collector: Running) -> None:
    body = chunked(gzip.compress(distinct(10)))

    with collector.connect() as connection:
        connection.sendall(head("Content-Encoding: gzip", "Transfer-Encoding: chunked") + body)
        said = answer(connection)

    assert said.partition(b"CrashID=bp-")[2].decode().strip() in ready(collector)


@pytest.mark.parametrize("options", [(), ("--no-upload-gzip",)])
def test_the_real_crashpad_handler(
    collector: Running, tmp_path: Path, options: tuple[str, ...]
) -> None:
    database = CrashpadDatabase(tmp_path / "database")
    name = database.add(DUMP)

    answers = database.upload(
        f"http://127.0.0.1:{collector.port}/submit", "--annotation=ProductName=App", *options
    )

    crash_id = answers[name].removeprefix("CrashID=bp-").strip()
    entries = [entry for entry in collector.spool.ready() if entry.crash_id == crash_id]
    assert collector.spool.read(entries[-1])[1] == {MAIN_DUMP: DUMP}


def test_a_post_of_neither_length_nor_chunks_is_told_so(collector: Running) -> None:
    with collector.connect() as connection:
        connection.sendall(head("Connection: close"))
        said = answer(connection)

    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.endswith(b"Discarded=malformed_no_content_length")


def test_a_client_that_waits_to_be_asked_for_the_body(collector: Running) -> None:
    body = distinct(20, 2 * MIB)

    with collector.connect() as connection:
        connection.sendall(head(f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        said = answer(connection)

    assert b"CrashID=bp-" in said


def test_a_client_that_waits_in_vain_gets_the_refusal_at_once(collector: Running) -> None:
    with collector.connect() as connection:
        connection.sendall(head(f"Content-Length: {30 * MIB}", "Expect: 100-continue"))
        said = connection.recv(1000)

    assert said.startswith(b"HTTP/1.1 413 ")


def test_curl_posts_a_large_dump(collector: Running, tmp_path: Path) -> None:
    (tmp_path / "large.dmp").write_bytes(b"M" * 3 * MIB)

    done = subprocess.run(
        ["curl", "-sS", "-F", "ProductName=Firefox", "-F",
         f"{MAIN_DUMP}=@{tmp_path}/large.dmp", f"http://127.0.0.1:{collector.port}/submit?id=1"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout[11:-1] in ready(collector)


@pytest.mark.parametrize("by_chunks", [False, True])
@pytest.mark.parametrize(("more", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_twenty_mebibytes_are_the_limit(
    collector: Running, more: int, status: int, by_chunks: bool
) -> None:
    before = len(list(collector.spool.ids()))
    body = form_of(LIMIT + more)
    how = "Transfer-Encoding: chunked" if by_chunks else f"Content-Length: {len(body)}"

    with collector.connect() as connection:
        connection.sendall(head(how, "Connection: close"))
        connection.sendall(chunked(body, 60_000) if by_chunks else body)
        said = answer(connection)

    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert len(list(collector.spool.ids())) - before == (status == 200)


@pytest.mark.parametrize("expect", ["100-continue", ""])
def test_far_too_much_is_refused_too(collector: Running, tmp_path: Path, expect: str) -> None:
    (tmp_path / "huge.dmp").write_bytes(b"M" * 30 * MIB)

    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Expect: {expect}", "-F",
         f"{MAIN_DUMP}=@{tmp_path}/huge.dmp", f"http://127.0.0.1:{collector.port}/submit"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stdout == "413"


def test_who_sends_far_too_much_before_it_reads_is_told_too(collector: Running) -> None:
    body = b"M" * 30 * MIB

    with collector.connect() as connection:
        connection.sendall(head(f"Content-Length: {len(body)}") + body)
        said = answer(connection)

    assert said.startswith(b"HTTP/1.1 413 ")


BODY = distinct(30)


@pytest.mark.parametrize(
    "sent",
    [
        b"garbage\r\n\r\n",
        b"\0" * 1000 + b"\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"zzz\r\n" + BODY,
        head("Transfer-Encoding: chunked") + b"-5\r\n" + BODY,
        head("Transfer-Encoding: chunked") + b"5\r\n" + BODY,
        head("Content-Length: -5") + BODY,
        head("Content-Length: many") + BODY,
        head("X-Long: " + "x" * 100_000, f"Content-Length: {len(BODY)}") + BODY,
        head("Content-Length: 9", "Connection: close") + BODY,
        head("Connection: close") + BODY,
    ],
)
def test_broken_http_is_refused_and_nothing_is_stored(collector: Running, sent: bytes) -> None:
    before = ready(collector)

    with collector.connect() as connection:
        connection.sendall(sent)
        said = answer(connection)

    assert said[9:10] in (b"4", b"")
    assert ready(collector) == before


@pytest.mark.parametrize(("size", "status"), [(HEADERS - 1, b"200"), (HEADERS, b"431")])
def test_the_head_of_a_request_is_limited(collector: Running, size: int, status: bytes) -> None:
    short = head(f"Content-Length: {len(BODY)}", "Connection: close", "X-Long: ")
    long = f"X-Long: {'x' * (size - len(short))}"

    with collector.connect() as connection:
        sent = head(f"Content-Length: {len(BODY)}", "Connection: close", long)
        connection.sendall(sent + BODY)
        said = answer(connection)

    assert len(sent) == size
    assert said[9:12] == status


def test_a_client_that_goes_away_leaves_nothing(collector: Running) -> None:
    before = ready(collector)

    for end in (10, len(BODY) // 2, len(BODY) - 1):
        with collector.connect() as connection:
            connection.sendall(head(f"Content-Length: {len(BODY)}") + BODY[:end])
            connection.shutdown(socket.SHUT_WR)
            assert b"CrashID" not in answer(connection)

    assert ready(collector) == before
    assert list((collector.home / "spool" / "incoming").iterdir()) == []


def test_all_workers_count_together(collector: Running) -> None:
    def posts() -> float:
        _, text = collector.request("GET", "/metrics")
        lines = [line for line in text.splitlines() if line.startswith("socorro_collector_posts")]
        return sum(float(line.split()[-1]) for line in lines)

    before = posts()
    for number in range(20):
        collector.crash(distinct(number))

    assert posts() == before + 20


def test_the_health_paths_answer(collector: Running) -> None:
    for path in ("/__version__", "/__lbheartbeat__", "/__heartbeat__"):
        assert collector.request("GET", path)[0] == 200


def test_with_https_the_answers_of_application_and_server_say_so(tmp_path: Path) -> None:
    with running(tmp_path, workers=1, https=True) as collector:
        whole = b"GET /submit HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
        for sent in (whole, b"nonsense\r\n\r\n"):
            with collector.connect() as connection:
                connection.sendall(sent)

                assert b"Strict-Transport-Security: max-age=31536000" in answer(connection)


def test_health_does_not_exist_for_who_comes_through_an_unknown_proxy(collector: Running) -> None:
    with collector.connect() as connection:
        connection.sendall(
            b"GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
            b"X-Forwarded-For: 203.0.113.9\r\n\r\n"
        )

        assert answer(connection).startswith(b"HTTP/1.1 404")


def test_slow_clients_do_not_hold_up_fast_ones(tmp_path: Path) -> None:
    with running(tmp_path, workers=1, threads=2) as collector:
        slow = [collector.connect() for _ in range(TRICKLING)]
        for connection in slow:
            connection.sendall(head(f"Content-Length: {len(BODY)}") + BODY[:-1])

        for number in range(5):
            collector.crash(distinct(number))

        for connection in slow:
            connection.sendall(BODY[-1:])
        said = [answer(connection) for connection in slow]
        assert all(b"CrashID=bp-" in one for one in said)
        for connection in slow:
            connection.close()


def test_an_upload_that_takes_too_long_is_cut_off(tmp_path: Path) -> None:
    with running(tmp_path, workers=1, upload_seconds=1) as collector:
        with collector.connect() as connection:
            connection.sendall(head("Content-Length: 100000") + b"-")

            assert connection.recv(1000) == b""

        collector.crash(BODY)


def test_when_told_to_stop_it_finishes_what_has_begun(tmp_path: Path) -> None:
    with running(tmp_path) as collector, collector.connect() as connection:
        connection.sendall(head(f"Content-Length: {len(BODY)}") + BODY[:-1])
        wait_for(lambda: established(collector.port) == 1, what="the connection to be accepted")

        collector.process.send_signal(signal.SIGTERM)
        wait_for(lambda: refuses(collector.port), what="new clients to be refused")
        connection.sendall(BODY[-1:])

        crash_id = answer(connection).partition(b"CrashID=bp-")[2].decode().strip()
        assert ready(collector) == {crash_id}
        assert collector.process.wait(60) == 0


def test_an_answer_that_takes_longer_than_the_time_to_stop_is_sent(tmp_path: Path) -> None:
    begun = threading.Event()

    def late(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        begun.set()
        wait_for(lambda: server.ending, what="the server to end")
        start_response("200 OK", [("Content-Length", "13")])
        return [b"CrashID=late\n"]

    config = CollectorConfig(secret_file=tmp_path / "secret", stop_seconds=0)
    listening, stop = listen("127.0.0.1", 0), Stop()
    server = Server(
        late, listening, limits(config, ServingConfig()),
        threads=1, service="collector", on_refusal=on_refusal,
    )  # fmt: skip
    thread = threading.Thread(target=server.serve, args=(stop,))
    with socket.create_connection(listening[0].getsockname(), 30) as connection:
        thread.start()
        connection.sendall(b"GET /submit HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert begun.wait(30)

        stop.set()

        assert answer(connection).endswith(b"\r\n\r\nCrashID=late\n")
    thread.join(30)
    assert not thread.is_alive()


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return True
    return False


def established(port: int) -> int:
    """Connections to *port* whose data the server has read."""
    end = f":{port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        line[1].endswith(end) and line[3] == "01" and line[4].endswith(":00000000")
        for line in lines
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_connection_does_not_hold_up_the_end(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running(tmp_path, stop_seconds=3600) as collector, collector.connect() as connection:
        connection.sendall(head(f"Content-Length: {len(BODY)}") + BODY)
        assert b"CrashID" in answer(connection)

        collector.process.send_signal(number)

        assert collector.process.wait(60) == 0


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, workers=1) as collector:
        [first] = wait_for(collector.workers, what="a worker")

        subprocess.run(["kill", "-9", str(first)], check=True)

        crash_id = collector.crash(BODY)
        assert ready(collector) == {crash_id}
        assert collector.workers() != [first]


def test_after_kill_9_every_answered_crash_is_there_whole(tmp_path: Path) -> None:
    answered: list[str] = []
    enough = threading.Event()

    def post(collector: Running, start: int) -> None:
        for number in range(start, start + 100_000):
            try:
                answered.append(collector.crash(distinct(number, 50_000)))
            except (OSError, http.client.HTTPException, AssertionError):
                return
            if len(answered) > 100:
                enough.set()

    with running(tmp_path) as collector:
        threads = [threading.Thread(target=post, args=(collector, n * 1_000_000)) for n in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)

        collector.kill()

        for thread in threads:
            thread.join(30)
        spool = collector.spool
        whole = {spool.read(entry)[0].crash_id for entry in spool.ready(10**6)}
        assert set(answered) <= whole
        day = collector.spool.read(spool.ready(1)[0])[0].submitted.date()
        assert set(answered) <= set(spool.accepted(day))


def test_what_a_killed_collector_left_is_swept_when_it_starts(tmp_path: Path) -> None:
    spool = Spool.created(tmp_path / "spool")
    spool.draft().dump(MAIN_DUMP).write(b"M" * MIB)
    [debris] = spool.incoming.iterdir()
    wait_for(lambda: debris.stat().st_ctime + 1 < now(tmp_path), what="the debris to be old")

    with running(tmp_path, upload_seconds=1):
        assert not debris.exists()


def now(folder: Path) -> float:
    """The time as the file system tells it."""
    (folder / "clock").unlink(missing_ok=True)
    (folder / "clock").touch()
    return (folder / "clock").stat().st_ctime


def test_a_full_disk_is_503_and_leaves_nothing_half(tmp_path: Path) -> None:
    full = (
        "unshare", "--map-root-user", "--mount", "sh", "-c",
        f"mount -t tmpfs -o size=3m none {tmp_path}/spool"
        f" && {sys.executable} -m cli.main spool create && exec \"$@\"", "sh",
    )  # fmt: skip
    with running(tmp_path, full, workers=1) as collector:
        root = Path(f"/proc/{collector.process.pid}/root{tmp_path}/spool")
        answered, status = [], 200
        for number in range(100):
            status, text = collector.post(distinct(number, 100_000))
            if status != 200:
                break
            answered.append(text[11:-1])

        spool = Spool(root, durable=False, reserve=0)
        assert status == 503
        assert len(answered) > 10
        assert sorted(spool.ids()) == sorted(answered)
        assert list(spool.incoming.iterdir()) == []
        assert collector.request("GET", "/__heartbeat__")[0] == 503

        for entry in spool.ready():
            spool.forget(entry)
        assert collector.post(distinct(0))[0] == 200
        assert collector.request("GET", "/__heartbeat__")[0] == 200


def test_without_its_spool_it_answers_503_until_the_spool_is_there(tmp_path: Path) -> None:
    spool = Spool.created(tmp_path / "spool")
    (tmp_path / "spool").rename(tmp_path / "unmounted")
    (tmp_path / "spool").mkdir()

    with running(tmp_path, spool=tmp_path / "spool", workers=1) as collector:
        refused = collector.post(distinct(0))[0]
        ill = collector.request("GET", "/__heartbeat__")
        left = list((tmp_path / "spool").iterdir())
        (tmp_path / "spool").rmdir()
        (tmp_path / "unmounted").rename(tmp_path / "spool")
        answered = collector.crash(distinct(0))
        well = collector.request("GET", "/__heartbeat__")[0]

    assert refused == 503
    assert ill[0] == 503
    assert "spool" in ill[1]
    assert left == []
    assert well == 200
    assert list(spool.ids()) == [answered]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"secret_file": "/nowhere"}, "secret file /nowhere: No such file"),
        ({"rules": "nothing"}, "rules 'nothing'"),
        ({"port": "many"}, "SOCORRO_COLLECTOR_PORT: "),
        ({"host": "300.0.0.1"}, "collector: "),
    ],
)
def test_a_wrong_setting_is_named_before_anything_starts(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(AssertionError) as ended, running(tmp_path, **settings):
        pass

    assert message in str(ended.value)
    assert "Traceback" not in str(ended.value)
