"""URL templates of settings: `https://bugs.example/new?title={title}` with quoted values.

Whatever a value holds, it stays the one value that it is: every character but letters, digits and
`-._~` is percent-encoded, so no value adds a parameter, leaves the path or names another host.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote, urlsplit

_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")


def fill(template: str, values: Mapping[str, object], safe: str = "") -> str:
    """Return the URL; *safe* characters are not encoded. A placeholder without value is empty."""
    return _PLACEHOLDER.sub(
        lambda match: quote(str(values.get(match[1], "")), safe=safe, errors="replace"), template
    )


def placeholders(template: str) -> set[str]:
    """Return the names between braces."""
    return set(_PLACEHOLDER.findall(template))


def check(template: str, names: Collection[str]) -> str:
    """Return the template. Raises ValueError when it is no web address, or has other *names*."""
    try:
        address = urlsplit(template)
        host = address.hostname
    except ValueError:
        host = None
    if host is None or address.scheme not in ("http", "https") or "{" in address.netloc:
        raise ValueError(f"{template!r} is not an address (expected https://…)")
    if wrong := sorted(placeholders(template) - set(names)):
        listed = ", ".join(f"{{{name}}}" for name in sorted(names))
        raise ValueError(f"{template!r}: no placeholder {{{wrong[0]}}} (expected {listed})")
    return template
