"""`socorro similar`: signatures whose stacks are like those of a signature, or of a crash."""

from collections.abc import Mapping
from typing import Any

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.similar import QUESTION


def _range(row: Mapping[str, Any]) -> str:
    low, high = round(row["low"], 2), round(row["high"], 2)
    return f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"


similar = questions.command(
    QUESTION,
    (
        Column("probability", "One bug", decimal(2)),
        Column("signature", "Signature"),
        Column("advice", "Advice"),
        Column("range", "Over stacks", str),
        Column("likeness", "In common", decimal(2)),
        Column("crash_count", "Crashes", number),
        Column("reason", "Because"),
    ),
    epilog="""
The method and its limits: docs/statistics.md.

Examples:
  socorro similar 'arena_dalloc | free | CloseDir'
  socorro similar bp-0bba929f-8721-460c-8e70-a43c00261123 --limit 3
  socorro similar 'OOM | small' --why
""",
    cells={"range": _range},
)
