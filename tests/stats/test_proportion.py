"""The interval of a share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.stats.proportion import share_of


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_interval_contains_the_share_and_narrows_with_more_data(a: int, b: int) -> None:
    share = share_of(a, a + b)
    assert 0 <= share.low <= share.share <= share.high <= 1
    if a + b:
        more = share_of(10 * a, 10 * (a + b))
        assert more.high - more.low <= share.high - share.low


def test_it_is_the_textbooks() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29; Wilson without correction
    assert share_of(81, 263)[1:] == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert share_of(15, 148)[1:] == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert share_of(0, 20)[1:] == pytest.approx((0, 0.1611), abs=1e-4)
    assert share_of(1, 29)[1:] == pytest.approx((0.0061, 0.1718), abs=1e-4)
    assert share_of(0, 0) == (0, 0, 1)
