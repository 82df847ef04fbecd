"""What a report says of a crash besides its stack: in words, and as links to search."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.processed import MAC, processed
from tests.webapp.test_report import words
from tests.wsgi import ask
from webapp.crashstats import bug_facts, facts, searchable
from webapp.crashstats.addons import Addon, addons

GIB = 2**30


@pytest.mark.parametrize(
    ("document", "label", "value", "note"),
    [
        ({"reason": "EXCEPTION_ACCESS_VIOLATION_WRITE", "address": "0x00000045"},
         "Access", "wrote to 0x45, near null", ""),
        ({"reason": "EXCEPTION_ACCESS_VIOLATION_READ", "address": "0x0"},
         "Access", "read from 0x0, null", ""),
        ({"reason": "EXCEPTION_ACCESS_VIOLATION_EXEC", "address": "0xe5e5e5e5e5e5e5f5"},
         "Access", "executed 0xe5e5e5e5e5e5e5f5, freed memory", ""),
        ({"reason": "SIGSEGV / SEGV_MAPERR", "address": "0x10000"},
         "Access", "accessed 0x10000", ""),
        ({"reason": "SIGSEGV / SI_KERNEL", "address": "0x80", "crash_address_kind": "null-pointer"},
         "Access", "accessed 0x80, near null", ""),
        ({"reason": "SIGSEGV", "address": "0x7f01", "has_guard_page_access": True,
          "crash_address_kind": "non-canonical"},
         "Access", "accessed 0x7f01, near null", ""),
        ({"reason": "SIGSEGV", "address": "0xfff001", "has_guard_page_access": True},
         "Access", "accessed 0xfff001, a guard page", ""),
        ({"reason": "SIGABRT", "address": "0x1f"}, "Address", "0x1f", ""),
        ({"hang_type": -1, "hang_id": "8b2f"}, "Hang", "one of a hang pair", ""),
        ({"hang_type": -1, "hang_id": "8b2f"}, "Hang id", "8b2f", ""),
        ({"reason": "SIGSEGV", "address": "<b>"}, "Access", "accessed 0x<b>", ""),
        ({"oom_allocation_size": 262145, "oom": "large"},
         "Allocation", "256 KiB failed", "large · 262,145 bytes"),
        ({"oom_allocation_size": 1, "oom": "small"}, "Allocation", "1 byte failed", "small"),
        ({"oom": "javascript"}, "Out of memory", "in JavaScript", ""),
        ({"total_physical_memory": 16 * GIB, "available_physical_memory": 2 * GIB + 2**29,
          "system_memory_use_percentage": 87, "available_page_file": 2**20,
          "total_virtual_memory": 4 * GIB, "available_virtual_memory": GIB},
         "Memory", "16 GiB, 2.5 GiB free, 87 % in use",
         "1 MiB left to commit; address space 4 GiB, 1 GiB free"),
        ({"total_physical_memory": GIB, "total_virtual_memory": 2**47,
          "available_virtual_memory": 2**46}, "Memory", "1 GiB", ""),
        ({"adapter_vendor_id": "0x8086", "adapter_device_id": "0x0166",
          "adapter_driver_version": "9.17"}, "Graphics", "Intel 0x0166", "driver 9.17"),
        ({"useragent_locale": "de"}, "Locale", "de", ""),
        ({"safe_mode": True, "startup_crash": True}, "Mode", "safe mode, crashed at startup", ""),
    ],
)  # fmt: skip
def test_facts_are_in_words(document: dict[str, Any], label: str, value: str, note: str) -> None:
    [fact] = [fact for fact in facts.key_facts(document) if fact.label == label]

    assert (fact.value, fact.note) == (value, note)


def test_hardware_is_suspect_for_a_flipped_bit_or_a_contradiction() -> None:
    flipped = {
        "possible_bit_flips_max_confidence": 75,
        "crash_inconsistencies": ["crashing_access_not_found_in_memory_accesses"],
    }

    assert bug_facts.hardware(flipped) == [
        "One flipped bit explains the address (75 % confidence).",
        "The dump contradicts itself: crashing_access_not_found_in_memory_accesses.",
    ]
    assert bug_facts.hardware({"possible_bit_flips_max_confidence": 0}) == []


def test_add_ons_have_the_colons_of_their_ids() -> None:
    entries = ["a:b:1.2", "bare:NO_VERSION", "odd"]

    listed = addons({"addons": entries})

    assert listed.listed == [Addon("a:b", "1.2"), Addon("bare", ""), Addon("odd", "")]


@pytest.mark.parametrize(
    ("name", "value", "query"),
    [
        ("product", "Firefox", "Firefox"),
        ("product", "!Firefox", "=!Firefox"),
        ("release_channel", "__null__", "=__null__"),
        ("release_channel", "~x&y=1#z", "=~x&y=1#z"),
        ("version", "159.0b", "=159.0b"),  # a bare one means all betas
        ("signature", "a | b", "=a | b"),  # a bare one means words
        ("uptime", 12, "12"),
        ("safe_mode", True, "true"),
        ("product", "x\0", None),
        ("product", "\ud800", None),
        ("product", "x" * 501, None),
        ("product", 7, None),
        ("product", "", None),
        ("url", "https://example.com", None),  # protected
        ("json_dump", "x", None),
        ("client_crash_date", "2026-11-23", None),
    ],
)
def test_a_value_links_to_the_search_for_exactly_it(
    name: str, value: object, query: str | None
) -> None:
    address = urlsplit(searchable.address(name, value))

    assert parse_qsl(address.query) == ([] if query is None else [(name, query)])
    assert address.path == ("" if query is None else "/search/")


def test_the_page_links_values_and_parts_them_from_notes(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(
        store,
        database,
        MAC,
        CrashTime=str(1795434000),
        useragent_locale="de",
        **{"Add-ons": "one%40addons.example:1.2"},
    )

    page = ask(app, f"/report/index/{crash.crash_id}").text

    text = words(page)
    assert '<a href="/search/?useragent_locale=de">de</a></dd>' in page
    assert '<a href="/search/?useragent_locale=de">de</a></td>' in page
    assert '<a href="/search/?product=Firefox">Firefox</a></td>' in page
    assert "macOS 11 · Mac OS X 11.6.7" in text
    assert "Crashed 2026-11-23 11:40 UTC" in text
    assert "Id Version one@addons.example 1.2" in text


def test_the_build_leads_to_the_builds_of_its_version_until_the_crash() -> None:
    crash = {
        "product": "Firefox", "version": "140.0", "build": "20261120031153",
        "submitted_timestamp": "2026-11-23T12:00:00+00:00",
    }  # fmt: skip
    links = [
        [fact.link for fact in facts.key_facts(crash | change) if fact.label == "Build"]
        for change in ({}, {"version": ""}, {"submitted_timestamp": "soon"}, {"build": ""})
    ]

    address = "/builds/?product=Firefox&version=140.0&days=14&to=2026-11-24"
    assert links == [[address], [""], [""], []]
