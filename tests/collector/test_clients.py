"""Clients that are not Mozilla's: what they send, posted, and what becomes of it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from collector.throttle import Rule
from processor.process import process
from socorro.crash import RawCrash
from socorro.fields import redact
from tests.collector.conftest import Collecting
from tests.collector.forms import dump, extra, fields, part

ELECTRON = {
    "_productName": "Canary Notes", "_version": "4.2.1", "prod": "Electron", "ver": "38.1.0",
    "process_type": "renderer", "ptype": "renderer", "platform": "linux", "guid": "5e1286fc",
}  # fmt: skip
BREAKPAD = {
    "prod": "MyGame", "ver": "1.2.3", "guid": "5e1286fc", "ptime": "421999",
    "comments": "secret cows", "email": "ann@private.example",
}  # fmt: skip
CHROMIUM = {
    "prod": "Chrome_Linux", "ver": "156.0.1.2", "channel": "stable", "plat": "Linux",
    "ptype": "gpu-process",
}  # fmt: skip
CRASHPAD = {"product": "MyGame", "version": "1.2.3", "format": "minidump"}

# What was sent; then product, version, channel, process.
Row = tuple[dict[str, str], tuple[str, str, str, str]]
ROWS: list[Row] = [
    (ELECTRON, ("Canary Notes", "4.2.1", "unknown", "renderer")),
    ({**ELECTRON, "process_type": "browser"}, ("Canary Notes", "4.2.1", "unknown", "parent")),
    ({**ELECTRON, "process_type": "utility"}, ("Canary Notes", "4.2.1", "unknown", "utility")),
    ({"prod": "Electron", "ver": "38.1.0"}, ("Electron", "38.1.0", "unknown", "parent")),
    # A _version without a _productName is not the version of prod.
    (
        {"prod": "Electron", "_version": "4.2.1", "ver": "38.1.0"},
        ("Electron", "38.1.0", "unknown", "parent"),
    ),
    (BREAKPAD, ("MyGame", "1.2.3", "unknown", "parent")),
    (CHROMIUM, ("Chrome_Linux", "156.0.1.2", "stable", "gpu-process")),
    ({**CHROMIUM, "ptype": "browser"}, ("Chrome_Linux", "156.0.1.2", "stable", "parent")),
    (CRASHPAD, ("MyGame", "1.2.3", "unknown", "parent")),
    ({**CRASHPAD, "channel": "Playtest"}, ("MyGame", "1.2.3", "playtest", "parent")),
    # Ours win; each that is missing, or blank, is looked for by itself.
    (
        {"ProductName": "Firefox", "Version": "140.0", "ReleaseChannel": "beta",
         "ProcessType": "content", **ELECTRON, **CHROMIUM, **CRASHPAD},
        ("Firefox", "140.0", "beta", "content"),
    ),
    ({"ProductName": "Mine", **CRASHPAD}, ("Mine", "1.2.3", "unknown", "parent")),
    ({"ProductName": " ", "Version": "", **CRASHPAD}, ("MyGame", "1.2.3", "unknown", "parent")),
    ({"_productName": "", "prod": " ", "product": "Last"}, ("Last", "", "unknown", "parent")),
    # Other letters count, too, after the exact names.
    ({"PROD": "MyGame", "Ver": "1.2.3"}, ("MyGame", "1.2.3", "unknown", "parent")),
    ({"Product": "MyGame", "VERSION": "1.2.3", "Channel": "beta"},
     ("MyGame", "1.2.3", "beta", "parent")),
    ({"productName": "MyGame", "version": "1.2.3", "releaseChannel": "beta",
      "processType": "GPU"}, ("MyGame", "1.2.3", "beta", "gpu")),
    ({"product_name": "MyGame", "Version": "1.2.3", "release-channel": "beta"},
     ("MyGame", "1.2.3", "beta", "parent")),
    ({"PRODUCT": "no", "product": "yes", "Prod": " "}, ("yes", "", "unknown", "parent")),
    ({"Prod": "Electron", "_Version": "4.2.1"}, ("Electron", "", "unknown", "parent")),
    ({"_ProductName": "Notes", "_Version": "4.2.1"}, ("Notes", "4.2.1", "unknown", "parent")),
    ({"products": "no", "Name": "no", "versions": "no"}, ("", "", "unknown", "parent")),
]  # fmt: skip


def processed(raw: RawCrash) -> Mapping[str, Any]:
    """What the processor makes of the crash as the store has it."""
    return process(RawCrash.from_json(raw.to_json()), {})


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("sent", "expected"), ROWS)
def test_each_client_names_its_program_in_its_own_way(
    collector: Collecting, sent: dict[str, str], expected: tuple[str, ...], as_json: bool
) -> None:
    segments = [extra(json.dumps(sent))] if as_json else [part(k, v) for k, v in sent.items()]

    raw, _ = collector.crash(*segments, dump(b"MDMP"))

    crash = processed(raw)
    names = ("product", "version", "release_channel", "process_type")
    assert tuple(crash[name] for name in names) == expected
    assert raw.metadata["collector_notes"] == []


@pytest.mark.parametrize("sent", [ELECTRON, BREAKPAD, CHROMIUM, CRASHPAD])
def test_what_a_client_sent_is_kept_as_it_was_sent(
    collector: Collecting, sent: dict[str, str]
) -> None:
    raw, _ = collector.crash(*fields(**sent), dump(b"MDMP"))

    assert RawCrash.from_json(raw.to_json()).annotations == sent


def test_a_field_called_version_is_beside_the_version_of_the_raw_crash(
    collector: Collecting,
) -> None:
    raw, _ = collector.crash(*fields(**CRASHPAD), dump(b"MDMP"))

    document = raw.document()
    assert document["version"] == 2
    assert document["product"] == "MyGame"
    assert document["metadata"]["sent"] == {"version": "1.2.3"}
    assert "sent" not in raw.metadata
    assert redact("raw_crash", document)["metadata"]["sent"] == {"version": "1.2.3"}


def test_comments_and_e_mail_in_lower_case_are_protected_too(collector: Collecting) -> None:
    raw, _ = collector.crash(*fields(**BREAKPAD), dump(b"MDMP"))

    crash = processed(raw)
    assert (crash["user_comments"], crash["email"]) == ("secret cows", "ann@private.example")
    public = json.dumps([redact("raw_crash", raw.document()), redact("processed_crash", crash)])
    assert "cows" not in public
    assert "private.example" not in public
    assert crash["uptime"] == 421


def is_my_game(crash: Mapping[str, str]) -> bool:
    return (crash.get("ProductName"), crash.get("Version")) == ("MyGame", "1.2.3")


RULES = (Rule("has_my_game", is_my_game),)


@pytest.mark.parametrize("sent", [BREAKPAD, CRASHPAD])
def test_throttle_rules_see_other_clients_under_our_names(
    collecting: Callable[..., Collecting], sent: dict[str, str]
) -> None:
    collector = collecting(rules=f"{__name__}.RULES")

    raw, _ = collector.crash(*fields(**sent), dump(b"MDMP"))

    assert raw.metadata["throttle_rule"] == "has_my_game"


@pytest.mark.parametrize("sent", [ELECTRON, BREAKPAD, CHROMIUM, CRASHPAD])
def test_the_same_dump_of_another_version_is_another_crash(
    collector: Collecting, sent: dict[str, str]
) -> None:
    other = {name: text.replace("1", "9") for name, text in sent.items()}

    first = collector.post(*fields(**sent), dump(b"MDMP")).crash_id
    again = collector.post(*fields(**sent, comment="new"), dump(b"MDMP")).crash_id
    second = collector.post(*fields(**other), dump(b"MDMP")).crash_id

    assert first == again
    assert first != second
