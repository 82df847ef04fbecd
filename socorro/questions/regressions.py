"""Regression and Fixed: in which builds a signature began, and whether a build took it away."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from socorro.postgres import Connection
from socorro.queries.by_build import Place
from socorro.questions import build_series, columns, parameters
from socorro.questions.build_series import Build, Series
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import Selection, select
from socorro.questions.words import percent

if TYPE_CHECKING:
    from socorro.stats.regression import FixVerdict, Range, Regression

NAMED: Final = 5  # builds in an error


def regression(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the builds of a channel with the probability that the crash began, or ended, there."""
    from socorro.stats.regression import locate

    selection = select(db, {**values, "version": ()}, build_series.DAYS, running=True)
    everywhere, others = build_series.places(db, selection, values)
    if not everywhere:
        return _nothing(db, selection, values["signature"])
    selection = selection._replace(product=everywhere[0].product)
    series = build_series.read(
        db, values["signature"], everywhere[0], selection.start, selection.end
    )
    builds = series.builds
    result = locate([build.events for build in builds], [build.exposure for build in builds])
    return Answer(
        title=_title("Regression", series, selection),
        rows=[_row(series, result, place) for place in range(len(builds))],
        about={**_about(selection, values, series), **_range_about(builds, result)},
        notes=[
            Note("verdict", regression_sentence(series, result)),
            *series.notes(),
            *others,
            *([_explained(result)] if values["why"] and result else []),
            *notes(db, selection),
        ],
    )


