"""Overview: a product's crash rate against the day before, its channels, and what to look at."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.postgres import Connection
from socorro.questions.day_changes import ABOVE, BELOW
from socorro.questions.overview import QUESTION, TREND
from socorro.questions.selection import select
from socorro.questions.words import plural
from webapp import charts
from webapp.charts import Chart, Mark, Series, sparkline
from webapp.context import context_of
from webapp.crashstats.look_first import LookFirst, look_first_at
from webapp.frame import cells
from webapp.frame.answers import kept
from webapp.frame.asked import Content, ask_in
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links

IN_LEAD: Final = ("comparison", "no_adi")  # codes of notes
ONE_DAY: Final = timedelta(days=1)
WITHOUT_ADI: Final = (
    "Without ADI (active daily installs) of both days, crashes are compared; the scheduled job "
    "`adi` reads installs."
)
RATE: Final = "crashes per 100 ADI"


class Overview(NamedTuple):
    """What the page shows of the counts; *lead* are the sentences at its top, of *product*."""

    content: Content
    product: str
    lead: list[str]
    first: LookFirst | None
    chart: Chart | None
    changes: str = ""  # address of the changes of the day


def overview(request: HttpRequest, db: Connection, product: str) -> Overview:
    """Ask about a product, or about all: then the sentences are of the first one."""
    links = Links.of(request, **({"product": product} if product else {}))
    content = ask_in(request, db, PAGE if product else PRODUCTS_PAGE, links)
    if not content.rows:
        return Overview(content, product, [], None, None)
    names = [column.name for column in QUESTION.columns]
    row = dict(zip(names, content.answer.rows[0], strict=True))
    after = row["day"] + ONE_DAY
    about = {"product": row["product"], "days": 1, "to": after}
    selection = select(db, {**content.values, **about})
    answers = context_of(request).answers
    key = f"look first {selection.product} {selection.label} {row['day']}"
    first = kept(answers, db, key, lambda: look_first_at(db, selection))
    lead = [_sentence(row, selection.label), first.sentence]
    changes = links.to("changes", product=selection.product, from_=str(row["day"]), to=str(after))
    chart = _chart(content.rows) if product else None
    return Overview(content, selection.product, lead, first, chart, changes)


def _sentence(row: Row, label: str) -> str:
    """Say what a product's rate is, and whether it changed; crashes where ADI is missing."""
    has_rates = row["compared"] == "rates"
    crashes = plural(round(row["estimated_count"]), "crash")
    now = f"{row['rate'] or 0:.3f} {RATE}" if has_rates else crashes
    before = f"{row['before_rate'] or 0:.3f}" if has_rates else f"{row['before_estimated']:,.0f}"
    text = f"{label} on {row['day']}: {now}"
    if row["verdict"] in (ABOVE, BELOW):
        text += f" after {before}, {row['verdict']}{_details(row)}"
    elif row["verdict"] is not None and _is_usual(row):
        text += f" after {before}, as usual{_details(row)}"
    elif row["verdict"] is not None:
        text += f", {row['verdict']} from {before}{_details(row)}"
    return f"{text}." if has_rates else f"{text}. {WITHOUT_ADI}"


def _details(row: Row) -> str:
    """Write the ratio with its interval, and the usual one where that explains the verdict."""
    if row["ratio"] is None or row["high"] is None:
        return ""
    text = f"ratio {row['ratio']:.3f}, 95 % interval {row['low']:.3f} to {row['high']:.3f}"
    is_change = row["verdict"] != "no measurable change"
    if abs(row["usual"] - 1) >= 0.0005 and (is_change or _is_usual(row)):
        text += f"; usual from {row['day'] - ONE_DAY:%A} to {row['day']:%A}: {row['usual']:.3f}"
    return f" ({text})"


def _is_usual(row: Row) -> bool:
    """Say whether the days do differ, but no more than such weekdays always do."""
    has_interval = row["low"] is not None and row["high"] is not None
    is_change = row["verdict"] != "no measurable change"
    return has_interval and not is_change and not row["low"] <= 1 <= row["high"]


def _chart(rows: Sequence[Row]) -> Chart | None:
    """Draw the rates of channels, or crashes where no channel has ADI."""
    channels = [row for row in rows if row["channel"] is not None and row["version"] is None]
    rated = [row for row in channels if row["series_low"]]
    shown = rated or channels
    if not shown:
        return None
    days = [shown[0]["day"] - timedelta(days=back) for back in reversed(range(TREND))]
    marks = [
        Mark(row["first_build"], row["version"])
        for row in rows
        if row["version"] and row["channel"] == "release" and row["first_build"] >= days[0]
    ]
    return charts.lines(
        "rates" if rated else "crashes",
        "Crash rate by channel" if rated else "Crashes by channel",
        RATE if rated else "crashes",
        days,
        [
            Series(
                row["channel"],
                row["series"],
                row["series_low"] or None,
                row["series_high"] or None,
            )
            for row in shown
        ],
        marks=marks,
        mark_name="first build",
    )


