"""POST /submit: answers, ids, verdicts, and what goes into the raw crash and the log."""

import io
import json
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from collector.app import read_secret
from socorro import crash_id as ids
from socorro import log, marker
from socorro.crash import MAIN_DUMP
from tests.builders import NOON, TEST_DUMP
from tests.collector.conftest import Collecting
from tests.collector.forms import dump, extra, fields, form, part

DUMP = TEST_DUMP.read_bytes()
Collect = Callable[..., Collecting]


def test_a_crash_is_answered_with_its_id_in_plain_text(collector: Collecting) -> None:
    answer = collector.post(*fields(ProductName="Firefox"), dump(DUMP))

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.text))
    assert ids.parse(answer.text.removeprefix("CrashID=")) == answer.crash_id
    assert list(collector.spool.ids()) == [answer.crash_id]
    assert collector.spool.accepted(NOON.date()) == [answer.crash_id]


def test_the_raw_crash_tells_how_it_was_received(collector: Collecting) -> None:
    segments = [*fields(ProductName="Firefox"), dump(DUMP)]

    raw, _ = collector.crash(*segments, HTTP_USER_AGENT="crashreporter/153.7.0 (linux x86_64)")

    assert raw.submitted == NOON
    assert raw.metadata == {
        "payload": "multipart",
        "payload_compressed": "0",
        "payload_size": len(form(segments)),
        "collector_notes": [],
        "dump_checksums": raw.dump_checksums,
        "user_agent": "crashreporter/153.7.0 (linux x86_64)",
        "throttle_rule": "accept_everything",
        "throttle_rate": 1.0,
    }


@pytest.mark.parametrize(
    ("sent", "kept"), [(None, "None"), ("", "None"), ("a\0b", "ab"), ("x" * 9999, "x" * 500)]
)
def test_user_agents_are_kept_within_reason(
    collector: Collecting, sent: str | None, kept: str
) -> None:
    raw, _ = collector.crash(dump(DUMP), HTTP_USER_AGENT=sent)

    assert raw.metadata["user_agent"] == kept


# The id


def test_a_crash_posted_again_in_another_way_has_the_same_id(collector: Collecting) -> None:
    annotations = {"ProductName": "Firefox", "Version": "140.0"}
    gecko = part(MAIN_DUMP, DUMP, "a.dmp", "application/vnd.tcpdump.pcap")
    first = collector.post(extra(json.dumps(annotations)), gecko, QUERY_STRING="id=1")
    curl = part(MAIN_DUMP, DUMP, "b.dmp", "application/octet-stream")
    collector.now += timedelta(hours=11)

    again = collector.request(
        "POST", "/submit", form([extra(json.dumps(annotations)), curl], "x" * 24),
        CONTENT_TYPE=f"multipart/form-data; boundary={'x' * 24}", HTTP_USER_AGENT="curl",
    )  # fmt: skip
    as_fields = collector.post(*reversed(fields(**annotations)), curl)

    assert first.crash_id == again.crash_id == as_fields.crash_id


def test_another_day_is_another_crash(collector: Collecting) -> None:
    collector.now = datetime(2026, 11, 23, 23, 59, 59, 999999, tzinfo=UTC)
    before = collector.post(dump(DUMP)).crash_id
    collector.now += timedelta(microseconds=1)

    after = collector.post(dump(DUMP)).crash_id

    assert (before[:-6], before[-6:], after[-6:]) == (after[:-6], "261123", "261124")


@pytest.mark.parametrize(
    "other",
    [
        [*fields(ProductName="Firefox"), dump(DUMP + b"x")],
        [*fields(ProductName="Thunderbird"), dump(DUMP)],
        [*fields(ProductName="Firefox", Version="1"), dump(DUMP)],
        [*fields(ProductName="Firefox"), dump(DUMP, f"{MAIN_DUMP}_browser")],
        [*fields(ProductName="Firefox"), dump(DUMP), dump(b"", f"{MAIN_DUMP}_browser")],
    ],
)
def test_another_crash_has_another_id(collector: Collecting, other: list[bytes]) -> None:
    first = collector.post(*fields(ProductName="Firefox"), dump(DUMP)).crash_id

    assert collector.post(*other).crash_id[:-7] != first[:-7]


def test_two_collectors_with_one_secret_agree_and_with_two_do_not(tmp_path: Path) -> None:
    secrets = {"one": b"secret of the tests", "two": b"secret of the tests", "three": b"x" * 16}
    for name in secrets:
        (tmp_path / name).mkdir()
    one, two, three = (
        Collecting(tmp_path / name, secret, rules="accept_all") for name, secret in secrets.items()
    )

    answers = [collector.post(dump(DUMP)) for collector in (one, two, three)]

    assert answers[0].crash_id == answers[1].crash_id != answers[2].crash_id


