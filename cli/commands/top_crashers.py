"""`socorro top-crashers`: signatures by rank."""

from collections.abc import Mapping
from typing import Any

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions.top_crashers import QUESTION

LOOKS = (
    Column("rank", "#", number),
    Column("signature", "Signature"),
    Column("estimated_count", "Crashes", decimal(0)),
    Column("trend", "±", words),
    Column("percent", "Share", decimal(1, " %")),
    Column("bugs", "Bugs"),
    Column("percent_change", "Points", decimal(1, sign=True)),
    Column("installs", "Installs", number),
    Column("crash_count", "Processed", number),
    Column("first_report", "First seen", lambda moment: f"{moment:%Y-%m-%d}"),
    Column("startup_percent", "Startup", decimal(0, " %")),
    Column("win", "Win", number),
    Column("mac", "Mac", number),
    Column("lin", "Lin", number),
    Column("android", "And", number),
    Column("interval", "95 %", words),
)


def _trend(row: Mapping[str, Any]) -> str:
    if row["change"] is None:
        return "new" if row["is_new"] else "up"
    return f"{row['change']:+}" if row["change"] else "="


def _interval(row: Mapping[str, Any]) -> str | None:
    """Return the interval of sampled crashes; all crashes are no estimate."""
    low, high = row["estimated_low"], row["estimated_high"]
    if low is None or row["estimated_count"] == row["crash_count"]:
        return None
    return f"{low:,.0f} to {high:,.0f}"


top_crashers = questions.command(
    QUESTION,
    LOOKS,
    cells={"trend": _trend, "interval": _interval},
    hidden_when_empty=("interval",),
    epilog="""
Examples:
  socorro top-crashers Firefox
  socorro top-crashers Firefox 140.0 --days 14 --limit 50
  socorro top-crashers Firefox 142.0a1 --by build --os mac
  socorro top-crashers Firefox --count processed --sort change
  socorro top-crashers Firefox --count installs
  socorro top-crashers Fenix --type startup --csv > startup.csv
  socorro top-crashers MyGame 1.2 --channel playtest
""",
)
