"""NullSignatures and Compare: crashes of one version against those of another, per 1,000 ADI."""

from collections.abc import Mapping, Sequence
from typing import Any

from socorro.postgres import Connection
from socorro.queries import null_signatures as query
from socorro.queries import versions
from socorro.queries.null_signatures import Difference, Pair
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.notes import bad
from socorro.questions.selection import Selection, select

EVERY = "every-signature"
KINDS = ("signature", EVERY, "build", "module", "os", "reason")
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
    return _answer(db, selection, compared, values)


def compare(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Compare the crashes of version a with those of version b."""
    old, new = (_selected(db, values, name) for name in ("a", "b"))
    if old.versions[0] == new.versions[0]:
        raise Unknown("b", f"{values['b']} is the same version as a")
    return _answer(db, new, Pair(old.versions[0], new.versions[0]), values)


def _selected(db: Connection, values: Mapping[str, Any], name: str) -> Selection:
    """Return the version that the parameter called *name* names. Raises Unknown for that."""
    try:
        return select(db, {**values, "version": [values[name]]})
    except Unknown as error:
        parameter = name if error.parameter == "version" else error.parameter
        raise Unknown(parameter, str(error)) from None


def _answer(
    db: Connection, selection: Selection, compared: Pair, values: Mapping[str, Any]
) -> Answer:
    rows = _differences(db, compared, selection, values)
    old = compared.old.version if compared.old else None
    missing = [*_missing(db, compared, selection), *bad(db, selection)]
    nothing = Note("nothing_matches", "no such crashes on days with ADI")
    return Answer(
        title=f"{selection.product} {compared.new.version} and {old or 'no earlier version'},"
        f" {selection.days}",
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in rows],
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


def _missing(db: Connection, compared: Pair, selection: Selection) -> list[Note]:
    missing = []
    for version in (compared.old, compared.new):
        if version is None:
            continue
        installs = query.installs(db, version, selection.start, selection.end)
        if installs.missing:
            days = ", ".join(map(str, installs.missing))
            text = f"no ADI for {version.product} {version.version} on {days}"
            missing.append(Note("no_adi", text))
    return missing


COLUMNS = (
    columns.number("difference", "New rate minus old rate; null: no ADI", nullable=True),
    columns.number("old_rate", "Crashes per 1,000 ADI and day in the old version", nullable=True),
    columns.number("new_rate", "Crashes per 1,000 ADI and day in the new version", nullable=True),
    columns.count("old_count", "Processed crashes of the old version"),
    columns.count("new_count", "Processed crashes of the new version"),
    columns.text("name", "Signature, build, module, system or reason"),
)
NULL_QUESTION = Question(
    name="NullSignatures",
    command="null-signatures",
    summary="Crashes without a useful signature, across betas",
    description=(
        f"{RATES} The default version is the newest beta. It is compared with the version before "
        f"it on its channel. of={EVERY} includes useful signatures."
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
COMPARE_QUESTION = Question(
    name="Compare",
    command="compare",
    summary="Crash rates of two versions, side by side",
    description=(
        f"{RATES} With of=signature, build, module, os or reason, only crashes without a useful "
        "signature are compared."
    ),
    parameters=(
        parameters.PRODUCT,
        parameters.text("a", "The old version", required=True),
        parameters.text("b", "The new version", required=True),
        parameters.days(),
        parameters.FROM,
        parameters.TO,
        parameters.choice("of", "What to compare", KINDS, EVERY),
        parameters.limit(200),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=compare,
)
