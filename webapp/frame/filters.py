"""The row of filters above a table: what the parameters of its question may be."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries import versions
from socorro.questions.interface import Parameter, Question

MOST_CHOICES: Final = 60  # of one select; others are typed into the address
DAYS: Final = (1, 3, 7, 14, 28)
USUAL_DAYS: Final = 7  # of a form whose question was not answered
ORDER: Final = (
    "product", "version", "channel", "days", "by", "os", "process", "type", "count", "modules",
)  # fmt: skip
WORDS: Final = {
    "product": "Product",
    "version": "Version",
    "channel": "Channel",
    "days": "Days",
    "by": "Day of",
    "os": "System",
    "process": "Process",
    "type": "Type",
    "count": "Count",
    "modules": "Modules",
    "sort": "Order",
}
NAMES: Final = {
    "win": "Windows",
    "mac": "macOS",
    "lin": "Linux",
    "android": "Android",
    "report": "report",
    "build": "build",
    "browser": "main process",
    "system": "of the system",
}


class Choice(NamedTuple):
    """One value of a filter: *text* is what people read."""

    value: str
    text: str
    is_chosen: bool


class Filter(NamedTuple):
    """A parameter with what it may be; *any* is the word for no value, "" where there must be."""

    name: str
    label: str
    any: str
    choices: list[Choice]


def filters(
    db: Connection, question: Question, values: Mapping[str, Any], about: Mapping[str, Any]
) -> list[Filter]:
    """Return the filters of a question; *about* has the product and the days of its answer."""
    product = str(about.get("product") or values.get("product") or "")
    declared = {parameter.name: parameter for parameter in question.parameters}
    of_product = versions.versions(db, product, most=1000) if "version" in declared else []
    names: dict[str, Sequence[str]] = {
        "product": versions.products(db) if "product" in declared else (),
        "version": list(dict.fromkeys(one.version for one in of_product)),
        "channel": sorted({one.release_channel for one in of_product}),
        "days": [str(days) for days in DAYS],
    }
    result = []
    for name in (*ORDER, "sort"):
        if (parameter := declared.get(name)) is None or (name == "days" and _has_dates(values)):
            continue
        options = names.get(name) or tuple(parameter.schema.get("enum", ()))
        if options:
            effective = {
                "product": product,
                "days": values.get("days") or _length(about) or USUAL_DAYS,
            }
            chosen = _chosen(effective.get(name, values.get(name)))
            result.append(_filter(parameter, options, chosen))
    return result


def _filter(parameter: Parameter, options: Sequence[str], chosen: Sequence[str]) -> Filter:
    shown = list(dict.fromkeys([*options[:MOST_CHOICES], *(one for one in chosen if one)]))
    name = parameter.name
    if name == "days":
        shown.sort(key=int)
    choices = [Choice(value, NAMES.get(value, value), value in chosen) for value in shown]
    has_value = parameter.default is not None or (name in ("product", "days") and chosen != [""])
    return Filter(name, WORDS.get(name, name), "" if has_value else "All", choices)


def _has_dates(values: Mapping[str, Any]) -> bool:
    """Return whether the days are named one by one: then their number is no choice."""
    return bool(values.get("from") or values.get("to"))


def _length(about: Mapping[str, Any]) -> int | None:
    """Return the number of days of an answer."""
    start, end = about.get("start"), about.get("end")
    return (end - start).days if isinstance(start, date) and isinstance(end, date) else None


def _chosen(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
