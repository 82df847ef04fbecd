"""What a page is: one declaration, from which page, CSV, REST link and command come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from socorro.questions.interface import Question
from webapp.frame.state import Links

Row = Mapping[str, Any]  # a row of the answer: values by name of column
Cell = Callable[[Row, Links], SafeString | str]


@dataclass(frozen=True)
class Look:
    """One column of a page's table: how the column *name* of the answer looks.

    Without *cell* the value is written as its JSON Schema says. *title* explains the heading,
    *folds*: on narrow screens it is left out (the first column repeats it below, if its cell
    does). *orders*: the heading is a link that orders the rows by it. *kind* is a class of the
    cell: number (right-aligned), mono, signature, when.
    """

    name: str
    heading: str
    cell: Cell | None = None
    title: str = ""
    folds: bool = False
    orders: bool = True
    kind: str | None = None


@dataclass(frozen=True)
class Page:
    """One page with a table: *route* is its name in webapp/urls.py.

    *defaults*: texts of parameters that this page has instead of the question's. *key*: the name of
    its table, where a page has several. *caption* is written before the answer's days.
    """

    route: str
    question: Question
    looks: tuple[Look, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)
    caption: str = ""
    key: str = ""
