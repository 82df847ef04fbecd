"""`socorro gate`: whether a new build is worse than an old one."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.gates import QUESTION

gate = questions.command(
    QUESTION,
    (
        Column("os", "System"),
        Column("ratio", "Ratio", decimal(3)),
        Column("low", "from", decimal(3)),
        Column("high", "to", decimal(3)),
        Column("old_rate", "Old rate", decimal(3)),
        Column("new_rate", "New rate", decimal(3)),
        Column("old_installs", "Old installs", number),
        Column("new_installs", "New installs", number),
        Column("old_crashes", "Old crashes", number),
        Column("new_crashes", "New crashes", number),
    ),
    epilog="""
Examples:
  socorro gate 141.0b3 141.0b4
  socorro gate 140.0 141.0 Firefox --compare ages --days 7
  socorro gate 20261119 20261120 --channel nightly --why
""",
)
