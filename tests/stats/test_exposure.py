"""What versions are used, where ADI have gaps."""

import numpy as np
import pytest

from socorro.stats.exposure import exposure

DAYS = 28
CRASHES = np.full((2, DAYS), 50.0)


def adi(**gaps: slice) -> np.ndarray:
    used = np.array([np.full(DAYS, 1000.0), np.full(DAYS, 500.0)])
    for days in gaps.values():
        used[:, days] = 0
    return used


def test_where_a_tenth_is_processed_exposure_is_a_tenth() -> None:
    whole = exposure(adi(), CRASHES, CRASHES).values
    tenth = exposure(adi(), CRASHES, CRASHES * 10).values
    assert whole == pytest.approx(adi())
    assert tenth == pytest.approx(adi() / 10)


def test_a_day_without_adi_has_those_before_as_its_weekday_is_used() -> None:
    used = adi()
    used[:, 5::7] *= 0.8
    expected = used.copy()
    used[:, 26:] = 0  # the last two days; the first of them is such a weekday

    filled = exposure(used, CRASHES, CRASHES)

    assert filled.values == pytest.approx(expected)
    assert (filled.follows_adi, filled.last) == (True, 25)


def test_a_version_without_adi_crashes_as_often_as_the_others() -> None:
    used = adi()
    used[1] = 0
    assert exposure(used, CRASHES, CRASHES).values[1] == pytest.approx(np.full(DAYS, 1000.0))


@pytest.mark.parametrize(
    "used", [adi() * 0, adi(end=slice(13, None)), adi(start=slice(0, 15))], ids=str
)
def test_without_enough_adi_crashes_are_the_exposure(used: np.ndarray) -> None:
    filled = exposure(used, CRASHES, CRASHES)
    assert not filled.follows_adi
    assert (filled.values == CRASHES).all()


def test_a_version_has_no_exposure_before_it_came_out() -> None:
    used, reports = adi(), CRASHES.copy()
    used[0, :20] = reports[0, :20] = 0
    assert (exposure(used, reports, reports).values[0, :20] == 0).all()


def test_nothing_at_all_is_nothing() -> None:
    nothing = np.zeros((0, DAYS))
    assert exposure(nothing, nothing, nothing).values.shape == (0, DAYS)
