"""Links from a value to the search for crashes that have it, too."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from socorro.fields import copies
from socorro.search.catalog import catalog
from socorro.search.interface import SearchField
from socorro.search.names import bare_operator
from socorro.search.values import SYMBOLS, check_characters

PAGE: Final = "/search/"
LONGEST: Final = 500  # characters of a value that is searched for
# Annotations that become a field by more than copying.
_OTHERS: Final[Mapping[str, str]] = {
    "ProductName": "product",
    "ProductID": "product_id",
    "Version": "version",
    "BuildID": "build",
    "ReleaseChannel": "release_channel",
    "ProcessType": "process_type",
    "MozCrashReason": "moz_crash_reason",
    "PluginFilename": "plugin_filename",
    "PluginName": "plugin_name",
    "PluginVersion": "plugin_version",
    "CrashTime": "crash_time",
    "StartupTime": "startup_time",
    "InstallTime": "install_time",
    "UptimeTS": "uptime",
    "SecondsSinceLastCrash": "last_crash",
}


def address(name: str, value: Any) -> str:
    """Return the search for all crashes in which the field has the value; "" where none can be."""
    field = catalog().get(name)
    if field is None or not field.public or field.type == "date" or value in (None, ""):
        return ""
    text = _exactly(field, value)
    return f"{PAGE}?{urlencode({name: text})}" if text else ""


def of_annotation(annotation: str, processed: Mapping[str, Any]) -> str:
    """Return the search by an annotation: by the field of the processed crash that it became."""
    name = _fields().get(annotation, "")
    return address(name, processed.get(name))


@cache
def _fields() -> Mapping[str, str]:
    return {**{annotation: field.name for annotation, field in copies()}, **_OTHERS}


def _exactly(field: SearchField, value: Any) -> str:
    """Write a value so that it means itself; "" when it cannot be searched for."""
    if isinstance(value, bool):
        return str(value).lower() if field.type == "boolean" else ""
    if isinstance(value, int | float):
        return str(value) if field.type in ("integer", "number") else ""
    if field.type not in ("keyword", "text") or not isinstance(value, str):
        return ""
    try:
        check_characters(value)
    except ValueError:
        return ""
    is_special = value.startswith(("!", "__", *SYMBOLS)) or field.name == "version"
    means_itself = bare_operator(field) == "=" and not is_special
    return (value if means_itself else f"={value}") if len(value) <= LONGEST else ""
