"""What arrives at POST /submit, in every form that clients have had; and what hostile ones send."""

import gzip
import hashlib
import io
import json
import random
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.annotations import BOTH_ENCODINGS
from collector.body import Malformed, Request, TooLarge
from collector.payload import Limits, receive
from socorro.crash import MAIN_DUMP
from tests.builders import TEST_DUMP
from tests.collector.conftest import Collecting
from tests.collector.forms import BOUNDARY, FORM, dump, extra, fields, form, form_of, part

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
    told = {"ProductName": "Firefox", "BuildID": "20261120031153", "Add-ons": "a%40b:1"}
    minidump = part(MAIN_DUMP, DUMP, "0bba929f.dmp", "application/vnd.tcpdump.pcap")

    raw, dumps = collector.crash(extra(json.dumps(told)), minidump)

    assert raw.annotations == told
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
    told = {f"Annotation{number}": str(number) for number in range(300)}

    raw, dumps = collector.crash(*fields(**told), dump(DUMP))

    assert raw.annotations == told
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
    assert notes_of(raw) == ["Email: sent more than once, the last one counts"]


def test_of_members_repeated_in_json_the_last_counts_and_this_is_noted(
    collector: Collecting,
) -> None:
    raw, _ = collector.crash(extra('{"A": "1", "B": {"x": 1, "x": 2}, "A": "2"}'))

    assert raw.annotations == {"A": "2", "B": '{"x": 2}'}
    assert notes_of(raw) == ["A: sent more than once, the last one counts"]


def test_json_values_that_are_no_text_are_kept_as_json(collector: Collecting) -> None:
    told = {"n": 3, "f": 1.5, "t": True, "o": {"b": [1, None]}, "a": [], "gone": None, "s": ""}

    raw, _ = collector.crash(extra(json.dumps(told)))

    assert raw.annotations == {
        "n": "3", "f": "1.5", "t": "true", "o": '{"b": [1, null]}', "a": "[]", "s": ""
    }  # fmt: skip
    assert notes_of(raw) == ["gone: null, dropped"]


@pytest.mark.parametrize("name", ["uuid", "submitted_timestamp", "version", "metadata"])
@pytest.mark.parametrize("as_json", [True, False])
def test_names_of_our_own_are_dropped_with_a_note(
    collector: Collecting, name: str, as_json: bool
) -> None:
    told = extra(json.dumps({name: "mine"})) if as_json else part(name, "mine")

    raw, _ = collector.crash(told, dump(DUMP))

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
    assert any("without a name" in note for note in notes_of(raw))


def test_a_name_that_is_too_long_is_dropped_with_a_note(collector: Collecting) -> None:
    raw, _ = collector.crash(part("n" * 200, "kept"), part("n" * 201, "lost"))

    assert raw.annotations == {"n" * 200: "kept"}
    assert len(notes_of(raw)) == 1


