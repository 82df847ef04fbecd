"""Each limit on a post at its edge: the last size that passes, and the first that does not."""

import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from collector.annotations import LONGEST_NAME
from collector.app import SHORTEST_SECRET, read_secret
from collector.config import CollectorConfig
from collector.decision import LONGEST_USER_AGENT
from collector.json_members import DEEPEST, LONGEST_NUMBER, MOST_VALUES
from collector.notes import MOST_NOTES
from collector.payload import LONGEST_BOUNDARY
from collector.segments import LONGEST_HEADER, MOST_HEADERS, MOST_LINES
from collector.throttle import Rule
from socorro.spool.entry import LONGEST_DUMP_NAME
from tests.collector.conftest import Collecting
from tests.collector.forms import dump, extra, fields, form, part

Collect = Callable[..., Collecting]
OK, MALFORMED, TOO_LARGE = 200, 400, 413


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
def test_so_many_parts(collector: Collecting, more: int, status: int) -> None:
    count = collector.config.max_parts + more

    assert collector.post(*(part(f"a{n}", "x") for n in range(count))).status == status


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
def test_so_many_dumps(collector: Collecting, more: int, status: int) -> None:
    count = collector.config.max_dumps + more

    assert collector.post(*(dump(b"x", f"dump{n}") for n in range(count))).status == status


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("more", "is_kept"), [(0, True), (1, False)])
def test_an_annotation_of_so_many_bytes(
    collecting: Collect, as_json: bool, more: int, is_kept: bool
) -> None:
    collector = collecting(rules="accept_all", max_annotation=100)
    value = "ü" * 49 + "xx" + "x" * more  # 100 bytes, 51 characters

    raw, _ = collector.crash(
        extra(json.dumps({"A": value})) if as_json else part("A", value), dump(b"MDMP")
    )

    assert raw.annotations == ({"A": value} if is_kept else {})
    notes = [] if is_kept else ["A: longer than 100 bytes, dropped"]
    assert raw.metadata["collector_notes"] == notes


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, TOO_LARGE)])
def test_annotations_of_so_many_bytes_in_all(collecting: Collect, more: int, status: int) -> None:
    collector = collecting(rules="accept_all", max_annotations=1000)
    segments = [*fields(A="x" * 499, B="x" * (499 + more)), dump(b"MDMP")]  # names count

    assert collector.post(*segments).status == status


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, TOO_LARGE)])
def test_json_of_so_many_bytes(collecting: Collect, more: int, status: int) -> None:
    collector = collecting(rules="accept_all", max_annotations=1000)

    answer = collector.post(extra('{"A": "1"}'.ljust(1000 + more)), dump(b"MDMP"))

    assert answer.status == status
    assert collector.nothing_is_stored() == (status == TOO_LARGE)


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
@pytest.mark.parametrize(
    "text",
    [
        lambda count: json.dumps({f"N{n}": "x" for n in range(count)}),
        lambda count: "{" + ",".join(f'"{n}":""' for n in range(count)) + "}",
        lambda count: json.dumps({f"N{n}": 1 for n in range(count)}),
        lambda count: "{" + ",".join(['"A":{}'] * (count // 2)) + ',"":""' * (count % 2) + "}",
        lambda count: json.dumps({"A": list(range(count - 1))}),
        lambda count: '{"A":[' + ",".join(["[]"] * ((count - 1) // 2)) + ",0" * (~count % 2) + "]}",
    ],
)
def test_json_of_so_many_values(
    collector: Collecting, text: Callable[[int], str], more: int, status: int
) -> None:
    answer = collector.post(extra(text(MOST_VALUES + more)), dump(b"MDMP"))

    assert answer.status == status
    assert answer.text.startswith("CrashID" if status == OK else "Discarded=malformed_too_many")


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('["[",', "]")])
def test_json_so_deep(
    collector: Collecting, opening: str, closing: str, more: int, status: int
) -> None:
    depth = DEEPEST - 1 + more
    inner = "" if opening == "[" else "0"

    answer = collector.post(extra('{"A":' + opening * depth + inner + closing * depth + "}"))

    assert answer.status == status
    assert answer.text.startswith("CrashID" if status == OK else "Discarded=malformed_invalid_json")


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
@pytest.mark.parametrize("digit", ["1", "9", "0.0", "1e0"])
def test_a_number_of_so_many_digits(
    collector: Collecting, digit: str, more: int, status: int
) -> None:
    number = digit + digit[-1] * (LONGEST_NUMBER - 1 + more)

    assert collector.post(extra('{"A": ' + number + "}")).status == status


@pytest.mark.parametrize(("more", "kept"), [(0, LONGEST_NAME), (1, 0)])
def test_an_annotations_name_of_so_many_characters(
    collector: Collecting, more: int, kept: int
) -> None:
    raw, _ = collector.crash(part("n" * (LONGEST_NAME + more), "x"), dump(b"MDMP"))

    assert sum(map(len, raw.annotations)) == kept


@pytest.mark.parametrize(("count", "last"), [(MOST_NOTES, "N099"), (MOST_NOTES + 1, "more notes")])
def test_so_many_notes(collector: Collecting, count: int, last: str) -> None:
    nulls = {f"N{number:03}": None for number in range(count)}

    raw, _ = collector.crash(extra(json.dumps(nulls)), dump(b"MDMP"))

    notes = raw.metadata["collector_notes"]
    assert len(notes) == count
    assert notes[-1].startswith(last)


@pytest.mark.parametrize("more", [0, 1])
def test_a_dump_name_of_so_many_characters(collector: Collecting, more: int) -> None:
    _, dumps = collector.crash(dump(b"MDMP", "d" * (LONGEST_DUMP_NAME + more)))

    assert list(dumps) == ["d" * LONGEST_DUMP_NAME]


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
def test_a_boundary_of_so_many_bytes(collector: Collecting, more: int, status: int) -> None:
    boundary = "b" * (LONGEST_BOUNDARY + more)

    answer = collector.request(
        "POST", "/submit", form([dump(b"MDMP")], boundary),
        CONTENT_TYPE=f"multipart/form-data; boundary={boundary}",
    )  # fmt: skip

    assert answer.status == status


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
def test_a_header_of_a_part_of_so_many_bytes(collector: Collecting, more: int, status: int) -> None:
    header = b"X-Long: ".ljust(LONGEST_HEADER + more, b"x")

    assert collector.post(header + b"\r\n" + part("A", "x")).status == status


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
def test_so_many_lines_before_a_part(collector: Collecting, more: int, status: int) -> None:
    lines = b"X-Folded: x\r\n" + b" x\r\n" * (MOST_LINES - 2 + more)

    assert collector.post(lines + part("A", "x")).status == status


@pytest.mark.parametrize(("more", "status"), [(0, OK), (1, MALFORMED)])
def test_so_many_headers_of_a_part(collector: Collecting, more: int, status: int) -> None:
    headers = b"X-Many: x\r\n" * (MOST_HEADERS - 1 + more)

    assert collector.post(headers + part("A", "x")).status == status


@pytest.mark.parametrize("more", [0, 1])
def test_a_user_agent_of_so_many_characters(collector: Collecting, more: int) -> None:
    raw, _ = collector.crash(dump(b"MDMP"), HTTP_USER_AGENT="x" * (LONGEST_USER_AGENT + more))

    assert raw.metadata["user_agent"] == "x" * LONGEST_USER_AGENT


def test_a_secret_of_so_many_bytes(tmp_path: object) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x" * SHORTEST_SECRET)
    assert read_secret(path) == b"x" * SHORTEST_SECRET

    path.write_bytes(b"x" * (SHORTEST_SECRET - 1))
    with pytest.raises(ValueError, match="shorter than 16 bytes"):
        read_secret(path)


def test_a_rate_is_above_nought_and_one_at_most() -> None:
    assert Rule("all", bool, rate=1).rate == 1
    assert Rule("hardly_any", bool, rate=1e-9).rate == 1e-9
    for rate in (0, 1 + 1e-9):
        with pytest.raises(ValueError, match="rate"):
            Rule("bad", bool, rate=rate)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("workers", 1), ("threads", 1), ("connections", 1), ("idle_seconds", 1),
        ("upload_seconds", 1), ("stop_seconds", 0), ("max_body", 1), ("max_annotations", 1),
        ("max_annotation", 1), ("max_parts", 1), ("max_dumps", 1), ("reserve", 0),
    ],
)  # fmt: skip
def test_the_least_value_of_a_setting(name: str, least: int) -> None:
    config = CollectorConfig(secret_file="/secret", **{name: least})
    assert getattr(config, name) == least

    with pytest.raises(ValidationError, match=name):
        CollectorConfig(secret_file="/secret", **{name: least - 1})
