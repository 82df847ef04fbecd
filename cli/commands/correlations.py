"""`socorro correlations`: what the crashes of a signature have in common."""

from cli.commands import questions
from cli.commands.tables import Column, decimal
from socorro.questions.correlations import QUESTION

correlations = questions.command(
    QUESTION,
    (
        Column("state", "State"),
        Column("attribute", "Attribute"),
        Column("value", "Value"),
        Column("percent", "With it", decimal(0, " %")),
        Column("other_percent", "Others", decimal(0, " %")),
        Column("difference", "Points", decimal(0, sign=True)),
        Column("left", "Left", decimal(0, sign=True)),
        Column("cause", "Within"),
        Column("product", "Product"),
        Column("channel", "Channel"),
    ),
    epilog="""
Left: percentage points that remain within the same value of the attribute in the last column.
docs/statistics.md explains the method, and what it cannot say.

Examples:
  socorro correlations 'OOM | small'
  socorro correlations 'OOM | small' Firefox --channel release --why
  socorro correlations 'OOM | small' --json
""",
)
