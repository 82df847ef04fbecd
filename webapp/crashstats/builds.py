"""Builds: which build is bad? Each against the one before it, and how builds crash as they age."""

from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.questions.builds import BUILDS_QUESTION, TRENDS_QUESTION
from webapp import charts
from webapp.context import context_of
from webapp.crashstats.leads import lead
from webapp.frame import cells
from webapp.frame.asked import Content, ask_in, csv
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links

LINES: Final = 6  # builds in the chart
FAMILIES: Final = {"lin": "Linux", "mac": "Mac", "win": "Win", "android": "Android"}
QUIET: Final = '<span class="quiet">{}</span>'
SIGNS: Final = {"worse": ("worse", "▲"), "not worse": ("better", "✓")}


def _build(row: Row, links: Links) -> SafeString:
    query = {"product": row["product"], "version": row["version"], "channel": None}
    shown = cells.link(row["build_id"], links.to("builds", **query))
    rate = "no ADI" if row["rate"] is None else f"{cells.number(row['rate'])} per 100 ADI"
    crashes = f"{cells.number(row['estimated_count'], 0)} crashes"
    return format_html("{}{}", shown, cells.under(cells.text(row["version"]), crashes, rate))


def _version(row: Row, links: Links) -> SafeString:
    """Link to the top crashers of the version, by day of the build where it is counted so."""
    by = "build" if row["before"] and row["before"].isdigit() else None
    query = {"product": row["product"], "version": row["version"], "channel": None, "by": by}
    return cells.link(row["version"], links.to("top_crashers", **query), "Top crashers")


def _crashes(row: Row, _links: Links) -> str:
    return cells.number(row["estimated_count"], 0)


def _adi(row: Row, _links: Links) -> SafeString | str:
    return cells.number(row["adi"], 0) if row["adi"] else format_html(QUIET, "no ADI")


