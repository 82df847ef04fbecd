"""The parameters that pages carry along, and the links that keep them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from django.urls import reverse

from socorro.questions.parameters import MOST_CHARACTERS, MOST_VALUES

# One set on all pages, in REST and in commands.
CARRIED: Final = (
    *("product", "version", "channel", "days", "from", "to"),
    *("by", "os", "process", "type"),
)
MOST_READ: Final = MOST_VALUES + 1

Change = str | int | Sequence[str] | None


class Links:
    """Addresses of pages, with the parameters of the page that shows them.

    A change of None drops a parameter; `from` is written `from_`. Values are cut to what
    parameters may have, and one more, so that the page says that there are too many.
    """

    def __init__(self, path: str, parameters: Mapping[str, Sequence[str]]) -> None:
        self._path = path
        self._all = {name: list(values) for name, values in parameters.items() if any(values)}

    @classmethod
    def of(cls, request: HttpRequest, **fixed: str) -> "Links":
        """Return the links of a request; *fixed* parameters come from elsewhere, e.g. its path."""
        query = {
            name: [value.replace("\0", "")[:MOST_CHARACTERS] for value in values[:MOST_READ]]
            for name, values in _lists(request)
        }
        return cls(request.path, {**query, **{name: [value] for name, value in fixed.items()}})

    def value(self, name: str) -> str:
        """Return the first value of a parameter; "" without one."""
        return next(iter(self._all.get(name, ())), "")

    def values(self, name: str) -> list[str]:
        """Return all values of a parameter."""
        return list(self._all.get(name, ()))

    def to(self, route: str, *arguments: str, **changes: Change) -> str:
        """Return the address of another page, with the carried parameters and *changes*."""
        carried = {name: items for name, items in self._all.items() if name in CARRIED}
        return _address(reverse(route, args=arguments), carried, changes)

    def here(self, **changes: Change) -> str:
        """Return the address of this page with all its parameters and *changes*."""
        return _address(self._path, self._all, changes)

    def fields(self, *without: str) -> list[tuple[str, str]]:
        """Return name and value of all parameters but *without*: what a form keeps hidden."""
        return [
            (name, value)
            for name, values in self._all.items()
            if name not in without
            for value in values
        ]


def _lists(request: HttpRequest) -> Iterable[tuple[str, list[str]]]:
    """Return the parameters; none when there are more than Django reads, also on its error page."""
    try:
        lists: Iterable[tuple[str, list[str]]] = request.GET.lists()
    except TooManyFieldsSent:
        return ()
    return lists


def _address(
    path: str, parameters: Mapping[str, Sequence[str]], changes: Mapping[str, Change]
) -> str:
    changed = {name.rstrip("_"): value for name, value in changes.items()}
    merged: dict[str, Change] = {**parameters, **changed}
    kept = {name: value for name, value in merged.items() if value not in (None, "", [])}
    return f"{path}{'?' if kept else ''}{urlencode(kept, doseq=True)}"
