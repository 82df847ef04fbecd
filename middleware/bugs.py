"""Bugs of signatures, and signatures of bugs, as the bug tracker has them."""

from collections.abc import Sequence
from typing import Final

from middleware.body import form
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter
from middleware.reply import LISTS, Reply, bad_request, json_reply
from middleware.route import Route
from middleware.schemas import TEXT, WHOLE, described, hits
from socorro.queries import bugs
from socorro.queries.bugs import BugSignature

MOST_HITS: Final = 10_000
MOST_FORM_BYTES: Final = 512 * 1024
LARGEST_ID: Final = 2**63 - 1


def of_signatures(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the bugs of signatures, and all signatures of these bugs."""
    with context.database.transaction() as db:
        named = bugs.of_signatures(db, values["signatures"], MOST_HITS + 1)
    return _listed("signatures", named)


def of_bugs(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the signatures of bugs."""
    with context.database.transaction() as db:
        named = bugs.of_bugs(db, values["bug_ids"], MOST_HITS + 1)
    return _listed("bug_ids", named)


def _listed(parameter: str, named: Sequence[BugSignature]) -> Reply:
    if len(named) > MOST_HITS:
        raise bad_request({parameter: f"these have more than {MOST_HITS:,} hits: send fewer"})
    listed = [{"id": bug.bug_id, "signature": bug.signature} for bug in named]
    return json_reply({"hits": listed, "total": len(listed)}, LISTS)


def _bug_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_ID):
        raise ValueError(f"{text[:40]!r} is not a bug number")
    return int(text)


def _signatures(most: int) -> Parameter:
    return Parameter("signatures", "A signature", required=True, many=True, most=most)


_ABOUT = (
    "Bugs whose list of signatures names one of these, or has a duplicate that does; with each of "
    "these bugs all signatures that it names."
)
_SCHEMA = hits(id=described(WHOLE, "Bug number"), signature=TEXT)

ROUTES = (
    Route(
        name="Bugs",
        summary="Bugs of signatures",
        description=_ABOUT,
        parameters=(_signatures(100),),
        answer=of_signatures,
        content_types=("application/json",),
        cached=True,
        schema=_SCHEMA,
    ),
    Route(
        name="Bugs",
        summary="Bugs of signatures",
        description=f"{_ABOUT} As GET, for more and longer signatures than an address holds.",
        parameters=(),
        answer=of_signatures,
        content_types=("application/json",),
        method="POST",
        body=form("A form", MOST_FORM_BYTES, _signatures(1000)),
        schema=_SCHEMA,
    ),
    Route(
        name="SignaturesByBugs",
        summary="Signatures of bugs",
        description="The signatures that these bugs or their duplicates name.",
        parameters=(
            Parameter(
                "bug_ids",
                "A bug number",
                _bug_id,
                {"type": "integer", "minimum": 0},
                required=True,
                many=True,
            ),
        ),
        answer=of_bugs,
        content_types=("application/json",),
        cached=True,
        schema=_SCHEMA,
    ),
)
