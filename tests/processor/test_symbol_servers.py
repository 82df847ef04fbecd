"""The processor's walker with real symbol servers: names come, whatever else the server does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from processor.config import ProcessorConfig
from processor.stackwalk import Walk
from tests.builders import TEST_DUMP
from tests.processor.conftest import BREAKPAD, RUST, SYMBOLS
from tests.symbols.server import SymbolServer, answer, packed, serving, silent

TEST_APP = "test_app.pdb/5A9832E5287241C1838ED98914E9B7FF1/test_app.sym"
SYM = (SYMBOLS / TEST_APP).read_bytes()
NAMED = "`anonymous namespace'::CrashFunction"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SymbolServer]:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("SOCORRO_PROCESSOR_INDEX_WALKER", "")
    with serving() as started:
        monkeypatch.setenv("SOCORRO_SYMBOLS_SERVERS", f'["{started.url}"]')
        yield started


def walk(program: str = RUST) -> Walk:
    """Walk with a walker that remembers nothing."""
    return ProcessorConfig(walker=program).make_walker().walk(TEST_DUMP.read_bytes())


def crashed_in(walked: Walk) -> tuple[str, str | None]:
    """The word on test_app's symbols, and the name of the frame that crashed."""
    dump: dict[str, Any] = walked.json_dump or {}
    [module] = [module for module in dump["modules"] if module["debug_file"] == "test_app.pdb"]
    return module["symbol_status"], dump["threads"][0]["frames"][0].get("function")


@pytest.mark.parametrize("program", [RUST, BREAKPAD], ids=["rust", "breakpad"])
def test_symbols_of_a_server_name_frames_at_once_and_are_asked_for_once(
    server: SymbolServer, program: str
) -> None:
    server.plays[f"/{TEST_APP}"] = packed(SYM)

    first, again = walk(program), walk(program)

    assert crashed_in(first)[0] == crashed_in(again)[0] == "found"
    assert NAMED in str(crashed_in(first)[1])
    assert first.json_dump == again.json_dump
    assert server.requests[f"/{TEST_APP}"] == 1
    assert set(server.requests.values()) == {1}  # what it has not is remembered, too


@pytest.mark.parametrize(
    ("play", "word"),
    [
        (answer(404), "missing"),
        (answer(500), "unavailable"),
        (silent, "unavailable"),
        (answer(200, b"<html>"), "corrupt"),
        (answer(200, SYM[:-3]), "corrupt"),
    ],
)
def test_a_server_without_good_symbols_costs_names_and_nothing_else(
    server: SymbolServer, monkeypatch: pytest.MonkeyPatch, play: Any, word: str
) -> None:
    monkeypatch.setenv("SOCORRO_SYMBOLS_ANSWER_SECONDS", "0.3")
    server.default = play

    walked = walk()

    assert walked.status == "OK"
    assert crashed_in(walked) == (word, None)
    assert crashed_in(walk()) == (word, None)  # remembered
