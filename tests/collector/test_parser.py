"""The parser against the former one: ids, verdicts, notes and stored bytes are the same.

Ids and throttle verdicts derive from annotations and checksums, which are compared.
"""

import gzip
import io
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import hypothesis
import pytest
from hypothesis import strategies as st

from collector.body import Malformed, Request, TooLarge
from collector.payload import Limits, Payload, receive
from socorro.crash import MAIN_DUMP
from tests.builders import TEST_DUMP
from tests.collector import former_parser
from tests.collector.forms import BOUNDARY, FORM, dump, extra, fields, form, part
from tests.collector.sink import Dribbling, Sink

MIB = 2**20
USUAL = Limits(body=20 * MIB, annotations=4 * MIB, annotation=MIB, part_count=1000, dump_count=16)
TIGHT = Limits(body=6000, annotations=900, annotation=400, part_count=12, dump_count=3)
MUTATED = 10_000
DUMP = TEST_DUMP.read_bytes()[:3000]

Receive = Callable[[Request, Any, Limits], Payload]


class Post(NamedTuple):
    """What a client sends."""

    body: bytes
    content_type: str = FORM
    encoding: str = ""
    has_length: bool = True

    def request(self, stream: Any = None) -> Request:
        length = len(self.body) if self.has_length else None
        return Request(stream or io.BytesIO(self.body), length, self.content_type, self.encoding)


def outcome(parse: Receive, request: Request, limits: Limits) -> tuple[object, ...]:
    """All that the rest of the collector gets to see of a post."""
    sink = Sink()
    try:
        payload = parse(request, sink, limits)
    except Malformed as error:
        return ("malformed", error.reason)
    except TooLarge:
        return ("too large",)
    dumps = {name: file.getvalue() for name, file in sink.dumps.items()}
    annotations, checksums = dict(payload.annotations), dict(payload.dump_checksums)
    return (
        list(annotations.items()), list(checksums.items()), payload.notes, payload.kind,
        payload.compressed, payload.size, dumps,
    )  # fmt: skip


def headed(head: bytes, content: bytes = b"value") -> bytes:
    return head + b"\r\n\r\n" + content


