"""Changes: what exploded, is new, came back or is gone, and whose rank moved most."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from socorro.postgres import Connection
from socorro.questions import changes as question
from socorro.questions import top_crashers
from socorro.questions.interface import Answer
from socorro.questions.words import period
from socorro.stats.explosion_words import rounded
from webapp import charts
from webapp.config import WebappConfig
from webapp.context import context_of
from webapp.crashstats.bug_tracker import bug_url
from webapp.crashstats.counted import search_for
from webapp.frame import cells, tables
from webapp.frame.answers import kept
from webapp.frame.asked import Content, ask_in, csv
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links

NBSP: Final = "\N{NO-BREAK SPACE}"
ROUTE: Final = "changes"
MOST_CHARTS: Final = 10
SHOWN: Final = {"exploded": "20", "new": "20", "back": "10", "gone": "10"}
HEADINGS: Final = {
    "exploded": "Exploded",
    "new": "New",
    "back": "Came back",
    "gone": "Gone",
    "movers": "Rank movers",
}
WORDS: Final = {"exploded": "exploded", "new": "new", "back": "came back", "gone": "gone"}
IN_THE_PAGE: Final = (
    "summary",
    "explosion",
    "why",
    "meaning",
)  # notes that the page shows in other places
SYSTEMS: Final = {"win": "Windows", "mac": "macOS", "lin": "Linux", "android": "Android"}
_KEY: Final = ("product", "version", "channel", "days", "from", "to")


class Section(NamedTuple):
    """One kind of change: its table, and *more* with the address of all of them."""

    key: str
    heading: str
    total: int
    content: Content
    more: str


class Alarm(NamedTuple):
    """An explosion with its evidence; *search* is the address of its crashes."""

    row: Row
    address: str
    search: str
    systems: str
    chart: charts.Chart


def pages() -> tuple[Page, ...]:
    """Return the tables of one request, which share one reading of all changes."""
    read: dict[str, question.Changes] = {}

    def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
        key = repr([values.get(name) for name in _KEY])
        if key not in read:
            read[key] = question.every(db, values)
        rows = question.page(read[key], values)
        return replace(rows, about={**rows.about, "as_of": datetime.now(UTC)})

    shared = replace(question.QUESTION, answer=answer)
    return (*(replace(page, question=shared) for page in KINDS), MOVERS)


def _signature(row: Row, links: Links) -> SafeString:
    address = links.to("signature", signature=row["signature"], to=None, from_=None, days=None)
    return cells.link(row["signature"], address)


def _with_facts(row: Row, links: Links) -> SafeString:
    """Write a signature, and below it, on narrow screens, what the folded columns say."""
    counts: SafeString | str = ""
    if row.get("kind") == "exploded":
        counts = format_html("{}, {} expected", _observed(row, links), _expected(row, links))
    since = f"since {row['since']}" if "since" in row else ""
    facts = (row.get("channel"), counts, since, _bugs(row, links))
    return format_html("{}{}", _signature(row, links), cells.under(*facts))


def _factor(row: Row, _links: Links) -> SafeString | str:
    low, high = _short(row["low"]), _short(row["high"])
    interval = f"{low} to {high}" if high else f"{low} or more"
    if row["ratio"] is None:
        return interval
    ends = interval.replace(" ", NBSP)
    return format_html('{}{}<span class="quiet">({})</span>', _short(row["ratio"]), NBSP, ends)


def _short(value: float | None) -> str:
    return "" if value is None else cells.number(value, 0 if value >= 99.5 else 1)


def _expected(row: Row, _links: Links) -> str:
    return "" if row["expected"] is None else rounded(row["expected"])


def _observed(row: Row, links: Links) -> SafeString | str:
    return format_html("{} {}", _count(row, links), row["counted"])


def _count(row: Row, _links: Links) -> SafeString | str:
    shown = f"{row['count']:,}"
    search = row.get("search")
    return cells.link(shown, search, "Search for these crashes") if search else shown


def _estimated(row: Row, _links: Links) -> SafeString | str:
    shown = cells.number(row["estimated_count"], 0)
    return cells.link(shown, row["search"]) if row.get("search") else shown


def _bugs(row: Row, _links: Links) -> SafeString | str:
    urls = row.get("bug_urls") or {}
    bugs = [
        format_html('<a href="{}" rel="noreferrer">{}</a>', urls[bug], bug)
        if urls.get(bug)
        else format_html("{}", bug)
        for bug in row["bugs"]
    ]
    return format_html_join(", ", "{}", ((bug,) for bug in bugs)) if bugs else ""


def _was(row: Row, _links: Links) -> str:
    return "new" if row["previous_rank"] is None else f"{row['previous_rank']:,}"


def _climbed(row: Row, _links: Links) -> SafeString:
    return cells.change(row["change"], more_is="worse")


def _share(row: Row, _links: Links) -> SafeString:
    return cells.change(row["percent_change"], " points", 2, more_is="worse")


SIGNATURE = Look("signature", "Signature", _with_facts, kind="signature")
SINCE = Look("since", "Since", title="UTC day", folds=True)
BUGS = Look("bugs", "Bugs", _bugs, folds=True, orders=False)
CRASHES = Look("count", "Crashes", _count, "Processed crashes", kind="number")
INSTALLS = Look("installs", "Installs", title="That crashed, counted once a day")


def _page(kind: str, *looks: Look) -> Page:
    return Page(
        route=ROUTE,
        question=question.QUESTION,
        looks=looks,
        defaults={"kind": kind, "limit": SHOWN[kind]},
        caption=HEADINGS[kind],
        key=kind,
    )


KINDS: Final = (
    _page(
        "exploded",
        SIGNATURE,
        Look("channel", "Channel", folds=True),
        SINCE,
        BUGS,
        Look("expected", "Expected", _expected, kind="number", folds=True),
        Look("count", "Observed", _observed, "Of the days of the alarm", kind="number", folds=True),
        Look(
            "ratio", "Factor (95 % interval)", _factor, "Rate over the rate before", kind="number"
        ),
    ),
    _page(
        "new",
        SIGNATURE,
        Look("first_build", "First build", folds=True),
        SINCE,
        BUGS,
        INSTALLS,
        CRASHES,
    ),
    _page("back", SIGNATURE, SINCE, BUGS, INSTALLS, CRASHES),
    _page(
        "gone",
        SIGNATURE,
        SINCE,
        BUGS,
        Look("expected", "Expected", _expected, "Crashes, as before", kind="number"),
    ),
)
MOVERS: Final = Page(
    route=ROUTE,
    question=top_crashers.QUESTION,
    looks=(
        SIGNATURE,
        BUGS,
        Look("estimated_count", "Crashes", _estimated, "Estimated", folds=True),
        Look("percent_change", "Share", _share, "Change of the share", kind="number", folds=True),
        Look("previous_rank", "Rank before", _was, "In as many days before", kind="number"),
        Look("rank", "Rank"),
        Look("change", "Ranks", _climbed, "Ranks climbed or lost", kind="number"),
    ),
    defaults={"sort": "change", "limit": "10"},
    caption=HEADINGS["movers"],
    key="movers",
)
PAGES: Final = (*KINDS, MOVERS)


def changes(request: HttpRequest) -> HttpResponse:
    """List the changes of a product by kind, with the evidence of explosions; or one kind."""
    links, every = Links.of(request), pages()
    with context_of(request).database.transaction() as db:
        first = ask_in(request, db, every[0], links, draws=False)
        if first.problems:
            return _render(request, first, SafeString(), links)
        links = _links(request, first, links)
        table = links.value("table") if links.value("format") == "csv" else ""
        for page in every:
            if page.key == table:
                return csv(_ask(request, db, page, links, first))
        # Who asks for so many rows may get thousands, too long to be kept for each number.
        answers = None if links.value("limit") else context_of(request).answers
        key = f"page {links.here()}"
        content, sections = kept(
            answers, db, key, lambda: _written(request, db, every, links, first)
        )
    return _render(request, replace(content, filters=first.filters), sections, links)


def _written(
    request: HttpRequest, db: Connection, every: Sequence[Page], links: Links, first: Content
) -> tuple[Content, SafeString]:
    """Return the first table that is shown, and all of them with their charts as HTML.

    It is the same for everybody, and drawing it takes longer than all else of the page.
    """
    kind = links.value("kind")
    chosen = [page for page in every if kind in ("", page.key)]
    contents = [_ask(request, db, page, links, first) for page in chosen]
    sections = [_section(content, links, bool(kind)) for content in contents]
    alarms = [
        _alarm(number, row, links)
        for content in contents
        if content.page.key == "exploded"
        for number, row in enumerate(content.rows[:MOST_CHARTS])
    ]
    shown = {"sections": [one for one in sections if one.content.rows], "alarms": alarms}
    return contents[0], render_to_string("crashstats/changes_sections.html", shown)


def _links(request: HttpRequest, first: Content, links: Links) -> Links:
    """Return the links with the product that is shown; rows are passed over for one kind only."""
    one_kind = {} if links.value("kind") else {"offset": ""}
    return Links.of(request, product=first.product, **one_kind)


def _ask(request: HttpRequest, db: Connection, page: Page, links: Links, first: Content) -> Content:
    if page.key == MOVERS.key:
        # The days that the other tables show: those of this question may be chosen otherwise.
        start, end = first.answer.about["start"], first.answer.about["end"]
        days = {"days": "", "from": f"{start}", "to": f"{end}"}
        links = Links.of(request, product=first.product, offset="", **days)
    elif links.value("kind"):
        page = replace(page, defaults={"kind": page.key})
    return _detailed(
        ask_in(request, db, page, links, first, draws=False), context_of(request).config
    )


def _detailed(content: Content, config: WebappConfig) -> Content:
    """Return a table whose counts lead to their crashes; without the bugs, where there is none."""
    rows: list[Row] = [
        {
            **row,
            "search": _search(row, content),
            "bug_urls": {bug: bug_url(config, bug) for bug in row["bugs"]},
        }
        for row in content.rows
    ]
    has_bugs = any(row["bugs"] for row in rows)
    looks = tuple(look for look in content.page.looks if has_bugs or look is not BUGS)
    page = replace(content.page, looks=looks)
    table = content.table._replace(
        headings=tables.headings(page, content.links),
        rows=tables.cells_of(page, rows, content.links),
        as_of=content.answer.about.get("as_of", content.table.as_of),
    )
    return replace(content, rows=rows, table=table)


def _search(row: Row, content: Content) -> str:
    about, values = content.answer.about, content.values
    if row.get("kind") == "exploded":
        start = row["day"] - timedelta(days=row["window_days"] - 1)
        about = {**about, "start": start, "end": row["day"] + timedelta(days=1)}
        values = {**values, "channel": row["channel"]}
    return search_for(row["signature"], about, values) if about.get("product") else ""


def _render(
    request: HttpRequest, first: Content, sections: SafeString, links: Links
) -> HttpResponse:
    one_kind = bool(links.value("kind"))
    about = first.answer.about
    return first.render(
        request,
        "crashstats/changes.html",
        links=links,
        sections=sections,
        counts=[(kind, about.get(kind, 0), word) for kind, word in WORDS.items()],
        notes=[note for note in first.answer.notes if note.code not in IN_THE_PAGE],
        period=period(about["start"], about["end"]) if about.get("end") else "",
        every=links.here(kind=None, offset=None) if one_kind else "",
        feed=links.to("changes_feed", "atom", days=None, from_=None, to=None),
        rss=links.to("changes_feed", "rss", days=None, from_=None, to=None),
    )


def _section(content: Content, links: Links, one_kind: bool) -> Section:
    key = content.page.key
    count = content.answer.about.get(key, len(content.rows))
    if not one_kind:
        content = replace(content, table=content.table._replace(older="", first=""))
    more = links.here(kind=key) if count > len(content.rows) and not one_kind else ""
    return Section(key, HEADINGS[key], count, content, more)


def _alarm(number: int, row: Row, links: Links) -> Alarm:
    last: date = row["day"]
    days = [last - timedelta(days=back) for back in range(len(row["series"]) - 1, -1, -1)]
    unit = "installs that crashed" if row["counted"] == "installs" else "crashes"
    began = last - timedelta(days=row["window_days"] - 1)
    return Alarm(
        row=row,
        address=links.to("signature", signature=row["signature"], channel=row["channel"]),
        search=row["search"],
        systems=_systems(row),
        chart=charts.bars(
            f"exploded-{number}",
            f"By day, {row['channel']}",
            unit,
            days,
            [charts.Series(unit, row["series"])],
            expected=row["expected_series"],
            marks=[charts.Mark(began, "alarm")],
            mark_name="first day of the alarm",
        ),
    )


def _systems(row: Row) -> str:
    counts = {name: row[system] or 0 for system, name in SYSTEMS.items()}
    total = sum(counts.values())
    shares = sorted(((count, name) for name, count in counts.items() if count), reverse=True)
    return ", ".join(
        f"{name} {count / total:.0%}".replace("%", f"{NBSP}%") for count, name in shares
    )
