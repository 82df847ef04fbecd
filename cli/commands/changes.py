"""`socorro changes`: signatures that exploded, are new, came back or are gone."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions.changes import QUESTION

changes = questions.command(
    QUESTION,
    (
        Column("kind", "Kind", words),
        Column("signature", "Signature"),
        Column("count", "Crashes", number),
        Column("since", "Since", words),
        Column("expected", "Expected", decimal(1)),
        Column("channel", "Channel", words),
        Column("first_build", "First build", words),
    ),
    hidden_when_empty=("expected", "channel", "first_build"),
    epilog="""
Examples:
  socorro changes Firefox
  socorro changes Firefox --channel nightly --days 7 --why
  socorro changes --csv > changes.csv
""",
)