def _age(row: Row, _links: Links) -> SafeString | str:
    if row["built_at"] is None:
        return ""
    hours = int((datetime.now(UTC) - row["built_at"]).total_seconds() // 3600)
    return f"{hours:,}" if hours >= 0 else ""


def _platforms(row: Row, _links: Links) -> SafeString:
    """Write families of platforms; all of them are in the title."""
    families = dict.fromkeys(
        next((word for start, word in FAMILIES.items() if name.startswith(start)), name)
        for name in row["platforms"]
    )
    shown = ", ".join(families).replace(" ", "\N{NO-BREAK SPACE}")
    return format_html('<span title="{}">{}</span>', " ".join(row["platforms"]), cells.text(shown))


def _verdict(row: Row, links: Links) -> SafeString | str:
    if row["verdict"] is None:
        return SafeString('<span class="quiet">no ADI in common</span>') if row["adi"] else ""
    colour, sign = SIGNS.get(row["verdict"], ("quiet", "·"))
    # builds of a day have active installs for a week: Compare takes that one
    days = dict.fromkeys(("days", "from", "to")) if row["before"].isdigit() else {}
    address = links.to(
        "compare", product=row["product"], a=row["before"], b=row["build_id"],
        version=None, channel=row["release_channel"], **days,
    )  # fmt: skip
    shown = format_html(
        '<span class="{}"><span aria-hidden="true">{}</span> {}</span>', colour, sign,
        row["verdict"],
    )  # fmt: skip
    return cells.link(shown, address, f"Compare with {row['before']}")


def _ratio(row: Row, _links: Links) -> SafeString | str:
    return cells.ratio(row["ratio"], row["low"], row["high"])


def _new(row: Row, links: Links) -> SafeString | str:
    if row["new_signature"] is None:
        return ""
    address = links.to("signature", signature=row["new_signature"], product=row["product"])
    shown = cells.link(row["new_signature"], address)
    more = row["new_signatures"] - 1
    return format_html('{} <span class="quiet">+{}</span>', shown, more) if more else shown


def _pick(row: Row, _links: Links) -> SafeString:
    return format_html(
        '<input type="radio" form="two" name="a" value="{0}" aria-label="Old: {0}">'
        "\N{NO-BREAK SPACE}"
        '<input type="radio" form="two" name="b" value="{0}" aria-label="New: {0}">',
        row["build_id"],
    )


BUILDS_PAGE = Page(
    route="builds",
    question=BUILDS_QUESTION,
    looks=(
        Look("build_id", "Build", _build, kind="id"),
        Look("version", "Version", _version, folds=True, kind="id"),
        Look("release_channel", "Channel", folds=True, kind="roomy"),
        Look("built_at", "Hours out", _age, folds=True, kind="number roomy"),
        Look("platforms", "Platforms", _platforms, folds=True, kind="roomy"),
        Look("adi", "ADI", _adi, folds=True, title="Active daily installs, summed over days"),
        Look("estimated_count", "Crashes", _crashes, folds=True, title="Corrected for sampling"),
        Look("rate", "Per 100 ADI", folds=True, title="Crashes per 100 ADI, on days with ADI"),
        Look("verdict", "Against build before", _verdict, kind="id"),
        Look("ratio", "Ratio (95 % interval)", _ratio, folds=True, kind="number roomy"),
        Look("new_signature", "Top new signature", _new, folds=True, kind="signature"),
        Look("pick", "Old, new", _pick, folds=True, orders=False, kind="number"),
    ),
)
AGES_PAGE = Page(
    route="builds",
    question=TRENDS_QUESTION,
    looks=(
        Look("build_date", "Built"),
        Look("version", "Version", folds=True),
        Look("days_out", "Days out"),
        Look("estimated_count", "Crashes", _crashes),
        Look("rate", "Per 100 ADI"),
        Look("adi", "ADI", folds=True),
    ),
    defaults={"limit": "200"},
    key="ages",
)


def builds(request: HttpRequest) -> HttpResponse:
    """List builds with their verdicts, and draw their crashes by age."""
    links = Links.of(request)
    with context_of(request).database.transaction() as db:
        content = ask_in(request, db, BUILDS_PAGE, links)
        ages = ask_in(request, db, AGES_PAGE, links)
    if links.value("format") == "csv" and not content.problems:
        return csv(ages if links.value("table") == AGES_PAGE.key else content)
    sentence, notes = lead(content.answer.notes, "verdict", "no_adi")
    return content.render(
        request,
        "crashstats/builds.html",
        lead=sentence,
        notes=notes,
        ages=ages,
        chart=chart(ages),
        feed=links.to("alerts_feed", "atom", kind="worse_build"),
        all_builds=links.to("builds_feed", "atom", days=None, from_=None, to=None),
    )


def _days(rows: dict[int, Row], value: str) -> list[int]:
    """Return the ages with a value: a build without ADI so far would be a name without a line."""
    return [age for age, row in rows.items() if row[value] is not None]


def chart(ages: Content) -> charts.Chart | None:
    """Draw the newest builds by age, per 100 ADI where there is any; None without builds."""
    builds: dict[tuple[Any, str], dict[int, Row]] = {}
    for row in ages.rows:
        builds.setdefault((row["build_date"], row["version"]), {})[row["days_out"]] = row
    value = "rate" if any(row["rate"] for row in ages.rows) else "estimated_count"
    drawable = {key for key, rows in builds.items() if _days(rows, value)}
    newest = sorted(drawable, reverse=True)[:LINES]
    if not newest:
        return None
    at = list(range(1 + max(max(_days(builds[key], value)) for key in newest)))
    series = [
        charts.Series(
            f"{built} {version}",
            [builds[built, version].get(age, {}).get(value) for age in at],
        )
        for built, version in newest
    ]
    unit = "crashes per 100 ADI" if value == "rate" else "crashes (estimated)"
    return charts.lines("ages", "Crashes by age of build", unit, at, series, axis_name="Days out")