DISPOSITION = b"Content-Disposition: form-data"
ANNOTATIONS = {"ProductName": "Firefox", "Version": "140.0", "Comments": 'a "b" \\ ü\n, {[:]}'}
CRASHPAD = "---MultipartBoundary-abcdefghijklmnopqrstuvwxyz012345---"
PLAIN = form([*fields(**ANNOTATIONS), dump(DUMP)])
JSON = form([extra(json.dumps(ANNOTATIONS)), part(MAIN_DUMP, DUMP, "a.dmp", "application/x")])
HEADS = [
    DISPOSITION,
    DISPOSITION + b'; name=""',
    DISPOSITION + b"; name=bare",
    DISPOSITION + b"; name=bare; filename=bare.dmp",
    DISPOSITION + b"; filename=\"first.dmp\"; name='second'",
    DISPOSITION + b'; NAME="upper"',
    DISPOSITION + b';name="close"',
    DISPOSITION + b'; name="a\\"b"',
    DISPOSITION + b'; name="a%22b%0D%0A"',
    DISPOSITION + b'; name="caf\xe9"; filename="\xff.dmp"',
    DISPOSITION + '; name="ключ"'.encode(),
    DISPOSITION + b'; name="nul\0"',
    DISPOSITION + b'; name="a\nb"',
    DISPOSITION + b'; name="x"; filename=""',
    DISPOSITION + b'; name="x"; filename="C:\\dumps\\x.dmp"',
    DISPOSITION + b'; name="x"; filename*=utf-8\'\'x.dmp',
    DISPOSITION + b'; name="x" ',
    DISPOSITION + b'; name="x";',
    DISPOSITION + b'; name="first"; name="second"',
    DISPOSITION + b';\r\n name="continued"',
    DISPOSITION + b'; name="x"\r\n \t',
    b' continued\r\n' + DISPOSITION + b'; name="x"',
    b'content-disposition: form-data; name="lower"\r\ncontent-type: Text/Plain; charset=latin-1',
    b'Content-Type: text/plain\r\nContent-Disposition: form-data; name="type_first"',
    DISPOSITION + b'; name="t"\r\nContent-Type: TEXT/x',
    DISPOSITION + b'; name="t"\r\nContent-Type: ',
    DISPOSITION + b'; name="t"\r\nContent-Type:text/plain',
    DISPOSITION + b'; name="t"\r\nContent-Type: image/png',
    DISPOSITION + b'; name="t"\r\nContent-Type: application/json',
    DISPOSITION + b'; name="t"\r\nContent-Transfer-Encoding: binary',
    DISPOSITION + b'; name="n"\r\nContent-Length: 5',
    DISPOSITION + b'; name="n"\r\nContent-Length: 4',
    DISPOSITION + b'; name="n"\r\nContent-Length: 6',
    DISPOSITION + b'; name="n"\r\nContent-Length: 05',
    DISPOSITION + b'; name="n"\r\nContent-Length: 5\r\nContent-Length: 5',
    DISPOSITION + b'; name="n"\r\nContent-Length: ' + b"9" * 5000,
    DISPOSITION + b'; name="n"\r\nContent-Length: 99999999999',
    DISPOSITION + b'; name="twice"\r\n' + DISPOSITION + b'; name="second"',
    b'Content-Disposition: attachment; name="x"',
    b'Content-Disposition: FORM-DATA; name="x"',
    b'Content-Disposition:form-data; name="x"',
    b'Content-Disposition : form-data; name="x"',
    b'X: y\r\n' + DISPOSITION + b'; name="x"',
    b"X: " + b"y" * 8189 + b"\r\n" + DISPOSITION + b'; name="x"',
    b"X: " + b"y" * 8190 + b"\r\n" + DISPOSITION + b'; name="x"',
    b"X: y\r\n" * 15 + DISPOSITION + b'; name="x"',
    b"X: y\r\n" * 16 + DISPOSITION + b'; name="x"',
    b"no colon\r\n" + DISPOSITION + b'; name="x"',
    "Größe: 1\r\n".encode("latin-1") + DISPOSITION + b'; name="x"',
    b"--" + BOUNDARY.encode() + b"\r\n" + DISPOSITION + b'; name="x"',
    b'\n' + DISPOSITION + b'; name="x"',
    b"Content-Type: text/plain",
    b"",
    *(DISPOSITION + b'; name="' + b"n" * size + b'"' for size in (199, 200, 201, 8180)),
]  # fmt: skip
TEXTS = [
    '{"A": "1", "A": "2"}', '{"A": {"x": 1, "x": 2}, "B": [1, 2.50, 1e400, -0, true, null]}',
    '{"A": null, "B": "\\ud800", "C\\u0000": "\\u0000"}', '{"A": NaN, "B": Infinity}', "[]", '"x"',
    "", "{", '{"A": "1",}', '{"A" "1"}', '{"A": 1} x', '\ufeff{"A": "1"}', '\ufeff\ufeff{}',
    '{"A": "\t"}', "{'A': 1}", '{"uuid": "1", "": "2", "Email": "3"}',
    ' \r\n{ "A"\t: "1" , "B" : 2 } ',
    '{"a\\"b": "c\\\\", "d\\\\\\"": ["\\"", {"e": "\\\\"}]}', '{"A": 1, "A": null, "A": "x"}',
    '{"A": ["x"]}', '{"A": {"x": "y"}, "B": 1}', '{"A": 1, "B": "x", "C": ["y"]}',
    r'{"A": "x\\", "A": "x\\", "B\\": "y\\"}', r'{"A": "\"", "A": "\u0022\u0022\u0022\u0022"}',
    '{"A": "x", "A": 1}', '{"A":"x","A":"x"}', json.dumps({"A": "[" * 400}),
    json.dumps({f"N{n}": n for n in range(40)}), '{"A": 1' + "0" * 300 + "}", '{"A": 01}',
    "[" * 90 + "]" * 90, '{"A": ' + "[" * 90 + "]" * 90 + "}", '{"A": "' + "x" * 900 + '"}',
]  # fmt: skip
NAMES = ["A", "Z", "", "extra", "extra.json", MAIN_DUMP, f"{MAIN_DUMP}2", f"x{MAIN_DUMP}", "uuid"]
VALUES = [
    b"", b"\0", b"\xff", b"\xed\xa0\x80", "ü".encode(), b'"\r\n\r\n', b'"; filename="', b"x" * 401,
    b"--" + BOUNDARY.encode(), b"--" + BOUNDARY.encode() + b"\r\n" + DISPOSITION + b'; name="y"',
    b"x\r\n--" + BOUNDARY.encode() + b"\r\n", b"x\r\n--" + BOUNDARY.encode() + b" ",
    b"x\r\n--" + BOUNDARY.encode() + b"--", b"x\r\n" + DISPOSITION + b'; name="y"\r\n\r\n',
]  # fmt: skip