def test_notes_never_hold_values(collector: Collecting) -> None:
    secret = "secret cows"

    raw, _ = collector.crash(
        *fields(uuid=secret, URL=secret), *fields(URL=secret),
        extra(json.dumps({"URL": secret, "version": secret, "Comments": secret + "\0\ud800"})),
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


# What is no crash

DEEP = "[" * 10_000 + "]" * 10_000


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([], "no_annotations"),
        ([part("uuid", "mine")], "no_annotations"),
        ([dump(b"")], "no_annotations"),
        ([extra("{}")], "no_annotations"),
        ([extra("{")], "invalid_json"),
        ([extra("")], "invalid_json"),
        ([extra(DEEP)], "invalid_json"),
        ([extra('{"a": ' + DEEP + "}")], "invalid_json"),
        ([extra('{"a": ' + "9" * 10_000 + "}")], "invalid_json"),
        ([extra("[]")], "invalid_json_value"),
        ([extra("3")], "invalid_json_value"),
        ([part("extra", "no json")], "invalid_json"),
        ([part(f"a{n}", "") for n in range(1001)], "invalid_payload_structure"),
        ([dump(b"x", f"{MAIN_DUMP}_{n}") for n in range(17)], "too_many_dumps"),
        ([b"X-Long: " + b"x" * 10_000 + b"\r\n\r\n"], "invalid_payload_structure"),
        ([b"X-Many: x\r\n" * 100 + b"\r\n\r\n"], "invalid_payload_structure"),
        ([b"no header\r\n\r\nx"], "invalid_payload_structure"),
        ([b"\r\nx"], "invalid_payload_structure"),
        ([b"Content-Disposition: attachment\r\n\r\nx"], "invalid_payload_structure"),
    ],
)
def test_what_is_no_crash_is_refused_and_leaves_nothing(
    collector: Collecting, parts: list[bytes], reason: str
) -> None:
    answer = collector.post(*parts)

    assert (answer.status, answer.text) == (400, f"Discarded=malformed_{reason}")
    assert collector.nothing_is_stored()


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        (None, "no_content_type"),
        ("", "no_content_type"),
        ("application/json", "wrong_content_type"),
        ("multipart/related; boundary=x", "wrong_content_type"),
        ("multipart/form-data", "no_boundary"),
        ("multipart/form-data; boundary=", "no_boundary"),
        ('multipart/form-data; boundary=""', "no_boundary"),
        ("multipart/form-data; boundary=" + "x" * 300, "no_boundary"),
        ("multipart/form-data; boundary=another", "invalid_payload_structure"),
    ],
)
def test_content_types_that_are_refused(
    collector: Collecting, content_type: str | None, reason: str
) -> None:
    answer = collector.post(dump(DUMP), CONTENT_TYPE=content_type)

    assert (answer.status, answer.text) == (400, f"Discarded=malformed_{reason}")


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip", b"", "bad_gzip"),
        ("gzip", b"no gzip", "bad_gzip"),
        ("gzip", gzip.compress(form([dump(DUMP)]))[:-1], "bad_gzip"),
        ("gzip", gzip.compress(form([dump(DUMP)])) + b"x", "bad_gzip"),
        ("gzip", gzip.compress(form([dump(DUMP)])) * 2, "bad_gzip"),
        ("deflate", b"no deflate", "bad_gzip"),
        ("br", form([dump(DUMP)]), "unknown_encoding"),
        ("gzip, gzip", gzip.compress(form([dump(DUMP)])), "unknown_encoding"),
        ("", b"", "invalid_payload_structure"),
        ("", b"garbage", "invalid_payload_structure"),
    ],
)
def test_encodings_that_are_refused(
    collector: Collecting, encoding: str, body: bytes, reason: str
) -> None:
    answer = collector.request("POST", "/submit", body, HTTP_CONTENT_ENCODING=encoding)

    assert (answer.status, answer.text) == (400, f"Discarded=malformed_{reason}")
    assert collector.nothing_is_stored()


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "0x10", " 5"])
def test_a_length_that_is_no_number_is_refused(collector: Collecting, length: str) -> None:
    answer = collector.post(dump(DUMP), CONTENT_LENGTH=length)

    assert answer.text == "Discarded=malformed_invalid_payload_structure"


def test_a_body_cut_anywhere_is_refused(collector: Collecting) -> None:
    body = form([*fields(ProductName="Firefox"), dump(b"MDMP")])

    for end in range(len(body) - len("\r\n")):
        cut = collector.request("POST", "/submit", body[:end], CONTENT_LENGTH=str(len(body)))
        chunked = collector.request("POST", "/submit", body[:end], CONTENT_LENGTH=None)

        assert (cut.status, chunked.status) == (400, 400), body[:end]
    assert collector.nothing_is_stored()


def test_a_body_shorter_than_announced_is_refused_though_its_form_is_whole(
    collector: Collecting,
) -> None:
    body = form([dump(DUMP)])

    answer = collector.request("POST", "/submit", body, CONTENT_LENGTH=str(len(body) + 1))

    assert answer.text == "Discarded=malformed_invalid_payload_structure"


