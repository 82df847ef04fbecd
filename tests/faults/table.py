"""The table at the end of the battery."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.faults.verdict import Expectation, Row, Verdict, seconds_text

_COLUMNS = ("answered", "lost", "doubled", "stalled others, s", "recovered after, s")
_NAMED = 3  # crash ids per kind
_COLOURS = {Verdict.OK: "green", Verdict.SKIPPED: "dim"}


def cells(row: Row, expectation: Expectation, patience: float) -> list[str]:
    """Return the row's cells: name, figures, verdict. *patience*: seconds waited for a report."""
    measured = row.measured
    figures = [""] * len(_COLUMNS)
    if not measured.skipped:
        figures = [
            f"{measured.answered:,}",
            f"{len(measured.lost):,}",
            f"{len(measured.doubled):,}",
            seconds_text(measured.stalled, patience),
            seconds_text(measured.recovered, expectation.recover_seconds),
        ]
    return [row.name, *figures, ", ".join(verdict.value for verdict in row.verdicts)]


def remarks(row: Row) -> list[str]:
    """Return what a failed row has to say besides its figures, one sentence each."""
    measured = row.measured
    lines = [*measured.wrong]
    kinds = {"lost": measured.lost, "doubled": measured.doubled, "waiting": measured.unsettled}
    for kind, crash_ids in kinds.items():
        if crash_ids:
            more = len(crash_ids) - _NAMED
            text = f"{kind}: {', '.join(crash_ids[:_NAMED])}"
            lines.append(text + (f" and {more:,} more" if more > 0 else ""))
    return [*lines, *([measured.broken] if measured.broken else [])]


def show(
    rows: Sequence[Row],
    expectations: dict[str, Expectation],
    patience: float,
    console: Console | None = None,
) -> None:
    """Print the table, then what the rows that failed have to say."""
    console = console or Console()
    console.width = max(console.width, 140)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("fault", no_wrap=True)
    for heading in _COLUMNS:
        table.add_column(heading, justify="right")
    table.add_column("verdict", no_wrap=True)
    for row in rows:
        *figures, verdict = cells(row, expectations[row.name], patience)
        colour = _COLOURS.get(row.verdicts[0], "bold red")
        table.add_row(*figures, f"[{colour}]{verdict}[/]")
    console.print(table)
    for row in rows:
        if not row.is_ok:
            for line in remarks(row):
                console.print(f"[bold]{row.name}[/]: ", end="")
                console.print(line, markup=False, highlight=False, soft_wrap=True)
    failed = sum(not row.is_ok for row in rows)
    console.print(f"\n{len(rows)} faults tried, {failed} did more than they may")
