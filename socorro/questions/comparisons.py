"""NullSignatures: a beta against the beta before it, per 1,000 ADI; rows that Compare has, too."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from socorro.postgres import Connection
from socorro.queries import null_signatures as query
from socorro.queries import versions
from socorro.queries.comparisons import Difference, Installs
from socorro.queries.null_signatures import Pair
from socorro.queries.versions import Version
from socorro.questions import columns, parameters, ratio_words
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.notes import bad, running
from socorro.questions.selection import Selection, select
from socorro.stats.rate_ratio import Exposed, RateRatio
from socorro.stats.rate_ratio import compare as compare_rates

EVERY = "every-signature"
KINDS = ("signature", EVERY, "build", "module", "os", "reason")
CONFIDENCE = 0.99  # many rows are looked at
NO_RATIO = RateRatio(None, None, None)  # type: ignore[arg-type]
RATES = (
    "Rates are crashes per 1,000 ADI (active daily installs) and day, corrected for sampling, over "
    "days with ADI."
)


def null_signatures(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Compare crashes without a useful signature of a beta with those of the beta before it."""
    selection = select(db, values)
    all_versions = versions.versions(db, selection.product)
    newest = selection.versions[0] if values["version"] else None
    compared = query.pair(all_versions, newest)
    if compared is None:
        raise Unknown("version", f"{selection.product} has no counted beta: name a version")
    answer = _answer(db, selection, compared, values)
    return replace(answer, notes=[*_shares(db, compared, selection), *answer.notes])


def _answer(
    db: Connection, selection: Selection, compared: Pair, values: Mapping[str, Any]
) -> Answer:
    rows = _differences(db, compared, selection, values)
    adi = {
        version: query.installs(db, version, selection.start, selection.end)
        for version in (compared.old, compared.new)
        if version
    }
    old = compared.old.version if compared.old else None
    missing = [*_missing(adi), *running(selection), *bad(db, selection)]
    nothing = Note("nothing_matches", "no such crashes on days with ADI")
    return Answer(
        title=f"{selection.product} {compared.new.version} and {old or 'no earlier version'},"
        f" {selection.days}",
        rows=with_ratios(
            rows,
            adi[compared.old].adi if compared.old else 0,
            adi[compared.new].adi,
        ),
        about={
            **selection.metadata,
            "version": compared.new.version,
            "old_version": old,
            "of": values["of"],
        },
        notes=missing if rows or values["offset"] else [nothing, *missing],
    )


def _differences(
    db: Connection, compared: Pair, selection: Selection, values: Mapping[str, Any]
) -> Sequence[Difference]:
    kind = values["of"]
    if kind in ("signature", EVERY):
        return query.signatures(
            db,
            compared,
            selection.start,
            selection.end,
            only_null=kind == "signature",
            most=values["limit"],
            skip=values["offset"],
        )
    return query.facts(
        db,
        compared,
        selection.start,
        selection.end,
        kind,
        values["limit"],
        values["offset"],
    )


def _missing(adi: Mapping[Version, Installs]) -> list[Note]:
    missing = []
    for version, installs in adi.items():
        if installs.missing:
            days = ", ".join(map(str, installs.missing))
            text = f"no ADI for {version.product} {version.version} on {days}"
            missing.append(Note("no_adi", text))
    return missing


def _shares(db: Connection, compared: Pair, selection: Selection) -> list[Note]:
    if compared.old is None:
        return []
    old, new = compared.old, compared.new
    counted = {
        version.version: query.crashes(db, versions.ids([version]), selection.start, selection.end)
        for version in (old, new)
    }
    sentence = null_share(counted[old.version], counted[new.version], old.version, new.version)
    return [Note("comparison", sentence)] if sentence else []


def null_share(old: query.Crashes, new: query.Crashes, old_name: str, new_name: str) -> str:
    """Say whether the share of crashes without a useful signature changed; "" without crashes."""
    ratio = compare_rates(Exposed(*old[::-1]), Exposed(*new[::-1]), CONFIDENCE)
    if ratio is None:
        return ""
    shares = ", ".join(
        f"{100 * one.without_signature / one.reports:.2f} % of {one.reports:,} in {name}"
        for one, name in ((new, new_name), (old, old_name))
    )
    interval = ratio_words.interval(ratio, CONFIDENCE)
    return (
        "share of crashes without a useful signature:"
        f" {ratio_words.change(ratio)} ({shares}; {interval})"
    )


def with_ratios(
    rows: Sequence[Difference], old_installs: int, new_installs: int
) -> list[list[Any]]:
    """Return the values of COLUMNS, with the ratio of the rates and its interval.

    The installs are the ADI behind the rates, summed over days.
    """
    from socorro.stats.rate_ratios import compare_all

    old = _exposed([row.old_count for row in rows], [row.old_rate for row in rows], old_installs)
    new = _exposed([row.new_count for row in rows], [row.new_rate for row in rows], new_installs)
    ratios = compare_all(list(zip(old, new, strict=True)), CONFIDENCE)
    values = (
        {**row._asdict(), **(ratio or NO_RATIO)._asdict()}
        for row, ratio in zip(rows, ratios, strict=True)
    )
    return [[value[column.name] for column in COLUMNS] for value in values]


def _exposed(counts: Sequence[int], rates: Sequence[float | None], installs: int) -> list[Exposed]:
    """Return the counts with the installs that could have sent them: ADI times share kept.

    The share of crashes that is kept is not known of what never crashed: then it is that of all.
    """
    estimated = [(rate or 0) * installs / 1000 for rate in rates]
    kept = sum(counts) / sum(estimated) if sum(estimated) else 1.0
    return [
        Exposed(count, installs * (count / crashes if crashes else kept))
        for count, crashes in zip(counts, estimated, strict=True)
    ]


COLUMNS = (
    columns.number("difference", "New rate minus old rate; null: no ADI", nullable=True),
    columns.number("old_rate", "Crashes per 1,000 ADI and day in the old version", nullable=True),
    columns.number("new_rate", "Crashes per 1,000 ADI and day in the new version", nullable=True),
    columns.number(
        "ratio", "New rate / old rate; null: no ADI, or no crash in the old version", nullable=True
    ),
    columns.number("low", "Lower end of its 99 % interval; null: no ADI", nullable=True),
    columns.number("high", "Upper end; null: no ADI, or no upper end", nullable=True),
    columns.count("old_count", "Processed crashes of the old version"),
    columns.count("new_count", "Processed crashes of the new version"),
    columns.text("name", "Signature, build, module, system, reason or Flash version"),
)
NULL_QUESTION = Question(
    name="NullSignatures",
    command="null-signatures",
    summary="Crashes without a useful signature, across betas",
    description=(
        f"{RATES} The default version is the newest beta. It is compared with the version before "
        f"it on its channel. of={EVERY} includes useful signatures. A note compares the shares of "
        "crashes without a useful signature, which needs no ADI."
    ),
    parameters=(
        *parameters.period(),
        parameters.choice("of", "What to compare", KINDS, "signature"),
        parameters.limit(200),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=null_signatures,
)
