"""`socorro submit` against a real collector; a server of ours only where one must misbehave."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import urllib3

from cli.local.postgres import free_port
from cli.submitter import CollectorUnavailable, NotSubmitted, Submission, Submitter, one_dump
from socorro.crash import MAIN_DUMP
from socorro.crash_id import parse
from socorro.spool.spool import Spool
from tests.builders import DUMPS, TEST_DUMP
from tests.crashmover.test_kill import until

CHECKOUT = Path(__file__).parent.parent.parent
SMALL_DUMP = DUMPS / "rust-minidump" / "linux-mini.dmp"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A real collector: its URL and its home."""
    home = tmp_path_factory.mktemp("collector")
    (home / "secret").write_text("secret of the tests, long enough")
    Spool.created(home / "spool")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "collector"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "SOCORRO_HOME": str(home),
            "SOCORRO_COLLECTOR_PORT": str(port),
            "SOCORRO_COLLECTOR_SECRET_FILE": str(home / "secret"),
            "SOCORRO_COLLECTOR_WORKERS": "1",
            "SOCORRO_COLLECTOR_MAX_BODY": str(2**20),
        },
    )
    until(lambda: _answers(f"http://127.0.0.1:{port}/__lbheartbeat__"))
    yield f"http://127.0.0.1:{port}/submit", home
    process.terminate()
    process.wait(30)


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def submit(url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "submit", "--url", url, *words],
        cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def ids_of(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [parse(line) for line in done.stdout.splitlines()]


def spooled(home: Path) -> dict[str, tuple[dict[str, object], dict[str, bytes]]]:
    spool = Spool.created(home / "spool", durable=False)
    read = [spool.read(entry) for entry in spool.ready()]
    return {raw.crash_id: (raw.document(), dumps) for raw, dumps in read}


def test_a_dump_with_fields_arrives_as_it_is(collector: tuple[str, Path]) -> None:
    url, home = collector

    done = submit(
        url, "-F", "ProductName=Firefox", "-F", "Comments=a=b; größer\nzweite", str(TEST_DUMP)
    )

    [crash_id] = ids_of(done)
    raw, dumps = spooled(home)[crash_id]
    assert done.returncode == 0, done.stderr
    assert raw["ProductName"] == "Firefox"
    assert raw["Comments"] == "a=b; größer\nzweite"
    assert dumps == {MAIN_DUMP: TEST_DUMP.read_bytes()}


def test_annotations_from_a_json_file_arrive_in_one_part(
    collector: tuple[str, Path], tmp_path: Path
) -> None:
    url, home = collector
    extra = tmp_path / "crash.extra"
    extra.write_text(json.dumps({"ProductName": "Fenix", "Version": "1", "Nested": {"a": [1]}}))

    done = submit(url, "--json", str(extra), "-F", "Version=2", str(TEST_DUMP))

    [crash_id] = ids_of(done)
    raw, _ = spooled(home)[crash_id]
    assert raw["ProductName"] == "Fenix"
    assert raw["Version"] == "2"
    assert json.loads(str(raw["Nested"])) == {"a": [1]}
    assert raw["metadata"]["payload"] == "json"  # type: ignore[index]


def test_the_same_crash_twice_is_one_crash(collector: tuple[str, Path]) -> None:
    url, _ = collector

    first, second = submit(url, str(SMALL_DUMP)), submit(url, str(SMALL_DUMP))

    assert first.stdout == second.stdout != ""


def test_repeated_crashes_are_crashes_of_their_own_and_come_in_order(
    collector: tuple[str, Path],
) -> None:
    url, home = collector

    done = submit(url, "--repeat", "10", "--jobs", "4", str(TEST_DUMP), str(SMALL_DUMP))

    crashes = spooled(home)
    sizes = [len(crashes[crash_id][1][MAIN_DUMP]) for crash_id in ids_of(done)]
    assert done.returncode == 0, done.stderr
    assert len(set(ids_of(done))) == 20
    assert sizes == [TEST_DUMP.stat().st_size, SMALL_DUMP.stat().st_size] * 10
    assert "20 accepted" in done.stderr


def test_one_dump_that_is_too_large_does_not_hold_up_the_others(
    collector: tuple[str, Path], tmp_path: Path
) -> None:
    url, _ = collector
    large = tmp_path / "large.dmp"
    large.write_bytes(b"MDMP" + bytes(2**21))

    done = submit(url, str(TEST_DUMP), str(large), str(SMALL_DUMP))

    assert done.returncode == 1
    assert len(ids_of(done)) == 2
    assert "too large (413): raise SOCORRO_COLLECTOR_MAX_BODY" in done.stderr
    assert "2 accepted, 1 failed" in done.stderr


def test_when_nobody_listens_it_says_so_at_once_and_once() -> None:
    url = f"http://127.0.0.1:{free_port()}/submit"

    done = submit(url, "--repeat", "5", "--jobs", "3", str(TEST_DUMP))

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("no collector is listening; start the line (`socorro run`)") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-F", "no value", str(TEST_DUMP)], "'no value' is not NAME=VALUE"),
        (["--json", str(TEST_DUMP), str(TEST_DUMP)], "is not a JSON object"),
        (["/no/such.dmp"], "does not exist"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(words: list[str], message: str) -> None:
    done = submit("http://127.0.0.1:1/submit", *words)

    assert done.returncode == 2
    assert message in done.stderr


class Moody(BaseHTTPRequestHandler):
    """Answers what the test wants, one answer after the other."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, MoodyServer)
        server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers, body = server.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class MoodyServer(HTTPServer):
    answers: list[tuple[int, dict[str, str], bytes]]
    bodies: list[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/submit"


@pytest.fixture
def moody() -> Iterator[MoodyServer]:
    with MoodyServer(("127.0.0.1", 0), Moody) as server:
        server.answers, server.bodies = [], []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


OK = (200, {}, b"CrashID=bp-0bba929f-8721-460c-8e70-a43c00261123\n")
CRASH = Submission({"ProductName": "Firefox"}, {MAIN_DUMP: SMALL_DUMP})


def test_a_busy_collector_is_asked_again_when_it_said(moody: MoodyServer) -> None:
    moody.answers = [(503, {"Retry-After": "7"}, b""), (503, {}, b""), (503, {}, b""), OK]
    waited: list[float] = []

    answer = Submitter(moody.url, wait=waited.append).send(CRASH)

    assert answer.crash_id == "bp-0bba929f-8721-460c-8e70-a43c00261123"
    assert waited == [7, 2, 4]
    bodies = [body.split(b"\r\n", 1)[1].rsplit(b"\r\n--", 1)[0] for body in moody.bodies]
    assert len({len(body) for body in bodies}) == 1
    assert all(SMALL_DUMP.read_bytes() in body for body in bodies)


@pytest.mark.parametrize(
    ("value", "waits"),
    [
        ("0", 0), ("-5", 1), ("120", 120), ("121", 120), ("999999", 120),
        ("Mon, 23 Nov 2020 00:00:00 GMT", 0),
        ("Wed, 23 Nov 2095 00:00:00 GMT", 120), ("soon", 1), ("nan", 1),
    ],
)  # fmt: skip
def test_a_strange_retry_after_is_bounded(moody: MoodyServer, value: str, waits: float) -> None:
    moody.answers = [(503, {"Retry-After": value}, b""), OK]
    waited: list[float] = []

    Submitter(moody.url, wait=waited.append).send(CRASH)

    assert waited == [waits]


def test_a_collector_that_stays_busy_is_given_up(moody: MoodyServer) -> None:
    moody.answers = [(503, {}, b"")] * 3

    with pytest.raises(CollectorUnavailable, match="503, 3 times"):
        Submitter(moody.url, tries=3, wait=lambda _: None).send(CRASH)


def test_a_throttled_crash_is_no_error(moody: MoodyServer) -> None:
    moody.answers = [(200, {}, b"Discarded=rule_old_build")]

    answer = Submitter(moody.url).send(CRASH)

    assert answer == (None, "rule_old_build")


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "not accepted as a crash"), (404, "is this a collector"), (500, "500")],
)
def test_other_answers_say_what_to_do(moody: MoodyServer, status: int, message: str) -> None:
    moody.answers = [(status, {}, b"<html>")]

    with pytest.raises(NotSubmitted, match=message):
        Submitter(moody.url).send(CRASH)


def test_names_cannot_break_out_of_their_header(moody: MoodyServer, tmp_path: Path) -> None:
    moody.answers = [OK]
    dump = tmp_path / 'a"\r\nX: y.dmp'
    dump.write_bytes(b"MDMP")

    Submitter(moody.url).send(one_dump(dump, {'N"\r\nY: z': "v"}))

    assert b"\r\nX: y" not in moody.bodies[0]
    assert b"\r\nY: z" not in moody.bodies[0]
    assert b'filename="a%22%0D%0AX: y.dmp"' in moody.bodies[0]
