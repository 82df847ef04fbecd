"""Payloads by property: whatever is sent arrives, and garbage is malformed, never an error."""

import io
import json

import hypothesis
import pytest
from hypothesis import strategies as st

from collector.body import Malformed, Request, TooLarge
from collector.payload import Limits, receive
from socorro.crash import MAIN_DUMP
from tests.collector.forms import BOUNDARY, FORM, dump, extra, fields, form
from tests.collector.sink import Dribbling, Sink

MIB = 2**20
LIMIT = 20 * MIB


LIMITS = Limits(LIMIT, 4 * MIB, MIB, 1000, 16)

simple_names = st.text("abcXYZ019_", min_size=1, max_size=20)
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
blobs = st.binary(max_size=300) | st.just(f"\r\n--{BOUNDARY[:-3]}".encode() * 3)


@hypothesis.given(
    st.dictionaries(simple_names.map(lambda name: f"A{name}"), values, max_size=5),
    st.dictionaries(simple_names.map(lambda name: f"{MAIN_DUMP}{name}"), blobs, max_size=4),
    st.integers(),
)
@hypothesis.settings(max_examples=150, deadline=None)
def test_whatever_is_sent_arrives_however_it_is_cut_into_pieces(
    annotations: dict[str, str], blobs: dict[str, bytes], seed: int
) -> None:
    annotations = {"ProductName": "Firefox", **annotations}
    body = form([*fields(**annotations), *(dump(body, name) for name, body in blobs.items())])
    sink = Sink()

    payload = receive(Request(Dribbling(body, seed), None, FORM, ""), sink, LIMITS)

    assert payload.annotations == annotations
    assert {name: file.getvalue() for name, file in sink.dumps.items()} == blobs
    assert (payload.size, payload.notes) == (len(body), [])


pieces = st.sampled_from(
    [
        b"--" + BOUNDARY.encode(), b"\r\n", b"--", b"\r", b"\n", b"\0", b"Content-Disposition: ",
        b'form-data; name="', b'"', b"; filename=", b"Content-Type: ", b"application/json", b"{",
        b"extra", b"Content-Length: 5", MAIN_DUMP.encode(), b"\xff", b";", b" ", b"\\",
    ]
)  # fmt: skip


@hypothesis.given(st.lists(pieces | st.binary(max_size=20), max_size=40), st.integers())
@hypothesis.settings(max_examples=400, deadline=None)
def test_garbage_is_a_crash_or_malformed_and_never_an_error(sent: list[bytes], seed: int) -> None:
    body = b"--" + BOUNDARY.encode() + b"\r\n" + b"".join(sent) + b"\r\n--" + BOUNDARY.encode()
    request = Request(Dribbling(body + b"--\r\n", seed), None, FORM, "")

    try:
        payload = receive(request, Sink(), LIMITS)
    except (Malformed, TooLarge):
        return

    json.dumps(dict(payload.annotations)).encode()
    assert all("\0" not in name + value for name, value in payload.annotations.items())


@hypothesis.given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
))  # fmt: skip
@hypothesis.settings(max_examples=200, deadline=None)
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
