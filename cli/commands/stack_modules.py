"""`socorro frankeninstalls` and `socorro suspicious-modules`: what is on the stacks of crashes."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions import frankeninstalls as mixes
from socorro.questions import suspicious_modules as suspects

frankeninstalls = questions.command(
    mixes.QUESTION,
    (
        Column("mixed_installs", "Mixed", number),
        Column("installs", "Installs", number),
        Column("percent", "Share", decimal(1, " %")),
        Column("low", "from", decimal(1)),
        Column("high", "to", decimal(1)),
        Column("build_id", "Build", words),
        Column("filename", "Module"),
        Column("of_build", "is of build", words),
        Column("release_channel", "Channel"),
        Column("signature", "Signature"),
    ),
    epilog="""
Mixed installs are counted, each once; the interval is at 95 %. --why prints what each is based on.

Examples:
  socorro frankeninstalls
  socorro frankeninstalls Firefox --channel release --why
  socorro frankeninstalls Firefox 'core::Frame::Paint'
""",
)
suspicious_modules = questions.command(
    suspects.QUESTION,
    (
        Column("points", "Points", decimal(1)),
        Column("installs", "Installs", number),
        Column("name", "Module"),
        Column("name_count", "Names", number),
        Column("reasons", "Reasons"),
        Column("signature", "Signature"),
        Column("percent", "of installs", decimal(0, " %")),
        Column("product", "Product"),
    ),
    epilog="""
--why prints the numbers behind each reason.

Examples:
  socorro suspicious-modules
  socorro suspicious-modules Firefox --why
""",
)
