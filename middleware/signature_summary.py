"""What the crashes of a signature have in common, and what users wrote about them: by search."""

from collections.abc import Mapping
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
from socorro.search.catalog import catalog
from socorro.search.interface import (
    Aggregation,
    All,
    Condition,
    Either,
    Filter,
    Not,
    Permitted,
    Query,
    Result,
    Sort,
)

KINDS: Final = (
    *("product", "version", "release_channel", "process_type", "os_name", "os_pretty_version"),
    *("cpu_arch", "reason", "flash_version"),
)
SIZE: Final = 50  # values of each kind
MOST_COMMENTS: Final = 1_000  # of one answer
COMMENT: Final = ("crash_id", "submitted_timestamp", "signature", "product", "version")
USER: Final = ("user_comments", "email")


def summary(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the most frequent values of KINDS, each with its number of installations."""
    start, end = _days(values)
    installs = Aggregation("cardinality", "installs", catalog()["install_time"])
    counts = [
        Aggregation("terms", name, catalog()[name], size=SIZE, inner=(installs,)) for name in KINDS
    ]
    query = Query(
        midnight(start),
        midnight(end),
        _filter(values),
        number=0,
        aggregations=(*counts, installs),
    )
    result = run(context.search, query, Permitted())
    answer = {
        "signature": values["signature"],
        "start": start.isoformat(),
        "end": end.isoformat(),
        "crash_count": result.total,
        "estimated_count": result.estimated,
        "installs": result.counts["installs"],
        **{name: _shares(result, name) for name in KINDS},
        "errors": _problems(result),
    }
    return json_reply(answer, CRASH_DATA)


def comments(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the comments of users, newest first."""
    start, end = _days(values)
    has_comment = Not(Condition(catalog()["user_comments"], "null", None))
    query = Query(
        midnight(start),
        midnight(end),
        All((_filter(values), has_comment)),
        columns=tuple(catalog()[name] for name in (*COMMENT, *USER)),
        sort=(Sort(catalog()["submitted_timestamp"], descending=True),),
        offset=values["offset"],
        number=values["limit"],
    )
    result = run(context.search, query, Permitted(protected=True))
    listed = [
        {**hit, "submitted_timestamp": hit["submitted_timestamp"].isoformat()}
        for hit in result.hits
    ]
    answer = {"hits": listed, "total": result.total, "errors": _problems(result)}
    return json_reply(answer, PROTECTED_DATA)


def _days(values: Mapping[str, Any]) -> tuple[date, date]:
    try:
        return days_of(values)
    except Unknown as error:
        raise bad_request({error.parameter: str(error)}) from None


def _filter(values: Mapping[str, Any]) -> Filter:
    names = ("signature", "product", "version")
    texts = {name: values[name] for name in names if values[name]}
    alternatives = {name: [text] if isinstance(text, str) else text for name, text in texts.items()}
    return All(
        tuple(
            Either(tuple(Condition(catalog()[name], "=", text) for text in texts))
            for name, texts in alternatives.items()
        )
    )


def _shares(result: Result, name: str) -> list[dict[str, Any]]:
    terms: Any = result.counts[name]
    return [
        {
            "value": term.value,
            "crash_count": term.count,
            "estimated_count": term.estimated,
            "percent": 100 * term.estimated / result.estimated,
            "installs": term.inner["installs"],
        }
        for term in terms
    ]


def _problems(result: Result) -> list[dict[str, str]]:
    return [{"code": problem.code, "text": problem.text} for problem in result.problems]


_PERIOD: Final = (parameters.days(), parameters.FROM, parameters.TO)
_SHARES: Final = {
    "type": "array",
    "items": document(
        value=TEXT,
        crash_count=described(WHOLE, "Processed crashes"),
        estimated_count=described(NUMBER, "Crashes, corrected for sampling"),
        percent=described(NUMBER, "Share of the signature's estimated crashes"),
        installs=described(
            WHOLE, "Different installations of the crashes that have an install time"
        ),
    ),
}
_PROBLEMS: Final = {
    "type": "array",
    "description": "What the answer may lack",
    "items": document(code=TEXT, text=TEXT),
}


def _signature(required: bool) -> Parameter:
    return parameters.text("signature", "Signature, whole", required=required)


ROUTES: Final = (
    Route(
        name="SignatureSummary",
        summary="What the crashes of a signature have in common",
        description=(
            f"The {SIZE} most frequent values of each field, with their share of the signature's "
            "crashes (estimated), and the number of installations: one may crash many times."
        ),
        parameters=(
            _signature(True),
            parameters.text("product", "Crashes of one product only"),
            parameters.VERSION,
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
            **dict.fromkeys(KINDS, _SHARES),
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