# Limits


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("with_length", [False, True])
@pytest.mark.parametrize(("more", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_twenty_mebibytes_are_the_limit_as_sent_and_as_inflated(
    collector: Collecting, packed: bool, with_length: bool, more: int, status: int
) -> None:
    body = form_of(LIMIT + more)
    sent = gzip.compress(body, 1) if packed else body
    about = {
        "CONTENT_LENGTH": str(len(sent)) if with_length else None,
        "HTTP_CONTENT_ENCODING": "gzip" if packed else "",
    }

    answer = collector.request("POST", "/submit", sent, **about)

    assert answer.status == status
    assert collector.nothing_is_stored() == (status == 413)


def test_a_gzip_bomb_is_stopped_at_the_limit(collector: Collecting) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = form([dump(b"")])[: -len(f"\r\n--{BOUNDARY}--\r\n")]
    zeros = b"\0" * MIB
    bomb = packer.compress(head) + b"".join(packer.compress(zeros) for _ in range(200))
    bomb += packer.flush()

    tracemalloc.start()
    answer = collector.request("POST", "/submit", bomb, HTTP_CONTENT_ENCODING="gzip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert answer.status == 413
    assert peak < 4 * MIB
    assert collector.nothing_is_stored()


def test_a_dump_is_never_whole_in_memory(collector: Collecting) -> None:
    body = form_of(LIMIT)
    stream = io.BytesIO(body)
    del body

    tracemalloc.start()
    answer = collector.request(
        "POST", "/submit", CONTENT_LENGTH=str(LIMIT), **{"wsgi.input": stream}
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert answer.status == 200
    assert peak < 2 * MIB


def test_an_annotation_that_is_too_large_is_dropped_and_noted(collector: Collecting) -> None:
    just, over = "x" * MIB, "x" * (MIB + 1)

    raw, _ = collector.crash(
        *fields(Just=just, Over=over), extra(json.dumps({"JsonJust": just, "JsonOver": over}))
    )

    assert raw.annotations == {"Just": just, "JsonJust": just}
    assert sum("dropped" in note for note in notes_of(raw)) == 2


@pytest.mark.parametrize(
    "parts",
    [
        [part(f"Name{n}", "x" * MIB) for n in range(5)],
        [extra(json.dumps({"a": "x" * 4 * MIB}))],
        [extra(json.dumps({f"a{n}{m}": "x" * MIB for n in range(2)})) for m in range(3)],
    ],
)
def test_too_much_in_annotations_is_too_large(collector: Collecting, parts: list[bytes]) -> None:
    answer = collector.post(*parts)

    assert answer.status == 413
    assert collector.nothing_is_stored()


# Any bytes at all


class Sink:
    """Stands for a draft: takes dumps, keeps them."""

    def __init__(self) -> None:
        self.dumps: dict[str, io.BytesIO] = {}

    def dump(self, name: str) -> "Written":
        assert name not in self.dumps
        self.dumps[name] = io.BytesIO()
        return Written(self.dumps[name])


class Written:
    def __init__(self, file: io.BytesIO) -> None:
        self.write = file.write
        self._file = file

    @property
    def size(self) -> int:
        return len(self._file.getvalue())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self._file.getvalue()).hexdigest()


class Dribbling:
    """A stream that gives as little or as much as it likes."""

    def __init__(self, body: bytes, seed: int) -> None:
        self._file = io.BytesIO(body)
        self._random = random.Random(seed)

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, self._random.choice((1, 2, 7, 50, 100_000))))


LIMITS = Limits(LIMIT, 4 * MIB, MIB, 1000, 16)

simple_names = st.text("abcXYZ019_", min_size=1, max_size=20)
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
blobs = st.binary(max_size=300) | st.just(f"\r\n--{BOUNDARY[:-3]}".encode() * 3)


@given(
    st.dictionaries(simple_names.map(lambda name: f"A{name}"), values, max_size=5),
    st.dictionaries(simple_names.map(lambda name: f"{MAIN_DUMP}{name}"), blobs, max_size=4),
    st.integers(),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_sent_arrives_however_it_is_cut_into_pieces(
    told: dict[str, str], blobs: dict[str, bytes], seed: int
) -> None:
    told = {"ProductName": "Firefox", **told}
    body = form([*fields(**told), *(dump(body, name) for name, body in blobs.items())])
    sink = Sink()

    payload = receive(Request(Dribbling(body, seed), None, FORM, ""), sink, LIMITS)

    assert payload.annotations == told
    assert {name: file.getvalue() for name, file in sink.dumps.items()} == blobs
    assert (payload.size, payload.notes) == (len(body), [])


pieces = st.sampled_from(
    [
        b"--" + BOUNDARY.encode(), b"\r\n", b"--", b"\r", b"\n", b"\0", b"Content-Disposition: ",
        b'form-data; name="', b'"', b"; filename=", b"Content-Type: ", b"application/json", b"{",
        b"extra", b"Content-Length: 5", MAIN_DUMP.encode(), b"\xff", b";", b" ", b"\\",
    ]
)  # fmt: skip


@given(st.lists(pieces | st.binary(max_size=20), max_size=40), st.integers())
@settings(max_examples=400, deadline=None)
def test_garbage_is_a_crash_or_malformed_and_never_an_error(sent: list[bytes], seed: int) -> None:
    body = b"--" + BOUNDARY.encode() + b"\r\n" + b"".join(sent) + b"\r\n--" + BOUNDARY.encode()
    request = Request(Dribbling(body + b"--\r\n", seed), None, FORM, "")

    try:
        payload = receive(request, Sink(), LIMITS)
    except (Malformed, TooLarge):
        return

    json.dumps(dict(payload.annotations)).encode()
    assert all("\0" not in name + value for name, value in payload.annotations.items())


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_any_json_is_annotations_or_malformed(value: object) -> None:
    body = form([extra(json.dumps(value)), dump(b"MDMP")])
    request = Request(io.BytesIO(body), len(body), FORM, "")

    if not isinstance(value, dict):
        with pytest.raises(Malformed, match="invalid_json_value"):
            receive(request, Sink(), LIMITS)
        return
    payload = receive(request, Sink(), LIMITS)

    for text in (*payload.annotations, *payload.annotations.values()):
        text.encode()
