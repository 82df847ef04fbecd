"""Crash ids: the same crash, the same id, whatever the order; nothing else parses as one."""

import uuid
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro import crash_id as ids

SECRET = b"secret of the tests"

texts = st.text(max_size=40)
annotations = st.dictionaries(texts, texts, max_size=8)
checksums = st.dictionaries(texts, st.binary(max_size=4).map(bytes.hex), max_size=3)
digests = st.binary(min_size=32, max_size=32)
days = st.dates(date(2000, 1, 1), date(2068, 12, 31))  # what two digits of a year can say


@given(annotations, checksums, st.data())
def test_the_order_of_annotations_and_dumps_is_irrelevant(
    told: dict[str, str], dumps: dict[str, str], data: st.DataObject
) -> None:
    told_again = dict(data.draw(st.permutations(list(told.items()))))
    dumps_again = dict(data.draw(st.permutations(list(dumps.items()))))

    first = ids.fingerprint(SECRET, told, dumps)
    again = ids.fingerprint(SECRET, told_again, dumps_again)

    assert first == again


@given(annotations, annotations, checksums, checksums)
def test_different_crashes_have_different_fingerprints(
    told: dict[str, str],
    other: dict[str, str],
    dumps: dict[str, str],
    other_dumps: dict[str, str],
) -> None:
    first = ids.fingerprint(SECRET, told, dumps)
    second = ids.fingerprint(SECRET, other, other_dumps)

    assert (first == second) == ((told, dumps) == (other, other_dumps))


@given(annotations, checksums)
def test_nobody_without_the_secret_can_foresee_an_id(
    told: dict[str, str], dumps: dict[str, str]
) -> None:
    assert ids.fingerprint(SECRET, told, dumps) != ids.fingerprint(b"another", told, dumps)


@given(digests, days, st.booleans())
def test_an_id_is_a_version_4_uuid_and_tells_day_and_verdict(
    digest: bytes, day: date, deferred: bool
) -> None:
    made = ids.make(digest, day, deferred)

    parsed = uuid.UUID(made)
    assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
    assert str(parsed) == made
    assert ids.day_of(made) == day
    assert ids.is_deferred(made) == deferred


@given(digests, days, st.booleans(), st.sampled_from(["", " ", "\n", "\t "]))
def test_what_people_paste_is_found_again(
    digest: bytes, day: date, deferred: bool, around: str
) -> None:
    made = ids.make(digest, day, deferred)

    for pasted in (made, ids.on_the_wire(made), made.upper(), ids.on_the_wire(made).upper()):
        assert ids.parse(around + pasted + around) == made


@given(st.text())
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


@given(digests)
def test_a_draw_lies_between_nought_and_one(digest: bytes) -> None:
    assert 0 <= ids.draw(digest) < 1


def test_draws_are_spread_evenly() -> None:
    drawn = [ids.draw(ids.fingerprint(SECRET, {"n": str(n)}, {})) for n in range(10_000)]

    tenths = [sum(n / 10 <= value < (n + 1) / 10 for value in drawn) for n in range(10)]
    assert all(850 < count < 1150 for count in tenths)
