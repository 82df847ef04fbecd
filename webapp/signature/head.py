"""What the page says first: how much the signature crashes, its rank, since when, its bugs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from socorro.postgres import Connection
from socorro.queries import signature_counts
from socorro.queries.signature_counts import Bug, Exploded
from socorro.questions.words import today
from webapp.config import WebappConfig
from webapp.crashstats import bug_tracker
from webapp.frame.asked import Content

LATELY = timedelta(days=28)
MOST_VERSIONS = 5000  # of a signature


class BugLink(NamedTuple):
    """A bug and its address; "" without a bug tracker."""

    bug: Bug
    url: str

    @property
    def is_open(self) -> bool:
        """Whether it has no resolution."""
        return not self.bug.resolution


class Head(NamedTuple):
    """The numbers of the sentence.

    *version* is the row of the version that the page is about, else the one with most crashes.
    *all_estimated* is of every product and version, also where the page is about one.
    """

    signature: str
    start: date
    end: date
    days: int
    version: Mapping[str, Any] | None
    crash_count: int
    estimated_count: float
    previous_estimated: float
    today_estimated: float
    all_estimated: float
    first_date: datetime | None
    first_build: str | None
    exploded: Exploded | None
    bugs: Sequence[BugLink]

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.end - timedelta(days=1)

    @property
    def others_estimated(self) -> float:
        """Crashes of other products."""
        return self.all_estimated - self.estimated_count

    @property
    def is_one_version(self) -> bool:
        """Whether all crashes are of the version that is named."""
        return bool(self.version and self.version["estimated_count"] >= self.all_estimated)

    @property
    def change(self) -> float | None:
        """By how many percent it rose against the days before; None: none before."""
        if not self.previous_estimated:
            return None
        return 100 * (self.estimated_count / self.previous_estimated - 1)

    @property
    def is_exploding(self) -> bool:
        """Whether its last explosion goes on."""
        return bool(self.exploded and self.exploded.day >= self.end - timedelta(days=2))

    @property
    def runs(self) -> bool:
        """Whether the running day stands beside the days."""
        return self.end <= today()


def head(db: Connection, config: WebappConfig, content: Content) -> Head:
    """Return the head, from the answer about versions."""
    about, links = content.answer.about, content.links
    signature, product = str(about["signature"]), links.value("product") or None
    whole = about["estimated_count"]
    if product:
        totals, _ = signature_counts.by_version(
            db, signature, about["start"], about["end"], today(), most=1
        )
        whole = totals.estimated_count
    end = about["end"]
    return Head(
        signature=signature,
        start=about["start"],
        end=end,
        days=(end - about["start"]).days,
        version=_version(db, content),
        crash_count=about["crash_count"],
        estimated_count=about["estimated_count"],
        previous_estimated=about["previous_estimated"],
        today_estimated=about["today_estimated"],
        all_estimated=whole,
        first_date=about["first_date"],
        first_build=about["first_build"],
        exploded=signature_counts.exploded(db, signature, end - LATELY, end, product),
        bugs=[
            BugLink(bug, bug_tracker.bug_url(config, bug.bug_id))
            for bug in signature_counts.bugs(db, signature)
        ],
    )


def _version(db: Connection, content: Content) -> Mapping[str, Any] | None:
    """Return the row of the version that was requested, else of the one with most crashes."""
    names = content.links.values("version")
    if not names:
        return max(content.rows, key=lambda row: row["estimated_count"], default=None)
    listed = next((row for row in content.rows if row["version"] in names), None)
    if listed:
        return listed
    about = content.answer.about
    _, counts = signature_counts.by_version(
        db,
        about["signature"],
        about["start"],
        about["end"],
        today(),
        product=about["product"],
        most=MOST_VERSIONS,
    )
    return next((count._asdict() for count in counts if count.version in names), None)
