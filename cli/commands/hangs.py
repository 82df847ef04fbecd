"""`socorro hangs`: browser and plugin crashes that belong together."""

from cli.commands import questions
from cli.commands.tables import Column, number
from socorro.questions.hangs import QUESTION

hangs = questions.command(
    QUESTION,
    (
        Column("pair_count", "Hangs", number),
        Column("browser_signature", "Browser"),
        Column("plugin_signature", "Plugin"),
        Column("flash_versions", "Flash"),
    ),
    epilog="""
Examples:
  socorro hangs Firefox
  socorro hangs Firefox 10.0 --days 14 --json
""",
)
