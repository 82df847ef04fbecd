"""`socorro urls` and `socorro domains`: pages on which the browser crashed."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.urls import DOMAINS_QUESTION, URLS_QUESTION

SHARES = (Column("crash_count", "Crashes", number), Column("percent", "Share", decimal(1, " %")))

urls = questions.command(
    URLS_QUESTION,
    (*SHARES, Column("url", "Page"), Column("domain", "Domain")),
    epilog="""
Counts are updated once an hour.

Examples:
  socorro urls Firefox
  socorro urls Firefox 140.0 --domain apps.example.com --days 14
""",
)
domains = questions.command(
    DOMAINS_QUESTION,
    (*SHARES, Column("pages", "Pages", number), Column("domain", "Domain")),
    epilog="""
Counts are updated once an hour.

Examples:
  socorro domains Firefox
  socorro domains Firefox 140.0 --days 14 --csv
""",
)
