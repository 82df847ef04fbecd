"""Crash ids: the same crash, the same id, whatever the order; nothing else parses as one."""

import uuid
from datetime import date

import hypothesis
import pytest
from hypothesis import strategies as st

from socorro import crash_id as ids

SECRET = b"secret of the tests"

texts = st.text(max_size=40)
any_annotations = st.dictionaries(texts, texts, max_size=8)
checksums = st.dictionaries(texts, st.binary(max_size=4).map(bytes.hex), max_size=3)
digests = st.binary(min_size=32, max_size=32)
days = st.dates(date(2000, 1, 1), date(2068, 12, 31))  # what two digits of a year can say


@hypothesis.given(any_annotations, checksums, st.data())
def test_the_order_of_annotations_and_dumps_is_irrelevant(
    annotations: dict[str, str], dumps: dict[str, str], data: st.DataObject
) -> None:
    reordered = dict(data.draw(st.permutations(list(annotations.items()))))
    dumps_again = dict(data.draw(st.permutations(list(dumps.items()))))

    first = ids.fingerprint(SECRET, annotations, dumps)
    again = ids.fingerprint(SECRET, reordered, dumps_again)

    assert first == again


@hypothesis.given(any_annotations, any_annotations, checksums, checksums)
def test_different_crashes_have_different_fingerprints(
    annotations: dict[str, str],
    other_annotations: dict[str, str],
    dumps: dict[str, str],
    other_dumps: dict[str, str],
) -> None:
    first = ids.fingerprint(SECRET, annotations, dumps)
    second = ids.fingerprint(SECRET, other_annotations, other_dumps)

    assert (first == second) == ((annotations, dumps) == (other_annotations, other_dumps))


@hypothesis.given(any_annotations, checksums)
def test_nobody_without_the_secret_can_foresee_an_id(
    annotations: dict[str, str], dumps: dict[str, str]
) -> None:
    assert ids.fingerprint(SECRET, annotations, dumps) != ids.fingerprint(
        b"another", annotations, dumps
    )


@hypothesis.given(digests, days, st.booleans())
def test_an_id_is_a_version_4_uuid_and_shows_day_and_verdict(
    digest: bytes, day: date, deferred: bool
) -> None:
    crash_id = ids.make(digest, day, deferred)

    parsed = uuid.UUID(crash_id)
    assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
    assert str(parsed) == crash_id
    assert ids.day_of(crash_id) == day
    assert ids.is_deferred(crash_id) == deferred


@hypothesis.given(digests, days, st.booleans(), st.sampled_from(["", " ", "\n", "\t "]))
def test_what_people_paste_is_parsed(digest: bytes, day: date, deferred: bool, spaces: str) -> None:
    crash_id = ids.make(digest, day, deferred)

    for pasted in (
        crash_id,
        ids.on_the_wire(crash_id),
        crash_id.upper(),
        ids.on_the_wire(crash_id).upper(),
    ):
        assert ids.parse(spaces + pasted + spaces) == crash_id


@hypothesis.given(st.text())
def test_hostile_text_is_refused_without_its_text(text: str) -> None:
    with pytest.raises(ids.BadCrashId) as refused:
        ids.parse("x" + text)

    assert len(str(refused.value)) < 80


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bp-",
        "0bba929f-8721-460c-8e70-a43c0026112",  # too short
        "0bba929f-8721-460c-8e70-a43c002611233",  # too long
        "0bba929f-8721-460c-8e70-a43c02261123",  # digit 2
        "0bba929f-8721-460c-8e70-a43c00261323",  # month 13
        "0bba929f-8721-460c-8e70-a43c00260230",  # 30 February
        "0bba929f-8721-460c-8e70-a43c0026112٣",  # a digit of another script
        "0bba929f87214 60c-8e70-a43c00261123",
        "../../../../etc/passwd",
        "0bba929f-8721-460c-8e70-a43c00261123/..",
        "0bba929f-8721-460c-8e70-a43c00261123\0",
    ],
)
def test_what_is_no_crash_id_is_refused(text: str) -> None:
    with pytest.raises(ids.BadCrashId):
        ids.parse(text)


@hypothesis.given(digests)
def test_a_draw_lies_between_nought_and_one(digest: bytes) -> None:
    assert 0 <= ids.draw(digest) < 1


def test_draws_are_spread_evenly() -> None:
    drawn = [ids.draw(ids.fingerprint(SECRET, {"n": str(n)}, {})) for n in range(10_000)]

    tenths = [sum(n / 10 <= value < (n + 1) / 10 for value in drawn) for n in range(10)]
    assert all(850 < count < 1150 for count in tenths)
