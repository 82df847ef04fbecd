"""What is no crash, and what is too much: refused, and nothing of it is left."""

import gzip
import io
import json
import re
import tracemalloc
import zlib

import pytest

from socorro.crash import MAIN_DUMP
from tests.builders import TEST_DUMP
from tests.collector.conftest import Collecting
from tests.collector.forms import BOUNDARY, dump, extra, fields, form, form_of, part
from tests.collector.running import CHECKOUT

MIB = 2**20
LIMIT = 20 * MIB
DUMP = TEST_DUMP.read_bytes()

DEEP = "[" * 10_000 + "]" * 10_000


@pytest.mark.parametrize(
    ("segments", "reason"),
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
        ([part(f"a{n}", "") for n in range(1001)], "too_many_parts"),
        ([dump(b"x", f"{MAIN_DUMP}_{n}") for n in range(17)], "too_many_dumps"),
        ([b"X-Long: " + b"x" * 10_000 + b"\r\n\r\n"], "invalid_payload_structure"),
        ([b"X-Many: x\r\n" * 100 + b"\r\n\r\n"], "invalid_payload_structure"),
        ([b"no header\r\n\r\nx"], "invalid_payload_structure"),
        ([b"\r\nx"], "invalid_payload_structure"),
        ([b"Content-Disposition: attachment\r\n\r\nx"], "invalid_payload_structure"),
    ],
)
def test_what_is_no_crash_is_refused_and_leaves_nothing(
    collector: Collecting, segments: list[bytes], reason: str
) -> None:
    answer = collector.post(*segments)

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
    # Defect 10 of earlier systems: a body was inflated without a limit.
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
    assert sum("dropped" in note for note in raw.metadata["collector_notes"]) == 2


@pytest.mark.parametrize(
    "segments",
    [
        [part(f"Name{n}", "x" * MIB) for n in range(5)],
        [extra(json.dumps({"a": "x" * 4 * MIB}))],
        [extra(json.dumps({f"a{n}{m}": "x" * MIB for n in range(2)})) for m in range(3)],
    ],
)
def test_too_much_in_annotations_is_too_large(collector: Collecting, segments: list[bytes]) -> None:
    answer = collector.post(*segments)

    assert answer.status == 413
    assert collector.nothing_is_stored()


def test_the_page_of_clients_lists_every_reason() -> None:
    sources = [path.read_text() for path in (CHECKOUT / "collector").glob("*.py")]
    page = (CHECKOUT / "docs/clients.md").read_text()

    reasons = {reason for text in sources for reason in re.findall(r'Malformed\("(\w+)"', text)}

    assert {"too_many_parts", "no_content_length"} < reasons
    assert {reason for reason in reasons if f"`{reason}`" not in page} == set()
