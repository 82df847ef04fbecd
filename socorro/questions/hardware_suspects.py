"""HardwareSuspects: which machines crash because their memory is broken?"""

from collections.abc import Mapping
from typing import Any, Final

from socorro.postgres import Connection
from socorro.queries import hardware_suspects as query
from socorro.queries.hardware_suspects import Scan, Suspect
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.scans import no_scan
from socorro.questions.words import percent, plural
from socorro.stats.proportion import share_of

JOB: Final = "hardware-suspects"
CAUTION: Final = "A suspicion, not a proof: code that computes addresses like 1 << n looks like it."


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return suspected machines, the least likely chance first."""
    scan = query.scan(db, values["day"])
    if scan is None:
        return Answer("Hardware suspects", [], notes=[no_scan(query.scan(db), JOB, values["day"])])
    suspects = query.suspects(db, scan.day, most=values["limit"], skip=values["offset"])
    return Answer(
        title=f"Hardware suspects, {scan.first_day} to {scan.day}",
        rows=[_row(suspect) for suspect in suspects],
        about={
            name: getattr(scan, name)
            for name in ("first_day", "day", "crashes", "flipped", "machines", "base_share")
        },
        notes=[
            *_sentences(scan, suspects, values["offset"]),
            *(Note("why", _evidence(scan, one)) for one in suspects if values["why"]),
            *(Note("left_out", text) for text in scan.notes),
        ],
    )


def _sentences(scan: Scan, suspects: list[Suspect], offset: int) -> list[Note]:
    base = f"{plural(scan.machines, 'machine')} in {plural(scan.crashes, 'crash')} that name theirs"
    if not suspects and offset:
        return [Note("beyond_the_end", f"no row {offset}")]
    if not suspects:
        return [
            Note("nothing_matches", f"no machine crashes at one-bit addresses too often: {base}")
        ]
    total = suspects[0].total
    text = (
        f"{plural(total, 'machine')} {'crashes' if total == 1 else 'crash'} at one-bit addresses"
        f" too often, in several signatures, as with broken memory ({base})"
    )
    return [Note("total", text), Note("caution", CAUTION)]


def _evidence(scan: Scan, one: Suspect) -> str:
    expected = one.crashes * scan.base_share
    return (
        f"microcode {one.cpu_microcode_version}: {one.flipped:,} of {plural(one.crashes, 'crash')}"
        f" at one-bit addresses, where {expected:.2g} are usual"
        f" ({percent(scan.base_share, 2)} of all), in {plural(one.signatures, 'signature')};"
        f" by chance on fewer than {one.chance:.1g} of {plural(scan.machines, 'machine')}"
    )


def _row(one: Suspect) -> list[Any]:
    share = share_of(one.flipped, one.crashes)
    values = one._asdict() | {
        "percent": share.share * 100,
        "low": share.low * 100,
        "high": share.high * 100,
    }
    return [values[column.name] for column in COLUMNS]


COLUMNS = (
    columns.count("crashes", "Crashes of the machine in these days"),
    columns.count("flipped", "Those at an address with a single bit set"),
    columns.number("percent", "The same, percent"),
    columns.number("low", "Lower end of its 95 % interval"),
    columns.number("high", "Upper end of its 95 % interval"),
    columns.count("signatures", "Different signatures of crashes at such addresses"),
    columns.number("chance", "Chance of so many, times the number of machines tested"),
    columns.text("cpu_microcode_version", "Microcode of the processor"),
    columns.text("cpu_info", "Processor and number of cores"),
    columns.text("os_name", "System"),
    columns.text("os_version", "Version of the system"),
    columns.text("graphics", "Vendor and model of the graphics adapter; empty: not sent"),
    columns.count("memory_bytes", "Memory, bytes"),
    columns.text("signature", "The commonest signature of its crashes", nullable=True),
)
QUESTION = Question(
    name="HardwareSuspects",
    command=JOB,
    summary="Machines that crash as if their memory was broken",
    description=(
        "Machines are told apart by processor, microcode, system, graphics and memory. Listed are "
        "those with far more crashes at addresses with a single bit set than usual, in three "
        "signatures or more. Each night the crashes of the last seven days are scanned."
    ),
    parameters=(
        parameters.day("day", "Last day of the scan, UTC; default: of the last scan"),
        parameters.EXPLAIN,
        parameters.limit(50, "machines"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
