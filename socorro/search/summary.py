"""What the crashes of a signature have in common, and what users wrote about them: as searches.

REST and the page of a signature ask the same, so that their numbers are the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from socorro.search.catalog import catalog
from socorro.search.interface import (
    Aggregation,
    All,
    Condition,
    Either,
    Filter,
    Not,
    Query,
    Result,
    Sort,
    Term,
)

KINDS: Final = (
    *("product", "version", "release_channel", "process_type", "os_name", "os_pretty_version"),
    *("cpu_arch", "reason", "address", "flash_version", "proto_signature"),
)
COMMENT: Final = ("crash_id", "submitted_timestamp", "signature", "product", "version")
USER: Final = ("user_comments", "email")
MINUTE: Final = 60  # seconds
# Each with the first minute that is no longer in it; None: no end.
UPTIMES: Final = (
    ("less than 1 minute", 1),
    ("1 to 5 minutes", 5),
    ("5 to 15 minutes", 15),
    ("15 minutes to 1 hour", 60),
    ("1 hour to 1 day", 24 * 60),
    ("1 day or more", None),
)
INSTALLS: Final = "installs"
UPTIME: Final = "uptime"


class Of(NamedTuple):
    """Which crashes: a signature, of products, versions and channels when they are named."""

    signature: str
    product: str = ""
    versions: Sequence[str] = ()
    channel: str = ""

    @property
    def filter(self) -> Filter:
        """The filter of the search."""
        texts = {
            "signature": [self.signature],
            "product": [self.product],
            "version": self.versions,
            "release_channel": [self.channel],
        }
        return All(
            tuple(
                Either(tuple(Condition(catalog()[name], "=", value) for value in values))
                for name, values in texts.items()
                if any(values)
            )
        )


class Share(NamedTuple):
    """One value; *percent* of the signature's estimated crashes. *installs* None: not counted."""

    value: Any
    crash_count: int
    estimated_count: float
    percent: float
    installs: int | None


class Summary(NamedTuple):
    """Counts of one signature, and its shares by kind; *problems*: code and text of each."""

    crash_count: int
    estimated_count: float
    installs: int
    shares: Mapping[str, Sequence[Share]]
    problems: Sequence[Mapping[str, str]]


def summary_query(
    of: Of,
    start: datetime,
    end: datetime,
    size: int,
    columns: Sequence[str] = (),
    sort: Sequence[Sort] = (),
    number: int = 0,
    offset: int = 0,
    kinds: Sequence[str] = KINDS,
    with_installs: bool = True,
) -> Query:
    """Return the search that counts [start, end), UTC: *size* values of each of *kinds*, uptimes.

    With a *number* it lists so many crashes, too, in one pass. Without *with_installs*, installs
    of each value are not counted: that takes as long as everything else.
    """
    installs = Aggregation("cardinality", INSTALLS, catalog()["install_time"])
    inner = (installs,) if with_installs else ()
    counts = [Aggregation("terms", name, catalog()[name], size=size, inner=inner) for name in kinds]
    minutes = Aggregation("histogram", UPTIME, catalog()["uptime"], interval=MINUTE)
    return Query(
        start,
        end,
        of.filter,
        columns=tuple(catalog()[name] for name in columns),
        sort=tuple(sort),
        number=number,
        offset=offset,
        aggregations=(*counts, minutes, installs),
    )


def summary_of(result: Result) -> Summary:
    """Read the answer to summary_query()."""
    shares = {
        name: [_share(term, result.estimated) for term in _terms(result, name)]
        for name in KINDS
        if name in result.counts
    }
    installs = result.counts[INSTALLS]
    return Summary(
        result.total,
        result.estimated,
        installs if isinstance(installs, int) else 0,
        {**shares, UPTIME: uptimes(_terms(result, UPTIME), result.estimated)},
        problems_of(result),
    )


def uptimes(minutes: Sequence[Term], estimated: float) -> list[Share]:
    """Sum *minutes* of uptime up to the ranges of UPTIMES; those without crashes are left out.

    A negative uptime, of a clock that was set back, is in none.
    """
    answer, first = [], 0
    for name, end in UPTIMES:
        terms = [
            term
            for term in minutes
            if first * MINUTE <= term.value and (end is None or term.value < end * MINUTE)
        ]
        first = end or first
        if count := sum(term.count for term in terms):
            crashes = sum(term.estimated for term in terms)
            answer.append(Share(name, count, crashes, _percent(crashes, estimated), None))
    return answer


def comments_query(of: Of, start: datetime, end: datetime, number: int, offset: int = 0) -> Query:
    """Return the search for the comments of [start, end), UTC, newest first."""
    has_comment = Not(Condition(catalog()["user_comments"], "null", None))
    return Query(
        start,
        end,
        All((of.filter, has_comment)),
        columns=tuple(catalog()[name] for name in (*COMMENT, *USER)),
        sort=(Sort(catalog()["submitted_timestamp"], descending=True),),
        offset=offset,
        number=number,
    )


def problems_of(result: Result) -> list[dict[str, str]]:
    """Return what an answer may lack, as JSON has it."""
    return [{"code": problem.code, "text": problem.text} for problem in result.problems]


def _terms(result: Result, name: str) -> Sequence[Term]:
    terms = result.counts[name]
    return () if isinstance(terms, int) else terms


def _share(term: Term, estimated: float) -> Share:
    installs = term.inner.get(INSTALLS)
    percent = _percent(term.estimated, estimated)
    return Share(
        term.value,
        term.count,
        term.estimated,
        percent,
        installs if isinstance(installs, int) else None,
    )


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
