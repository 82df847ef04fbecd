"""Characters that command or deceive are shown by name, and nothing else changes."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.visible import visible, visible_json

ANYTHING = st.text(st.characters() | st.sampled_from("\0\t\n\r\x1b\x7f\x9b\u202e\u2066\ud800"))
JOINERS = "\u200c\u200d"
NUMBER_SIGNS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
SHOWN = {
    "\0": "␀", "\x1b[31m": "␛[31m", "\x1f": "␟", " ": " ", "~": "~", "\x7f": "␡",
    "\x80": "⟨U+0080⟩",
    "\x9b": "⟨U+009B⟩", "\xa0": "\xa0", "\xad": "⟨U+00AD⟩", "\u200e": "⟨U+200E⟩",
    "\u202e": "⟨U+202E⟩",
    "\u2069": "⟨U+2069⟩", "\ud800": "⟨U+D800⟩", "\ufeff": "⟨U+FEFF⟩", "\U000e0041": "⟨U+E0041⟩",
    "\t": "␉", "a\r\nb": "a␍␊b", "é": "é", "😀": "😀", "a\u200db": "a\u200db", "": "",
}  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), SHOWN.items(), ids=map(ascii, SHOWN))
def test_so_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\tb\nc\r\nd", "a\tb\nc\r\nd"), ("a\rb", "a␍b"), ("\r\r\n", "␍\r\n"), ("a\r", "a␍")],
)
def test_lines_may_stay(text: str, shown: str) -> None:
    assert visible(text, lines=True) == shown


def test_all_characters_that_are_not_seen_are_shown() -> None:
    hidden = {
        point
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(chr(point)) in ("LRE", "RLE", "LRO", "RLO", "PDF")
    }

    changed = {point for point in range(sys.maxunicode + 1) if visible(chr(point)) != chr(point)}

    assert hidden - changed == {*map(ord, JOINERS), *NUMBER_SIGNS}
    assert {unicodedata.category(chr(point)) for point in changed - hidden} <= {"Cn", "Mn", "Lo"}


@given(ANYTHING)
def test_what_was_shown_once_stays_and_can_be_encoded(text: str) -> None:
    for lines in (True, False):
        shown = visible(text, lines)

        assert visible(shown, lines) == shown
        assert shown.encode().decode() == shown
        assert not set(shown) & set("\0\x1b\x7f\x9b\u202e\u2066\ud800")
    assert not set(visible(text)) & set("\t\n\r")


@given(st.dictionaries(ANYTHING, ANYTHING))
def test_json_says_the_same(document: dict[str, str]) -> None:
    text = visible_json(json.dumps(document, indent=2, ensure_ascii=False))

    assert json.loads(text) == document
    assert visible(text, lines=True) == text
