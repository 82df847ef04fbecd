"""`socorro explosive`: signatures with more crashes than their history explains."""

from collections.abc import Sequence

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.explosions import QUESTION

BARS = "▁▂▃▄▅▆▇█"


def _bars(rates: Sequence[float]) -> str:
    highest = max(rates) or 1
    return "".join(BARS[min(int(rate / highest * 8), 7)] for rate in rates)


explosive = questions.command(
    QUESTION,
    (
        Column("oneday", "1 day", decimal(2)),
        Column("threeday", "3 days", decimal(2)),
        Column("crash_count", "Crashes", number),
        Column("rates", "Ten days", _bars),
        Column("version", "Version", str),
        Column("signature", "Signature"),
    ),
    epilog="""
The formula: docs/counts.md. Ten days are crashes per million ADI, today last.

Examples:
  socorro explosive Firefox
  socorro explosive Firefox 140.0 --day 2026-11-23 --least 0.5
  socorro explosive --csv > explosive.csv
""",
)
