"""One route of the REST interface: what dispatch, the index page and OpenAPI need to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from middleware.body import BodyRule
from middleware.context import Answer
from middleware.parameters import Parameter

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Route:
    """One method of the resource at /api/<name>/.

    Its answer gets the parameters by name, those of a form, too; another body as "body". One that
    *reads_itself* gets the text of query and form together as "query", and its parameters only
    describe them. *schema* is the JSON Schema of the answer, when that is JSON.
    """

    name: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answer: Answer
    content_types: tuple[str, ...]
    permissions: tuple[str, ...] = ()  # optional ones: they show more
    method: Method = "GET"
    needs: str = ""  # a caller without this permission gets 403, before anything is read
    body: BodyRule | None = None
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    reads_itself: bool = False
    refuse_others: bool = False  # parameters that are not declared are refused, not ignored
    cached: bool = False  # it depends on what the clock's jobs write, and on nothing else

    @property
    def operation(self) -> str:
        """The operation id in OpenAPI, unique by method."""
        return self.name if self.method == "GET" else f"{self.name}-{self.method.lower()}"

    @property
    def path(self) -> str:
        """The path it is served at."""
        return f"/api/{self.name}/"
