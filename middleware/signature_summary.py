"""What the crashes of a signature have in common, and what users wrote about them: by search."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.reply import CRASH_DATA, PROTECTED_DATA, Reply, bad_request, json_reply
from middleware.route import Route
from middleware.schemas import DAY, NUMBER, TEXT, TIME, WHOLE, described, document, optional
from middleware.search import run
from socorro.accounts.permissions import VIEW_PII
from socorro.questions import parameters
from socorro.questions.interface import Parameter, Unknown
from socorro.questions.selection import days_of
from socorro.questions.words import midnight
from socorro.search.interface import Permitted
from socorro.search.summary import (
    KINDS,
    UPTIME,
    Of,
    Share,
    comments_query,
    problems_of,
    summary_of,
    summary_query,
)

SIZE: Final = 50  # values of each kind
MOST_COMMENTS: Final = 1_000  # of one answer


def summary(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the most frequent values of KINDS, each with its number of installations."""
    start, end = _days(values)
    query = summary_query(_of(values), midnight(start), midnight(end), SIZE)
    counts = summary_of(run(context.search, query, Permitted()))
    answer = {
        "signature": values["signature"],
        "start": start.isoformat(),
        "end": end.isoformat(),
        "crash_count": counts.crash_count,
        "estimated_count": counts.estimated_count,
        "installs": counts.installs,
        **{name: _shares(counts.shares[name]) for name in KINDS},
        UPTIME: _shares(counts.shares[UPTIME]),
        "errors": counts.problems,
    }
    return json_reply(answer, CRASH_DATA)


def comments(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the comments of users, newest first."""
    start, end = _days(values)
    query = comments_query(
        _of(values), midnight(start), midnight(end), values["limit"], values["offset"]
    )
    result = run(context.search, query, Permitted(protected=True))
    listed = [
        {**hit, "submitted_timestamp": hit["submitted_timestamp"].isoformat()}
        for hit in result.hits
    ]
    answer = {"hits": listed, "total": result.total, "errors": problems_of(result)}
    return json_reply(answer, PROTECTED_DATA)


def _days(values: Mapping[str, Any]) -> tuple[date, date]:
    try:
        return days_of(values, running=True)
    except Unknown as error:
        raise bad_request({error.parameter: str(error)}) from None


def _of(values: Mapping[str, Any]) -> Of:
    channel = (values["channel"] or "").lower()
    return Of(values["signature"] or "", values["product"] or "", values["version"], channel)


def _shares(shares: Sequence[Share]) -> list[dict[str, Any]]:
    return [share._asdict() for share in shares]


_PERIOD: Final = (parameters.days(), parameters.FROM, parameters.TO_RUNNING)
_SHARES: Final = {
    "type": "array",
    "items": document(
        value=TEXT,
        crash_count=described(WHOLE, "Processed crashes"),
        estimated_count=described(NUMBER, "Crashes, corrected for sampling"),
        percent=described(NUMBER, "Share of the signature's estimated crashes"),
        installs=described(
            optional(WHOLE),
            "Different installations of the crashes that have an install time; null: not counted",
        ),
    ),
}
_PROBLEMS: Final = {
    "type": "array",
    "description": "What the answer may lack",
    "items": document(code=TEXT, text=TEXT),
}
_CHANNEL: Final = parameters.text("channel", "Crashes of one release channel only")


def _signature(required: bool) -> Parameter:
    return parameters.text("signature", "Signature, whole", required=required)


ROUTES: Final = (
    Route(
        name="SignatureSummary",
        summary="What the crashes of a signature have in common",
        description=(
            f"The {SIZE} most frequent values of each field, with their share of the signature's "
            "crashes (estimated), and the number of installations: one may crash many times. "
            "Uptimes are in ranges."
        ),
        parameters=(
            _signature(True),
            parameters.text("product", "Crashes of one product only"),
            parameters.VERSION,
            _CHANNEL,
            *_PERIOD,
        ),
        answer=summary,
        content_types=("application/json",),
        schema=document(
            signature=TEXT,
            start=DAY,
            end=DAY,
            crash_count=described(WHOLE, "Processed crashes"),
            estimated_count=described(NUMBER, "Crashes, corrected for sampling"),
            installs=described(
                WHOLE, "Different installations of the crashes that have an install time"
            ),
            **dict.fromkeys((*KINDS, UPTIME), _SHARES),
            errors=_PROBLEMS,
        ),
    ),
    Route(
        name="Comments",
        summary="What users wrote about their crashes",
        description="Comments of users with the crash they are about, newest first.",
        parameters=(
            _signature(False),
            parameters.text("product", "Crashes of one product only"),
            parameters.VERSION,
            _CHANNEL,
            *_PERIOD,
            parameters.integer("limit", "Maximum number of comments", 1, MOST_COMMENTS, 100),
            parameters.OFFSET,
        ),
        answer=comments,
        content_types=("application/json",),
        needs=VIEW_PII,
        schema=document(
            hits={
                "type": "array",
                "items": document(
                    crash_id=TEXT,
                    submitted_timestamp=TIME,
                    signature=TEXT,
                    product=TEXT,
                    version=TEXT,
                    user_comments=TEXT,
                    email=optional(TEXT),
                ),
            },
            total=WHOLE,
            errors=_PROBLEMS,
        ),
    ),
)
