"""The 30 columns, what each comes from, and how a cell is written. Pure.

Spreadsheets and scripts read the files without surprises: no tab, no line break and no control
character is inside a cell, and no cell is run by a spreadsheet as a formula.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from socorro import fields

NULL: Final = "\\N"
BREAK: Final = " | "  # stands for line breaks


class Column(NamedTuple):
    """One column; *field* is that of the processed crash which it tells, None: of none."""

    name: str
    field: str | None
    description: str
    is_number: bool = False
    blank: str = ""  # what the public file says when the field is protected


COLUMNS: Final = (
    Column("signature", "signature", "Name of the bucket of crashes."),
    Column("url", "url", "Page that was shown.", blank="URL (removed)"),
    Column("uuid_url", "crash_id", "Link to the report; it ends in the crash id."),
    Column("client_crash_date", "client_crash_date", "When it crashed, YYYYMMDDhhmm, UTC."),
    Column("date_processed", "date_processed", "When it was submitted, YYYYMMDDhhmm, UTC."),
    Column("last_crash", "last_crash", "Seconds since the crash before.", is_number=True),
    Column("product", "product", "The product."),
    Column("version", "version", "Its version."),
    Column("build", "build", "Its build, YYYYMMDDhhmmss."),
    Column("branch", None, "Always empty; kept for scripts that count columns."),
    Column("os_name", "os_name", "Operating system."),
    Column("os_version", "os_version", "Its version; on Linux, kernel and architecture."),
    Column("cpu_info", "cpu_info", "Architecture, name of the processor and number of cores."),
    Column("address", "address", "Address that could not be used."),
    Column("bug_list", None, "Bugs that name the signature, by comma."),
    Column("user_comments", "user_comments", "What the user wrote."),
    Column("uptime_seconds", "uptime", "Seconds from start to crash.", is_number=True),
    Column("email", "email", "yes when the user left an address, else empty."),
    Column("adu_count", None, "Installs of that version and system that were used on the day.",
           is_number=True),
    Column("topmost_filenames", "topmost_filenames", "Source file nearest to the crash."),
    Column("addons_checked", "addons_checked", "checked, not, or [unknown]."),
    Column("flash_version", "flash_version", "Version of the Flash player."),
    Column("hangid", "hang_id", "Joins the two halves of a hang."),
    Column("reason", "reason", "Why the process was ended."),
    Column("process_type", "process_type", "Type of the process."),
    Column("app_notes", "app_notes", "What the program noted by itself."),
    Column("install_age", "install_age", "Seconds since it was installed.", is_number=True),
    Column("duplicate_of", None, "Crash id of the first report of the same event."),
    Column("release_channel", "release_channel", "Channel of the build."),
    Column("productid", "product_id", "The product's application id."),
)  # fmt: skip

HEADER: Final = ("\t".join(column.name for column in COLUMNS) + "\n").encode()

# A cell that begins so is run by a spreadsheet; a quote may hide one, blanks are skipped.
_FORMULA: Final = re.compile(r"['\s]*[=+\-@\"＝＋－＠]|'*\\N$")  # noqa: RUF001
_DEFUSED: Final = re.compile(r"'(?=['\s]*[=+\-@\"＝＋－＠]|'*\\N$)")  # noqa: RUF001
_BREAKS: Final = re.compile("[\n\v\f\x85\u2028\u2029]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


def cell(value: str, is_number: bool = False) -> str:
    """Return a value as it stands in a file; `value_of` gives it back but for what was cut."""
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
    """Return what the public file says in each column whose field is not public, by place."""
    return {
        place: column.blank.encode()
        for place, column in enumerate(COLUMNS)
        if column.field is not None and not fields.is_public("processed_crash", column.field)
    }


def description(blanks: Mapping[int, bytes], columns: Sequence[Column] = COLUMNS) -> str:
    """Return what stands beside each file: a line per column."""
    lines = ["number\tname\ttype\tfield\tshown\tdescription"]
    for place, column in enumerate(columns):
        kind = "number" if column.is_number else "text"
        shown = "removed" if place in blanks else "yes"
        told = (str(place), column.name, kind, column.field or "", shown, column.description)
        lines.append("\t".join(told))
    return "\n".join(lines) + "\n"
