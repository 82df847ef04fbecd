"""`socorro builds` and `socorro crash-trends`: recent builds, and how they crash as they age."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions.builds import BUILDS_QUESTION, TRENDS_QUESTION

builds = questions.command(
    BUILDS_QUESTION,
    (
        Column("build_id", "Build", words),
        Column("version", "Version", words),
        Column("release_channel", "Channel"),
        Column("estimated_count", "Crashes", decimal(0)),
        Column("rate", "/100 ADI", decimal(3)),
        Column("ratio", "Ratio", decimal(2)),
        Column("verdict", "Against before"),
        Column("crash_count", "Processed", number),
        Column("platforms", "Platforms"),
        Column("source", "Source"),
    ),
    hidden_when_empty=("rate", "ratio", "verdict"),
    epilog="""
The release feed is read by a job (`socorro cron list`).

Examples:
  socorro builds Firefox
  socorro builds Firefox 142.0a1 --days 14
  socorro builds Fenix --json
""",
)
crash_trends = questions.command(
    TRENDS_QUESTION,
    (
        Column("build_date", "Built", str),
        Column("day", "Day", str),
        Column("days_out", "Age", number),
        Column("estimated_count", "Crashes", decimal(0)),
        Column("crash_count", "Processed", number),
        Column("rate", "/100 ADI", decimal(3)),
        Column("version", "Version", words),
    ),
    hidden_when_empty=("rate",),
    epilog="""
Examples:
  socorro crash-trends Firefox 142.0a1
  socorro crash-trends Firefox --days 28 --csv > trends.csv
""",
)