def test_crashes_that_nothing_tells_apart_are_two(collector: Collecting) -> None:
    first = collector.post(*fields(ProductName="Firefox")).crash_id
    second = collector.post(*fields(ProductName="Firefox")).crash_id

    assert first != second


def test_a_crash_event_id_tells_crashes_apart_where_there_is_no_dump(
    collector: Collecting,
) -> None:
    first = collector.post(*fields(CrashEventID="1")).crash_id
    second = collector.post(*fields(CrashEventID="1")).crash_id
    other = collector.post(*fields(CrashEventID="2")).crash_id

    assert first == second != other


def test_an_id_of_the_clients_choice_is_never_taken(collector: Collecting) -> None:
    chosen = "0bba929f-8721-460c-8e70-a43c00261123"

    answer = collector.post(*fields(uuid=chosen), dump(DUMP))

    assert answer.crash_id != chosen


# Verdicts

RELEASE = {"ProductName": "Firefox", "Version": "140.0", "ReleaseChannel": "release"}


def test_a_tenth_of_release_firefox_is_accepted_the_rest_deferred(collecting: Collect) -> None:
    collector = collecting()

    answers = [collector.post(*fields(**RELEASE), dump(b"%d" % n)) for n in range(1000)]

    accepted = [answer for answer in answers if not ids.is_deferred(answer.crash_id)]
    assert 60 <= len(accepted) <= 140  # 10 %, four standard deviations either way
    raw = collector.spool.ready(1)[0].raw_crash()
    assert (raw.metadata["throttle_rule"], raw.metadata["throttle_rate"]) == (
        "is_firefox_release", 0.1
    )  # fmt: skip


def test_a_crash_posted_again_meets_the_same_verdict(collecting: Collect) -> None:
    collector = collecting()

    for number in range(50):
        first, again = (collector.post(*fields(**RELEASE), dump(b"%d" % number)) for _ in range(2))

        assert first.crash_id == again.crash_id


def test_random_sampling_draws_every_time(collecting: Collect) -> None:
    collector = collecting(sampling="random")

    crash_ids = {collector.post(*fields(**RELEASE), dump(DUMP)).crash_id for _ in range(200)}

    assert len(crash_ids) == 2  # the same crash, once accepted and once deferred


def test_both_halves_of_a_hang_meet_the_same_verdict(collecting: Collect) -> None:
    collector = collecting()
    verdicts = set()

    for number in range(60):
        hang = {**RELEASE, "HangID": str(number)}
        browser = collector.post(*fields(**hang), dump(b"browser %d" % number))
        plugin = collector.post(*fields(ProcessType="plugin", **hang), dump(b"plugin %d" % number))

        assert ids.is_deferred(browser.crash_id) == ids.is_deferred(plugin.crash_id)
        verdicts.add(ids.is_deferred(browser.crash_id))
    assert verdicts == {True, False}


def test_a_rule_that_rejects_says_so_and_nothing_is_kept(collecting: Collect) -> None:
    collector = collecting(rules="tests.collector.tables.MINE")

    answer = collector.post(*fields(Version="1.0"), dump(DUMP))

    assert (answer.status, answer.text) == (200, "Discarded=rule_too_old")
    assert collector.nothing_is_stored()


def test_a_rule_that_defers_all_marks_the_id(collecting: Collect) -> None:
    collector = collecting(rules="tests.collector.tables.MINE")

    raw, _ = collector.crash(dump(DUMP))

    assert ids.is_deferred(raw.crash_id)
    assert raw.metadata["throttle_rate"] == 1.0


# Other requests


def test_to_get_is_told_to_post(collector: Collecting) -> None:
    answer = collector.request("GET", "/submit")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert answer.text == "POST crashes here, as multipart/form-data\n"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(collector: Collecting, method: str) -> None:
    assert collector.request(method, "/submit").status == 405


