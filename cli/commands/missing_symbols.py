"""`socorro missing-symbols`, also `socorro symbols missing`: which symbols are missing most."""

from cli.commands import questions
from cli.commands.tables import Column, number, words
from socorro.questions.missing_symbols import QUESTION

missing_symbols = questions.command(
    QUESTION,
    (
        Column("naming_count", "In signature", number),
        Column("debug_file", "Module"),
        Column("crash_count", "Crashes", number),
        Column("debug_id", "Debug id"),
        Column("fix", "How to fix"),
        Column("is_system", "System", words),
    ),
    epilog="""
After adding symbols: socorro reprocess --missing-symbols

Examples:
  socorro missing-symbols
  socorro missing-symbols --days 28 --modules own
  socorro missing-symbols --json | jq -r '.rows[].fix'
""",
)
