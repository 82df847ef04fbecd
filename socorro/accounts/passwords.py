"""Passwords: what is one, made ones, and the hash that is stored, in Django's form.

The webapp checks them with Django's own code; scrypt is memory-hard, and takes a tenth of a
second, which is why failed sign-ins are limited. Django is imported when it is needed: it would
slow every `socorro` command down.
"""

import secrets
from functools import cache
from typing import Final

HASHER: Final = "django.contrib.auth.hashers.ScryptPasswordHasher"
SHORTEST: Final = 12  # characters
LONGEST: Final = 1000


class BadPassword(ValueError):
    """It is no password for anybody; the text says why, and never what it is."""


def check(password: str, name: str) -> None:
    """Raise BadPassword unless *password* is hard to guess for a user of that *name*."""
    if len(password) < SHORTEST:
        raise BadPassword(f"a password has at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise BadPassword(f"a password has at most {LONGEST} characters")
    if "\0" in password:
        raise BadPassword("a password has no NUL characters")
    if password.lower() in _common() or len(set(password)) < 4:
        raise BadPassword("this password is among the first that are tried")
    if name.lower() in (password.lower(), password.lower()[::-1]):
        raise BadPassword("a password is not the user's name")


def made() -> str:
    """Return a new password, 120 random bits."""
    return secrets.token_urlsafe(15)


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    from django.contrib.auth.hashers import ScryptPasswordHasher

    hasher = ScryptPasswordHasher()
    return str(hasher.encode(password, hasher.salt()))


@cache
def _common() -> frozenset[str]:
    from django.contrib.auth.password_validation import CommonPasswordValidator

    return frozenset(CommonPasswordValidator().passwords)
