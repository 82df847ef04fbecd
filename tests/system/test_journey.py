"""The journey of one crash, every hop real: a client POSTs, an engineer reads the report."""

import gzip
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import browser_type_launch_args  # noqa: F401
from tests.builders import DUMPS, TEST_DUMP
from tests.system.crashpad import CrashpadDatabase
from tests.system.line import HTTP, Line, running, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

ALL_DUMPS = sorted(DUMPS.glob("*/*.dmp"))
REFUSED = {"invalid-range.dmp", "invalid-record-count.dmp"}  # no walker can read these
ANNOTATIONS = {
    "ProductName": "Firefox",
    "Version": "10.0",
    "ReleaseChannel": "nightly",
    "BuildID": "20120131000000",
    "URL": "https://private.example.com/secret-page",
    "Email": "user@private.example.com",
    "Comments": "my secret cows",
}
PRIVATE = ("private.example.com", "secret cows")


ENGINES = {
    "file": {"STORE": "file", "SEARCH": "segments"},
    "hbase": {"STORE": "hbase", "SEARCH": "elasticsearch"},
}
REAL = [pytest.mark.hbase, pytest.mark.elasticsearch]


@pytest.fixture(scope="module", params=["file", pytest.param("hbase", marks=REAL)])
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    home = tmp_path_factory.mktemp(f"line-{request.param}")
    with running(home, **ENGINES[request.param]) as started:
        (home / "symbols").rmdir()
        (home / "symbols").symlink_to(DUMPS / "symbols")
        yield started
        assert started.stop() == 0


def crash_id_in(answer: str) -> str:
    match = re.fullmatch(r"CrashID=bp-([0-9a-f-]{36})\n", answer)
    assert match, answer
    return match[1]


