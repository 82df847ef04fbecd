"""How Django reaches the schema auth, in the database that everything else is in."""

from contextlib import suppress
from typing import Any

from django.db import connections

from socorro.postgres import words_of

SCHEMA = "auth"
_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database(dsn: str) -> dict[str, Any]:
    """Return Django's words for a connection string of libpq."""
    told = words_of(dsn)
    known = {name: told.pop(word, "") for word, name in _NAMES.items()}
    session = f"-c search_path={SCHEMA} -c timezone=UTC -c statement_timeout=10s"
    return {
        "ENGINE": "django.db.backends.postgresql",
        **known,
        "NAME": known["NAME"] or known["USER"],  # as libpq does
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": "socorro webapp users",
            **told,
            "options": f"{told.get('options', '')} {session}".strip(),
        },
    }


def use_database(dsn: str) -> None:
    """Have Django connect there from now on; it connects when somebody has a session.

    Django's settings belong to the process, the tests have a database each.
    """
    connections.close_all()
    connections.settings = connections.configure_settings({"default": database(dsn)})
    with suppress(AttributeError):
        del connections["default"]
