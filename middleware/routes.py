"""Every route of the REST interface. Dispatch, index page and OpenAPI come from this table."""

from collections.abc import Iterable

from middleware import (
    bugs,
    crash_signature,
    crash_verify,
    extracts,
    parameters,
    products,
    questions,
    reprocessing,
    search_routes,
    server_status,
    signature_first_date,
    signature_summary,
    version_string,
)
from middleware.body import BodyRule
from middleware.crashes import processed_crash, raw_crash
from middleware.parameters import Parameter
from middleware.route import Route
from middleware.symbols import CONTENT_TYPES, MOST_BYTES, drop_bad_lines, file_name, upload
from socorro.accounts.permissions import UPLOAD_SYMBOLS, VIEW_PII, VIEW_RAWDUMP
from socorro.questions.table import QUESTIONS


def allowed(methods: Iterable[str]) -> str:
    """Return the Allow header of a resource with these *methods*."""
    names = set(methods) | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return ", ".join(name for name in _ORDER if name in names)


__all__ = ["ROUTES", "Route", "allowed"]

_ORDER = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")

ROUTES = (
    Route(
        name="ProcessedCrash",
        summary="The processed crash",
        description=(
            "Stack, modules, signature and all other fields of the processed crash. Protected "
            f"fields are included only with {VIEW_PII}. same_crash has the ids of other reports of "
            "the same crash, when it was sent more than once. For a crash that is stored but not "
            "processed yet: 404 with its state (new, deferred, waiting, running, failed) and "
            "Retry-After. A request does not queue the crash."
        ),
        parameters=(parameters.crash_id("Crash id"),),
        answer=processed_crash,
        content_types=("application/json",),
        permissions=(VIEW_PII,),
    ),
    Route(
        name="RawCrash",
        summary="The raw crash, as the client sent it",
        description=(
            "format=meta returns the annotations; protected ones are included only with "
            f"{VIEW_PII}. format=raw returns one minidump and needs {VIEW_RAWDUMP}."
        ),
        parameters=(
            parameters.crash_id("Crash id"),
            parameters.choice("format", "Annotations or minidump", ("meta", "raw")),
            Parameter(
                "name",
                "Dump name, with format=raw; default upload_file_minidump, the crashed process, "
                "which may be called dump, too",
            ),
        ),
        answer=raw_crash,
        content_types=("application/json", "application/octet-stream"),
        permissions=(VIEW_PII, VIEW_RAWDUMP),
    ),
    Route(
        name="Symbols",
        summary="Add symbol files",
        description=(
            "The body is a Breakpad symbol file (.sym), optionally gzipped, or a zip or tar of "
            "symbol files; other members of it are passed over. It may also be a form with such "
            "files, as sym_upload and other clients send (symbol_file, debug_file, "
            "debug_identifier). Each file is checked. The response "
            "gives the outcome of each: new, same, replaced (the stored file was poorer), joined "
            "(each has more of some kind of record), kept "
            "(the stored file is better and stays), or refused with the reason. When a file is "
            "refused the status is 400; the other files are added all the same."
        ),
        parameters=(file_name(), drop_bad_lines()),
        answer=upload,
        content_types=("application/json",),
        method="POST",
        needs=UPLOAD_SYMBOLS,
        body=BodyRule("A .sym file or an archive of them", MOST_BYTES, CONTENT_TYPES),
    ),
    *bugs.ROUTES,
    *signature_first_date.ROUTES,
    *signature_summary.ROUTES,
    *version_string.ROUTES,
    *crash_verify.ROUTES,
    *crash_signature.ROUTES,
    *reprocessing.ROUTES,
    *products.ROUTES,
    *extracts.ROUTES,
    *server_status.ROUTES,
    *search_routes.ROUTES,
    *map(questions.route, QUESTIONS),
)
