"""A fact of a report, as its lists of facts show it."""

from datetime import datetime
from typing import NamedTuple


class Fact(NamedTuple):
    """One labelled value; *mono* for what is compared letter by letter.

    *field* is the name of the field that has the value, when others can be searched by it; *link*
    is that search, or another page about the value.
    """

    label: str
    value: str
    mono: bool = False
    time: datetime | None = None
    note: str = ""
    field: str = ""
    link: str = ""
