"""`socorro regression` and `socorro fixed`: in which builds a signature began, and its fix."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.regressions import FIXED_QUESTION, REGRESSION_QUESTION

LOOKS = (
    Column("build_date", "Build"),
    Column("version", "Version"),
    Column("build_id", "Build id"),
    Column("crash_count", "Crashes", number),
    Column("installs", "Installs", number),
    Column("adi", "ADI", number),
    Column("rate", "Rate", decimal(3)),
)

regression = questions.command(
    REGRESSION_QUESTION,
    (*LOOKS, Column("first_bad", "First bad", decimal(3)), Column("first_good", "Fix", decimal(3))),
    epilog="""
Examples:
  socorro regression 'mozilla::Foo::Bar'
  socorro regression 'OOM | small' Firefox --channel nightly --days 30 --why
""",
)
fixed = questions.command(
    FIXED_QUESTION,
    (*LOOKS, Column("side", "Side")),
    epilog="""
Examples:
  socorro fixed 'mozilla::Foo::Bar' 20261120031153
  socorro fixed 'OOM | small' 141.0b4 Firefox --why
""",
)