def bodies() -> Iterator[Post]:
    """Every way in which clients are known to send, and what is nearly one."""
    delimiter = b"--" + BOUNDARY.encode()
    yield from (Post(PLAIN), Post(JSON), Post(b""), Post(delimiter + b"--"))
    for body in (PLAIN, JSON):
        for encoded in (gzip.compress(body, mtime=0), gzip.compress(body, mtime=0)[:-5]):
            yield Post(encoded, encoding="gzip", has_length=False)
        yield Post(body + b"\r\nan epilogue " + body)
        yield Post(b"a preamble\r\n" + body)
        yield Post(b"\r\n" + body)
        yield Post(b"x" + body)
        yield Post(body.replace(b"\r\n", b"\n"))
        yield Post(body.replace(b"\r\n", b"\r"))
        yield from (Post(body[:-cut]) for cut in (1, 2, 3, 4, 5, 60, 100))
        yield Post(body.replace(delimiter, delimiter + b" "))
        yield Post(body.replace(BOUNDARY.encode(), b"a:b"), "multipart/mixed; boundary=a:b")
        yield Post(body.replace(BOUNDARY.encode(), b"-"), 'multipart/form-data; boundary="-"')
        yield Post(body.replace(BOUNDARY.encode(), b"a b"), 'multipart/form-data; boundary="a b"')
        yield Post(body.replace(BOUNDARY.encode(), b"a\rb"), 'multipart/form-data; boundary="a\rb"')
        yield Post(body, "multipart/form-data; boundary=other")
    packed = form([*fields(guid="0"), part("l.txt", "a", "l.txt"), dump(DUMP)], CRASHPAD)
    packed = gzip.compress(packed, mtime=0)
    yield Post(packed, f"multipart/form-data; boundary={CRASHPAD}", "gzip", False)
    yield Post(form([*fields(**ANNOTATIONS), extra('{"Version": "1", "X": "y"}'), dump(DUMP)]))
    yield Post(form([*fields(A="1", B="2"), *fields(A="3"), part("raw_crash", "", "x")]))
    yield Post(form([dump(b"1"), dump(b""), dump(b"2", MAIN_DUMP + "."), part("a" * 70, b"", "f")]))
    yield Post(form([part("E", b"a\0b\xff"), part("Big", "x" * 401), part("uuid", "mine")]))
    yield Post(form([part(f"A{n}", "x") for n in range(13)]))
    yield Post(form([dump(b"x", f"{MAIN_DUMP}{n}") for n in range(4)]))
    yield Post(form([part("near", b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\r\n-\r\n--")]))
    yield Post(form([*fields(A="1"), b"\r\n"]))
    yield from (Post(form([*fields(A="1"), headed(head), *fields(Z="1")])) for head in HEADS)
    # Fields before a file are read by one call, unless one of them is odd.
    one, last = part("A", b"1"), [part("Z", "1"), dump(DUMP)]
    odd = [headed(head) for head in HEADS] + [
        headed(DISPOSITION + b'; name="x"', v) for v in VALUES
    ]
    yield from (Post(form([one, segment, *last])) for segment in odd)
    yield from (Post(form([one, part(name, "2"), *last])) for name in NAMES)
    yield from (Post(form([extra(text), *fields(Z="1")])) for text in TEXTS)
    yield Post(form([extra(b'{"A": "\xff\xed\xa0\x80"}')]))


POSTS = list(bodies())


def agree(post: Post, limits: Limits, seed: int) -> tuple[object, ...]:
    former = outcome(former_parser.receive, post.request(), limits)
    assert outcome(receive, post.request(), limits) == former
    in_pieces = outcome(receive, post.request(Dribbling(post.body, seed)), limits)
    if former == ("malformed", "bad_gzip"):  # what comes before the damage may be malformed, too
        assert in_pieces[0] in ("malformed", "too large")
    else:
        assert in_pieces == former
    return former


@pytest.mark.parametrize("limits", [USUAL, TIGHT])
@pytest.mark.parametrize("number", range(len(POSTS)))
def test_every_form_has_its_former_outcome(number: int, limits: Limits) -> None:
    former = agree(POSTS[number], limits, number)

    for size in (1, 2, 3, 7, 64, 1000):  # of all pieces
        pieces = Dribbling(POSTS[number].body, 0, [size])
        assert outcome(receive, POSTS[number].request(pieces), limits) == former


def mutated(body: bytes, chance: random.Random) -> bytes:
    """The body with one to four small changes."""
    changed = bytearray(body)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        start = chance.randrange(len(changed) + 1)
        if chance.random() < 0.5:  # near a line break, where a change matters
            start = max(0, changed.find(b"\r\n", start) + chance.randrange(-3, 5))
        end = start + chance.choice((0, 0, 1, 1, 2, 4, 30))
        changed[start:end] = chance.choice(SNIPPETS)
    return bytes(changed)


SNIPPETS = [
    b"", b"", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"--", b"-", b'"', b";", b":", b" ", b"\t",
    b"%22",
    b"\\", b"\0", b"\xff", b"x", b"{", b"}", b"[", b",", b'"A": 1,', b"\\u0000", b"name=", b"extra",
    b"--" + BOUNDARY.encode(), b"\r\n--" + BOUNDARY.encode(), b"\r\n--" + BOUNDARY.encode() + b"--",
    b"\r\nContent-Type: text/plain", b"\r\nContent-Type: application/json",
    b"\r\nContent-Length: 5",
    b'; filename="x"', MAIN_DUMP.encode(), b"\r\n\r\n--" + BOUNDARY.encode() + b"\r\n",
]  # fmt: skip


def test_ten_thousand_mutated_posts_have_their_former_outcome() -> None:
    chance = random.Random(20261130)
    refused = 0
    for number in range(MUTATED):
        post = chance.choice(POSTS)
        post = post._replace(body=mutated(post.body, chance))
        refused += len(agree(post, chance.choice((USUAL, TIGHT)), number)) < 3

    assert MUTATED // 5 < refused < MUTATED * 4 // 5  # both kinds are tried often


lines = st.lists(st.sampled_from(SNIPPETS) | st.sampled_from(HEADS) | st.binary(max_size=20))


@hypothesis.given(st.sampled_from(POSTS), st.lists(st.tuples(st.integers(0), lines), max_size=4))
@hypothesis.settings(max_examples=400, deadline=None)
def test_any_mutated_post_has_its_former_outcome(
    post: Post, changes: list[tuple[int, list[bytes]]]
) -> None:
    body = post.body
    for place, inserted in changes:
        at = place % (len(body) + 1)
        body = body[:at] + b"".join(inserted) + body[at:]

    agree(post._replace(body=body), USUAL, len(body))
