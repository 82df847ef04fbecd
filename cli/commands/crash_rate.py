"""`socorro crash-rate`: crashes per 100 installs, and today compared with yesterday."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions.crash_rates import QUESTION

LOOKS = (
    Column("day", "Day", words),
    Column("version", "Version", words),
    Column("channel", "Channel", words),
    Column("os", "System", words),
    Column("estimated_count", "Crashes", decimal(0)),
    Column("crash_count", "Processed", number),
    Column("installs", "Installs", number),
    Column("adi", "ADI", number),
    Column("rate", "per 100 ADI", decimal(3)),
    Column("throttle", "Kept", lambda share: "-" if share is None else f"{share:.0%}"),
)

crash_rate = questions.command(
    QUESTION,
    LOOKS,
    hidden_when_empty=("version", "channel", "os"),
    epilog="""
Examples:
  socorro crash-rate Firefox
  socorro crash-rate Firefox 140.0 --days 30 --os mac
  socorro crash-rate Firefox --split version --csv
""",
)
