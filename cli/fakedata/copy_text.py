"""Cells and lines as COPY reads them: tab-separated, NULL as \\N, backslashes doubled."""

from typing import Final

NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def cell(value: object) -> str:
    """Return one cell; None is NULL."""
    return NULL if value is None else str(value).translate(_ESCAPES)


def text_line(*values: object) -> str:
    """Return a line of cells."""
    return "\t".join(map(cell, values)) + "\n"
