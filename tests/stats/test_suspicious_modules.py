"""Points of suspicious modules: each reason at its edge, and what must not matter."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.score import suspicious_modules as score
from socorro.stats.known_names import NAMES
from socorro.stats.suspicious_modules import (
    CUT,
    POINTS,
    Candidate,
    Sighting,
    Witness,
    candidates,
    name_judge,
    suspect,
)

TODAY = date(2026, 11, 23)
SINCE = TODAY - timedelta(days=27)
ODD = ("qzkvwxjp.dll", "xkqzvbjw.dll", "wqxjzkvp.dll", "zvqkxwjt.dll")


def sighting(name: str, code: str = "A" * 33, installs: int = 9, days: int = 20) -> Sighting:
    return Sighting(name, code, installs, installs + 1, TODAY - timedelta(days=days))


def one(*sightings: Sighting) -> Candidate:
    [candidate] = candidates(sightings, TODAY, SINCE)
    return candidate


def listed(candidate: Candidate, signed: bool | None, in_signature: int) -> bool:
    return suspect(candidate, Witness(signed, "a", in_signature)).points >= CUT


def test_one_file_under_many_odd_names_in_one_signature_is_listed() -> None:
    family = one(*(sighting(name) for name in ODD))

    whole = suspect(family, Witness(None, "a", 36))

    assert family.reasons == ("many_names", "unusual_name")
    assert whole.reasons == ("many_names", "unusual_name", "one_signature")
    assert (whole.points, whole.installs, whole.names) == (6.5, 36, tuple(sorted(ODD)))


@pytest.mark.parametrize("names", [2, 3])
def test_three_names_are_many(names: int) -> None:
    chosen = candidates([sighting(name) for name in ODD[:names]], TODAY, SINCE)

    assert {"many_names" in candidate.reasons for candidate in chosen} == {names == 3}


def test_libraries_that_are_unpacked_for_each_run_have_one_name() -> None:
    unpacked = [sighting(f"jna{n}.dll") for n in range(1234, 1244)]

    assert candidates(unpacked, TODAY, SINCE) == []


def test_modules_without_an_id_are_not_the_same_code() -> None:
    for code in ("", "0" * 33):
        chosen = candidates([sighting(name, code) for name in ODD], TODAY, SINCE)
        assert all("many_names" not in candidate.reasons for candidate in chosen)


@pytest.mark.parametrize(("days", "is_new"), [(14, True), (15, False)])
def test_two_weeks_are_new(days: int, is_new: bool) -> None:
    assert ("new" in one(sighting(ODD[0], days=days)).reasons) == is_new


@pytest.mark.parametrize(("back", "is_new"), [(14, False), (15, True)])
def test_without_older_data_nothing_is_new(back: int, is_new: bool) -> None:
    chosen = candidates([sighting(ODD[0], days=3)], TODAY, TODAY - timedelta(days=back))

    assert ["new" in candidate.reasons for candidate in chosen] == [is_new]


@pytest.mark.parametrize(("installs", "count"), [(4, 0), (5, 1)])
def test_five_installs_are_judged(installs: int, count: int) -> None:
    assert len(candidates([sighting(ODD[0], installs=installs)], TODAY, SINCE)) == count


@pytest.mark.parametrize(("installs", "count"), [(99, 1), (100, 0)])
def test_a_name_of_a_hundred_old_installs_is_usual(installs: int, count: int) -> None:
    assert len(candidates([sighting(ODD[0], installs=installs)], TODAY, SINCE)) == count


def test_a_certificate_excuses_an_odd_name_and_its_absence_counts() -> None:
    odd = one(sighting(ODD[0], days=3, installs=20))

    assert listed(odd, None, 20)
    assert listed(odd, False, 0)
    assert not listed(odd, None, 0)
    assert not listed(odd, True, 20)


@pytest.mark.parametrize(("in_signature", "counts"), [(4, False), (8, True)])
def test_a_share_in_one_signature_counts_when_its_interval_is_above_15_percent(
    in_signature: int, counts: bool
) -> None:
    odd = one(sighting(ODD[0], days=3, installs=20))

    reasons = suspect(odd, Witness(None, "a", in_signature)).reasons

    assert ("one_signature" in reasons) == counts


def test_letters_by_chance_look_unusual_and_usual_names_mostly_do_not() -> None:
    source = random.Random(1)
    is_unusual = name_judge(("garnet.dll", "lanternav.dll"))

    odd = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(200)]

    assert sum(is_unusual(f"{name}.dll") for name in odd) > 180
    assert sum(is_unusual(f"{name}.dll") for name in NAMES) < len(NAMES) * 0.05
    assert not is_unusual("Garnet.DLL")
    assert not is_unusual("")


def test_a_name_of_any_length_and_letters_is_judged() -> None:
    is_unusual = name_judge(())

    for name in ("x" * 100_000, "\0", "ß🙂.dll", ".dll", "…"):
        assert is_unusual(name) in (True, False)


@given(
    st.lists(
        st.builds(
            sighting, st.sampled_from([*ODD, "plain.dll"]), st.sampled_from(["A" * 33, "B" * 33]),
            st.integers(0, 40), st.integers(0, 27),
        ),
        max_size=12,
    ),
    st.randoms(),
)  # fmt: skip
def test_neither_order_nor_pieces_nor_ids_matter(sightings, random) -> None:
    answer = candidates(sightings, TODAY, SINCE)
    pieces = [
        entry._replace(installs=part, crashes=crashes)
        for entry in sightings
        for part, crashes in (
            (entry.installs // 2, 0), (entry.installs - entry.installs // 2, entry.crashes),
        )
    ]  # fmt: skip
    random.shuffle(pieces)
    renamed = [entry._replace(debug_id=f"{entry.debug_id}C") for entry in sightings]

    assert candidates(pieces, TODAY, SINCE) == answer
    assert [(one.names, one.reasons) for one in candidates(renamed, TODAY, SINCE)] == [
        (one.names, one.reasons) for one in answer
    ]
    for candidate in answer:
        assert candidate.points == sum(POINTS[reason] for reason in candidate.reasons)


def test_in_small_worlds_all_families_are_listed_and_nothing_else() -> None:
    bars = list(score.bars(quick=True))

    assert len(bars) > 1
    assert [bar for bar in bars if not bar.met] == []
    assert [speed for speed in score.speeds(quick=True) if speed.seconds < 0] == []
