"""Compare: what crashes in B and not in A; A and B are versions, builds of a day, or channels."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries import comparisons as query
from socorro.queries import null_signatures, versions
from socorro.queries.comparisons import Difference, Installs
from socorro.queries.versions import Version
from socorro.questions import build_sides, gates, parameters
from socorro.questions.build_sides import Side
from socorro.questions.comparisons import COLUMNS, RATES, null_share, with_ratios
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.notes import bad, explain_empty, running
from socorro.questions.selection import ONE_DAY, Selection, select
from socorro.questions.words import three_digits

SIGNATURE: Final = "signature"
NULL: Final = "null"
FACTS: Final = ("flash", "build", "module", "os", "reason")
KINDS: Final = (SIGNATURE, NULL, *FACTS)
WEEK: Final = 7 * ONE_DAY  # for which builds of a day have active installs


class _Sides(NamedTuple):
    old: Side
    new: Side
    selection: Selection


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the rates of both sides, the largest difference first."""
    selection = select(db, {**values, "version": (), "channel": None})
    sides = _sides(db, selection, values)
    if sides is None:
        empty = explain_empty(db, selection)
        return Answer(f"Compare: {selection.label}", [], _about(selection, None, values), empty)
    old, new, selection = sides
    rows = _differences(db, sides, values)
    adi = {
        side.label: query.installs(db, _key(side), side.first, selection.start, selection.end)
        for side in (old, new)
    }
    nothing = [] if rows or values["offset"] else [Note("nothing_matches", _nothing(values["of"]))]
    return Answer(
        title=f"{selection.product} {new.label} and {old.label}, {selection.days}",
        rows=with_ratios(rows, adi[old.label].adi, adi[new.label].adi),
        about=_about(selection, sides, values),
        notes=[
            *_sentences(db, sides, values["of"], rows),
            *nothing,
            *_missing(selection.product, adi),
            *running(selection),
            *bad(db, selection),
        ],
    )


def _sides(db: Connection, selection: Selection, values: Mapping[str, Any]) -> _Sides | None:
    """Return what is compared: by default the newest beta, else version, and the one before it."""
    if bool(values["a"]) != bool(values["b"]):
        _side(db, selection, values, "a" if values["a"] else "b")
    names = _names(selection.versions, values)
    if names is None:
        return None
    old, new = (_side(db, selection, {**values, **names}, name) for name in ("a", "b"))
    if (old.versions, old.build_day) == (new.versions, new.build_day):
        raise Unknown("b", f"{names['b']} is the same as {names['a']}")
    for name, side in (("a", old), ("b", new)):
        if side.build_day and values["of"] in FACTS:
            text = f"of={values['of']} is counted by version, not by build: name versions"
            raise Unknown(name, text)
    built = [side.build_day for side in (old, new) if side.build_day]
    if built and not (values["from"] or values["to"] or values["days"]):
        selection = selection._replace(start=min(built), end=max(built) + WEEK)
    return _Sides(old, new, selection)


