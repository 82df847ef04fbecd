"""Passwords: limits of their length, and that generated ones are good."""

import pytest

from socorro.accounts import passwords


@pytest.mark.parametrize(("length", "is_accepted"), [(11, False), (12, True), (1000, True)])
def test_a_password_has_a_length_within_limits(length: int, is_accepted: bool) -> None:
    password = ("pq7-" * 250)[:length]

    if is_accepted:
        passwords.check(password, "ann")
    else:
        with pytest.raises(passwords.BadPassword, match="at least 12 characters"):
            passwords.check(password, "ann")


def test_a_password_over_a_thousand_characters_is_refused() -> None:
    with pytest.raises(passwords.BadPassword, match="at most 1000 characters"):
        passwords.check("pq7-" * 250 + "x", "ann")


def test_a_password_has_at_least_four_different_characters() -> None:
    passwords.check("abcdabcdabcd", "ann")

    with pytest.raises(passwords.BadPassword, match="too easy to guess"):
        passwords.check("abcabcabcabc", "ann")


def test_a_generated_password_is_accepted_and_never_the_same() -> None:
    passwords.check(passwords.generate(), "ann")

    assert passwords.generate() != passwords.generate()
