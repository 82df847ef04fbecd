"""Text of signatures: bounded, on one line, printable ASCII.

    播放器::播放                          \\u64ad\\u653e\\u5668::\\u64ad\\u653e
    Größe::f                             Gr\\u00f6\\u00dfe::f

Letters of other scripts are escaped, not removed: otherwise different functions would share a name.
"""

import re
import unicodedata

LONGEST = 1000  # characters of one name; longer ones are cut
LONGEST_READ = 64 * LONGEST

UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
SPACES = re.compile(r"\s+")
FOLDER = re.compile(r"[/\\]")  # ends the name of a folder in a path
BEFORE_MARK = re.compile(r" +(?=[*&,])")
AFTER_COMMA = re.compile(r",(?=[^ ])")

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OTHER_SCRIPTS = re.compile(r"[^\x00-\x7f]")


def one_line(text: object) -> str:
    """Return text on one line, without controls; "" for other values. Very long text is cut."""
    if not isinstance(text, str):
        return ""
    text = text[:LONGEST_READ]
    if not (text.isascii() and text.isprintable()) or "  " in text:  # rare
        text = _CONTROLS.sub("", SPACES.sub(" ", text))
    return text.strip()


def printable(text: object) -> str:
    """Return text on one line in printable ASCII; letters of other scripts are escaped.

    An accent may be a character of its own, as in the names of files on a Mac; both spellings of
    such a letter become one.
    """
    line = one_line(text)
    if line.isascii():
        return line
    if len(line) <= LONGEST:  # beyond, putting accents in order would take too long
        line = unicodedata.normalize("NFC", line)
    return _OTHER_SCRIPTS.sub(_escaped, line)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