def curl(line: Line, *words: str) -> str:
    done = subprocess.run(
        ["curl", "-sS", *words, line.url("collector", "/submit")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return crash_id_in(done.stdout)


def processed(line: Line, crash_id: str) -> dict[str, object]:
    """The processed crash, once it is there."""

    def ask() -> object:
        answer = HTTP.request(
            "GET", line.url("middleware", f"/api/ProcessedCrash/?crash_id=bp-{crash_id}")
        )
        if answer.status == 404:
            return None
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

    document = wait_for(ask, 60, f"the report of {crash_id}")
    assert isinstance(document, dict)
    return document


def page(line: Line, crash_id: str) -> str:
    def ask() -> object:
        answer = HTTP.request("GET", line.url("webapp", f"/report/index/{crash_id}"))
        assert answer.status in (200, 202), answer.data
        return answer.data.decode() if answer.status == 200 else None

    return str(wait_for(ask, 60, f"the page of {crash_id}"))


def test_the_readmes_curl_line_leads_to_a_report(line: Line) -> None:
    fields = [word for key, value in ANNOTATIONS.items() for word in ("-F", f"{key}={value}")]

    crash_id = curl(line, *fields, "-F", f"upload_file_minidump=@{TEST_DUMP}")

    report = processed(line, crash_id)
    text = page(line, crash_id)
    assert report["product"] == "Firefox"
    assert report["build"] == "20120131000000"
    assert "CrashFunction" in str(report["signature"])
    assert str(report["signature"]).split(" | ")[-1] in text.replace("&#x27;", "'")
    for secret in PRIVATE:
        assert secret not in text
        assert secret not in json.dumps(report)


def test_search_finds_the_crash_under_the_address_of_the_pages(line: Line) -> None:
    fields = [word for key, value in ANNOTATIONS.items() for word in ("-F", f"{key}={value}")]
    event = "-F", "CrashEventID=to be found"
    crash_id = curl(line, *fields, *event, "-F", f"upload_file_minidump=@{TEST_DUMP}")
    query = f"uuid={crash_id}&_columns=uuid&_columns=signature&_facets=product"

    def search() -> object:
        answer = HTTP.request("GET", line.url("webapp", f"/api/SuperSearch/?{query}"))
        if answer.status == 503:  # before the first crash that search gets, it has no data
            return None
        assert answer.status == 200, answer.data
        document = json.loads(answer.data)
        return document if document["total"] else None

    document = wait_for(search, 60, f"the search for {crash_id}")

    assert isinstance(document, dict)
    signature = processed(line, crash_id)["signature"]
    assert document["hits"] == [{"uuid": crash_id, "signature": signature}]
    assert document["facets"] == {"product": [{"term": "Firefox", "count": 1}]}
    command = line.socorro("search", f"uuid={crash_id}", "--columns", "uuid,url", "--json")
    assert json.loads(command.stdout)["hits"] == [{"uuid": crash_id, "url": ANNOTATIONS["URL"]}]
    hidden = f"/api/SuperSearch/?uuid={crash_id}&url=~private"
    assert HTTP.request("GET", line.url("webapp", hidden)).status == 403


def test_every_dump_comes_back_through_rest(line: Line) -> None:
    ids = {
        dump.name: curl(
            line, "-F", "ProductName=Firefox", "-F", "Version=140.0a1", "-F",
            f"CrashEventID={dump.name}", "-F", f"upload_file_minidump=@{dump}",
        )
        for dump in ALL_DUMPS
    }  # fmt: skip

    reports = {name: processed(line, crash_id) for name, crash_id in ids.items()}

    assert len(ids) == 27
    refused = {name for name, report in reports.items() if report["mdsw_status_string"] != "OK"}
    assert refused == REFUSED
    for name, report in reports.items():
        assert report["signature"], name
        assert report["success"] is (name not in REFUSED)


def test_json_annotations_as_todays_firefox_sends_them(line: Line, tmp_path: Path) -> None:
    extra = tmp_path / "extra.json"
    extra.write_text(json.dumps({**ANNOTATIONS, "ReleaseChannel": "esr", "Version": "153.7.0"}))

    crash_id = curl(
        line, "-F", f"extra=@{extra};type=application/json;filename=extra.json", "-F",
        f"upload_file_minidump=@{TEST_DUMP};type=application/vnd.tcpdump.pcap",
    )  # fmt: skip

    report = processed(line, crash_id)
    assert report["release_channel"] == "esr"
    assert report["version"] == "153.7.0esr"


def test_the_same_crash_posted_again_is_the_same_crash(line: Line) -> None:
    words = (
        "-F", "ProductName=Thunderbird", "-F", "CrashEventID=posted-twice", "-F",
        f"upload_file_minidump=@{TEST_DUMP}",
    )  # fmt: skip

    first, second = curl(line, *words), curl(line, *words)

    assert first == second
    assert processed(line, first)["crash_id"] == first


def test_crashpads_own_handler_is_understood(line: Line, tmp_path: Path) -> None:
    database = CrashpadDatabase(tmp_path / "crashpad")
    names = [database.add(dump.read_bytes()) for dump in ALL_DUMPS[-3:]]

    answers = database.upload(line.url("collector", "/submit"))

    assert sorted(answers) == sorted(names)
    for answer in answers.values():
        report = processed(line, crash_id_in(answer))
        assert (
            report["mdsw_status_string"] in ("OK", "StreamNotFound", "StreamReadFailure")
            or report["signature"]
        )


def test_crashpad_without_gzip_and_a_query(line: Line, tmp_path: Path) -> None:
    database = CrashpadDatabase(tmp_path / "crashpad")
    database.add(TEST_DUMP.read_bytes())

    [answer] = database.upload(
        line.url("collector", "/submit?product=x&version=1"), "--no-upload-gzip"
    ).values()

    assert processed(line, crash_id_in(answer))["mdsw_status_string"] == "OK"


def test_a_gzip_and_chunked_body_over_a_bare_socket(line: Line) -> None:
    boundary = "---MultipartBoundary-abcdefghijklmnopqrstuvwxyz012345---"
    fields = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="Note{number}"\r\n\r\n'
        f"value {number}\nover two lines\r\n".encode()
        for number in range(300)
    )
    body = gzip.compress(
        fields
        + f'--{boundary}\r\nContent-Disposition: form-data; name="upload_file_minidump"; '
        f'filename="x.dmp"\r\n\r\n'.encode()
        + TEST_DUMP.read_bytes()
        + f"\r\n--{boundary}--\r\n".encode()
    )
    head = (
        "POST /submit HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", line.ports["collector"])) as client:
        client.sendall(head.encode())
        for start in range(0, len(body), 1000):
            piece = body[start : start + 1000]
            client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        client.sendall(b"0\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b"")).decode()

    crash_id = crash_id_in(answer.split("\r\n\r\n", 1)[1])

    assert processed(line, crash_id)["mdsw_status_string"] == "OK"
    raw = HTTP.request("GET", line.url("middleware", f"/api/RawCrash/?crash_id={crash_id}"))
    assert raw.status == 200
    assert "over two lines" not in raw.data.decode()  # nobody declared Note7 public


def test_what_is_no_minidump_ends_as_a_report_with_its_error(line: Line, tmp_path: Path) -> None:
    texts = {"text.dmp": b"this is a text microdump\n" * 100, "empty.dmp": b""}
    ids = {}
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
        ids[name] = curl(
            line, "-F", "ProductName=Thunderbird", "-F", f"CrashEventID={name}", "-F",
            f"upload_file_minidump=@{tmp_path / name}",
        )  # fmt: skip

    assert processed(line, ids["empty.dmp"])["mdsw_status_string"] == "EmptyMinidump"
    assert processed(line, ids["text.dmp"])["mdsw_status_string"] == "HeaderMismatch"
    assert "HeaderMismatch" in page(line, ids["text.dmp"])


def test_a_deferred_crash_is_processed_when_somebody_looks(line: Line) -> None:
    def deferred() -> str:
        for number in range(200):
            crash_id = curl(
                line, "-F", "ProductName=Firefox", "-F", "Version=10.0", "-F",
                "ReleaseChannel=release", "-F", f"CrashEventID=release-{number}", "-F",
                f"upload_file_minidump=@{TEST_DUMP}",
            )  # fmt: skip
            if crash_id[-7] == "1":
                return crash_id
        raise AssertionError("nothing was deferred")

    crash_id = deferred()
    path = f"/report/index/{crash_id}"
    first = wait_for(
        lambda: (
            answer := HTTP.request("GET", line.url("webapp", path))
        ).status != 404 and answer,
        30, "the pending page",
    )  # fmt: skip

    assert getattr(first, "status", None) == 202
    assert "CrashFunction" in page(line, crash_id)


def test_an_unknown_crash_is_said_to_be_unknown(line: Line) -> None:
    unknown = "00000000-0000-4000-8000-000000261123"

    rest = HTTP.request("GET", line.url("middleware", f"/api/ProcessedCrash/?crash_id={unknown}"))
    html = HTTP.request("GET", line.url("webapp", f"/report/index/{unknown}"))

    assert rest.status == 404
    assert html.status == 404


@pytest.mark.browser
def test_an_engineer_reads_the_report_in_a_browser(line: Line, browser: Browser) -> None:
    fields = [word for key, value in ANNOTATIONS.items() for word in ("-F", f"{key}={value}")]
    crash_id = curl(line, *fields, "-F", f"upload_file_minidump=@{TEST_DUMP}")
    processed(line, crash_id)
    tab = browser.new_page()

    tab.goto(line.url("webapp", f"/report/index/bp-{crash_id}"))

    expect(tab.locator("h1")).to_contain_text("CrashFunction")
    expect(tab.locator("body")).to_contain_text("test_app.exe")
    expect(tab.locator("body")).to_contain_text("20120131000000")
    tab.goto(line.url("webapp", "/"))
    expect(tab.locator("body")).to_contain_text("Firefox")
    tab.close()


def test_the_submit_command_posts_and_the_ledger_is_even(line: Line) -> None:
    done = line.socorro(
        "submit", "--url", line.url("collector", "/submit"), "-F", "ProductName=Thunderbird",
        *(str(dump) for dump in ALL_DUMPS),
    )  # fmt: skip
    ids = re.findall(r"bp-[0-9a-f-]{36}", done.stdout)

    assert done.returncode == 0, done.stderr
    assert len(ids) == len(ALL_DUMPS)
    for crash_id in ids:
        processed(line, crash_id.removeprefix("bp-"))
    wait_for(lambda: line.socorro("status").returncode == 0, 60, "an even ledger")


@pytest.mark.parametrize(
    "service", ["collector", "middleware", "webapp", "crashmover", "monitor", "processor"]
)
def test_every_service_tells_its_version_health_and_metrics(line: Line, service: str) -> None:
    answers = {
        path: HTTP.request("GET", line.url(service, path)).status
        for path in ("/__version__", "/__lbheartbeat__", "/__heartbeat__", "/metrics")
    }

    assert set(answers.values()) == {200}, answers


@pytest.mark.parametrize("service", ["collector", "middleware", "webapp"])
def test_a_public_service_is_safe_as_it_runs(line: Line, service: str) -> None:
    through_a_proxy = {"X-Forwarded-For": "203.0.113.9"}
    answers = [
        HTTP.request("GET", line.url(service, path), headers=headers)
        for path, headers in (
            ("/__lbheartbeat__", through_a_proxy),
            ("/metrics", through_a_proxy),
            ("/nothing", {}),
            ("/", {"X-Large": "x" * 40_000}),
        )
    ]

    assert [answer.status for answer in answers] == [200, 404, 404, 431]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_config_check_names_what_a_line_on_one_machine_leaves_open(line: Line) -> None:
    document = json.loads(line.socorro("config", "check", "--json").stdout)

    findings = document["findings"]
    assert [finding for finding in findings if finding["state"] == "unknown"] == []
    assert {finding["check"] for finding in findings} <= {"disks", "temporary files", "walkers"}
