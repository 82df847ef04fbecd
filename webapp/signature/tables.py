"""The tables of the page that are questions: each is the same as CSV, by REST and as a command."""

from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.questions import correlations, regressions, signature_counts, similar
from socorro.questions.words import plural
from webapp.frame import cells
from webapp.frame.declared import Cell, Look, Page, Row
from webapp.frame.state import Links

ROUTE: Final = "signature"


def _version(row: Row, links: Links) -> SafeString:
    shown = f"{row['product']} {row['version']}"
    chosen = {"product": row["product"], "version": row["version"], "channel": None}
    return format_html(
        "{}{}",
        cells.link(shown, links.here(**chosen, before=None, offset=None)),
        cells.under(
            f"{row['channel']}",
            row["installs"] is not None and plural(row["installs"], "install"),
        ),
    )


def _rank(row: Row, links: Links) -> SafeString | str:
    if row["rank"] is None:
        return ""
    chosen = {"product": row["product"], "version": row["version"], "channel": None}
    return cells.link(f"#{row['rank']:,}", links.to("top_crashers", **chosen))


def _crashes(row: Row, _links: Links) -> str:
    return cells.number(row["estimated_count"], 0)


def _change(row: Row, _links: Links) -> SafeString | str:
    before = row["previous_estimated"]
    if not before:
        return "new"
    return cells.change(100 * (row["estimated_count"] / before - 1), " %", 0, "worse")


def _build(row: Row, _links: Links) -> SafeString:
    return format_html(
        "{}{}",
        cells.text(row["build_id"] or row["version"]),
        cells.under(row["version"], f"{row['crash_count']:,} crashes"),
    )


def _tenths(name: str, times: int = 1) -> Cell:
    """Return a cell with one decimal."""

    def cell(row: Row, _links: Links) -> str:
        return "" if row[name] is None else f"{times * row[name]:,.1f}"

    return cell


def _finding(row: Row, _links: Links) -> SafeString:
    return cells.text(row["sentence"])


def _similar(row: Row, links: Links) -> SafeString:
    address = links.to(ROUTE, signature=row["signature"], product=None, version=None, channel=None)
    return format_html(
        "{}{}", cells.link(row["signature"], address), cells.under(row["reason"], row["advice"])
    )


def _bugs(row: Row, _links: Links) -> str:
    return ", ".join(str(bug) for bug in row["bugs"])


def _site(row: Row, _links: Links) -> SafeString:
    return format_html("{}{}", cells.text(row["url"]), cells.under(row["domain"]))


VERSIONS: Final = Page(
    route=ROUTE,
    question=signature_counts.VERSIONS_QUESTION,
    looks=(
        Look("version", "Version", _version),
        Look("channel", "Channel", folds=True),
        Look("estimated_count", "Crashes", _crashes, title="Estimated: corrected for sampling"),
        Look("crash_count", "Processed", title="Processed crashes", folds=True),
        Look("percent", "Share, %", _tenths("percent"), title="Of the signature's crashes"),
        Look("previous_estimated", "Change", _change, title="Against the days before", folds=True),
        Look("installs", "Installs", title="Each counted once a day", folds=True),
        Look("rank", "Rank", _rank, title="Among the signatures of the version"),
        Look(
            "version_percent",
            "Of version, %",
            _tenths("version_percent"),
            title="Share of all crashes of the version",
            folds=True,
        ),
    ),
    defaults={"limit": "10"},
    caption="Versions",
    key="versions",
)
DAYS: Final = Page(
    route=ROUTE,
    question=signature_counts.DAYS_QUESTION,
    looks=(
        Look("day", "Day, UTC"),
        Look("estimated_count", "Crashes", _crashes, title="Estimated: corrected for sampling"),
        Look("crash_count", "Processed", title="Processed crashes"),
        Look("installs", "Installs"),
        Look("win", "Windows", folds=True),
        Look("mac", "macOS", folds=True),
        Look("lin", "Linux", folds=True),
        Look("android", "Android", folds=True),
        Look("startup", "At startup", title="In the first minute", folds=True),
    ),
    caption="Crashes by day",
    key="days",
)
BUILDS: Final = Page(
    route=ROUTE,
    question=regressions.REGRESSION_QUESTION,
    looks=(
        Look("build_id", "Build", _build, kind="mono"),
        Look("version", "Version", folds=True),
        Look("build_date", "Built on", folds=True),
        Look("crash_count", "Crashes", title="Processed crashes"),
        Look("installs", "Installs", title="Each counted once a day", folds=True),
        Look("adi", "ADI", title="Active daily installs, summed over days", folds=True),
        Look("rate", "Rate", title="As the sentence above the table says"),
        Look(
            "first_bad",
            "Began here, %",
            _tenths("first_bad", 100),
            title="Probability that this is the first bad build",
        ),
        Look(
            "first_good",
            "Fixed here, %",
            _tenths("first_good", 100),
            title="Probability that this is the first build with a fix",
            folds=True,
        ),
    ),
    caption="Builds",
    key="builds",
)
CORRELATIONS: Final = Page(
    route=ROUTE,
    question=correlations.QUESTION,
    looks=(
        Look("sentence", "Finding", _finding),
        Look("state", "State", title="kept; weak or explained: by another attribute", folds=True),
        Look(
            "percent",
            "With it, %",
            _tenths("percent"),
            title="Installs with this signature that have it",
        ),
        Look(
            "other_percent",
            "Others, %",
            _tenths("other_percent"),
            title="Other installs that crashed",
            folds=True,
        ),
    ),
    defaults={"limit": "10"},
    caption="Correlations",
    key="correlations",
)
SIMILAR: Final = Page(
    route=ROUTE,
    question=similar.QUESTION,
    looks=(
        Look("signature", "Signature", _similar, kind="signature"),
        Look(
            "probability",
            "One bug",
            lambda row, _links: f"{row['probability']:.2f}",
            title="Probability that both have one bug, by their stacks",
        ),
        Look("crash_count", "Crashes", title="Processed crashes"),
        Look("reason", "Because", folds=True),
        Look("bugs", "Bugs", _bugs, title="Bugs that name both", folds=True),
        Look("advice", "Advice", folds=True),
    ),
    caption="Similar signatures",
    key="similar",
)
SITES: Final = Page(
    route=ROUTE,
    question=signature_counts.URLS_QUESTION,
    looks=(
        Look("url", "Page", _site),
        Look("domain", "Domain", folds=True),
        Look("crash_count", "Crashes", title="Processed crashes"),
    ),
    defaults={"limit": "10"},
    caption="Pages",
    key="sites",
)
TABLES: Final = (VERSIONS, DAYS, BUILDS, CORRELATIONS, SIMILAR, SITES)
