"""POST /api/Symbols/: symbol files from build machines."""

from datetime import UTC, datetime
from typing import Any

from middleware.body import Body
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter, choice
from middleware.reply import Refused, Reply, error_reply, json_reply
from middleware.symbol_form import MULTIPART
from socorro import log
from socorro.symbols.intake import Result
from socorro.symbols.symfile import MOST_DROPPED

MOST_BYTES = 2**30  # of a body that the server reads; the setting may say less
CONTENT_TYPES = ("application/zip", "application/octet-stream", "text/plain", MULTIPART)
LONGEST_NAME = 300  # characters


def file_name() -> Parameter:
    """The parameter that names an uploaded file."""
    return Parameter(
        "name",
        "Name of the file in the response. A path such as xul.pdb/<debug id>/xul.sym must match "
        "the content",
        _name,
    )


def drop_bad_lines() -> Parameter:
    """The parameter that leaves bad lines out."""
    text = f"1: leave out lines that walkers cannot read, at most {MOST_DROPPED:,} of a file"
    return choice("drop_bad_lines", text, ("0", "1"))


def upload(context: Context, caller: Caller, values: Values) -> Reply:
    """Add the uploaded files to the symbol store; report the outcome of each file."""
    if context.symbols is None:
        raise Refused(error_reply("404 Not Found", "This server has no symbol store"))
    body: Body = values["body"]
    results = context.symbols.take(
        body, values["name"] or "", caller.user, datetime.now(UTC), values["drop_bad_lines"] == "1"
    )
    files = [_document(result) for result in results]
    refused = {result.name: [result.refused] for result in results if result.refused}
    counts = {"files": len(files), "refused": len(refused)}
    log.get().info("symbols uploaded", token=caller.token_id, **counts)
    if refused:
        text = f"{len(refused)} of {len(files)} file{'s' * (len(files) != 1)} refused"
        raise Refused(error_reply("400 Bad Request", text, errors=refused, files=files))
    if not any(result.added for result in results):
        raise Refused(error_reply("400 Bad Request", "No symbol file in the body", files=files))
    return json_reply({"files": files}, ("Cache-Control", "no-store"))


def _document(result: Result) -> dict[str, Any]:
    if result.added is None:
        outcome, reason = "refused", result.refused
        if not reason:
            outcome, reason = "passed over", result.passed_over
        return {"name": result.name, "outcome": outcome, "why": reason}
    facts, module = result.added.facts, result.added.module
    document = {
        "name": result.name,
        "outcome": result.added.change.value,
        "debug_file": module.debug_file,
        "debug_id": module.debug_id,
        "size": facts.bytes,
        "functions": facts.functions,
        "publics": facts.publics,
        "stacks": facts.stacks,
        "lines": facts.lines,
        "inlines": facts.inlines,
    }
    if facts.dropped:
        document |= {"dropped_lines": facts.dropped, "first_dropped": facts.first_dropped}
    return document


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"expected at most {LONGEST_NAME} printable characters")
    return text
