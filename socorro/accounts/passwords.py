"""Passwords: the rules for them, generated ones, and the stored hash, in Django's format.

The webapp checks passwords with Django's own code. Scrypt needs much memory and a tenth of a
second, which is one reason why sign-in attempts are limited. Django is imported only where it is
needed: importing it would slow every `socorro` command down.
"""

import secrets
from functools import cache
from typing import Final

HASHER: Final = "django.contrib.auth.hashers.ScryptPasswordHasher"
SHORTEST: Final = 12  # characters
LONGEST: Final = 1000


class BadPassword(ValueError):
    """The password is not acceptable; the text says why and never quotes it."""


def check(password: str, name: str) -> None:
    """Raise BadPassword unless *password* is hard to guess for a user of that *name*."""
    if len(password) < SHORTEST:
        raise BadPassword(f"the password is too short (expected at least {SHORTEST} characters)")
    if len(password) > LONGEST:
        raise BadPassword(f"the password is too long (expected at most {LONGEST} characters)")
    if "\0" in password:
        raise BadPassword("the password contains a NUL character")
    if password.lower() in _common() or len(set(password)) < 4:
        raise BadPassword("the password is too easy to guess")
    if name.lower() in (password.lower(), password.lower()[::-1]):
        raise BadPassword("the password is the user's name")


def generate() -> str:
    """Return a new password, 120 random bits."""
    return secrets.token_urlsafe(15)


def hash_password(password: str) -> str:
    """Return the hash that is stored of a password."""
    from django.contrib.auth.hashers import ScryptPasswordHasher

    hasher = ScryptPasswordHasher()
    return str(hasher.encode(password, hasher.salt()))


@cache
def _common() -> frozenset[str]:
    from django.contrib.auth.password_validation import CommonPasswordValidator

    return frozenset(CommonPasswordValidator().passwords)
