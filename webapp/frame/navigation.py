"""The second row of the bar: the pages, for the product and version that are shown."""

from typing import Any, Final, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from webapp.frame.state import Links

ALL: Final = (
    ("home", "Overview"),
    ("top_crashers", "Top crashers"),
    ("changes", "Changes"),
    ("builds", "Builds"),
    ("hangs", "Hangs"),
    ("sites", "Sites"),
    ("search", "Search"),
)
RIGHT: Final = (("missing_symbols", "Modules"), ("status", "Status"))
WITHIN: Final = {  # pages that a link stands for, too
    "product_home": "home",
    "suspicious_modules": "missing_symbols",
    "frankeninstalls": "missing_symbols",
    "failed_jobs": "status",
}
NO_NAMES: Final = ("!", "~", "^", "$", "@", "<", ">", "__")  # operators of searches
KEPT: Final = ("product", "version", "channel")  # the rest belongs to one page


class Item(NamedTuple):
    """A link of the navigation."""

    text: str
    address: str
    is_current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give templates `navigation` and `navigation_right`; nothing is looked up for it."""
    match = getattr(request, "resolver_match", None)
    current = match.url_name if match else ""
    current = WITHIN.get(current or "", current)
    links = Links.of(request, **_of_path(match.kwargs if match else {}))
    kept = {name: values for name in KEPT if (values := _plain(links.values(name)))}
    return {
        "navigation": [item for name, text in ALL if (item := _item(name, text, current, kept))],
        "navigation_right": [
            item for name, text in RIGHT if (item := _item(name, text, current, kept))
        ],
    }


def _plain(values: list[str]) -> list[str]:
    """Return the values without those of a search that are no names: !Firefox, ~fox."""
    names = (value.removeprefix("=") for value in values)
    return [name for name in names if not name.startswith(NO_NAMES)]


def _of_path(arguments: dict[str, Any]) -> dict[str, str]:
    return {"product": arguments["product"]} if arguments.get("product") else {}


def _item(name: str, text: str, current: str, kept: dict[str, list[str]]) -> Item | None:
    try:
        path = reverse(name)
    except NoReverseMatch:  # no such page yet
        return None
    return Item(text, Links(path, kept).here(), name == current)
