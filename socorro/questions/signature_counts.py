"""SignatureVersions, SignatureDays, SignatureUrls: one signature in the daily tables."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from socorro.postgres import Connection
from socorro.queries import freshness
from socorro.queries import signature_counts as query
from socorro.queries.urls import RARE
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.selection import days_of
from socorro.questions.words import plural, today

NEAREST: Final = 5
ONE_DAY: Final = timedelta(days=1)


def versions(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the versions in which a signature crashed, with its rank in each."""
    first = _first(db, values["signature"])
    start, end = days_of(values)
    totals, counts = query.by_version(
        db,
        values["signature"],
        start,
        end,
        today(),
        product=values["product"],
        most=values["limit"],
        skip=values["offset"],
    )
    return Answer(
        title=f"{values['signature']}: {_days(start, end)}",
        rows=[[getattr(row, column.name) for column in VERSIONS] for row in counts],
        about={
            **_about(values, start, end),
            "crash_count": totals.crash_count,
            "estimated_count": totals.estimated_count,
            "installs": totals.installs,
            "previous_count": totals.previous_count,
            "previous_estimated": totals.previous_estimated,
            "today_estimated": totals.today_estimated,
            "first_date": first and first.moment,
            "first_build": first and first.build,
        },
        notes=_notes(db, values, first, totals, bool(counts)),
        total=totals.versions,
    )