def fixed(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the builds before and since the named one, and whether the rate fell to a fifth."""
    selection = select(db, {**values, "version": ()}, build_series.DAYS, running=True)
    everywhere, _ = build_series.places(db, selection, values)
    if not everywhere:
        return _nothing(db, selection, values["signature"])
    series, position = _with_build(db, selection, values, everywhere)
    selection = selection._replace(product=series.place.product)
    first, verdict = verdict_since(series, position)
    label = series.builds[position].label
    return Answer(
        title=f"{_title('Fix', series, selection)}: {label}",
        rows=[
            [*build_series.cells(build), "before" if place < position else "since"]
            for place, build in enumerate(series.builds)
            if place >= first
        ],
        about={
            **_about(selection, values, series),
            "build": label,
            "compared_since": series.builds[first].label,
            **verdict._asdict(),
        },
        notes=[
            Note("verdict", fix_sentence(series, position, verdict)),
            *series.notes(),
            *([_fix_explained(series, first, verdict)] if values["why"] else []),
            *notes(db, selection),
        ],
    )


def verdict_since(series: Series, position: int) -> tuple[int, "FixVerdict"]:
    """Compare the builds from *position* on with those before; from where these are bad, if clear.

    Returns the position of the first build that is compared, and the verdict.
    """
    from socorro.stats.regression import locate, verify

    before = series.builds[:position]
    began = locate([build.events for build in before], [build.exposure for build in before])
    first, end = 0, position
    if began is not None and began.is_clear and began.bad.last < position:
        first = began.bad.last
        if began.good is not None and began.good.first > first:
            end = began.good.first
    after = series.builds[position:]
    verdict = verify(
        [build.events for build in series.builds[first:end]],
        [build.exposure for build in series.builds[first:end]],
        [build.events for build in after],
        [build.exposure for build in after],
    )
    return first, verdict


def regression_sentence(series: Series, result: "Regression | None") -> str:
    """Return in one sentence where the rate rose and fell, and by how much."""
    where = f"{series.place.product} {series.place.channel}"
    if result is None:
        return f"{where}: too few builds or crashes to say in which build it began"
    likeliest = series.builds[result.bad.likeliest].label
    if not result.is_clear:
        return (
            f"{where}: no clear regression (probability of no change {result.no_change:.2f});"
            f" if there is one, it most likely began in {likeliest}"
        )
    fix = ""
    if result.good is not None:
        fix = f"; fixed in {_named(series.builds, result.good)}"
    return (
        f"{where}: began in {_named(series.builds, result.bad)}{fix}; {_rate(result.inside_rate)}"
        f" {series.unit} in bad builds, {_rate(result.outside_rate)} in others (probability of no"
        f" change {result.no_change:.2g})"
    )


def fix_sentence(series: Series, position: int, verdict: "FixVerdict") -> str:
    """Return in one sentence what is left of the rate since a build."""
    from socorro.stats.regression import FELL

    where = f"{series.place.product} {series.place.channel} since {series.builds[position].label}"
    left = "" if verdict.ratio is None else f"{percent(verdict.ratio)} of the rate before is left"
    if verdict.high is not None and left:
        left += f", between {percent(verdict.low)} and {percent(verdict.high)} (95 % bounds)"
    if verdict.outcome == "fixed":
        return f"{where}: fixed, {left}"
    if verdict.outcome == "reduced":
        return f"{where}: reduced, not fixed, {left}"
    if verdict.outcome == "not fixed":
        return f"{where}: not fixed, {left}"
    if verdict.more_exposure is None:
        return f"{where}: cannot tell, the signature did not crash in builds before"
    reason = f"; {left}" if left else ""
    return (
        f"{where}: cannot tell whether at most {percent(FELL, 0)} is left until"
        f" {_more(series, verdict.more_exposure)} without a crash{reason}"
    )


def _more(series: Series, exposure: float) -> str:
    """Return how much longer to wait."""
    if series.base == "crashes":
        return f"about {exposure:,.0f} more crashes with other signatures"
    return f"about {exposure / series.throttle:,.0f} more user-days (active installs times days)"


def _with_build(
    db: Connection,
    selection: Selection,
    values: Mapping[str, Any],
    everywhere: Sequence[Place],
) -> tuple[Series, int]:
    """Return the builds of the first channel that has the named one. Raises Unknown."""
    text, newest = values["build"], []
    for place in everywhere:
        series = build_series.read(db, values["signature"], place, selection.start, selection.end)
        for position, build in enumerate(series.builds):
            if _is_named(build, text):
                return series, position
        newest += [build.label for build in series.builds[::-1][:NAMED]]
    listed = ", ".join(newest[:NAMED])
    raise Unknown("build", f"no build {text!r} was used on these days (newest: {listed or 'none'})")


def _is_named(build: Build, text: str) -> bool:
    if text == build.version:
        return not build.is_by_day
    ids = [build.build_id or "", f"{build.build_date:%Y%m%d}"]
    return text in ids or (len(text) == 14 and text.isdigit() and text[:8] == ids[1])


def _nothing(db: Connection, selection: Selection, signature: str) -> Answer:
    text = f"no {selection.product} crashes with this signature: {selection.days}"
    empty = explain_empty(db, selection)
    about = {**selection.metadata, "signature": signature}
    return Answer(
        title=f"{selection.label}, {selection.days}",
        rows=[],
        about=about,
        notes=[Note(note.code, text) if note.code == "nothing_matches" else note for note in empty],
    )


def _title(what: str, series: Series, selection: Selection) -> str:
    return f"{what}: {series.place.product} {series.place.channel}, {selection.days}"


def _about(selection: Selection, values: Mapping[str, Any], series: Series) -> dict[str, object]:
    return {
        **selection.metadata,
        "product": series.place.product,
        "channel": series.place.channel,
        "signature": values["signature"],
        "base": series.base,
        "unit": series.unit,
    }


def _range_about(builds: Sequence[Build], result: "Regression | None") -> dict[str, object]:
    """Return the numbers of the verdict; null without one."""

    def ends(name: str, of: "Range | None") -> dict[str, object]:
        positions = dict(zip(("first", "last", "likeliest"), of or (None,) * 3, strict=True))
        return {f"{name}_{end}": None if at is None else builds[at].label
                for end, at in positions.items()}  # fmt: skip

    return {
        "is_clear": bool(result and result.is_clear),
        "no_change": result and result.no_change,
        "dispersion": result and float(result.dispersion),
        "inside_rate": result and result.inside_rate * 1000,
        "outside_rate": result and result.outside_rate * 1000,
        **ends("bad", result and result.bad),
        **ends("good", result and result.good),
    }


def _row(series: Series, result: "Regression | None", position: int) -> list[Any]:
    bad = float(result.first_bad[position]) if result else None
    good = float(result.first_good[position]) if result else None
    return [*build_series.cells(series.builds[position]), bad, good]


def _explained(result: "Regression") -> Note:
    text = (
        f"builds scatter {result.dispersion:.2f} times as much as chance, counts are divided by it;"
        f" probability of no change {result.no_change:.3g} (a range is claimed up to 0.1), of a fix"
        f" {float(result.first_good.sum()):.2f}; a rise is to at least 1.5 times"
    )
    return Note("why", text)


def _fix_explained(series: Series, first: int, verdict: "FixVerdict") -> Note:
    text = (
        f"compared with builds from {series.builds[first].label} on; they scatter"
        f" {verdict.dispersion:.2f} times as much as chance, counts are divided by it; fixed: the"
        " upper bound is at most 20 %"
    )
    return Note("why", text)


def _named(builds: Sequence[Build], of: "Range") -> str:
    if of.first == of.last:
        return builds[of.first].label
    likeliest = builds[of.likeliest].label
    return f"{builds[of.first].label} to {builds[of.last].label} (90 %), likeliest {likeliest}"


def _rate(rate: float) -> str:
    return f"{rate * 1000:.3g}"


_PARAMETERS = (
    parameters.text("product", "Product; default: the one with most crashes of the signature"),
    parameters.text("channel", "Release channel; default: the one with most crashes of it"),
    parameters.days(build_series.DAYS),
    parameters.FROM,
    parameters.TO_RUNNING,
    parameters.EXPLAIN,
)
_BUILDS = (
    "Builds are those of a day where crashes are counted by build (nightly, aurora: the first six "
    "days of each), else versions."
)
REGRESSION_QUESTION = Question(
    name="Regression",
    command="regression",
    summary="The builds that brought a signature, and its fix",
    description=(
        "The range of builds that holds the first bad one with a probability of 90 %, from "
        f"installs that crash per active install, build by build. {_BUILDS}"
    ),
    parameters=(parameters.SIGNATURE, *_PARAMETERS),
    columns=(
        *build_series.COLUMNS,
        columns.number("first_bad", "Probability to be the first bad build", nullable=True),
        columns.number("first_good", "Probability to be the first with a fix", nullable=True),
    ),
    answer=regression,
)
FIXED_QUESTION = Question(
    name="Fixed",
    command="fixed",
    summary="Whether a signature is fixed since a build",
    description=(
        "fixed: at most a fifth of the rate of the builds before can be left; reduced; not fixed; "
        f"or cannot tell, and how many user-days are missing. {_BUILDS}"
    ),
    parameters=(
        parameters.SIGNATURE,
        parameters.text("build", "Build that has the fix: version, build id or its day", True),
        *_PARAMETERS,
    ),
    columns=(*build_series.COLUMNS, columns.text("side", "before, or since the build")),
    answer=fixed,
)
