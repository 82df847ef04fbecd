"""`socorro signature-versions`, `-days` and `-urls`: how often a signature crashes, and where."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.signature_counts import DAYS_QUESTION, URLS_QUESTION, VERSIONS_QUESTION

ESTIMATED = Column("estimated_count", "Crashes", decimal(0))
PROCESSED = Column("crash_count", "Processed", number)
INSTALLS = Column("installs", "Installs", number)

signature_versions = questions.command(
    VERSIONS_QUESTION,
    (
        Column("rank", "Rank", number),
        ESTIMATED,
        PROCESSED,
        INSTALLS,
        Column("percent", "Share", decimal(1, " %")),
        Column("previous_estimated", "Before", decimal(0)),
        Column("product", "Product"),
        Column("version", "Version"),
    ),
    epilog="""
Crashes are estimated: where 10 % are processed, each counts ten times.

Examples:
  socorro signature-versions 'OOM | small'
  socorro signature-versions 'OOM | small' Firefox --days 28
""",
)
signature_days = questions.command(
    DAYS_QUESTION,
    (
        ESTIMATED,
        PROCESSED,
        INSTALLS,
        Column("win", "Win", number),
        Column("mac", "Mac", number),
        Column("lin", "Lin", number),
        Column("android", "And", number),
        Column("startup", "Startup", number),
        Column("day", "Day"),
    ),
    epilog="""
Crashes are estimated, systems and startups count processed crashes.

Examples:
  socorro signature-days 'OOM | small'
  socorro signature-days 'OOM | small' Firefox 140.0 --days 14
""",
)
signature_urls = questions.command(
    URLS_QUESTION,
    (PROCESSED, Column("url", "Page"), Column("domain", "Domain")),
    epilog="""
Examples:
  socorro signature-urls 'OOM | small'
  socorro signature-urls 'OOM | small' Firefox --days 28
""",
)
