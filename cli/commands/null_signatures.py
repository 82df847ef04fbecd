"""`socorro null-signatures` and `socorro compare`: one version's crashes against another's."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.compare import QUESTION as COMPARE_QUESTION
from socorro.questions.comparisons import NULL_QUESTION

LOOKS = (
    Column("difference", "±", decimal(3, sign=True)),
    Column("name", "Name"),
    Column("ratio", "Ratio", decimal(3)),
    Column("low", "from", decimal(3)),
    Column("high", "to", decimal(3)),
    Column("old_rate", "Old rate", decimal(3)),
    Column("new_rate", "New rate", decimal(3)),
    Column("new_count", "New crashes", number),
    Column("old_count", "Old crashes", number),
)

null_signatures = questions.command(
    NULL_QUESTION,
    LOOKS,
    epilog="""
Examples:
  socorro null-signatures Firefox
  socorro null-signatures Firefox 141.0b3 --of module
  socorro null-signatures Firefox --of every-signature --csv > betas.csv
""",
)
compare = questions.command(
    COMPARE_QUESTION,
    LOOKS,
    epilog="""
Examples:
  socorro compare Firefox --a 141.0b3 --b 141.0b4
  socorro compare Firefox --a 140.0 --b 141.0 --days 14 --of null
  socorro compare Firefox --a beta --b release --of flash
""",
)
