"""`socorro overview`: how much products crash, against the day before."""

from collections.abc import Mapping
from typing import Any

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions.overview import QUESTION

LOOKS = (
    Column("product", "Product"),
    Column("channel", "Channel", words),
    Column("version", "Version", words),
    Column("estimated_count", "Crashes", decimal(0)),
    Column("rate", "per 100 ADI", decimal(3)),
    Column("change", "Against day before"),
    Column("adi", "ADI", number),
    Column("day", "Day", words),
)


def _change(row: Mapping[str, Any]) -> str | None:
    """Return the ratio in words; up and down only beyond what days always differ by."""
    if row["ratio"] is None:
        return None
    of = "" if row["compared"] == "rates" else " (crashes)"
    return f"{row['verdict']}, ratio {row['ratio']:.3f}{of}"


overview = questions.command(
    QUESTION,
    LOOKS,
    cells={"change": _change},
    hidden_when_empty=("channel", "version"),
    epilog="""
Examples:
  socorro overview
  socorro overview Firefox
  socorro overview Firefox --channel beta --json
""",
)
