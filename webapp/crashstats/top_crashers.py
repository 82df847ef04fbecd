"""Top crashers: which signatures crash most, and how that changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.postgres import Connection
from socorro.queries.signature_details import TREND, details
from socorro.questions.selection import ONE_DAY, select
from socorro.questions.top_crashers import QUESTION
from socorro.questions.words import plural
from webapp.charts import sparkline
from webapp.context import Context, context_of
from webapp.crashstats.bug_tracker import bug_url
from webapp.crashstats.counted import SYSTEMS, search_for
from webapp.frame import cells, tables
from webapp.frame.answers import kept
from webapp.frame.asked import Content, ask_in, csv
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links

MOST_DETAILED: Final = 100  # rows with trend, first build, bugs that are closed, and findings
FAR: Final = 5  # ranks
MOSTLY: Final = 50  # percent of the crashes, for a mark
BUGS: Final = 3  # that a row names
SIZES: Final = (20, 50, 100, 300)
OPTIONAL: Final = ("today_estimated", "mac", "lin", "android")  # left out without a value
KINDS: Final = {
    "startup": "most of its crashes are in the first minute",
    "hang": "most of its crashes are hangs",
    "content": "most of its crashes are of content processes",
    "plugin": "most of its crashes are of plugins",
}


def top_crashers(request: HttpRequest) -> HttpResponse:
    """List the signatures of some days by rank."""
    links = Links.of(request)
    with context_of(request).database.transaction() as db:
        content = ask_in(request, db, PAGE, links, draws=False)
        if links.value("format") == "csv" and not content.problems:
            return csv(content)
        if content.rows:
            content = _detailed(db, content, context_of(request))
    return content.render(
        request,
        "crashstats/top_crashers.html",
        sentence=_sentence(content),
        sizes=_sizes(links, content.answer.total),
        notes=[note for note in content.answer.notes if note.code != "total"],
    )


def _detailed(db: Connection, content: Content, context: Context) -> Content:
    """Return the page with what each row shows beside its counts."""
    rows, values = content.rows, content.values
    selection = select(db, values)
    by_signature = kept(
        context.answers,
        db,
        f"details {content.links.value('order')} {sorted(values.items())}",
        lambda: details(
            db,
            [row["signature"] for row in rows[:MOST_DETAILED]],
            selection.versions,
            selection.end,
            product=selection.product,
            channel=values["channel"],
            measure=values["type"] or values["os"],
        ),
    )
    about = content.answer.about
    more: list[Row] = [
        {
            **row,
            "details": by_signature.get(row["signature"]),
            "bug_urls": {bug: bug_url(context.config, bug) for bug in row["bugs"]},
            "last": selection.end - ONE_DAY,
            "search": search_for(row["signature"], about, values),
        }
        for row in rows
    ]
    page = replace(PAGE, looks=_looks(more))
    table = content.table._replace(
        headings=tables.headings(page, content.links),
        rows=tables.cells_of(page, more, content.links),
    )
    return replace(content, rows=more, table=table)


def _looks(rows: Sequence[Row]) -> tuple[Look, ...]:
    """Return the columns without those in which no row has anything."""
    empty = {name for name in OPTIONAL if not any(row[name] for row in rows)}
    if not any(row["details"] and row["details"].finding for row in rows):
        empty.add("finding")
    return tuple(look for look in PAGE.looks if look.name not in empty)


def _sentence(content: Content) -> SafeString | str:
    rows, about = content.rows, content.answer.about
    if not rows:
        return ""
    make = f"{plural(len(rows), 'signature')} {'makes' if len(rows) == 1 else 'make'}"
    share, total = f"{about['percent']:.0f} %", _total(about, content.values["count"])
    rose = sum((row["change"] or 0) > FAR for row in rows)
    new = sum(row["is_new"] for row in rows)
    changes = [f"{rose} rose by more than {FAR} ranks"] if rose else []
    if new and new < len(rows):
        changes.append(f"{new} {'is' if new == 1 else 'are'} new")
    more = f"{'; ' if changes else ''}{', '.join(changes)}."
    return format_html("{} {} of {}, {}{}", make, share, total, _days(about), more)


def _total(about: Mapping[str, Any], count: str) -> SafeString | str:
    """Return what the shares are of."""
    product, processed = about["product"], about["crash_count"]
    if count == "installs":
        return f"{about['installs'] or 0:,} installs on which {product} crashed"
    if count == "processed":
        return plural(processed, f"processed {product} crash")
    estimated = round(about["estimated_count"])
    if estimated == processed:
        return plural(processed, f"{product} crash")
    return format_html(
        '{} {} crashes (<a href="{}#estimates">estimated</a> from {} processed)',
        f"{estimated:,}", product, reverse("about"), f"{processed:,}",
    )  # fmt: skip


def _days(about: Mapping[str, Any]) -> SafeString:
    first, last = about["start"], about["end"] - ONE_DAY
    if first == last:
        return format_html("<time>{}</time>", first)
    return format_html("<time>{}</time> to <time>{}</time>", first, last)


def _sizes(links: Links, total: int | None) -> list[tuple[int, str, bool]]:
    """Return how many rows may be shown: number, address, whether it is so now."""
    if total is None or total <= SIZES[0]:
        return []
    default = QUESTION_LIMIT
    current = links.value("limit") or str(default)
    return [
        (size, links.here(limit=None if size == default else size, offset=None),
         current == str(size))
        for size in SIZES
    ]  # fmt: skip


def _change(row: Row, _links: Links) -> SafeString | str:
    if row["is_new"]:
        return SafeString('<strong class="attention">new</strong>')
    if row["change"] is None:
        return "up"  # it had no rank before: rankings have an end
    moved = cells.change(row["change"])
    if not row["change"]:
        return moved
    return format_html('{} <span class="quiet">({})</span>', moved, row["previous_rank"])


def _signature(row: Row, links: Links) -> SafeString:
    name = row["signature"]
    link = cells.link(name, links.to("signature", signature=name))
    marks = [
        format_html('<span class="kindmark" title="{}">{}</span>', title, mark)
        for mark, title in _marks(row)
    ]
    below = cells.under(
        f"{cells.number(row['percent'], 1)} %", _change(row, links), _bugs(row, links)
    )
    return format_html("{} {}{}", link, SafeString("".join(marks)), below)


def _marks(row: Row) -> list[tuple[str, str]]:
    marks = [
        (kind, title)
        for kind, title in KINDS.items()
        if row[kind] * 100 > MOSTLY * row["crash_count"]
    ]
    name = row["signature"]
    if name.startswith("OOM |"):
        marks.append(("OOM", "memory ran out"))
    if name.startswith("EMPTY:") or not name.strip("0x "):
        marks.append(("null", "no useful signature"))
    return marks


def _crashes(row: Row, _links: Links) -> SafeString | str:
    shown = cells.number(row["estimated_count"], 0)
    low, high = row["estimated_low"], row["estimated_high"]
    title = f"{plural(row['crash_count'], 'processed crash')}; search for them"
    if low is not None and row["estimated_count"] != row["crash_count"]:
        title = f"95 % interval {low:,.0f} to {high:,.0f}; {title}"
    return cells.link(shown, row["search"], title) if row.get("search") else shown


def _so_far(row: Row, _links: Links) -> str:
    return cells.number(row["today_estimated"], 0)


def _percent(row: Row, _links: Links) -> str:
    return cells.number(row["percent"], 1)


def _percent_change(row: Row, _links: Links) -> SafeString | str:
    return cells.change(row["percent_change"], decimals=1)


def _trend(row: Row, _links: Links) -> SafeString | str:
    more = row.get("details")
    return sparkline(more.trend, row["last"]) if more else ""


def _system(name: str) -> Any:
    def cell(row: Row, _links: Links) -> str:
        return f"{100 * row[name] / row['crash_count']:.0f}" if row[name] else ""

    return cell


def _first_build(row: Row, _links: Links) -> SafeString | str:
    more = row.get("details")
    build = (more.first_build if more else None) or ""
    return format_html("<code>{}</code>", build) if build else ""


def _bugs(row: Row, _links: Links) -> SafeString | str:
    more = row.get("details")
    closed = set(more.closed_bugs if more else ())
    numbers: Sequence[int] = sorted(row["bugs"], key=lambda bug: (bug in closed, -bug))
    urls: Mapping[int, str] = row.get("bug_urls") or {}
    shown = [_bug(bug, urls.get(bug, ""), bug in closed) for bug in numbers[:BUGS]]
    others = f" +{len(numbers) - BUGS}" if len(numbers) > BUGS else ""
    return format_html("{}{}", SafeString(", ".join(shown)), others)


def _bug(bug: int, url: str, is_closed: bool) -> SafeString:
    text = format_html('<s title="closed">{}</s>' if is_closed else "{}", bug)
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, text) if url else text


def _finding(row: Row, links: Links) -> SafeString | str:
    more = row.get("details")
    finding = more.finding if more else None
    if finding is None:
        return ""
    is_module = finding.attribute in ("module", "addon")
    shown = finding.value if is_module else f"{finding.attribute} {finding.value}"
    others = "" if finding.other_share is None else f", {finding.other_share:.0%} of others"
    title = f"{finding.attribute} = {finding.value}: {finding.share:.0%} of its installs{others}"
    address = links.to("signature", signature=row["signature"]) + "#correlations"
    return cells.link(shown[:60], address, title)


def _systems() -> Mapping[str, str]:
    return dict(zip(SYSTEMS, ("Win %", "Mac %", "Lin %", "And %"), strict=True))


PAGE = Page(
    route="top_crashers",
    question=QUESTION,
    looks=(
        Look("rank", "#"),
        Look("change", "±", _change, title="Ranks climbed, and the rank before", folds=True),
        Look("signature", "Signature", _signature, kind="signature"),
        Look("estimated_count", "Crashes", _crashes, title="Corrected for sampling"),
        Look("today_estimated", "So far", _so_far, title="The running day so far", folds=True),
        Look("percent", "Share, %", _percent, title="Of all crashes of these days", folds=True),
        Look("percent_change", "±", _percent_change, title="Points of percent gained",
             folds=True),
        Look("installs", "Installs", title="That crashed, once a day", folds=True),
        Look("trend", f"{TREND} days", _trend, title="Crashes by day, corrected for sampling",
             folds=True, orders=False),
        *(Look(name, heading, _system(name), title=f"Share of its crashes on {SYSTEMS[name]}",
               kind="number roomy", folds=True)
          for name, heading in _systems().items()),
        Look("first_build", "First build", _first_build, title="Earliest build that had it",
             kind="roomy", folds=True, orders=False),
        Look("bugs", "Bugs", _bugs, title="Closed ones are struck", kind="id",
             folds=True),
        Look("finding", "Goes with", _finding, kind="roomy goes",
             title="More frequent among its installs than among others", folds=True,
             orders=False),
    ),
)  # fmt: skip
QUESTION_LIMIT: Final = int(
    next(one.default or "20" for one in QUESTION.parameters if one.name == "limit")
)
