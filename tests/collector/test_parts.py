"""Parts as odd clients send them: other names, gzip, charsets, attached JSON."""

import gzip
import hashlib
import io
import json
import random
import zlib
from collections.abc import Callable

import pytest

from collector.dumps import BLOCK
from socorro.crash import MAIN_DUMP
from tests.builders import TEST_DUMP
from tests.collector.conftest import Collecting
from tests.collector.forms import BOUNDARY, FORM, dump, extra, fields, form, part
from tests.collector.sink import Dribbling

DUMP = TEST_DUMP.read_bytes()
PACKED = gzip.compress(DUMP, mtime=0)
PROGRAM = fields(ProductName="MyGame", Version="1.0")


def notes_of(raw: object) -> list[str]:
    return raw.metadata["collector_notes"]


# Minidumps under other names


@pytest.mark.parametrize("content", [DUMP, b"MDMP", b"PMDM" + bytes(100), PACKED])
@pytest.mark.parametrize("name", ["minidump", "file", "dump.dmp", "Upload_File_Minidump"])
def test_a_minidump_under_another_name_is_noted(
    collector: Collecting, content: bytes, name: str
) -> None:
    raw, dumps = collector.crash(*PROGRAM, part(name, content, "x.dmp", "application/octet-stream"))

    stored = name.replace(".", "")
    note = f"{stored}: a minidump, not processed: not named {MAIN_DUMP}"
    assert note in notes_of(raw)
    assert dumps == {stored: content}


@pytest.mark.parametrize(
    "content", [b"", b"MDM", b"a log of MDMP", b"\x1f\x8b", gzip.compress(b"M", mtime=0)]
)
def test_other_attachments_are_not(collector: Collecting, content: bytes) -> None:
    raw, dumps = collector.crash(*PROGRAM, part("log", content, "x.log"), dump(DUMP))

    assert notes_of(raw) == []
    assert dumps == {"log": content, MAIN_DUMP: DUMP}


def test_a_minidump_sent_as_text_is_noted(collector: Collecting) -> None:
    raw, _ = collector.crash(*PROGRAM, part("minidump", DUMP))

    assert f"minidump: a minidump, sent as text: not {MAIN_DUMP}" in notes_of(raw)


# Compressed dumps


@pytest.mark.parametrize("name", [MAIN_DUMP, f"{MAIN_DUMP}_browser"])
@pytest.mark.parametrize(
    "packed",
    [
        PACKED,
        gzip.compress(DUMP, 0, mtime=0),
        gzip.compress(DUMP, mtime=0),
        gzip.compress(b"MDMP", mtime=0),
    ],
)
def test_a_compressed_dump_is_inflated(collector: Collecting, name: str, packed: bytes) -> None:
    content = gzip.decompress(packed)

    raw, dumps = collector.crash(*PROGRAM, part(name, packed, "x.dmp.gz", "application/gzip"))

    assert dumps == {name: content}
    assert raw.dump_checksums == {name: hashlib.sha256(content).hexdigest()}
    assert notes_of(raw) == [f"{name}: gzip, inflated"]


def test_a_dump_has_the_same_id_compressed_or_not(collector: Collecting) -> None:
    packed = collector.post(*PROGRAM, dump(PACKED)).crash_id

    assert packed == collector.post(*PROGRAM, dump(DUMP)).crash_id


def test_a_compressed_dump_may_be_in_a_compressed_body(collector: Collecting) -> None:
    body = gzip.compress(form([*PROGRAM, dump(PACKED)]))

    answer = collector.request("POST", "/submit", body, HTTP_CONTENT_ENCODING="gzip")

    _, dumps = collector.spool.read(collector.spool.ready()[0])
    assert answer.status == 200
    assert dumps == {MAIN_DUMP: DUMP}


NOISE = random.Random(1).randbytes(5 * BLOCK)  # which gzip does not make smaller
LARGE = gzip.compress(NOISE, mtime=0)


def damaged(at: int) -> bytes:
    return LARGE[:at] + bytes(100) + LARGE[at + 100 :]


