"""Numbers that commands take: the limits are taken, what is beyond them is refused."""

import click
import pytest

from cli.commands.symbols_kept import Size
from cli.main import main
from tests.builders import TEST_DUMP

ROWS = (
    "builds", "hangs", "urls", "domains", "null-signatures", "top-crashers", "explosive",
    "bad-reports", "changes", "hardware-suspects", "frankeninstalls", "suspicious-modules",
    "overview", "missing-symbols",
)  # fmt: skip
DAYS = (
    "builds", "hangs", "urls", "domains", "null-signatures", "top-crashers", "crash-rate",
    "bad-reports", "changes", "missing-symbols", "symbols missing",
)  # fmt: skip
OF_A_SIGNATURE = ("signature-versions", "signature-days", "signature-urls")
LIMITS: list[tuple[str, str, int, int | None]] = [
    *((command, "--limit", 1, 10_000) for command in (*ROWS, "symbols missing")),
    *((command, "--days", 1, 400) for command in (*DAYS, "status")),
    *(
        (line, "--days", 1, 400)
        for line in ("gate 140.0 141.0", "regression boom", "fixed boom 141.0")
    ),
    ("similar boom", "--limit", 1, 100),
    *((f"{name} boom", "--days", 1, 400) for name in OF_A_SIGNATURE),
    *((f"{name} boom", "--limit", 1, 10_000) for name in OF_A_SIGNATURE if "days" not in name),
    ("reprocess", "--limit", 1, None),
    ("signature what-if", "--limit", 1, None),
    ("cron log", "--most", 1, 1000),
    ("cron install", "--minutes", 1, 59),
    ("fakedata", "--weeks", 1, 104),
    ("fakedata", "--crashes-per-day", 100, 10_000_000),
    ("fakedata", "--seed", 0, None),
    ("fakedata", "--post", 1, 10_000),
    (f"submit {TEST_DUMP}", "--jobs", 1, 256),
    (f"submit {TEST_DUMP}", "--repeat", 1, None),
    ("symbols gc", "--older-than", 0, None),
]


def parse(line: str, *options: str) -> click.Context:
    """Parse the words of a command without running it."""
    name, *words = line.split()
    command = main.get_command(click.Context(main), name)
    if isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    assert command is not None
    return command.make_context(name, [*words, *options])


@pytest.mark.parametrize(("line", "option", "least", "most"), LIMITS)
def test_a_number_is_taken_within_its_limits_only(
    line: str, option: str, least: int, most: int | None
) -> None:
    for number in (least, most or 10**9):
        assert number in parse(line, option, str(number)).params.values()
    for number in (least - 1, *([most + 1] if most else [])):
        with pytest.raises(click.BadParameter, match="not in the range"):
            parse(line, option, str(number))


def test_a_size_has_fifteen_digits_at_most() -> None:
    assert Size().convert("9" * 15 + "K", None, None) == (10**15 - 1) * 1000
    with pytest.raises(click.BadParameter, match="is not a size"):
        Size().convert("9" * 16, None, None)
