"""Searches for the crashes that a count is of, with its product, versions, days and filters."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from socorro.questions.parameters import MOST_CHARACTERS

SEARCH: Final = "/search/"
SYSTEMS: Final = {
    "win": "Windows NT",
    "mac": "Mac OS X",
    "lin": "Linux",
    "android": "Android",
}
TYPES: Final = {
    "browser": ("process_type", "=parent"),
    "content": ("process_type", "=content"),
    "plugin": ("process_type", "=plugin"),
    "hang": ("hang_id", "!__null__"),
    "startup": ("uptime", "<60"),
}


def search_for(signature: str, about: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Return the search for the crashes of a signature that an answer counts, by submission.

    *about* has the product, and the days [start, end); *values* are the parameters of its question.
    "" where it cannot be searched for: counts by build, and signatures that are too long.
    """
    if values.get("by") == "build" or len(signature) > MOST_CHARACTERS:
        return ""
    pairs = [("signature", f"={signature}"), ("product", f"={about['product']}")]
    pairs += [("version", f"={version}") for version in values.get("version") or ()]
    if values.get("channel"):
        pairs.append(("release_channel", f"={values['channel']}"))
    if values.get("os") in SYSTEMS:
        pairs.append(("os_name", f"={SYSTEMS[values['os']]}"))
    if values.get("type") in TYPES:
        pairs.append(TYPES[values["type"]])
    pairs += [("date", f">={about['start']}"), ("date", f"<{about['end']}")]
    return f"{SEARCH}?{urlencode(pairs)}"
