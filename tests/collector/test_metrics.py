"""What the collector and its spool count, each by the event that moves it."""

from collections.abc import Callable

import pytest

from socorro import metrics
from socorro.crash import MAIN_DUMP
from socorro.spool.spool import Spool
from tests.collector.conftest import Collecting
from tests.collector.forms import dump, extra, fields, form
from tests.moved import moves

Collect = Callable[..., Collecting]
MIB = 2**20


@pytest.mark.parametrize(
    ("segments", "settings", "outcome"),
    [
        ([dump(b"MDMP")], {"rules": "accept_all"}, "accepted"),
        ([dump(b"MDMP")], {}, "deferred"),
        ([*fields(Version="1.0"), dump(b"MDMP")], {}, "rejected"),
        ([], {}, "malformed"),
        ([dump(b"x" * 2000)], {"max_body": 1000}, "too_large"),
        ([dump(b"MDMP")], {"reserve": 2**62}, "unavailable"),
    ],
)
def test_every_answer_is_counted_by_its_outcome(
    collecting: Collect, segments: list[bytes], settings: dict[str, object], outcome: str
) -> None:
    collector = collecting(**{"rules": "tests.collector.tables.MINE", **settings})

    with (
        moves(metrics.collector_posts),
        moves(metrics.collector_posts, outcome=outcome),
        moves(metrics.collector_seconds),
    ):
        collector.post(*segments)


def test_an_error_of_ours_is_counted(collecting: Collect, monkeypatch: pytest.MonkeyPatch) -> None:
    collector = collecting()
    monkeypatch.setattr("collector.app.judge", None)

    with moves(metrics.collector_posts, outcome="failed"):
        collector.post(dump(b"MDMP"))


@pytest.mark.parametrize(
    ("annotations", "rule", "verdict"),
    [
        ({"Version": "1.0"}, "too_old", "reject"),
        ({"ProductName": "App"}, "defer_all", "defer"),
    ],
)
def test_verdicts_are_counted_by_rule(
    collecting: Collect, annotations: dict[str, str], rule: str, verdict: str
) -> None:
    collector = collecting(rules="tests.collector.tables.MINE")

    with moves(metrics.collector_verdicts, rule=rule, verdict=verdict):
        collector.post(*fields(**annotations), dump(b"MDMP"))


@pytest.mark.parametrize(
    ("segments", "reason"), [([], "no_annotations"), ([extra("{")], "invalid_json")]
)
def test_malformed_posts_are_counted_by_reason(
    collector: Collecting, segments: list[bytes], reason: str
) -> None:
    with moves(metrics.collector_malformed, reason=reason), moves(metrics.collector_verdicts, 0):
        collector.post(*segments)


def test_bodies_are_measured_as_they_came(collector: Collecting) -> None:
    body = form([dump(b"M" * 9000)])
    total = metrics.collector_body_bytes._sum.get()

    with moves(metrics.collector_body_bytes):
        collector.request("POST", "/submit", body)

    assert metrics.collector_body_bytes._sum.get() == total + len(body)


def test_each_sync_of_the_spool_and_its_crashes_are_measured(collector: Collecting) -> None:
    crashes = metrics.spool_sync_crashes._sum.get()

    with moves(metrics.spool_sync_seconds, 3), moves(metrics.spool_sync_crashes, 3):
        for number in range(3):
            collector.post(*fields(N=str(number)), dump(b"MDMP"))

    assert metrics.spool_sync_crashes._sum.get() == crashes + 3


def test_what_is_swept_is_counted(collector: Collecting) -> None:
    other = Spool.created(collector.spool.root, durable=False, reserve=0)
    for _ in range(2):
        other.draft().dump(MAIN_DUMP).write(b"M" * MIB)  # never committed

    with moves(metrics.spool_swept, 0):
        collector.spool.sweep(3600)
    with moves(metrics.spool_swept, 2):
        collector.spool.sweep(0)


def test_metrics_are_shown_by_the_application(collector: Collecting) -> None:
    text = collector.request("GET", "/metrics").text

    assert "socorro_collector_posts_total" in text
