"""Token buckets: filled evenly, one per customer, bounded in number."""

import pytest

from socorro.serving import rate_limit
from socorro.serving.rate_limit import RateLimit


def test_tokens_come_back_evenly() -> None:
    limit = RateLimit(60)
    for _ in range(60):
        assert limit.take("192.0.2.1", 0) == 0

    assert limit.take("192.0.2.1", 0) == pytest.approx(1)
    assert limit.take("192.0.2.1", 0.5) == pytest.approx(0.5)
    assert limit.take("192.0.2.1", 1.0) == 0


def test_a_bucket_may_take_longer_to_fill() -> None:
    limit = RateLimit(2, seconds=600)

    answers = [limit.take_for("ann", now) for now in (0, 0, 0, 300, 300)]

    assert answers == [0, 0, pytest.approx(300), 0, pytest.approx(300)]


def test_a_long_rest_fills_no_more_than_the_bucket() -> None:
    limit = RateLimit(2)

    answers = [limit.take("192.0.2.1", now) for now in (0, 10_000, 10_000, 10_000)]

    assert [answer == 0 for answer in answers] == [True, True, True, False]


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("no address", "", True),
    ],
)
def test_who_shares_a_bucket(first: str, second: str, shared: bool) -> None:
    limit = RateLimit(1)
    limit.take(first, 0)

    assert (limit.take(second, 0) > 0) is shared


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_not_limited(address: str) -> None:
    limit = RateLimit(1)

    assert [limit.take(address, 0) for _ in range(3)] == [0, 0, 0]


def test_the_least_recent_address_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "ADDRESSES", 2)
    limit = RateLimit(1)
    for number in (1, 2):
        limit.take(f"192.0.2.{number}", 0)
    assert limit.take("192.0.2.1", 0) > 0  # both have room, and 2 is the least recent now

    limit.take("192.0.2.3", 0)

    assert limit.take("192.0.2.1", 0) > 0
    assert limit.take("192.0.2.2", 0) == 0
