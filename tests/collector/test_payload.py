"""What arrives at POST /submit, in every form that clients have had."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable

import pytest

from collector.annotations import BOTH_ENCODINGS
from socorro.crash import MAIN_DUMP
from tests.builders import TEST_DUMP
from tests.collector.conftest import Collecting
from tests.collector.forms import BOUNDARY, dump, extra, fields, form, part

MIB = 2**20
LIMIT = 20 * MIB
DUMP = TEST_DUMP.read_bytes()


def notes_of(raw: object) -> list[str]:
    return raw.metadata["collector_notes"]


# The forms of fifteen years


def test_fields_and_a_dump_as_in_2012(collector: Collecting) -> None:
    raw, dumps = collector.crash(*fields(ProductName="Firefox", Version="10.0"), dump(DUMP))

    assert raw.annotations == {"ProductName": "Firefox", "Version": "10.0"}
    assert dumps == {MAIN_DUMP: DUMP}
    assert raw.metadata["payload"] == "multipart"
    assert notes_of(raw) == []


def test_one_json_part_and_a_dump_of_a_curious_type_as_firefox_sends_today(
    collector: Collecting,
) -> None:
    annotations = {"ProductName": "Firefox", "BuildID": "20261120031153", "Add-ons": "a%40b:1"}
    minidump = part(MAIN_DUMP, DUMP, "0bba929f.dmp", "application/vnd.tcpdump.pcap")

    raw, dumps = collector.crash(extra(json.dumps(annotations)), minidump)

    assert raw.annotations == annotations
    assert dumps == {MAIN_DUMP: DUMP}
    assert raw.metadata["payload"] == "json"


CRASHPAD = "---MultipartBoundary-abcdefghijklmnopqrstuvwxyz012345---"


def test_crashpad_compresses_gives_no_length_and_has_dashes_around_its_boundary(
    collector: Collecting,
) -> None:
    body = form(
        [
            *fields(guid="0bba929f", prod="app", text="two\nlines, ünïcode"),
            part("extra.json", '{"ProductName": "App"}', "extra.json"),
            part("log.txt", "a log", "log.txt"),
            part(MAIN_DUMP, DUMP, "0bba929f.dmp"),
        ],
        CRASHPAD,
    )
    packed = gzip.compress(body)

    answer = collector.request(
        "POST", "/submit", packed,
        CONTENT_LENGTH=None, HTTP_CONTENT_ENCODING="gzip",
        CONTENT_TYPE=f"multipart/form-data; boundary={CRASHPAD}",
    )  # fmt: skip

    assert answer.status == 200
    raw, dumps = collector.spool.read(collector.spool.ready()[0])
    assert raw.annotations == {
        "guid": "0bba929f", "prod": "app", "text": "two\nlines, ünïcode", "ProductName": "App"
    }  # fmt: skip
    assert dumps == {MAIN_DUMP: DUMP, "logtxt": b"a log"}
    assert (raw.metadata["payload_compressed"], raw.metadata["payload_size"]) == ("1", len(packed))


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("identity", bytes),
        ("", bytes),
    ],
)
def test_every_encoding_gives_the_same_crash(
    collector: Collecting, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    body = form([*fields(ProductName="Firefox"), dump(DUMP)])
    plain = collector.post(*fields(ProductName="Firefox"), dump(DUMP)).crash_id

    answer = collector.request("POST", "/submit", pack(body), HTTP_CONTENT_ENCODING=encoding)

    assert answer.crash_id == plain


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("last", range(1, 12))  # the checksum and the size are 8 of gzip
@pytest.mark.parametrize(("more", "status"), [(b"", 200), (b"x", 400)])
def test_a_compressed_body_may_end_anywhere_in_a_step(
    collector: Collecting, monkeypatch: pytest.MonkeyPatch, encoding: str, last: int,
    more: bytes, status: int,
) -> None:  # fmt: skip
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    packed = pack(form([*fields(ProductName="Firefox"), dump(DUMP)]))
    monkeypatch.setattr("collector.body.STEP", len(packed) - last)

    answer = collector.request("POST", "/submit", packed + more, HTTP_CONTENT_ENCODING=encoding)

    assert answer.status == status


@pytest.mark.parametrize(
    "content_type",
    [
        f"multipart/form-data; boundary={BOUNDARY}",
        f"multipart/form-data;boundary={BOUNDARY}",
        f"multipart/form-data; charset=utf-8; boundary={BOUNDARY}",
        f"multipart/form-data; boundary={BOUNDARY}; charset=utf-8",
        f'multipart/form-data; boundary="{BOUNDARY}"',
        f'Multipart/Form-Data; Charset="UTF-8"; BOUNDARY="{BOUNDARY}"',
        f"multipart/mixed; boundary={BOUNDARY}",
    ],
)
def test_content_type_in_any_spelling(collector: Collecting, content_type: str) -> None:
    raw, _ = collector.crash(*fields(ProductName="Firefox"), dump(DUMP), CONTENT_TYPE=content_type)

    assert raw.annotations == {"ProductName": "Firefox"}


def test_three_hundred_annotations_before_the_dump_lose_nothing(collector: Collecting) -> None:
    annotations = {f"Annotation{number}": str(number) for number in range(300)}

    raw, dumps = collector.crash(*fields(**annotations), dump(DUMP))

    assert raw.annotations == annotations
    assert dumps == {MAIN_DUMP: DUMP}


def test_a_hang_brings_several_dumps(collector: Collecting) -> None:
    names = [MAIN_DUMP, f"{MAIN_DUMP}_browser", f"{MAIN_DUMP}_flash1", f"{MAIN_DUMP}_flash2"]

    raw, dumps = collector.crash(
        *fields(PluginHang="1"), *(dump(name.encode(), name) for name in names)
    )

    assert dumps == {name: name.encode() for name in names}
    assert raw.dump_checksums == {name: hashlib.sha256(name.encode()).hexdigest() for name in names}


@pytest.mark.parametrize("kind", [None, "text/plain", "application/json", "image/png"])
@pytest.mark.parametrize("filename", [None, "", "x.json"])
def test_a_dump_is_a_dump_whatever_its_type(
    collector: Collecting, kind: str | None, filename: str | None
) -> None:
    _, dumps = collector.crash(part(MAIN_DUMP, DUMP, filename, kind))

    assert dumps == {MAIN_DUMP: DUMP}


def test_a_memory_report_is_kept_beside_the_dump(collector: Collecting) -> None:
    report = part("memory_report", b"\x1f\x8b", "memory.json.gz", "application/gzip")

    _, dumps = collector.crash(*fields(ProductName="Firefox"), dump(DUMP), report)

    assert dumps == {MAIN_DUMP: DUMP, "memory_report": b"\x1f\x8b"}


def test_a_crash_without_product_or_dump_is_a_crash(collector: Collecting) -> None:
    only_dump, dumps = collector.crash(dump(DUMP))
    only_field, no_dumps = collector.crash(*fields(Version="1"))

    assert (only_dump.annotations, dumps) == ({}, {MAIN_DUMP: DUMP})
    assert (only_field.annotations, no_dumps) == ({"Version": "1"}, {})


# Annotations


def test_json_wins_over_form_fields_in_either_order(collector: Collecting) -> None:
    # Defect 8 of earlier systems: what won depended on what was sent first.
    json_part = extra('{"Version": "2", "B": "json"}')
    form_parts = fields(Version="1", A="form")

    first, _ = collector.crash(json_part, *form_parts, dump(DUMP))
    second, _ = collector.crash(*form_parts, json_part, dump(DUMP))

    assert first.annotations == second.annotations == {"Version": "2", "A": "form", "B": "json"}
    assert notes_of(first) == notes_of(second)
    assert BOTH_ENCODINGS in notes_of(first)
    assert "Version: the JSON annotation replaced the form field" in notes_of(first)


def test_of_repeated_fields_the_last_counts_and_this_is_noted(collector: Collecting) -> None:
    raw, _ = collector.crash(part("Email", "a@private"), part("Email", "b@private"))

    assert raw.annotations == {"Email": "b@private"}
    assert notes_of(raw) == ["Email: sent more than once, the last value was kept"]


def test_of_members_repeated_in_json_the_last_counts_and_this_is_noted(
    collector: Collecting,
) -> None:
    raw, _ = collector.crash(extra('{"A": "1", "B": {"x": 1, "x": 2}, "A": "2"}'))

    assert raw.annotations == {"A": "2", "B": '{"x": 2}'}
    assert notes_of(raw) == ["A: sent more than once, the last value was kept"]


def test_json_values_that_are_no_text_are_kept_as_json(collector: Collecting) -> None:
    members = {"n": 3, "f": 1.5, "t": True, "o": {"b": [1, None]}, "a": [], "gone": None, "s": ""}

    raw, _ = collector.crash(extra(json.dumps(members)))

    assert raw.annotations == {
        "n": "3", "f": "1.5", "t": "true", "o": '{"b": [1, null]}', "a": "[]", "s": ""
    }  # fmt: skip
    assert notes_of(raw) == ["gone: null, dropped"]


@pytest.mark.parametrize("name", ["uuid", "submitted_timestamp", "metadata"])
@pytest.mark.parametrize("as_json", [True, False])
def test_names_of_our_own_are_dropped_with_a_note(
    collector: Collecting, name: str, as_json: bool
) -> None:
    sent = extra(json.dumps({name: "mine"})) if as_json else part(name, "mine")

    raw, _ = collector.crash(sent, dump(DUMP))

    assert raw.annotations == {}
    assert notes_of(raw) == [f"Removed {name} from raw crash."]


def test_nul_and_invalid_utf8_are_replaced_and_noted(collector: Collecting) -> None:
    raw, _ = collector.crash(
        part("Comments", b"a\0b\xffc"), extra(b'{"No\\u0000tes": "x\\ud800y", "B": "\xff"}')
    )

    assert raw.annotations == {
        "Comments": "ab\N{REPLACEMENT CHARACTER}c",
        "Notes": "x\N{REPLACEMENT CHARACTER}y",
        "B": "\N{REPLACEMENT CHARACTER}",
    }
    assert sum("UTF-8" in note for note in notes_of(raw)) == 2
    assert sum("NUL" in note for note in notes_of(raw)) == 2


def test_names_may_be_in_any_script_and_in_none(collector: Collecting) -> None:
    latin = b'Content-Disposition: form-data; name="caf\xe9"\r\n\r\nx'

    raw, _ = collector.crash(part("ключ", "v"), latin, part(None, "lost"), part("", "lost"))

    assert raw.annotations == {"ключ": "v", "caf\N{REPLACEMENT CHARACTER}": "x"}
    assert any("no name" in note for note in notes_of(raw))


def test_a_name_that_is_too_long_is_dropped_with_a_note(collector: Collecting) -> None:
    raw, _ = collector.crash(part("n" * 200, "kept"), part("n" * 201, "lost"))

    assert raw.annotations == {"n" * 200: "kept"}
    assert len(notes_of(raw)) == 1


def test_notes_never_hold_values(collector: Collecting) -> None:
    secret = "secret cows"

    raw, _ = collector.crash(
        *fields(uuid=secret, URL=secret), *fields(URL=secret),
        extra(json.dumps({"URL": secret, "metadata": secret, "Comments": secret + "\0\ud800"})),
        part("Big", secret * 100_000), dump(DUMP), dump(b"x"),
    )  # fmt: skip

    assert len(notes_of(raw)) >= 7
    assert not any("cows" in note for note in notes_of(raw))


def test_there_are_not_more_than_a_hundred_notes_or_so(collector: Collecting) -> None:
    raw, _ = collector.crash(*(part(f"Name{n % 400}", "x") for n in range(800)))

    assert len(notes_of(raw)) == 101


# Dump names


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (f"{MAIN_DUMP}_flash1", f"{MAIN_DUMP}_flash1"),
        (f"{MAIN_DUMP}/../../x", f"{MAIN_DUMP}x"),
        ("../../etc/passwd", "etcpasswd"),
        ("ключ", "attachment"),
        ("a" * 100, "a" * 64),
    ],
)
def test_dump_names_are_made_harmless(collector: Collecting, sent: str, stored: str) -> None:
    raw, dumps = collector.crash(part(sent, DUMP, "x.dmp"))

    assert dumps == {stored: DUMP}
    assert bool(notes_of(raw)) == (sent != stored)


def test_two_dumps_of_one_name_are_both_kept(collector: Collecting) -> None:
    # Defect 9 of earlier systems: the second dump overwrote the first one.
    long = "b" * 100

    raw, dumps = collector.crash(
        dump(b"1"), dump(b"2"), dump(b"3", MAIN_DUMP + "."), dump(b"4", MAIN_DUMP + "_2"),
        part(long, b"5", "x"), part(long, b"6", "x"),
    )  # fmt: skip

    assert sorted(dumps.values()) == [b"1", b"2", b"3", b"4", b"5", b"6"]
    assert dumps[MAIN_DUMP] == b"1"
    assert len(notes_of(raw)) == 5


@pytest.mark.parametrize("name", ["raw_crash", "processed_crash", "dump_names", "raw-_crash"])
def test_reserved_dump_names_are_refused(collector: Collecting, name: str) -> None:
    answer = collector.post(part(name, DUMP, "x.dmp"))

    assert (answer.status, answer.text) == (400, "Discarded=malformed_invalid_dump_name")
    assert collector.nothing_is_stored()


# Annotations that are not kept


@pytest.mark.parametrize(
    "encode", [lambda sent: [extra(json.dumps(sent))], lambda sent: fields(**sent)]
)
@pytest.mark.parametrize(
    "name",
    ["TelemetryClientId", "TelemetrySessionId", "TelemetryServerURL", "TelemetryProfileGroupId",
     "telemetryclientid", "GleanClientId"],
)  # fmt: skip
def test_what_joins_a_crash_to_the_user_of_another_system_is_dropped_with_a_note(
    collector: Collecting, name: str, encode: Callable[[dict[str, str]], list[bytes]]
) -> None:
    kept = {"ProductName": "Firefox", "TelemetryEnvironment": "{}", "GleanVersion": "1"}

    raw, _ = collector.crash(*encode({**kept, name: "c2d3a4b5"}), dump(DUMP))

    assert raw.annotations == kept
    assert notes_of(raw) == [f"{name}: it names the user of another system, dropped"]
