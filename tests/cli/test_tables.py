"""One answer in three forms: for the screen, for spreadsheets, for machines."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from cli.commands import tables
from cli.commands.group import Group, echo, printer, results
from cli.commands.tables import Answer, Column, Form, number
from socorro.visible import visible

ESCAPE = "\x1b[31mred"
HOSTILE = ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\tx", "\rx"]


def run(answer: Answer, *words: str) -> Result:
    @click.command
    @tables.forms
    def command(form: Form) -> None:
        tables.show(answer, form)

    return CliRunner().invoke(command, words)


def answer(*rows: tuple[object, ...], **more: object) -> Answer:
    columns = (Column("signature", "Signature"), Column("crash_count", "Crashes", number))
    return Answer("Top", columns, rows, **more)  # type: ignore[arg-type]


def test_the_screen_shows_a_table_with_notes_below() -> None:
    result = run(answer(("a::b", 1234), ("c", None), notes=["in all 1,234"]))

    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines == [
        ["Top"], ["Signature", "Crashes"], ["a::b", "1,234"], ["c", "-"], ["in", "all", "1,234"]
    ]  # fmt: skip


def test_nothing_says_why() -> None:
    result = run(answer(empty=["no crash counted yet", "next: x"]))

    assert result.stdout.splitlines() == ["no crash counted yet", "next: x"]


def test_a_long_signature_in_a_pipe_is_one_whole_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    result = run(answer(("x" * 255, 1)))

    assert any(line.startswith("x" * 255 + " ") for line in result.stdout.splitlines())


def test_text_from_outside_commands_no_terminal_and_is_no_markup() -> None:
    result = run(answer((ESCAPE, 1), ("[bold]a[/x]", 2), ("a\nb\u202ec", 3)))

    assert "\x1b" not in result.stdout
    assert "␛[31mred" in result.stdout
    assert "[bold]a[/x]" in result.stdout
    assert "a␊b⟨U+202E⟩c" in result.stdout


def test_csv_is_rfc_4180_and_holds_no_formula() -> None:
    rows = [(text, -5) for text in HOSTILE]

    result = run(answer(*rows, ('say "a", b', 1), ("a\nb\x1b[m\0\u202e", 2)), "--csv")

    assert result.stdout_bytes.decode().startswith("signature,crash_count\r\n'=HYPERLINK(1),-5\r\n")
    assert b'"say ""a"", b",1\r\n' in result.stdout_bytes
    read = list(csv.reader(io.StringIO(result.stdout_bytes.decode(), newline="")))
    assert [row[0] for row in read[1:7]] == ["'" + visible(text) for text in HOSTILE]
    assert read[-1] == ["a␊b␛[m␀⟨U+202E⟩", "2"]


def test_csv_without_rows_is_its_heading_and_says_why_on_stderr() -> None:
    result = run(answer(empty=["no crash counted yet"]), "--csv")

    assert result.stdout_bytes == b"signature,crash_count\r\n"
    assert result.stderr == "no crash counted yet\n"


def test_json_tells_all_as_it_is() -> None:
    about = {"day": date(2028, 2, 29), "at": datetime(2028, 2, 29, tzinfo=UTC)}

    result = run(answer(("=1", None), about=about, notes=["n"]), "--json")

    assert json.loads(result.stdout) == {
        "day": "2028-02-29",
        "at": "2028-02-29T00:00:00+00:00",
        "notes": ["n"],
        "rows": [{"signature": "=1", "crash_count": None}],
    }


def test_lists_are_words_in_a_cell() -> None:
    row = ("a", [12, 34])
    columns = (Column("signature", "Signature"), Column("bugs", "Bugs"), Column("hidden"))
    wide = Answer("", columns, [(*row, "x")])

    assert "12, 34" in run(wide).stdout
    assert "x" not in run(wide).stdout.split()
    assert run(wide, "--csv").stdout_bytes.endswith(b"a,12 34,x\r\n")
    assert json.loads(run(wide, "--json").stdout)["rows"][0]["bugs"] == [12, 34]


@given(st.text(st.characters() | st.sampled_from("\0\x1b\x9b\u202e\r\n\ud800"), max_size=30))
def test_whatever_a_text_holds_no_form_commands_a_terminal(text: str) -> None:
    for options in ((), ("--csv",), ("--json",)):
        output = run(answer((text, 1), notes=[text], about={"text": text}), *options).output

        assert visible(output, lines=True) == output
        if options == ("--json",):
            document = json.loads(output)
            assert (document["text"], document["rows"][0]["signature"]) == (text, text)


def test_no_command_prints_past_the_one_place_that_makes_text_visible() -> None:
    pattern = re.compile(r"click\.echo\(|(?<!Safe)Console\((?!Console)")
    exceptions = {"group.py": 1, "console.py": 0, "config.py": 4, "cron.py": 1}

    places = {
        path.name: len(pattern.findall(path.read_text()))
        for path in (Path(__file__).parents[2] / "cli" / "commands").glob("*.py")
    }

    assert {name: count for name, count in places.items() if count > exceptions.get(name, 0)} == {}


def test_no_console_no_line_and_no_error_commands_the_terminal() -> None:
    @click.group(cls=Group)
    def group() -> None:
        """Print hostile text in every way that commands have."""

    @group.command()
    def hostile() -> None:
        echo("lines\n\x1b[31m\x9b")
        for console in (results(), printer()):
            console.print("\x1b[31m\x9b\u202e", Text("\x1b[31m", "bold"))
        raise click.ClickException("\x1b[31m\x9b\nline")

    output = CliRunner().invoke(group, ["hostile"]).output

    assert visible(output, lines=True) == output
    assert output.count("␛[31m") == 6
    assert "Error: ␛[31m⟨U+009B⟩\nline" in output
