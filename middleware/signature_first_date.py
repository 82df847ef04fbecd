"""When signatures were first seen, and in which build."""

from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter
from middleware.reply import LISTS, Reply, json_reply
from middleware.route import Route
from middleware.schemas import TEXT, TIME, described, hits, optional
from socorro.queries import signatures


def first_dates(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the first crash and build of each signature that was counted."""
    with context.database.transaction() as db:
        dates = signatures.first_dates(db, values["signatures"])
    listed = [
        {
            "signature": first.signature,
            "first_build": first.build,
            "first_date": first.date.isoformat(),
        }
        for first in dates
    ]
    return json_reply({"hits": listed, "total": len(listed)}, LISTS)


ROUTES = (
    Route(
        name="SignatureFirstDate",
        summary="First crash of signatures",
        description=(
            "The submission of the earliest counted crash of each signature, and the earliest "
            "build. Signatures that were never counted are left out."
        ),
        parameters=(Parameter("signatures", "A signature", required=True, many=True),),
        answer=first_dates,
        content_types=("application/json",),
        cached=True,
        schema=hits(
            signature=TEXT,
            first_build=described(optional(TEXT), "Earliest build id that is a date"),
            first_date=TIME,
        ),
    ),
)
