"""`socorro frankeninstalls` and `socorro suspicious-modules`: what is on the stacks of crashes."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number, words
from socorro.questions import frankeninstalls as mixes
from socorro.questions import suspicious_modules as suspects

frankeninstalls = questions.command(
    mixes.QUESTION,
    (
        Column("mixed_installs", "Mixed", number),
        Column("signature", "Signature"),
        Column("percent", "Share", decimal(1, " %")),
        Column("installs", "Installs", number),
        Column("filename", "Module"),
        Column("of_build", "is of build", words),
        Column("build_id", "Build", words),
        Column("low", "from", decimal(1)),
        Column("high", "to", decimal(1)),
        Column("release_channel", "Channel"),
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
        Column("name", "Module"),
        Column("reasons", "Reasons"),
        Column("installs", "Installs", number),
        Column("signature", "Signature"),
        Column("percent", "of installs", decimal(0, " %")),
        Column("product", "Product"),
        Column("name_count", "Names", number),
    ),
    epilog="""
--why prints the numbers behind each reason.

Examples:
  socorro suspicious-modules
  socorro suspicious-modules Firefox --why
""",
)
