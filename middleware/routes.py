"""Every route of the REST interface. Dispatch, index page and OpenAPI are made from this table."""

from dataclasses import dataclass

from middleware import parameters
from middleware.crashes import VIEW_PII, VIEW_RAWDUMP, Answer, processed_crash, raw_crash
from middleware.parameters import Parameter


@dataclass(frozen=True)
class Route:
    """One resource at /api/<name>/, asked by GET."""

    name: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answer: Answer
    content_types: tuple[str, ...]
    permissions: tuple[str, ...]  # what shows more, or makes some of it possible

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/api/{self.name}/"


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
)