@pytest.mark.parametrize("path", ["/", "/submit/", "/submit/x", "/SUBMIT", "/../submit", "//"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_paths_are_not_found(collector: Collecting, method: str, path: str) -> None:
    answer = collector.request(method, path, form([dump(DUMP)]))

    assert (answer.status, answer.text) == (404, "Not found\n")
    assert collector.nothing_is_stored()


def test_the_heart_beats_as_long_as_the_spool_takes_crashes(collector: Collecting) -> None:
    well = collector.request("GET", "/__heartbeat__").status
    (collector.spool.root / "incoming").rmdir()

    ill = collector.request("GET", "/__heartbeat__")

    assert (well, ill.status) == (200, 503)
    assert json.loads(ill.text)["errors"][0]["name"] == "spool"


def test_the_heart_beats_as_long_as_there_is_room_for_large_bodies(
    collector: Collecting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "away"))

    ill = collector.request("GET", "/__heartbeat__")

    assert ill.status == 503
    assert [error["name"] for error in json.loads(ill.text)["errors"]] == ["temporary files"]


@pytest.mark.parametrize(("more", "status"), [(0, 200), (-1, 503)])
def test_room_for_the_largest_body_is_healthy(
    collector: Collecting, monkeypatch: pytest.MonkeyPatch, more: int, status: int
) -> None:
    free = SimpleNamespace(f_bavail=collector.config.max_body + more, f_frsize=1)
    monkeypatch.setattr("socorro.serving.temporary_files.os.statvfs", lambda _: free)

    assert collector.request("GET", "/__heartbeat__").status == status


def test_a_disk_that_refuses_temporary_files_is_not_healthy(
    collector: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: io.FileIO("/dev/full", "r+"))

    assert collector.request("GET", "/__heartbeat__").status == 503


# What goes wrong


def test_without_room_the_client_is_asked_to_come_again(collecting: Collect) -> None:
    collector = collecting(reserve=2**62)

    answer = collector.post(dump(DUMP))

    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert collector.nothing_is_stored()


def test_an_error_of_ours_shows_nothing_of_the_crash(
    collector: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret cows")

    monkeypatch.setattr("collector.app.judge", fail)

    answer = collector.post(*fields(Comments="secret cows"), dump(DUMP))

    assert (answer.status, answer.text) == (500, "Internal error\n")
    assert collector.nothing_is_stored()


def test_a_disk_that_fills_up_while_a_dump_comes_is_no_room(
    collector: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def fill(descriptor: int, chunk: bytes) -> int:
        if len(chunk) > 1000:
            raise OSError(28, "No space left on device")
        return write(descriptor, chunk)

    monkeypatch.setattr(os, "write", fill)

    answer = collector.post(dump(DUMP))

    assert answer.status == 503
    assert collector.nothing_is_stored()


@pytest.mark.parametrize("text", [b"", b"short", b"fifteen bytes..", b" " * 20])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "secret").write_bytes(text)

    with pytest.raises(ValueError, match="shorter"):
        read_secret(tmp_path / "secret")
    with pytest.raises(ValueError, match="No such file"):
        read_secret(tmp_path / "none")


def test_a_line_feed_at_its_end_does_not_make_another_secret(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"sixteen bytes...")
    (tmp_path / "two").write_bytes(b"sixteen bytes...\n")

    assert read_secret(tmp_path / "one") == read_secret(tmp_path / "two")


# Log

PRIVATE = {"URL": "https://private.example.com/", "Email": "a@private.example.com",
           "Comments": "private.example.com"}  # fmt: skip


def test_one_line_per_crash_and_nothing_private_in_it(
    collector: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    log.set_up("collector")

    crash_id = collector.post(*fields(**PRIVATE), dump(DUMP)).crash_id
    collector.post(*fields(**PRIVATE), extra("{"), QUERY_STRING="private.example.com")

    first, second = [json.loads(line) for line in stderr.getvalue().splitlines()]
    assert (first["crash_id"], first["verdict"], first["rule"]) == (
        crash_id, "accept", "accept_everything"
    )  # fmt: skip
    assert first["bytes"] == len(form([*fields(**PRIVATE), dump(DUMP)]))
    assert second["reason"] == "invalid_json"
    assert "private" not in stderr.getvalue()


@pytest.mark.parametrize("path", ["/metrics", "/__heartbeat__", "/__version__"])
def test_health_and_metrics_do_not_exist_outside(collector: Collecting, path: str) -> None:
    inside = collector.request("GET", path)
    outside = collector.request("GET", path, REMOTE_ADDR="203.0.113.9")
    forwarded = collector.request("GET", path, HTTP_X_FORWARDED_FOR="203.0.113.9")

    assert [answer.status for answer in (inside, outside, forwarded)] == [200, 404, 404]
    assert outside.text == "Not found\n"


@pytest.mark.parametrize("https", [True, False])
def test_every_answer_has_safe_headers(collecting: Collect, https: bool) -> None:
    collector = collecting(https=https, max_body=10_000)
    answers = [
        collector.post(*fields(ProductName="Firefox"), dump(b"MDMP")),
        collector.post(),
        collector.post(dump(b"x" * 10_001)),
        collector.request("POST", "/submit", b"x", CONTENT_TYPE="text/plain"),
        *(collector.request("GET", path) for path in ("/submit", "/", "/metrics", "/__version__")),
    ]
    (collector.spool.root / marker.NAME).unlink()
    answers.append(collector.post(*fields(ProductName="Firefox"), dump(b"MDMP")))
    answers.append(collector.request("GET", "/__heartbeat__"))

    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        secure = answer.headers.get("Strict-Transport-Security")
        assert secure == ("max-age=31536000" if https else None)
    assert {answer.status for answer in answers} == {200, 400, 404, 405, 413, 503}