def _names(all_versions: Sequence[Version], values: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the texts that name both sides; None when no version can be compared."""
    if values["a"] and values["b"]:
        return {"a": values["a"], "b": values["b"]}
    usable = [version for version in all_versions if not version.is_rapid_beta]
    named = values["b"] or values["a"]
    version = next((version for version in usable if version.version == named), None)
    if named and version is None:
        raise Unknown("a" if values["b"] else "b", f"{named} is no version: name both sides")
    if values["a"] and version:
        newest = next(one for one in usable if one.release_channel == version.release_channel)
        if newest.version == named:
            raise Unknown("b", f"{named} is the newest of its channel: name b")
        return {"a": named, "b": newest.version}
    pair = null_signatures.pair(all_versions, version)
    if pair is None and usable:
        pair = null_signatures.pair(all_versions, usable[0])
    return {"a": pair.old.version, "b": pair.new.version} if pair and pair.old else None


def _side(db: Connection, selection: Selection, values: Mapping[str, Any], name: str) -> Side:
    """Return a channel, a version, or builds of a day. Raises Unknown."""
    of_channel = [
        version for version in selection.versions if version.release_channel == values[name].lower()
    ]
    if not of_channel:
        return build_sides.resolve(db, selection, values, name)
    first = min(version.build_date for version in of_channel)
    channel = of_channel[0].release_channel
    return Side(channel, channel, versions.ids(of_channel), None, first)


def _key(side: Side) -> query.Side:
    return query.Side(side.versions, side.build_day)


def _differences(db: Connection, sides: _Sides, values: Mapping[str, Any]) -> Sequence[Difference]:
    kind, (old, new, selection) = values["of"], sides
    compared = (db, _key(old), _key(new), selection.start, selection.end)
    place = {"most": values["limit"], "skip": values["offset"]}
    if kind in FACTS:
        return query.facts(*compared, kind, by_size=True, **place)
    return query.signatures(*compared, only_null=kind == NULL, by_size=True, **place)


def _sentences(db: Connection, sides: _Sides, kind: str, rows: Sequence[Difference]) -> list[Note]:
    """Say how often both crash, and what differs most."""
    old, new, selection = sides
    notes = [*_null_share(db, sides, kind), Note("comparison", _verdict(db, old, new, selection))]
    rise = next((row for row in rows if row.difference and row.difference > 0), None)
    if rise is not None and rise.old_rate is not None and rise.new_rate is not None:
        what = WORDS[kind]
        ends = f"from {rise.old_rate:.3g} to {rise.new_rate:.3g}"
        rates = f"{ends} crashes per 1,000 ADI and day"
        notes.append(Note("largest_rise", f"largest rise of {what}: {rise.name}, {rates}"))
    return notes


def _null_share(db: Connection, sides: _Sides, kind: str) -> list[Note]:
    old, new, selection = sides
    if kind != NULL or old.build_day or new.build_day:
        return []
    counted = [
        null_signatures.crashes(db, side.versions, selection.start, selection.end)
        for side in (old, new)
    ]
    sentence = null_share(counted[0], counted[1], old.label, new.label)
    return [Note("null_share", sentence)] if sentence else []


def _verdict(db: Connection, old: Side, new: Side, selection: Selection) -> str:
    from socorro.stats import gate_table

    old_days, new_days = (
        build_sides.read(db, side, selection.start, selection.end) for side in (old, new)
    )
    paired = build_sides.pair(old_days, new_days)
    if not paired.pairs:
        return f"{new.label} and {old.label} have no day with active installs (ADI) in common"
    [judged] = gate_table.judge_all([gates.cells(paired)], [gates.least_dispersion(paired)])
    what = "installs that crash" if paired.has_installs else "crashes"
    if judged.ratio is None or judged.high is None:
        ratio = f"ratio at least {three_digits(judged.low)}"
    else:
        ends = f"{three_digits(judged.low)} to {three_digits(judged.high)}"
        ratio = f"ratio {three_digits(judged.ratio)}, 95 % interval {ends}"
    interval = f"{ratio}; {what} per ADI, day by day"
    if judged.low <= 1 <= (judged.high or 2):
        return f"no measurable change from {old.label} to {new.label} ({interval})"
    if judged.ratio is None:
        return f"{new.label} crashes more than {old.label}, which did not crash ({interval})"
    percent = abs(judged.ratio - 1) * 100
    more = "more" if judged.ratio > 1 else "less"
    digits = 1 if percent < 10 else 0
    return f"{new.label} crashes {percent:,.{digits}f} % {more} than {old.label} ({interval})"


def _nothing(kind: str) -> str:
    return f"no {WORDS[kind]} on days with ADI"


def _missing(product: str, adi: Mapping[str, Installs]) -> list[Note]:
    notes = []
    for label, installs in adi.items():
        if installs.missing:
            named = build_sides.days_in_words(installs.missing)
            notes.append(Note("no_adi", f"no ADI for {product} {label} on {named}"))
    return notes


def _about(
    selection: Selection, sides: _Sides | None, values: Mapping[str, Any]
) -> dict[str, object]:
    old, new = (sides.old, sides.new) if sides else (None, None)
    return {
        **selection.metadata,
        "version": new and new.label,
        "old_version": old and old.label,
        "a": old and _name(old),
        "b": new and _name(new),
        "of": values["of"],
    }


def _name(side: Side) -> str:
    built: date | None = side.build_day
    return side.label if built is None else f"{built:%Y%m%d}"


WORDS: Final = {
    SIGNATURE: "crashes",
    NULL: "crashes without a useful signature",
    "flash": "crashes with Flash",
    **dict.fromkeys(FACTS[1:], "crashes without a useful signature"),
}
QUESTION = Question(
    name="Compare",
    command="compare",
    summary="Crash rates of two versions, builds or channels",
    description=(
        f"{RATES} The largest difference comes first. of=null: signatures that say nothing about "
        "the crash; build, module, os and reason: what these crashes have in common; flash: "
        "versions of Flash in all crashes. Builds of a day are compared by signature or null, in "
        "the week for which they have ADI."
    ),
    parameters=(
        parameters.PRODUCT,
        parameters.text(
            "a", "The old side: version, build id, day of builds (20261120) or channel; default: "
            "the version before b",
        ),
        parameters.text("b", "The new side; default: the newest beta, else version"),
        parameters.CHANNEL,
        parameters.days(),
        parameters.FROM,
        parameters.TO,
        parameters.choice("of", "What to compare", KINDS, SIGNATURE),
        parameters.limit(200),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)  # fmt: skip