@pytest.mark.parametrize(
    ("packed", "least"),
    [
        (LARGE[:-1], len(NOISE)),
        (LARGE[: 3 * BLOCK], 2 * BLOCK),
        (damaged(len(LARGE) - 200), 4 * BLOCK),
        (LARGE + b"x", len(NOISE)),
        (LARGE + LARGE, len(NOISE)),
        (b"\x1f\x8b", 0),
        (b"\x1f\x8b" + bytes(2000), 0),
    ],
)
def test_of_a_damaged_one_is_kept_what_could_be_inflated(
    collector: Collecting, packed: bytes, least: int
) -> None:
    raw, dumps = collector.crash(*PROGRAM, dump(packed))

    kept = dumps[MAIN_DUMP]
    assert len(kept) >= least
    assert kept[:least] == NOISE[:least]
    assert notes_of(raw) == [f"{MAIN_DUMP}: gzip, damaged; what could be inflated was kept"]


# Damage that zlib notices at once, as it is no valid distance, not at the end by the checksum.
TEXT = gzip.compress(NOISE.hex().encode(), mtime=0)
TORN = TEXT[: 3 * BLOCK + 17] + random.Random(15).randbytes(100) + TEXT[3 * BLOCK + 117 :]


@pytest.mark.parametrize("packed", [PACKED, TORN, damaged(3 * BLOCK + 17), LARGE[: 3 * BLOCK + 5]])
def test_how_the_body_is_cut_makes_no_difference(collector: Collecting, packed: bytes) -> None:
    body = form([*PROGRAM, dump(packed)])
    whole = collector.request("POST", "/submit", body, CONTENT_TYPE=FORM).crash_id

    for seed in range(5):
        stream = Dribbling(body, seed, (1, 700, 1023, 1024, 30_000, 100_000))
        length = str(len(body))
        again = collector.request(
            "POST", "/submit", b"", CONTENT_LENGTH=length, **{"wsgi.input": stream}
        )
        assert again.crash_id == whole


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
@pytest.mark.parametrize("is_split", [False, True])
def test_inflated_dumps_together_may_be_as_large_as_a_body(
    collecting: Callable[..., Collecting], is_split: bool, more: int, status: int
) -> None:
    limit = 300_000
    collector = collecting(rules="accept_all", max_body=limit)
    sizes = [limit - 1000, 1000 + more] if is_split else [limit + more]
    dumps = [
        dump(gzip.compress(b"M" * size), f"{MAIN_DUMP}_{number}")
        for number, size in enumerate(sizes)
    ]

    assert collector.post(*PROGRAM, *dumps).status == status
    assert collector.nothing_is_stored() == (status == 413)


def test_a_bomb_in_a_part_is_stopped_at_the_limit(collector: Collecting) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()

    assert collector.post(*PROGRAM, dump(bomb)).status == 413
    assert collector.nothing_is_stored()


# Charsets


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("ISO-8859-1", "latin-1", "café"),
        ("latin1", "latin-1", "café"),
        ('"iso-8859-15"', "iso8859-15", "5 €"),
        ("windows-1252", "cp1252", "“café” 5 €"),
        ("windows-1251", "cp1251", "Плеер"),
        ("koi8-r", "koi8-r", "Плеер"),
        ("Shift_JIS", "shift_jis", "日本語"),
        ("euc-kr", "euc-kr", "한국어"),
        ("GB18030", "gb18030", "播放器"),
        ("big5", "big5", "播放器"),
        ("UTF-16", "utf-16", "café"),
        ("utf-16le", "utf-16-le", "café"),
        ("UTF-8", "utf-8", "café"),
        ("utf8", "utf-8", "café"),
        ("us-ascii", "utf-8", "café"),  # clients that declare ASCII and send more mean UTF-8
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_declared_charset_is_honoured(
    collector: Collecting, charset: str, codec: str, text: str, as_json: bool
) -> None:
    content = json.dumps({"Notes": text}, ensure_ascii=False) if as_json else text
    name, kind = ("extra", "application/json") if as_json else ("Notes", "text/plain")

    raw, _ = collector.crash(
        part(name, content.encode(codec), None, f"{kind}; charset={charset}"), dump(DUMP)
    )

    assert raw.annotations == {"Notes": text}
    assert notes_of(raw) == []


