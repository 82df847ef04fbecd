"""The raw crash: what was written is read again, and nothing else passes for one."""

import json
from datetime import UTC, datetime, timedelta, timezone

import hypothesis
import pytest
from hypothesis import strategies as st

from socorro import crash_id as ids
from socorro.crash import OURS, BadRawCrash, RawCrash
from tests.builders import NOON, make_crash

names = st.text(min_size=1, max_size=30).filter(lambda name: name not in OURS)
any_annotations = st.dictionaries(names, st.text(max_size=60), max_size=10)
checksums = st.dictionaries(names, st.just("00" * 32), max_size=3)
times = st.datetimes(datetime(2000, 1, 1), datetime(2068, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def crash(annotations: dict[str, str], dumps: dict[str, str], when: datetime) -> RawCrash:
    digest = ids.fingerprint(b"secret of the tests", annotations, dumps)
    metadata = {"dump_checksums": dumps, "throttle_rate": 0.1, "collector_notes": ["a note"]}
    return RawCrash(ids.make(digest, when.date()), when, annotations, metadata)


@hypothesis.given(any_annotations, checksums, times)
def test_a_raw_crash_survives_being_written(
    annotations: dict[str, str], dumps: dict[str, str], when: datetime
) -> None:
    raw = crash(annotations, dumps, when)

    assert RawCrash.from_json(raw.to_json()) == raw


@hypothesis.given(any_annotations, checksums, times, st.data())
def test_the_same_crash_is_the_same_bytes(
    annotations: dict[str, str], dumps: dict[str, str], when: datetime, data: st.DataObject
) -> None:
    reordered = dict(data.draw(st.permutations(list(annotations.items()))))

    assert crash(annotations, dumps, when).to_json() == crash(reordered, dumps, when).to_json()


def test_what_the_collector_adds_wins_over_annotations_of_the_name() -> None:
    raw = make_crash(uuid="mine", submitted_timestamp="never", version="99")

    read = RawCrash.from_json(raw.to_json())

    assert (read.crash_id, read.submitted) == (raw.crash_id, NOON)


def test_times_are_written_in_utc_with_microseconds() -> None:
    submitted = datetime(2026, 11, 23, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    document = make_crash(submitted).document()

    assert document["submitted_timestamp"] == "2026-11-22T23:30:00.000000+00:00"


def without(name: str) -> str:
    document = make_crash().document()
    del document[name]
    return json.dumps(document)


def with_(**changes: object) -> str:
    return json.dumps({**make_crash().document(), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        b"\xff\xfe",
        b"\0" * 100,
        "[" * 20_000,
        *(without(name) for name in OURS),
        with_(uuid="../../etc/passwd"),
        with_(uuid=7),
        with_(submitted_timestamp="yesterday"),
        with_(submitted_timestamp=5),
        with_(submitted_timestamp="2026-11-23T12:00:00"),
        with_(metadata=[]),
    ],
)
def test_what_is_no_raw_crash_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadRawCrash):
        RawCrash.from_json(text)


@hypothesis.given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_quoted(garbage: bytes) -> None:
    with pytest.raises(BadRawCrash) as refused:
        RawCrash.from_json(garbage)

    assert len(str(refused.value)) < 80
