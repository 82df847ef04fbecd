"""`socorro hardware-suspects`: machines that crash as if their memory was broken."""

from cli.commands import questions
from cli.commands.tables import Column, decimal, number
from socorro.questions.hardware_suspects import QUESTION

LOOKS = (
    Column("flipped", "One bit", number),
    Column("crashes", "Crashes", number),
    Column("signatures", "Signatures", number),
    Column("cpu_microcode_version", "Microcode"),
    Column("cpu_info", "Processor"),
    Column("os_version", "System"),
    Column("graphics", "Graphics"),
    Column("memory", "GiB", decimal(0)),
)

hardware_suspects = questions.command(
    QUESTION,
    LOOKS,
    cells={"memory": lambda row: row["memory_bytes"] / 2**30},
    epilog="""
Examples:
  socorro hardware-suspects
  socorro hardware-suspects --why
  socorro hardware-suspects --day 2026-11-29 --csv
""",
)
