"""Tables on a narrow terminal: what fits, what is left out, and that nothing is cut off."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cli.commands import overview, tables
from cli.commands.group import Command
from cli.commands.narrow import Width, fitting, width_of
from cli.commands.tables import Answer, Column, Form, number
from socorro.postgres import Database
from tests.counted import DAY, crashes, version

LONG = "core::anchor::CompositorContext::LookupBuffer | core::orchard::CanvasParent::Schedule"
STYLE = re.compile("\x1b\\[[0-9;]*m")
Run = Callable[..., Result]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")


def shown(*words: str) -> Result:
    columns = [
        Column("rank", "#", number),
        Column("signature", "Signature"),
        *(Column(f"column_{place}", f"Column {place}", number) for place in range(9)),
    ]
    rows = [(1, LONG, *range(1_000_000, 1_000_009)), (2, "=cmd()", *range(9))]

    @click.command(cls=Command)
    @tables.forms
    def command(form: Form) -> None:
        tables.show(Answer("Top", columns, rows), form)

    return CliRunner().invoke(command, words)


@pytest.mark.usefixtures("terminal")
def test_at_80_columns_the_signature_keeps_30_and_the_last_columns_are_left_out_and_named() -> None:
    lines = STYLE.sub("", shown().output).splitlines()

    assert max(map(len, lines)) <= 80
    [heading] = [line for line in lines if line.startswith("#")]
    assert heading.split("  ")[0] == "#"
    assert heading.index("Column 0") - heading.index("Signature") >= 30
    named = " ".join(lines[3:]).partition("Not shown at 80 columns: ")[2]
    assert named == "Column 4, Column 5, Column 6, Column 7, Column 8 (--csv has all)"


def test_a_pipe_gets_every_column() -> None:
    assert "1,000,008" in shown().output
    assert "Not shown" not in shown().output


@pytest.mark.parametrize(
    ("screen", "places"),
    [(200, [0, 1, 2, 3]), (69, [0, 1, 2, 3]), (68, [0, 1, 2]), (10, [0, 1])],
)
def test_the_last_columns_are_left_out_first_and_two_always_stay(
    screen: int, places: Sequence[int]
) -> None:
    widths = [Width(3, 3), Width(90, 30), Width(10, 10), Width(20, 20)]

    assert fitting(widths, screen) == places


@pytest.mark.parametrize(
    ("cells", "is_text", "is_name", "least"),
    [
        (["1,234"], False, False, 7),  # a number never wraps
        ([LONG], True, True, 30),
        (["short"], True, True, 7),
        (["many_names, unusual_name, one_signature"], True, False, 13),  # no word is broken
        (["x" * 200], True, False, 30),
        (["a b c d e f g h i j k"], True, False, 12),
    ],
)
def test_a_column_of_text_may_wrap_but_not_within_words(
    cells: Sequence[str], is_text: bool, is_name: bool, least: int
) -> None:
    assert width_of(cells, "Heading", is_text, is_name).least == least


def test_csv_raw_has_no_formula_guard_and_is_csv_otherwise() -> None:
    guarded, raw = shown("--csv"), shown("--csv=raw")

    assert "\r\n2,'=cmd(),0,1," in guarded.stdout_bytes.decode()
    assert "\r\n2,=cmd(),0,1," in raw.stdout_bytes.decode()
    assert guarded.stdout.replace("'=", "=") == raw.stdout


@pytest.mark.parametrize("words", [("--csv", "--json"), ("--json", "--csv=raw")])
def test_csv_and_json_together_are_refused(words: Sequence[str]) -> None:
    result = shown(*words)

    assert result.exit_code == 2
    assert "give --json or --csv, not both" in result.output


@pytest.mark.usefixtures("terminal", "settings")
def test_top_crashers_show_the_signature_second_and_whole_numbers_of_bugs(
    run: Run, database: Database, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with database.transaction() as db:
        crashes(db, version(db, "140.0"), LONG, 3)

    result = run("top-crashers", "Firefox", "--end", str(DAY))

    lines = STYLE.sub("", result.output).splitlines()
    assert max(map(len, lines)) <= 80
    [heading] = [line for line in lines if "Signature" in line and "Crashes" in line]
    assert heading.split()[:3] == ["#", "Signature", "Crashes"]
    assert heading.index("Crashes") - heading.index("Signature") >= 30
    assert any(line.startswith("Not shown at 80 columns: ") for line in lines)


@pytest.mark.usefixtures("terminal")
def test_the_comparison_with_the_day_before_is_shown_at_80_columns() -> None:
    row = ("Firefox", "nightly", "158.0.1", 63_919, 0.748, "no measurable change, ratio 1.040")

    @click.command(cls=Command)
    @tables.forms
    def command(form: Form) -> None:
        tables.show(Answer("Overview", overview.LOOKS, [(*row, 8_549_754, DAY)]), form)

    lines = STYLE.sub("", CliRunner().invoke(command).output).splitlines()
    assert max(map(len, lines)) <= 80
    assert "per 100 ADI  Against day before" in lines[1]
    assert "Not shown at 80 columns: Day (--csv has all)" in lines


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--product", "Firefox", "--version", "140.0"), ""),
        (("--product", "Firefox", "140.0"), ""),
        (("--version", "140.0"), ""),
        (("Firefox", "--version", "140.0", "--version", "140.0.1"), ""),
        (("--product", "Firefox", "140.0", "--version", "140.0"), "give the version once"),
        (("Firefox", "140.0", "--version", "140.0"), "give the version once"),
        (("--product", "Firefux"), "no product 'Firefux'"),
    ],
)
def test_product_and_version_have_the_names_that_pages_and_rest_have(
    run: Run, database: Database, words: Sequence[str], error: str
) -> None:
    with database.transaction() as db:
        for name in ("140.0.1", "140.0"):
            crashes(db, version(db, name), LONG, 3)

    result = run("top-crashers", *words, "--end", str(DAY))

    assert (result.exit_code == 2) == bool(error)
    assert (error or "Top crashers: Firefox 140.0") in result.output


def test_a_command_that_does_not_exist_names_those_that_are_near(run: Run) -> None:
    assert "Did you mean top-crashers" in run("topcrashers").output
    assert "Did you mean" not in run("zzz").output


@pytest.mark.usefixtures("settings")
def test_a_version_that_matches_nothing_lists_the_nearest_first(
    run: Run, database: Database
) -> None:
    with database.transaction() as db:
        for name in ("141.0", "140.0.1", "140.0", "139.0"):
            version(db, name)

    result = run("top-crashers", "Firefox", "140")

    assert result.exit_code == 2
    listed = result.output.partition("counted versions: ")[2]
    assert listed.startswith("140.0, 140.0.1, ")
