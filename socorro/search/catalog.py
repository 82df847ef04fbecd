"""The fields that can be searched, by name: those that the declarations say, and Postgres has."""

from collections.abc import Mapping
from functools import cache

from socorro.fields import Field, fields
from socorro.search.interface import SearchField

USER_INFO = ("url", "email", "user_comments")  # protected, in reports_user_info
OTHER_PROTECTED = ("throttle_rule",)  # in reports


@cache
def catalog() -> Mapping[str, SearchField]:
    """Return the fields by name."""
    return {
        name: SearchField(
            name, declared.search, declared.public, declared.type == "array", declared.description
        )
        for name, declared in fields("processed_crash").items()
        if declared.search != "none" and _is_in_postgres(name, declared)
    }


def _is_in_postgres(name: str, declared: Field) -> bool:
    return declared.public or name in (*USER_INFO, *OTHER_PROTECTED)
