"""`socorro flash-versions`: Flash versions that are more frequent in a signature."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.flash_versions import QUESTION

flash_versions = questions.command(
    QUESTION,
    (
        Column("difference", "±", decimal(1, sign=True)),
        Column("signature", "Signature"),
        Column("flash_version", "Flash", str),
        Column("percent", "Share", decimal(1, " %")),
        Column("baseline_percent", "Of all", decimal(1, " %")),
        Column("crash_count", "Crashes", number),
    ),
    epilog="""
Examples:
  socorro flash-versions Firefox
  socorro flash-versions Firefox 10.0 --signature "hang | main" --json
""",
)
