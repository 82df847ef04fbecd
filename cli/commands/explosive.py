"""`socorro explosive`: signatures with more crashes than their history explains."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions.explosions import QUESTION

BARS = "▁▂▃▄▅▆▇█"
DAYS = 14  # that are drawn


def _bars(counts: Sequence[float]) -> str:
    highest = max(counts, default=0) or 1
    return "".join(BARS[min(int(count / highest * 8), 7)] for count in counts[-DAYS:])


def _interval(row: Mapping[str, Any]) -> str | None:
    if row["low"] is None:
        return None
    low = f"{row['low']:,.1f}"
    return f"{low} up" if row["high"] is None else f"{low} to {row['high']:,.1f}"


explosive = questions.command(
    QUESTION,
    (
        Column("ratio", "Times", decimal(1)),
        Column("oneday", "1 day", decimal(2)),
        Column("signature", "Signature"),
        Column("crash_count", "Crashes", number),
        Column("events", "Events", number),
        Column("expected", "Expected", decimal(1)),
        Column("interval", "95 %", words),
        Column("first_day", "Since", words),
        Column("channel", "Channel", words),
        Column("version", "Version", words),
        Column("threeday", "3 days", decimal(2)),
        Column("window_days", "Days", number),
        Column("series", "Last days", _bars),
    ),
    cells={"interval": _interval},
    hidden_when_empty=(
        "oneday", "threeday", "crash_count", "events", "expected", "ratio", "interval",
        "window_days", "first_day", "channel", "version",
    ),
    epilog="""
How it decides, and how often it is wrong: docs/statistics.md. The formula of 2012 has a false alarm
on nearly every day (docs/counts.md).

Examples:
  socorro explosive Firefox
  socorro explosive Firefox --channel beta --why
  socorro explosive Firefox --day 2026-11-23 --formula 2012 --least 0.5
  socorro explosive --csv > explosive.csv
""",
)  # fmt: skip
