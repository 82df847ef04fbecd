"""Django's connection to schema auth, in the same database as everything else."""

from contextlib import suppress
from typing import Any

from django.db import connections

from socorro.postgres import TCP, words_of

SCHEMA = "auth"
_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database(dsn: str) -> dict[str, Any]:
    """Return Django's settings for a connection string of libpq."""
    words = words_of(dsn)
    settings = {name: words.pop(word, "") for word, name in _NAMES.items()}
    session = f"-c search_path={SCHEMA} -c timezone=UTC -c statement_timeout=10s"
    return {
        "ENGINE": "django.db.backends.postgresql",
        **settings,
        "NAME": settings["NAME"] or settings["USER"],  # as libpq does
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": "socorro webapp users",
            **TCP,
            **words,
            "options": f"{words.get('options', '')} {session}".strip(),
        },
    }


def use_database(dsn: str) -> None:
    """Make Django use this database; it connects for the first visitor with a session.

    Django's settings belong to the process, but each test has a database of its own.
    """
    connections.close_all()
    connections.settings = connections.configure_settings({"default": database(dsn)})
    with suppress(AttributeError):
        del connections["default"]
