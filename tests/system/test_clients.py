"""Each kind of client, set up as docs/clients.md says, word for word, against a running line."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.line import CHECKOUT, HTTP, Line, running, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PAGE = (CHECKOUT / "docs/clients.md").read_text()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with running(tmp_path_factory.mktemp("line")) as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Stands for the clone in which a newcomer works."""
    for name in ("docs", "tests", ".venv"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    return tmp_path


def commands(section: str) -> list[str]:
    """The shell blocks of a section of the page."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def do(line: Line, folder: Path, block: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", block.replace(":8882", f":{line.ports['collector']}")],
        cwd=folder, env=line.environment, capture_output=True, text=True,
    )  # fmt: skip


def processed(line: Line, output: str) -> dict[str, object]:
    """The report of the crash id in the output of a block."""
    match = re.search(r"bp-[0-9a-f-]{36}", output)
    assert match, output

    def ask() -> object:
        path = f"/api/ProcessedCrash/?crash_id={match[0]}"
        answer = HTTP.request("GET", line.url("middleware", path))
        return json.loads(answer.data) if answer.status == 200 else None

    document = wait_for(ask, 60, "the report")
    assert isinstance(document, dict)
    return document


def is_counted(line: Line, product: str, version: str, signature: str) -> bool:
    done = line.socorro("top-crashers", product, version, "--json")
    if done.returncode != 0:
        return False
    return any(row["signature"] == signature for row in json.loads(done.stdout)["rows"])


@pytest.mark.parametrize(
    ("section", "product", "version", "channel", "process"),
    [
        ("Electron", "Canary Notes", "4.2.1", "unknown", "renderer"),
        ("Breakpad", "MyGame", "1.2.3", "unknown", "parent"),
        ("curl", "MyGame", "1.2.3", "beta", "parent"),
    ],
)
def test_what_the_page_posts_is_named_versioned_and_counted(
    line: Line, folder: Path, section: str, product: str, version: str, channel: str, process: str
) -> None:
    for block in commands(section):
        done = do(line, folder, block)

        crash = processed(line, done.stdout)
        names = ("product", "version", "release_channel", "process_type")
        assert [crash[name] for name in names] == [product, version, channel, process]
        assert str(crash["client_crash_date"]).startswith("2007-02-14")
        signature = str(crash["signature"])
        assert signature
        line.socorro("cron", "run", "--job", "counts", "--force")
        wait_for(lambda: is_counted(line, product, version, signature), 90, "the count")  # noqa: B023


def test_a_program_of_ones_own_is_named_versioned_and_counted(line: Line, folder: Path) -> None:
    compiled, crashed, counted = commands("C++ with Crashpad")

    added = do(line, folder, compiled)
    assert (added.returncode, added.stderr) == (0, ""), added.stderr
    done = do(line, folder, crashed)

    assert "Segmentation fault" in done.stderr
    crash = processed(line, done.stdout)
    assert crash["signature"] == "game::Player::volume"
    assert [crash[name] for name in ("product", "version", "release_channel")] == [
        "MyGame", "1.2.3", "beta"
    ]  # fmt: skip
    assert crash["uptime"] in range(60)
    wait_for(lambda: is_counted(line, "MyGame", "1.2.3", "game::Player::volume"), 90, "the count")
    assert "game::Player::volume" in do(line, folder, counted).stdout
