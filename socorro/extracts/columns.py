"""The 30 columns, where each comes from, and how a cell is written. Pure.

Spreadsheets and scripts read the files without surprises: a cell has no tab, no line break and no
control character, and no spreadsheet runs a cell as a formula.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from socorro import fields
from socorro.visible import HIDDEN

NULL: Final = "\\N"
BREAK: Final = " | "  # replaces line breaks


class Column(NamedTuple):
    """One column; *field* is its field of the processed crash, None when it has none."""

    name: str
    field: str | None
    description: str
    is_number: bool = False
    blank: str = ""  # what the public file has where the field is protected


COLUMNS: Final = (
    Column("signature", "signature", "Signature of the crash."),
    Column("url", "url", "Page that was open.", blank="URL (removed)"),
    Column("uuid_url", "crash_id", "Link to the report; ends in the crash id."),
    Column("client_crash_date", "client_crash_date", "Time of the crash, YYYYMMDDhhmm, UTC."),
    Column("date_processed", "date_processed", "Time of submission, YYYYMMDDhhmm, UTC."),
    Column("last_crash", "last_crash", "Seconds since the previous crash.", is_number=True),
    Column("product", "product", "Product."),
    Column("version", "version", "Version of the product."),
    Column("build", "build", "Build id, YYYYMMDDhhmmss."),
    Column("branch", None, "Always empty; kept for scripts that count columns."),
    Column("os_name", "os_name", "Operating system."),
    Column("os_version", "os_version", "Its version; on Linux: kernel and architecture."),
    Column("cpu_info", "cpu_info", "Architecture, processor name and number of cores."),
    Column("address", "address", "Memory address that caused the crash."),
    Column("bug_list", None, "Bugs that name the signature, comma-separated."),
    Column("user_comments", "user_comments", "The user's comment."),
    Column("uptime_seconds", "uptime", "Seconds from start to crash.", is_number=True),
    Column("email", "email", "yes when the user left an e-mail address, else empty."),
    Column("adu_count", None, "Active daily installs (ADI) of this version and system.",
           is_number=True),
    Column("topmost_filenames", "topmost_filenames", "Source file of the topmost frame with one."),
    Column("addons_checked", "addons_checked", "checked, not, or [unknown]."),
    Column("flash_version", "flash_version", "Version of the Flash player."),
    Column("hangid", "hang_id", "Same in both reports of a hang pair."),
    Column("reason", "reason", "Reason of the crash."),
    Column("process_type", "process_type", "Type of the process."),
    Column("app_notes", "app_notes", "Notes of the program."),
    Column("install_age", "install_age", "Seconds since installation.", is_number=True),
    Column("duplicate_of", None, "Crash id of the first report of the same event."),
    Column("release_channel", "release_channel", "Release channel of the build."),
    Column("productid", "product_id", "Application id of the product."),
)  # fmt: skip

HEADER: Final = ("\t".join(column.name for column in COLUMNS) + "\n").encode()

# A spreadsheet runs a cell that begins like this; a quote may hide one, blanks are skipped.
_FORMULA: Final = re.compile(r"['\s]*[=+\-@\"＝＋－＠]|'*\\N$")  # noqa: RUF001
_DEFUSED: Final = re.compile(r"'(?=['\s]*[=+\-@\"＝＋－＠]|'*\\N$)")  # noqa: RUF001
_BREAKS: Final = re.compile("[\n\v\f\x85\u2028\u2029]")
_CONTROLS: Final = re.compile(f"[{HIDDEN}]")


def cell(value: str, is_number: bool = False) -> str:
    """Return a value as a file has it; `value_of` reverses it except for removed characters."""
    text = _BREAKS.sub(BREAK, value.replace("\r", "")).replace("\t", " ")
    text = _CONTROLS.sub("", text)
    if not is_number and _FORMULA.match(text):
        return f"'{text}"
    return text


def value_of(text: str) -> str | None:
    """Return the value of a cell: without the mark that defused it, None for NULL."""
    if text == NULL:
        return None
    return text[1:] if _DEFUSED.match(text) else text


def protected() -> Mapping[int, bytes]:
    """Return what the public file has in each column whose field is not public, by place."""
    return {
        place: column.blank.encode()
        for place, column in enumerate(COLUMNS)
        if column.field is not None and not fields.is_public("processed_crash", column.field)
    }


def description(blanks: Mapping[int, bytes], columns: Sequence[Column] = COLUMNS) -> str:
    """Return the description that comes with each file: a text line per column."""
    lines = ["number\tname\ttype\tfield\tshown\tdescription"]
    for place, column in enumerate(columns):
        kind = "number" if column.is_number else "text"
        shown = "removed" if place in blanks else "yes"
        cells = (str(place), column.name, kind, column.field or "", shown, column.description)
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"
