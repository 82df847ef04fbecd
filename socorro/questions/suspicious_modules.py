"""SuspiciousModules: which unknown modules ride along in crashes?"""

from collections.abc import Mapping
from typing import Any, Final

from socorro.postgres import Connection
from socorro.queries import stack_modules as query
from socorro.queries.stack_modules import Suspect
from socorro.questions import columns, parameters, scans
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.words import plural
from socorro.stats.proportion import share_of
from socorro.stats.suspicious_modules import CUT, POINTS

KIND: Final = "suspicious-modules"
MOST_NAMES: Final = 10  # that a row has
TRIAGE: Final = "A list of what to look at, not a verdict: harmless modules may be among them."


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return suspicious modules, most points first."""
    product = scans.product_of(db, values)
    scan = query.scan(db, KIND, values["day"])
    if scan is None:
        last = query.scan(db, KIND)
        return Answer("Suspicious modules", [], notes=[scans.no_scan(last, KIND, values["day"])])
    suspects = query.suspects(db, scan.day, product, most=values["limit"], skip=values["offset"])
    crashes = plural(scan.crashes, "crash")
    nothing = f"no module has {CUT:g} points or more in {crashes} with modules on their stacks"
    sentences = [TRIAGE] if suspects or values["offset"] else [nothing]
    evidence = [_evidence(one) for one in suspects] if values["why"] else []
    return Answer(
        title=f"Suspicious modules: {product or 'all products'}, {scan.first_day} to {scan.day}",
        rows=[_row(one) for one in suspects],
        about=scans.about(scan, product) | {"cut": CUT, "points": dict(POINTS)},
        notes=[
            *(Note("triage", text) for text in sentences),
            *(Note("why", text) for text in evidence),
            *scans.notes_of(scan),
        ],
    )


def _evidence(one: Suspect) -> str:
    reasons = "; ".join(f"{_reason(one, reason)} ({POINTS[reason]:g})" for reason in one.reasons)
    signed = {None: "certificates unknown", True: "has a certificate", False: ""}[one.is_signed]
    more = f"; {signed}" if signed else ""
    return f"{one.name}: {one.points:g} points: {reasons}{more}"


def _reason(one: Suspect, reason: str) -> str:
    share = share_of(one.signature_installs, one.installs)
    return {
        "many_names": f"the same file under {one.name_count:,} names",
        "no_certificate": "no certificate where crashes say which modules have one",
        "unusual_name": "spelled unlike usual names",
        "new": f"first seen on {one.first_day}",
        "one_signature": (
            f"{one.signature_installs:,} of {one.installs:,} installs crash as {one.signature}"
            f" ({share.share * 100:.0f} %, 95 % interval {share.low * 100:.0f} to"
            f" {share.high * 100:.0f} %)"
        ),
    }[reason]


def _row(one: Suspect) -> list[Any]:
    share = share_of(one.signature_installs, one.installs)
    values = one._asdict() | {
        "names": list(one.names[:MOST_NAMES]),
        "debug_id": one.debug_ids[0],
        "reasons": list(one.reasons),
        "percent": share.share * 100,
        "low": share.low * 100,
        "high": share.high * 100,
    }
    return [values[column.name] for column in COLUMNS]


COLUMNS = (
    columns.number("points", "Sum of the points of its reasons"),
    columns.count("installs", "Installs that crashed with it on the stack"),
    columns.count("crashes", "Crashes with it on the stack"),
    columns.text("name", "The first of its names"),
    columns.count("name_count", "Number of its names"),
    columns.texts("names", f"Its names, {MOST_NAMES} at most"),
    columns.texts("reasons", f"Why it is listed: {', '.join(POINTS)}"),
    columns.day("first_day", "First day of the scan that had it, UTC"),
    columns.boolean(
        "is_signed", "Whether it has a certificate; null: no crash says", nullable=True
    ),
    columns.text("signature", "Its commonest signature", nullable=True),
    columns.count("signature_installs", "How many of its installs crash so"),
    columns.number("percent", "The same, percent"),
    columns.number("low", "Lower end of its 95 % interval"),
    columns.number("high", "Upper end of its 95 % interval"),
    columns.text("debug_id", "The first of its debug ids"),
    columns.count("debug_id_count", "Number of its debug ids"),
    columns.text("product", "Product"),
)
QUESTION = Question(
    name="SuspiciousModules",
    command=KIND,
    summary="Modules in crashes that somebody should look at",
    description=(
        "Points for what malware does: one file under many names, no certificate, an odd name, "
        f"new, in one signature mostly. {CUT:g} and more are listed. Each night the stacks of the "
        "last 28 days are scanned. docs/statistics.md has the points."
    ),
    parameters=(
        parameters.PRODUCT_OR_ALL,
        parameters.day("day", "Last day of the scan, UTC; default: of the last scan"),
        parameters.EXPLAIN,
        parameters.limit(50, "modules"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
