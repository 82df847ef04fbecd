"""What to look at first: the signatures of a day that call for it, with reasons in words."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries import explosions as explosions_query
from socorro.queries import look_first, top_crashers
from socorro.queries.explosions import Explosion
from socorro.queries.top_crashers import TopCrasher
from socorro.questions.selection import Selection

ROWS: Final = 10
TOP: Final = 20  # signatures by rank that are looked through
EXPLODED: Final = 5  # that are named
NEW: Final = 3  # likewise
FAR: Final = 5  # ranks
STARTUP: Final = 50  # percent of the crashes
MOST_EXPLOSIONS: Final = 1000


class Reasoned(NamedTuple):
    """A signature, and why to look at it."""

    signature: str
    reason: str


class LookFirst(NamedTuple):
    """What calls for a look on a day, the most pressing first; and the numbers of a sentence."""

    signatures: list[Reasoned]
    exploded: int
    new: int
    top: int
    without_bug: int

    @property
    def sentence(self) -> str:
        """Say how many exploded, are new, and have no bug."""
        exploded = f"{self.exploded:,} signature{'s' * (self.exploded != 1)} exploded"
        new = f"{self.new:,} {'is' if self.new == 1 else 'are'} new"
        bugs = f"{self.without_bug} of the top {self.top} have no bug"
        return f"{exploded}, {new}, {bugs}." if self.top else ""


def look_first_at(db: Connection, selection: Selection) -> LookFirst:
    """Return what calls for a look on the last day of a selection."""
    day = selection.start
    versions = selection.versions
    explosions = explosions_query.explosions(db, versions, day, day, most=MOST_EXPLOSIONS)
    new = look_first.new_on(db, selection.product, versions, day, NEW)
    top = top_crashers.top_crashers(db, versions, day, selection.end, most=TOP).rows
    reasons: dict[str, list[str]] = defaultdict(list)
    with_bug = {
        *(one.signature for one in explosions if one.bugs),
        *(one.signature for one in new if one.bugs),
        *(one.signature for one in top if one.bugs),
    }
    for explosion in sorted(explosions, key=lambda one: -(one.ratio or one.low)):
        if explosion.signature not in reasons and len(reasons) < EXPLODED:
            reasons[explosion.signature].append(_exploded(explosion))
    for one in new:
        reasons[one.signature].append("new")
    for crasher in sorted(top, key=lambda one: (not _is_pressing(one), one.rank)):
        words = list(_of_the_top(crasher))
        if words or crasher.signature not in with_bug:
            reasons[crasher.signature] += words
    ranks = {crasher.signature: crasher.rank for crasher in top}
    return LookFirst(
        [
            Reasoned(signature, _joined(words, ranks.get(signature), signature in with_bug))
            for signature, words in list(reasons.items())[:ROWS]
        ],
        len({one.signature for one in explosions}),
        new[0].total if new else 0,
        len(top),
        sum(not one.bugs for one in top),
    )


def _joined(words: list[str], rank: int | None, has_bug: bool) -> str:
    place = [f"#{rank}"] if rank else []
    return ", ".join([*words, *place, *([] if has_bug else ["no\N{NO-BREAK SPACE}bug"])])


def _exploded(explosion: Explosion) -> str:
    on = f" on {explosion.versions[0]}" if explosion.versions else f" on {explosion.channel}"
    if explosion.ratio is None:
        return f"exploded{on}, no crash before"
    ratio = f"{explosion.ratio:.1f}" if explosion.ratio < 10 else f"{explosion.ratio:,.0f}"
    return f"exploded {ratio}\N{MULTIPLICATION SIGN}{on}"


def _is_pressing(crasher: TopCrasher) -> bool:
    return any(True for _ in _of_the_top(crasher))


def _of_the_top(crasher: TopCrasher) -> Iterator[str]:
    if (crasher.change or 0) > FAR:
        yield f"up {crasher.change} ranks since the day before"
    if crasher.startup_percent >= STARTUP:
        yield f"startup, {crasher.startup_percent:.0f} %"
