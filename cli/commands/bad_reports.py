"""`socorro bad-reports`: crashes that are in no count, and why."""

from cli.commands import questions
from cli.commands.tables import Column, number
from socorro.no_product import NO_PRODUCT
from socorro.questions.bad_reports import QUESTION

bad_reports = questions.command(
    QUESTION,
    (
        Column("crash_count", "Crashes", number),
        Column("reason", "Reason"),
        Column("product", "Product"),
        Column("version", "Version"),
        Column("latest", "Latest crash"),
    ),
    epilog=f"""
The table count_settings bounds how many products, versions and channels crashes may add, or
switches that off.

Examples:
  socorro bad-reports
  socorro bad-reports Firefox --days 28
  socorro bad-reports "{NO_PRODUCT}" --json
""",
)