def _product(row: Row, links: Links) -> SafeString:
    link = cells.link(row["product"], links.to("product_home", row["product"], product=None))
    return format_html("{}{}", link, cells.under(_against(row, links)))


def _name(row: Row, links: Links) -> SafeString:
    """Link to the top crashers of a row."""
    version, channel = row["version"], row["channel"]
    if channel is None:
        link = cells.link(f"All of {row['product']}", links.to("top_crashers"))
    else:
        address = links.to("top_crashers", version=version, channel=channel)
        link = cells.link(version or channel, address)
    inner = format_html("{}{}", link, cells.under(_against(row, links)))
    return format_html('<span class="inner">{}</span>', inner) if version else inner


def _crashes(row: Row, _links: Links) -> SafeString:
    processed = f"{row['crash_count']:,} processed"
    shown = cells.number(row["estimated_count"], 0)
    return format_html('<span title="{}">{}</span>', processed, shown)


def _adi(row: Row, _links: Links) -> SafeString | str:
    return (
        cells.number(row["adi"], 0)
        if row["adi"]
        else SafeString('<span class="quiet">no ADI</span>')
    )


def _rate(row: Row, _links: Links) -> SafeString | str:
    return cells.number(row["rate"], 3) if row["adi"] else cells.under("no ADI")


def _against(row: Row, _links: Links) -> SafeString | str:
    """Say the ratio to the day before; a colour and a mark only for a clear change."""
    ratio = _ratio(row["ratio"], row["low"], row["high"])
    of = "" if row["compared"] == "rates" or not ratio else " of crashes"
    if row["verdict"] in ("up", ABOVE):
        return format_html('<span class="worse">▲ {}</span> {}{}', row["verdict"], ratio, of)
    if row["verdict"] in ("down", BELOW):
        return format_html('<span class="better">▼ {}</span> {}{}', row["verdict"], ratio, of)
    word = "as usual" if _is_usual(row) else "no change"
    return format_html('<span class="quiet">{}</span> {}{}', word, ratio, of) if ratio else ""


def _weekday(row: Row, _links: Links) -> str:
    return _ratio(row["weekday_ratio"], row["weekday_low"], row["weekday_high"])


def _ratio(ratio: float | None, low: float | None, high: float | None) -> str:
    if ratio is None or low is None:
        return ""
    if high is None:
        return f"at least {low:.2f}"
    return f"{ratio:.2f} ({low:.2f} to {high:.2f})"


def _trend(row: Row, _links: Links) -> SafeString:
    unit = RATE if any(row["series_low"]) or row["rate"] is not None else "crashes"
    return sparkline(row["series"], row["day"], unit)


def _more(row: Row, links: Links) -> SafeString | str:
    if row["version"] is None:
        return ""
    address = links.to(
        "compare", product=row["product"], version=None, channel=None, b=row["version"]
    )
    return cells.link("version before", address)


def _looks(name: Any, heading: str, column: str) -> tuple[Look, ...]:
    ends = "ratio, 95 % interval"
    return (
        Look(column, heading, name),
        Look("estimated_count", "Crashes", _crashes, title="Corrected for sampling"),
        Look("adi", "ADI", _adi, title="Active daily installs", folds=True),
        Look("rate", "Per 100 ADI", _rate, title="Crashes per 100 active daily installs"),
        Look("ratio", "Against the day before", _against, kind="number",
             title=f"{ends}; up and down only beyond what days always differ by", folds=True),
        Look("weekday_ratio", "Same weekday", _weekday, kind="number roomy",
             title=f"Against the same weekday of the week before: {ends}", folds=True),
        Look("series", f"{TREND} days", _trend, orders=False, folds=True,
             title="Crashes per 100 ADI by day; crashes where there is no ADI"),
    )  # fmt: skip


PRODUCTS_PAGE = Page(
    route="home",
    question=QUESTION,
    looks=(
        *_looks(_product, "Product", "product"),
        Look("day", "Day", folds=True, title="UTC, the last one that is over"),
    ),
)
PAGE = Page(
    route="product_home",
    question=QUESTION,
    looks=(
        *_looks(_name, "Channel and version", "channel"),
        Look("first_build", "First build", kind="roomy", folds=True),
        Look("version", "Compare with", _more, orders=False, folds=True),
    ),
)
