"""Correlations: what the crashes of a signature have in common that other crashes do not have."""

from collections.abc import Mapping, Sequence
from typing import Any

from socorro.postgres import Connection
from socorro.queries import correlations as query
from socorro.queries.correlations import SAVED, Compared, Finding
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.signature_counts import nearest_listed
from socorro.questions.words import plural

SHOWN = 5  # lines whose base is printed
EXPLAINED = 20  # findings whose numbers --why prints
MANY = 0.5  # of installs: say that they have no install time, or all the same
NO_CAUSE = "what is more frequent with a signature need not be its cause"
JOB = "the scheduled job `correlations` compares them each day (`socorro cron list`)"


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the findings of a signature, of the line with the most installs first."""
    signature, product, channel = values["signature"], values["product"], values["channel"]
    day = values["day"] or query.last_day(db, signature, product, channel)
    lines = query.compared(db, signature, day, product, channel) if day else []
    findings = (
        query.findings(
            db, signature, day, product, channel, most=values["limit"], skip=values["offset"]
        )
        if day
        else []
    )
    more = _numbers(findings) if values["why"] else []
    return Answer(
        title=f"Correlations: {signature}{f', {day}' if day else ''}",
        rows=[[*_cells(finding)] for finding in findings],
        about={
            "signature": signature, "product": product, "channel": channel, "day": day,
            "lines": [_base(line) for line in lines],
        },
        notes=[*_notes(lines), *more] if lines else _nothing(db, values),
        total=sum(_rows(line) for line in lines),
    )  # fmt: skip


def sentence(finding: Finding) -> str:
    """Say what a finding is, with its numbers."""
    share, other = _percent(finding)
    sign = 1 if finding.difference > 0 else -1
    size, low, high = (
        100 * sign * value + 0.0 for value in (finding.difference, finding.low, finding.high)
    )
    text = (
        f"{finding.attribute} = {finding.value}: {share:.0f} % of"
        f" {plural(finding.installs, 'install')} with this signature, {other:.0f} % of"
        f" {finding.other_installs:,} others; {size:.0f} points"
        f" {'more' if sign > 0 else 'fewer'} ({min(low, high):.0f} to {max(low, high):.0f})"
    )
    if not finding.causes:
        return text
    left = round(100 * sign * finding.lefts[0]) + 0
    within = f"{left} within the same {finding.causes[0]}"
    if finding.state == "explained":
        return f"{text}, explained by {finding.causes[0]}: {within}"
    if finding.state == "weak":
        return f"{text}, partly explained by {finding.causes[0]}: {within}"
    return f"{text}, {within}"


def _percent(finding: Finding) -> tuple[float, float]:
    return (
        100 * finding.having / max(1, finding.installs),
        100 * finding.other_having / max(1, finding.other_installs),
    )


def _cells(finding: Finding) -> list[Any]:
    share, other = _percent(finding)
    judged = bool(finding.causes)
    return [
        finding.state, finding.attribute, finding.value, share, other, 100 * finding.difference,
        100 * finding.low, 100 * finding.high, 100 * finding.lefts[0] if judged else None,
        100 * finding.left_lows[0] if judged else None,
        100 * finding.left_highs[0] if judged else None,
        finding.causes[0] if judged else None, finding.having, finding.installs,
        finding.other_having, finding.other_installs, finding.p, finding.product,
        finding.channel, finding.day, finding.names, sentence(finding),
    ]  # fmt: skip


def _base(line: Compared) -> dict[str, Any]:
    return {
        **line._asdict(), "first_day": str(line.first_day), "day": str(line.day),
    }  # fmt: skip


def _rows(line: Compared) -> int:
    return sum(min(count, SAVED) for count in (line.kept, line.weak, line.explained))


def _notes(lines: Sequence[Compared]) -> list[Note]:
    notes = [Note("base", _about(line)) for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        rest = plural(len(lines) - SHOWN, "more product and channel")
        notes.append(Note("base", f"and in {rest} (--json)"))
    for line in lines[:SHOWN]:
        notes += _doubts(line)
    return [*notes, Note("no_cause", NO_CAUSE)]


def _about(line: Compared) -> str:
    share = f", {100 * line.share:.0f} % of all" if line.share < 1 else ""
    counts = f"{plural(line.kept, 'finding')}, {line.weak} weak, {line.explained} explained"
    more = f", {line.unjudged:,} smaller ones not judged" if line.unjudged else ""
    if max(line.kept, line.weak, line.explained) > SAVED:
        more += f"; the {SAVED} strongest of each kind are kept"
    return (
        f"{_name(line)}, {line.first_day} to {line.day}: {plural(line.installs, 'install')} with"
        f" this signature compared with {line.other_installs:,} others{share};"
        f" {plural(line.attributes, 'attribute')}; {counts}{more}"
    )


def _doubts(line: Compared) -> list[Note]:
    doubts = [Note("incomplete", f"{_name(line)}: {text}") for text in line.problems]
    if line.without_time > MANY * line.line_installs:
        share = 100 * line.without_time / line.line_installs
        text = f"{_name(line)}: {share:.0f} % of crashes have no install time; each counts as one"
        doubts.append(Note("no_install_time", f"{text} install"))
    elif line.same_time > MANY * line.line_installs:
        share = 100 * line.same_time / line.line_installs
        text = f"{_name(line)}: {share:.0f} % of installs have the same install time"
        doubts.append(Note("same_install_time", f"{text}; machines are told apart by their parts"))
    return doubts


def _name(line: Compared) -> str:
    return f"{line.product} {line.channel}".strip()


def _numbers(findings: Sequence[Finding]) -> list[Note]:
    notes = []
    for finding in findings[:EXPLAINED]:
        checks = [
            f"{100 * left:.1f} ({100 * low:.1f} to {100 * high:.1f}) within {cause},"
            f" {100 * comparable:.0f} % comparable"
            for cause, left, low, high, comparable in zip(
                finding.causes, finding.lefts, finding.left_lows, finding.left_highs,
                finding.comparable, strict=True,
            )
        ]  # fmt: skip
        text = (
            f"{finding.attribute} = {finding.value}: {finding.having} of {finding.installs} against"
            f" {finding.other_having} of {finding.other_installs}, p {finding.p:.1g}; left:"
            f" {'; '.join(checks) or 'no common cause could be judged'}"
        )
        if len(finding.names) > 1:
            text += f"; the same as {', '.join(finding.names[1:])}"
        notes.append(Note("why", text))
    if len(findings) > EXPLAINED:
        notes.append(Note("why", f"and {len(findings) - EXPLAINED} more (--json)"))
    return notes


def _nothing(db: Connection, values: Mapping[str, Any]) -> list[Note]:
    """Say why a signature was not compared."""
    signature, product, channel = values["signature"], values["product"], values["channel"]
    last = query.last_line(db, product, channel)
    where = " ".join(filter(None, (product, channel)))
    if last is None:
        text = f"no crashes compared yet{f' of {where}' if where else ''}: {JOB}"
        return [Note("not_computed_yet", text)]
    if values["day"] and (other := query.last_day(db, signature, product, channel)):
        text = f"not compared on {values['day']}; the last day is {other}"
        return [Note("nothing_matches", text)]
    if not query.exists(db, signature):
        near = nearest_listed(db, signature)
        return [Note("nothing_matches", f"no signature {signature!r} in counted crashes{near}")]
    text = (
        "not among the 300 signatures with the most installs of a product and channel, or fewer"
        f" than 5 installs crashed with it; the last day compared is {last}"
    )
    return [Note("nothing_matches", text)]


COLUMNS = (
    columns.text("state", "kept; weak: a common cause leaves little; explained: by the cause"),
    columns.text("attribute", "What is more or less frequent"),
    columns.text("value", "Its value"),
    columns.number("percent", "Share of the installs with the signature that have it, percent"),
    columns.number("other_percent", "Share of other installs that crashed that have it, percent"),
    columns.number("difference", "Difference of the shares, percentage points"),
    columns.number("low", "Lower end of its 95 % interval"),
    columns.number("high", "Upper end"),
    columns.number(
        "left", "Difference left within the cause, percentage points; null: none judged",
        nullable=True,
    ),
    columns.number("left_low", "Lower end of its 95 % interval", nullable=True),
    columns.number("left_high", "Upper end", nullable=True),
    columns.text("cause", "Attribute within which least is left", nullable=True),
    columns.count("having", "Installs with the signature that have it"),
    columns.count("installs", "Installs that crashed with the signature"),
    columns.count("other_having", "Other installs that have it"),
    columns.count("other_installs", "Other installs that crashed, each once for a signature"),
    columns.number("p", "Probability of such a difference by chance"),
    columns.text("product", "Product"),
    columns.text("channel", "Release channel; empty where the client names none"),
    columns.day("day", "Last UTC day of the crashes"),
    columns.texts("names", "All attributes that are this finding, 20 at most"),
    columns.text("sentence", "The finding in words"),
)  # fmt: skip
QUESTION = Question(
    name="Correlations",
    command="correlations",
    summary="What the crashes of a signature have in common",
    description=(
        "Installs that crashed with the signature are compared with all others of the same product "
        "and channel: modules on the stack, add-ons, system, hardware. Differences that follow "
        "from another attribute are explained by it. Computed each day for the 300 signatures with "
        "the most installs."
    ),
    parameters=(
        parameters.SIGNATURE,
        parameters.text("product", "Crashes of one product only"),
        parameters.text("channel", "Crashes of one release channel only"),
        parameters.day("day", "Last UTC day of the crashes; default: the last one compared"),
        parameters.EXPLAIN,
        parameters.limit(100, "findings"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
