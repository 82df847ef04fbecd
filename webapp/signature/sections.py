"""The sections of the page, each by itself: one that has no answer says why, the others stand."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from django.http import HttpRequest

from socorro.postgres import Connection
from socorro.queries.bounded import Overdue, bounded
from socorro.questions.interface import Note
from webapp import charts
from webapp.charts import Chart, Series
from webapp.frame.asked import Content, ask_in
from webapp.frame.declared import Page
from webapp.signature import tables
from webapp.signature.links import SectionLinks

SECONDS: Final = 1.0  # for each statement of a section
GRAPH_DAYS: Final = 28
MOST_BARS: Final = 60  # builds
SYSTEMS: Final = (("win", "Windows"), ("mac", "macOS"), ("lin", "Linux"), ("android", "Android"))
OVERDUE: Final = "The database takes longer than usual. Load the page again later."
_IN_SENTENCE: Final = ("verdict", "two_bugs", "other_channels")
_AT_THE_TOP: Final = ("bad_reports", "not_counted_yet")  # or about other signatures


class Section(NamedTuple):
    """The answer to one question; *problem* says why there is none."""

    content: Content | None
    problem: str = ""
    sentence: str = ""
    chart: Chart | None = None

    @property
    def table(self) -> Any:
        """The table, without the pages that other tables have."""
        return self.content and self.content.table._replace(older="", first="")

    @property
    def notes(self) -> Sequence[Note]:
        """The notes that belong to this section."""
        if self.content is None:
            return ()
        is_part = self.content.page.key in (tables.DAYS.key, tables.BUILDS.key)
        elsewhere = (*_IN_SENTENCE, *_AT_THE_TOP) if is_part else _IN_SENTENCE
        return [note for note in self.content.answer.notes if note.code not in elsewhere]

    @property
    def more(self) -> int:
        """How many rows the table leaves out."""
        if self.content is None or self.content.answer.total is None:
            return 0
        return max(0, self.content.answer.total - len(self.content.rows))


def own_parameters(page: Page, days: int) -> Mapping[str, Sequence[str]]:
    """Return what a table reads otherwise than the page; *days* are those of the page."""
    own: dict[str, Sequence[str]] = {"offset": (), "limit": ()}
    if page.key == tables.DAYS.key:
        own |= {"days": (str(max(days, GRAPH_DAYS)),), "from": ()}
    if page.key == tables.BUILDS.key:  # it has days of its own
        own |= {"days": (), "from": ()}
    return own


def ask(
    request: HttpRequest,
    db: Connection,
    page: Page,
    links: SectionLinks,
    days: int,
    first: Content,
) -> Section:
    """Ask the question of a table after the *first*, within the time that it may take."""
    own = links.reading(own_parameters(page, days))
    try:
        with bounded(db, SECONDS):
            content = ask_in(request, db, page, own, first)
    except Overdue:
        return Section(None, OVERDUE)
    if content.problems:
        return Section(None, "; ".join(content.problems.values()))
    return Section(content, sentence=_sentence(content), chart=_chart(page, content))


def _sentence(content: Content) -> str:
    notes = content.answer.notes
    return next((note.text for note in notes if note.code in _IN_SENTENCE), "")


def _chart(page: Page, content: Content) -> Chart | None:
    if not content.rows:
        return None
    if page.key == tables.DAYS.key:
        return _by_day(content)
    return _by_build(content) if page.key == tables.BUILDS.key else None


def _by_day(content: Content) -> Chart:
    rows = sorted(content.rows, key=lambda row: row["day"])
    days: list[date] = [row["day"] for row in rows]
    series = [Series(text, [row[name] for row in rows]) for name, text in SYSTEMS]
    rest = [row["crash_count"] - sum(row[name] for name, _ in SYSTEMS) for row in rows]
    series = [one for one in [*series, Series("other", rest)] if any(one.values)]
    name = "Processed crashes by day and system"
    return charts.bars("by-day", name, "crashes", days, series or [Series("all", rest)])


def _by_build(content: Content) -> Chart | None:
    about = content.answer.about
    rows = content.rows if not content.links.value("order-builds") else None
    if rows is None or "unit" not in about:  # bars in another order than builds would mislead
        return None
    newest = rows[-MOST_BARS:]
    at = [_label(row) for row in newest]
    if len(set(at)) < len(at):
        return None
    name = f"Rate by build, {about['product']} {about['channel']}, oldest first"
    return charts.bars(
        "by-build", name, str(about["unit"]), at,
        [Series("rate", [row["rate"] for row in newest])], axis_name="Build",
    )  # fmt: skip


def _label(row: Mapping[str, Any]) -> str:
    return str(row["build_id"] or f"{row['version']} of {row['build_date']}")
