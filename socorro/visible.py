"""Text from outside, as it is shown: characters that command or deceive become visible ones.

A control character may run a terminal's escape sequence; one that sets the direction of writing, or
that has no width, makes a text look like another one. NUL ends texts in some programs. So pages,
copied text, CSV and terminals show them by name: ␛, ␀, ⟨U+202E⟩.
"""

import json
import re
from typing import Final

# Control characters and surrogates, line and paragraph separators, and format characters: those of
# direction, and others without width. Tab, line feed and carriage return are treated apart. The
# joiners U+200C and U+200D stay, because Persian, Hindi and emoji are written with them, and Arabic
# number signs, which are seen.
HIDDEN: Final = (
    r"\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e-\u200f\u2028-\u202e"
    r"\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U00013430-\U0001343f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_ANY: Final = re.compile(rf"[{HIDDEN}\t\n\r]")
_BUT_LINES: Final = re.compile(rf"[{HIDDEN}]|\r(?!\n)")
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_DELETE: Final = 0x7F


def visible(text: object, lines: bool = False) -> str:
    """Return *text* with every such character replaced by one that is seen.

    *lines*: line feeds, also after a carriage return, and tabs stay as they are.
    """
    return (_BUT_LINES if lines else _ANY).sub(_shown, str(text))


def visible_json(document: str) -> str:
    """Return JSON that says the same with every such character escaped; lines stay."""
    return _BUT_LINES.sub(lambda match: json.dumps(match[0])[1:-1], document)


def csv_cell(text: object) -> str:
    """Return *text* for a cell of CSV: visible, and what a spreadsheet would run behind a '."""
    shown = visible(text)
    return f"'{shown}" if _FORMULA.match(str(text)) else shown


def _shown(match: re.Match[str]) -> str:
    point = ord(match[0])
    if point < 0x20:
        return chr(0x2400 + point)
    return "␡" if point == _DELETE else f"⟨U+{point:04X}⟩"
