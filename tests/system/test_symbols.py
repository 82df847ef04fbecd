"""A newcomer's first names: what docs/symbols.md says, word for word, against a running line."""

import json
import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from socorro.accounts.permissions import UPLOAD_SYMBOLS
from socorro.postgres import Database
from tests.accounts import token, user
from tests.symbols.files import number as modules
from tests.symbols.files import sym
from tests.system.line import CHECKOUT, HTTP, Line, running, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with running(tmp_path_factory.mktemp("line")) as started:
        yield started


def commands(section: str) -> list[str]:
    """The shell blocks of a section of the page."""
    page = (CHECKOUT / "docs/symbols.md").read_text()
    text = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def processed(line: Line, crash_id: str) -> dict[str, object]:
    def ask() -> object:
        url = line.url("middleware", f"/api/ProcessedCrash/?crash_id={crash_id}")
        answer = HTTP.request("GET", url)
        return json.loads(answer.data) if answer.status == 200 else None

    document = wait_for(ask, 60, "the report")
    assert isinstance(document, dict)
    return document


def test_a_newcomer_gets_names_and_lines_by_doing_what_the_page_says(
    line: Line, tmp_path: Path
) -> None:
    for name in ("docs", ".venv"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    outcomes = []

    for block in commands("Your first names"):
        ours = block.replace(":8882", f":{line.ports['collector']}")
        done = subprocess.run(
            ["bash", "-c", ours], cwd=tmp_path, env=line.environment, capture_output=True, text=True
        )
        outcomes.append(done)

    compiled, added, crashed = outcomes
    assert (compiled.returncode, compiled.stderr) == (0, "")
    assert added.returncode == 0
    assert re.search(r"^crasher +\w{33} +new +5 ", added.stdout, re.MULTILINE)
    assert "Segmentation fault" in crashed.stderr
    crash_id = crashed.stdout.strip()
    assert re.fullmatch(r"bp-[0-9a-f-]{36}", crash_id), crashed.stderr
    crash = processed(line, crash_id)
    assert crash["signature"] == "boom"
    dump = crash["json_dump"]
    assert isinstance(dump, dict)
    source = (tmp_path / "docs/examples/crasher.c").read_text().splitlines()
    frames = [
        (frame["function"], Path(frame["file"]).name, source[frame["line"] - 1].strip())
        for frame in dump["threads"][dump["crash_info"]["crashing_thread"]]["frames"][:3]
    ]
    assert frames == [
        ("boom", "crasher.c", "return *place + 1; /* nothing is there */"),
        ("middle", "crasher.c", "return boom((volatile int *)(uintptr_t)number) * 2;"),
        ("main", "crasher.c", "return middle(8);"),
    ]
    url = line.url("webapp", f"/report/index/{crash_id}")
    page = HTTP.request("GET", url, retries=2).data.decode()  # it leads on, without the bp-
    for shown in ("boom", "middle", "crasher.c"):
        assert shown in page


def test_a_build_machine_uploads_as_the_page_says(line: Line, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "symbols.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.sym", sym(modules(number), filler=40_000))
    database = Database(tomllib.loads((line.home / "running.toml").read_text())["database"])
    text = token(database, user(database, "builder", "Uploaders"), [UPLOAD_SYMBOLS])
    database.close()
    (tmp_path / "crasher.sym").write_bytes(sym(modules(3), filler=7))
    answers = []

    for block in commands("Uploads of build machines"):
        done = subprocess.run(
            ["bash", "-ec", block.replace(":8884", f":{line.ports['webapp']}")],
            cwd=tmp_path, env={**line.environment, "TOKEN": text}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers.append(
            [
                (file["debug_file"], file["outcome"], file["publics"])
                for file in json.loads(done.stdout)["files"]
            ]
        )

    zipped, in_a_form = answers
    assert zipped == [(f"lib{number}.so", "new", 40_000) for number in range(3)]
    assert in_a_form == [("lib3.so", "new", 7)]
    assert (line.home / "symbols" / modules(2).path).is_file()


def test_what_is_there_is_listed_as_the_page_says(line: Line, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(CHECKOUT / ".venv")
    (block,) = commands("Listing and removing symbols")

    done = subprocess.run(
        ["bash", "-ec", block], cwd=tmp_path, env=line.environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "1 module, " in done.stdout
    assert "0 modules, 0 bytes would be removed; 5 modules, " in done.stdout