def days(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the crashes of a signature day by day."""
    first = _first(db, values["signature"])
    start, end = days_of(values, DAYS_SHOWN)
    channel = values["channel"] and values["channel"].lower()
    counts = query.by_day(
        db,
        values["signature"],
        start,
        end,
        product=values["product"],
        versions=values["version"],
        channel=channel,
    )
    crashes = sum(row.crash_count for row in counts)
    return Answer(
        title=f"{values['signature']}: {_days(start, end)}",
        rows=[[getattr(row, column.name) for column in DAYS] for row in counts],
        about={
            **_about(values, start, end),
            "crash_count": crashes,
            "estimated_count": sum(row.estimated_count for row in counts),
        },
        notes=[*([] if crashes else [_nothing(values, first)]), *_running(start, end)],
    )


def urls(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the pages on which several people had a signature."""
    first = _first(db, values["signature"])
    start, end = days_of(values)
    pages = query.pages(
        db,
        values["signature"],
        start,
        end,
        product=values["product"],
        most=values["limit"],
        skip=values["offset"],
    )
    nothing = Note("nothing_matches", "no page that several installs crashed on with it in a day")
    empty = [nothing] if first else [_nothing(values, first)]
    return Answer(
        title=f"{values['signature']}: pages, {_days(start, end)}",
        rows=[[getattr(row, column.name) for column in URLS] for row in pages],
        about=_about(values, start, end),
        notes=[] if pages or values["offset"] else empty,
    )


def nearest(db: Connection, signature: str) -> list[str]:
    """Return the signatures that have most words in common with a name, at most NEAREST."""
    return query.nearest(db, signature, NEAREST)


def nearest_listed(db: Connection, signature: str) -> str:
    """Return the nearest signatures as an error ends: " (nearest: a; b)", "" without any."""
    names = nearest(db, signature)
    return f" (nearest: {'; '.join(names)})" if names else ""


def _first(db: Connection, signature: str) -> query.First | None:
    """Return when the signature was first counted. Raises Unknown when no report has it."""
    first = query.first(db, signature)
    if first is None and not query.is_reported(db, signature):
        raise Unknown("signature", f"no signature {signature!r}{nearest_listed(db, signature)}")
    return first


def _about(values: Mapping[str, Any], start: date, end: date) -> dict[str, Any]:
    return {
        "signature": values["signature"], "product": values["product"], "start": start, "end": end,
    }  # fmt: skip


def _days(start: date, end: date) -> str:
    last = end - ONE_DAY
    return f"{start}" if last == start else f"{start} to {last}"


def _notes(
    db: Connection,
    values: Mapping[str, Any],
    first: query.First | None,
    totals: query.Totals,
    has_rows: bool,
) -> list[Note]:
    notes = []
    if not totals.crash_count:
        notes.append(_nothing(values, first))
    elif not has_rows:
        text = f"{plural(totals.versions, 'version')}: no row {values['offset']}"
        notes.append(Note("beyond_the_end", text))
    if totals.crash_count and totals.installs is None:
        notes.append(Note("no_installs", "installs were not counted on some of these days"))
    return [*notes, *_waiting(db)]


def _nothing(values: Mapping[str, Any], first: query.First | None) -> Note:
    of_product = f" of {values['product']}" if values["product"] else ""
    if first is None:
        return Note("not_counted_yet", "no crash with this signature is counted yet")
    text = f"no crash{of_product} with this signature was counted on these days"
    return Note("nothing_matches", f"{text}; the first one ever was on {first.moment:%Y-%m-%d}")


def _running(start: date, end: date) -> list[Note]:
    is_running = start <= today() < end
    return [Note("running", f"{today()} is not over")] if is_running else []


def _waiting(db: Connection) -> list[Note]:
    fresh = freshness.freshness(db, datetime.now(UTC))
    if not fresh.crash_count:
        return []
    waits = f"{plural(fresh.crash_count, 'crash')} {'is' if fresh.crash_count == 1 else 'are'}"
    return [Note("not_counted_yet", f"{waits} not counted yet, of all signatures")]


DAYS_SHOWN: Final = 28
VERSIONS = (
    columns.text("product", "Product"),
    columns.text("version", "Version"),
    columns.text("channel", "Release channel"),
    columns.number("estimated_count", "Crashes, corrected for sampling"),
    columns.count("crash_count", "Processed crashes"),
    columns.number("percent", "Share of the signature's estimated crashes, percent"),
    columns.count(
        "installs",
        "Installs that crashed, each once a day; null: not counted on some day",
        nullable=True,
    ),
    columns.number("previous_estimated", "Estimated crashes in the period before"),
    columns.count(
        "rank",
        "Rank in the version; null: beyond 1,000, or not 1, 3, 7, 14 or 28 days",
        nullable=True,
    ),
    columns.number(
        "version_percent", "Share of the version's crashes, percent; null: as rank", nullable=True
    ),
)
DAYS = (
    columns.day("day", "UTC day"),
    columns.number("estimated_count", "Crashes, corrected for sampling"),
    columns.count("crash_count", "Processed crashes"),
    columns.count("installs", "Installs that crashed; null: not counted", nullable=True),
    *columns.SPLITS,
)
URLS = (
    columns.count("crash_count", "Processed crashes"),
    columns.text("url", "Page"),
    columns.text("domain", "Domain of the page"),
)
_PRODUCT = parameters.text("product", "Crashes of one product only")
VERSIONS_QUESTION = Question(
    name="SignatureVersions",
    command="signature-versions",
    summary="The versions in which a signature crashes",
    description=(
        "Crashes of a signature by version, with its rank among the signatures of the version, "
        "from the daily tables. The answer has the totals, those of the period before and of the "
        "running day, and the first crash and build."
    ),
    parameters=(
        parameters.SIGNATURE,
        _PRODUCT,
        parameters.days(),
        parameters.FROM,
        parameters.TO,
        parameters.limit(100, "versions"),
        parameters.OFFSET,
    ),
    columns=VERSIONS,
    answer=versions,
)
DAYS_QUESTION = Question(
    name="SignatureDays",
    command="signature-days",
    summary="How often a signature crashes each day",
    description="Crashes of a signature by UTC day, system and process, from the daily tables.",
    parameters=(
        parameters.SIGNATURE,
        _PRODUCT,
        parameters.VERSION,
        parameters.CHANNEL,
        parameters.days(DAYS_SHOWN),
        parameters.FROM,
        parameters.TO,
    ),
    columns=DAYS,
    answer=days,
)
URLS_QUESTION = Question(
    name="SignatureUrls",
    command="signature-urls",
    summary="The pages on which a signature crashes",
    description=(
        "Pages without query, fragment, user and port, and only those on which several installs "
        f'crashed with the signature in a day. "{RARE}" are pages that few installs crashed on '
        "with any signature."
    ),
    parameters=(
        parameters.SIGNATURE,
        _PRODUCT,
        parameters.days(),
        parameters.FROM,
        parameters.TO,
        parameters.limit(20, "pages"),
        parameters.OFFSET,
    ),
    columns=URLS,
    answer=urls,
)
