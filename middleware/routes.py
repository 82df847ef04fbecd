"""Every route of the REST interface. Dispatch, index page and OpenAPI are made from this table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from middleware import parameters
from middleware.body import BodyRule
from middleware.crashes import Answer, processed_crash, raw_crash
from middleware.parameters import Parameter
from middleware.symbols import CONTENT_TYPES, MOST, file_name, upload
from socorro.accounts.permissions import UPLOAD_SYMBOLS, VIEW_PII, VIEW_RAWDUMP

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Route:
    """One method of the resource at /api/<name>/.

    Its answer gets the parameters by name, and the body, when the route takes one, as "body".
    """

    name: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answer: Answer
    content_types: tuple[str, ...]
    permissions: tuple[str, ...] = ()  # what shows more, or makes some of it possible
    method: Method = "GET"
    needs: str = ""  # the permission without which it is a 403, before anything is read
    body: BodyRule | None = None

    @property
    def operation(self) -> str:
        """Its name in the description: one of its own for every method."""
        return self.name if self.method == "GET" else f"{self.name}-{self.method.lower()}"

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/api/{self.name}/"


def allowed(methods: Iterable[str]) -> str:
    """Return what Allow says of a resource with these *methods*."""
    named = set(methods) | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return ", ".join(name for name in _ORDER if name in named)


_ORDER = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")

ROUTES = (
    Route(
        name="ProcessedCrash",
        summary="What processing found out about a crash",
        description=(
            "Stack, modules, signature and all other fields of the processed crash. Protected "
            f"fields are left out unless the caller has {VIEW_PII}. A crash that is stored but "
            "not processed is a 404 with its state (new, deferred, waiting, running, failed) "
            "and Retry-After. Asking queues nothing."
        ),
        parameters=(parameters.crash_id("Which crash"),),
        answer=processed_crash,
        content_types=("application/json",),
        permissions=(VIEW_PII,),
    ),
    Route(
        name="RawCrash",
        summary="What the client sent",
        description=(
            "format=meta is the annotations; protected ones are left out unless the caller has "
            f"{VIEW_PII}. format=raw is one minidump and needs {VIEW_RAWDUMP}."
        ),
        parameters=(
            parameters.crash_id("Which crash"),
            parameters.choice("format", "Annotations or minidump", ("meta", "raw")),
            Parameter("name", "Which dump; upload_file_minidump is the crashed process"),
        ),
        answer=raw_crash,
        content_types=("application/json", "application/octet-stream"),
        permissions=(VIEW_PII, VIEW_RAWDUMP),
    ),
    Route(
        name="Symbols",
        summary="Add symbol files",
        description=(
            "The body is a Breakpad symbol file (.sym), also gzipped, or a zip of such; other "
            "members of a zip are passed over. Each file is checked, and the answer says of each "
            "what became of it: new, same, replaced (a poorer one was there), kept (a better one "
            "was, and stays), refused and why. With a file refused it is a 400; the others are "
            "added all the same."
        ),
        parameters=(file_name(),),
        answer=upload,
        content_types=("application/json",),
        method="POST",
        needs=UPLOAD_SYMBOLS,
        body=BodyRule("A .sym, or a zip of them", MOST, CONTENT_TYPES),
    ),
)