@pytest.mark.parametrize(
    ("charset", "text", "note"),
    [
        ("klingon", "café", "unknown charset, read as UTF-8"),
        ("rot13", "café", "unknown charset, read as UTF-8"),
        ("unicode_escape", "café", "unknown charset, read as UTF-8"),
        ("idna", "café", "unknown charset, read as UTF-8"),
        ("x" * 3000, "café", "unknown charset, read as UTF-8"),
        ("shift_jis", "caf\N{REPLACEMENT CHARACTER}\N{HALFWIDTH KATAKANA LETTER SMALL TU}", None),
    ],
)
def test_what_cannot_be_decoded_is_noted(
    collector: Collecting, charset: str, text: str, note: str | None
) -> None:
    content = b"caf\xa0\xaf" if note is None else b"caf\xc3\xa9"

    raw, _ = collector.crash(part("Notes", content, None, f"text/plain; charset={charset}"))

    assert raw.annotations == {"Notes": text}
    assert notes_of(raw) == [f"Notes: {note or 'invalid SHIFT-JIS was replaced'}"]


def test_an_annotation_is_measured_in_utf_8(collecting: Callable[..., Collecting]) -> None:
    collector = collecting(rules="accept_all", max_annotation=100)
    latin = "text/plain; charset=iso-8859-1"

    raw, _ = collector.crash(
        part("Just", b"\xe9" * 50, None, latin), part("Over", b"\xe9" * 51, None, latin)
    )

    assert raw.annotations == {"Just": "é" * 50}


# JSON


SAVE = '{"Version": "9.9", "ProductName": "Wrong", "level": 3}'


@pytest.mark.parametrize("content", [SAVE, "{broken", "", "[" * 5000, "[1]"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", None])
@pytest.mark.parametrize("name", ["save.json", "attachment", "settings"])
def test_an_attached_json_changes_nothing(
    collector: Collecting, name: str, kind: str | None, content: str
) -> None:
    raw, dumps = collector.crash(*PROGRAM, part(name, content, "save.json", kind), dump(DUMP))

    assert raw.annotations == {"ProductName": "MyGame", "Version": "1.0"}
    assert raw.metadata["payload"] == "multipart"
    assert dumps == {MAIN_DUMP: DUMP, name.replace(".", ""): content.encode()}


@pytest.mark.parametrize(
    "segment",
    [
        extra('{"A": "1"}'),
        part("extra", '{"A": "1"}', "anything.txt"),
        part("extra.json", '{"A": "1"}', "extra.json"),
        part("annotations", '{"A": "1"}', None, "application/json"),
        part("annotations", '{"A": "1"}', None, "Application/JSON; charset=utf-8"),
    ],
)
def test_json_called_extra_or_without_a_file_name_is_annotations(
    collector: Collecting, segment: bytes
) -> None:
    raw, dumps = collector.crash(segment, dump(DUMP))

    assert raw.annotations == {"A": "1"}
    assert dumps == {MAIN_DUMP: DUMP}


# Reasons


def test_a_post_of_neither_length_nor_chunks_is_told_so(collector: Collecting) -> None:
    answer = collector.request("POST", "/submit", CONTENT_LENGTH=None)

    assert (answer.status, answer.text) == (400, "Discarded=malformed_no_content_length")


@pytest.mark.parametrize("kind", [None, "text/plain"])
@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 400)])
def test_too_many_parts_are_told_so(
    collecting: Callable[..., Collecting], kind: str | None, more: int, status: int
) -> None:
    collector = collecting(rules="accept_all", max_parts=10)
    sent = [part(f"a{number}", "x", None, kind) for number in range(9 + more)]

    answer = collector.post(*sent, dump(DUMP))

    assert answer.status == status
    if status == 400:
        assert answer.text == "Discarded=malformed_too_many_parts"


def test_of_several_reasons_the_first_is_told(collector: Collecting) -> None:
    body = form([part(f"a{number}", "x") for number in range(1001)])[: -len(BOUNDARY)]

    no_type = collector.request("POST", "/submit", CONTENT_LENGTH=None, CONTENT_TYPE=None)
    many = collector.request(
        "POST", "/submit", **{"wsgi.input": io.BytesIO(body)}, CONTENT_LENGTH=str(len(body))
    )

    assert no_type.text == "Discarded=malformed_no_content_type"
    assert many.text == "Discarded=malformed_too_many_parts"
