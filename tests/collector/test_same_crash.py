"""The same crash, sent again in another way: the id differs in digit and date at most."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from socorro.crash import MAIN_DUMP
from socorro.crash_id import CrashId, is_deferred
from tests.collector.conftest import Collecting
from tests.collector.forms import dump, extra, fields, form, part

DUMP = b"MDMP as a client wrote it"
CRASH = {
    "ProductName": "Firefox",
    "Version": "140.0",
    "BuildID": "20261120031153",
    "ReleaseChannel": "nightly",
    "CrashEventID": "4e1a2c9b-7a6f-4c1e-9e69-5ddc6a4f0d10",
    "Throttleable": "1",
    "SubmittedFrom": "Client",
    "ProcessType": "main",
}


def sent(collector: Collecting, without: str = "", **changes: str) -> CrashId:
    annotations = {name: text for name, text in CRASH.items() if name != without} | changes
    return collector.post(*fields(**annotations), dump(DUMP)).crash_id


@pytest.mark.parametrize(
    "changes",
    [
        {"Throttleable": "0"},
        {"SubmittedFrom": "AboutCrashes"},
        {"Throttleable": "0", "SubmittedFrom": "Infobar", "Comments": "It crashed\nagain"},
        {"Comments": "mine"},
        {"Email": "a@example.com"},
        {"URL": "https://example.com/"},
        {"PluginUserComment": "mine"},
        {"ProcessType": "parent"},
        {"SecondsSinceLastCrash": "12"},
        {"Version": " 140.0\r\n", "CrashEventID": f"{CRASH['CrashEventID']}\r\n"},
        {"ReleaseChannel": "nightly\t", "BuildID": "20261120031153 ", "ProductName": "Firefox\r\n"},
    ],
)
def test_how_and_by_whom_it_was_sent_does_not_change_the_id(
    collector: Collecting, changes: dict[str, str]
) -> None:
    assert sent(collector, **changes) == sent(collector)


def test_the_id_of_a_crash_stays_as_it_is(collector: Collecting) -> None:
    assert sent(collector) == "add9cb2d-ddde-41b5-80d3-714f70261123"


@pytest.mark.parametrize("name", ["Throttleable", "SubmittedFrom", "ProcessType"])
def test_what_a_client_leaves_out_does_not_change_the_id(collector: Collecting, name: str) -> None:
    assert sent(collector, without=name) == sent(collector)


def test_the_transport_does_not_change_the_id(collector: Collecting) -> None:
    first = sent(collector)

    assert collector.post(dump(DUMP), *reversed(fields(**CRASH))).crash_id == first
    assert collector.post(extra(json.dumps(CRASH)), dump(DUMP)).crash_id == first
    compressed = gzip.compress(form([extra(json.dumps(CRASH)), dump(DUMP)]))
    answer = collector.request("POST", "/submit", compressed, HTTP_CONTENT_ENCODING="gzip")
    assert answer.crash_id == first
    attachment = part("memory_report", b"a report", "memory.json.gz", "application/gzip")
    assert collector.post(*fields(**CRASH), attachment, dump(DUMP)).crash_id == first


@pytest.mark.parametrize(
    "name", ["ProductName", "Version", "BuildID", "ReleaseChannel", "CrashEventID"]
)
def test_another_program_or_event_is_another_crash(collector: Collecting, name: str) -> None:
    ids = {sent(collector)[:29], sent(collector, **{name: "1"})[:29], sent(collector, name)[:29]}

    assert len(ids) == 3


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ({"_productName": "Notes", "_version": "4.2"}, {"_version": "4.3"}),
        ({"_productName": "Notes", "_version": "4.2"}, {"_productName": "Canary"}),
        ({"prod": "MyGame", "ver": "1.2.3"}, {"ver": "1.2.4"}),
        ({"product": "MyGame", "version": "1.2.3"}, {"version": "1.2.4"}),
        ({"product": "MyGame", "channel": "beta"}, {"channel": "stable"}),
    ],
)
def test_names_of_other_clients_are_the_program_as_well(
    collector: Collecting, sent: dict[str, str], changed: dict[str, str]
) -> None:
    crashes = [sent, sent | {"comments": "mine", "ptype": "gpu-process"}, sent | changed]

    first, again, other = (
        collector.post(*fields(**crash), dump(DUMP)).crash_id for crash in crashes
    )

    assert first == again != other


def test_another_dump_is_another_crash(collector: Collecting) -> None:
    other = collector.post(*fields(**CRASH), dump(DUMP + b".")).crash_id
    more = collector.post(*fields(**CRASH), dump(DUMP), dump(DUMP, f"{MAIN_DUMP}_plugin")).crash_id

    assert len({sent(collector), other, more}) == 3


def test_another_verdict_or_day_changes_only_the_end(
    collecting: Callable[..., Collecting],
) -> None:
    collector = collecting(rules="default")
    crashes = [
        [*fields(**CRASH | {"ReleaseChannel": "release"}), dump(DUMP + bytes([number]))]
        for number in range(20)
    ]
    firsts = [collector.post(*crash).crash_id for crash in crashes]
    deferred = [is_deferred(crash_id) for crash_id in firsts]
    assert any(deferred)
    first, crash = firsts[deferred.index(True)], crashes[deferred.index(True)]

    by_hand = collector.post(*crash, part("Throttleable", "0")).crash_id
    collector.now += timedelta(days=3)
    later = collector.post(*crash, part("Throttleable", "0")).crash_id

    assert [first[:29], first[29:]] == [by_hand[:29], "1261123"] == [later[:29], "1261123"]
    assert (by_hand[29:], later[29:]) == ("0261123", "0261126")


@pytest.mark.parametrize(
    "crash",
    [
        [dump(b"")],
        [part("settings", b"{}", "settings.ini", "application/octet-stream")],
        [*fields(CrashEventID=" \r\n"), dump(b"")],
    ],
    ids=["dump without a byte", "attachment", "blank event id"],
)
def test_what_many_crashes_share_does_not_make_them_one(
    collector: Collecting, crash: list[bytes]
) -> None:
    first = collector.post(*fields(ProductName="Game", Notes="1"), *crash).crash_id
    other = collector.post(*fields(ProductName="Game", Notes="2"), *crash).crash_id

    assert first[:29] != other[:29]


def test_crashes_with_a_blank_event_id_only_are_two(collector: Collecting) -> None:
    first, other = (collector.post(*fields(CrashEventID=" ")).crash_id for _ in range(2))

    assert first != other


def test_the_first_post_of_an_id_is_kept_as_it_was(collector: Collecting) -> None:
    first = sent(collector)

    assert sent(collector, Comments="later") == first
    assert [entry.crash_id for entry in collector.spool.ready()] == [first, first]
