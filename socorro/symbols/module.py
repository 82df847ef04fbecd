"""Identifies modules by debug file and debug id, and says where a symbol store keeps them.

Names come from crashes and from files from outside, and become paths: only a ModuleId from
`module_id` or `module_of_dump` is used as one.
"""

import re
from pathlib import Path
from typing import NamedTuple

LONGEST_NAME = 200  # bytes; with ".sym.index1" and the like it still fits a file system's 255

_DEBUG_ID = re.compile(r"[0-9A-Fa-f]{32}[0-9A-Fa-f]{1,8}")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


class BadModule(ValueError):
    """The debug file or debug id is not valid; the text says why."""


class ModuleId(NamedTuple):
    """A module as dumps and symbol files name it; safe to use in a path."""

    debug_file: str
    debug_id: str

    @property
    def name(self) -> str:
        """The name of its symbol file: xul.sym of xul.pdb, libxul.so.sym of libxul.so."""
        stem = self.debug_file
        return f"{stem[:-4] if stem.lower().endswith('.pdb') else stem}.sym"

    @property
    def path(self) -> Path:
        """Its path in a store and on a server: file/id/name.sym."""
        return Path(self.debug_file, self.debug_id, self.name)

    def __str__(self) -> str:
        return f"{self.debug_file}/{self.debug_id}"


def module_id(debug_file: str, debug_id: str) -> ModuleId:
    """Return the module with these names. Raises BadModule.

    The id is spelled as both walkers expect it: 32 capital hex digits, then the age in small
    ones.
    """
    if not _DEBUG_ID.fullmatch(debug_id):
        raise BadModule(f"the debug id {_shown(debug_id)} is not 33 to 40 hex digits")
    if not debug_id.strip("0"):
        raise BadModule("the debug id is all zeros: the module has no debug information")
    _check_name(debug_file)
    return ModuleId(debug_file, debug_id[:32].upper() + debug_id[32:].lower())


def module_of_dump(debug_file: str | None, debug_id: str | None) -> ModuleId | None:
    """Return the module that a walk names, or None when there can be no symbols for it.

    A dump may contain a whole path of the crashed machine; only the file name matters.
    """
    leaf = (debug_file or "").replace("\\", "/").rpartition("/")[2]
    try:
        return module_id(leaf, debug_id or "")
    except BadModule:
        return None


def _check_name(name: str) -> None:
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise BadModule("the debug file's name is not valid text") from None
    if not name:
        raise BadModule("the debug file has no name")
    if size > LONGEST_NAME:
        raise BadModule(f"the debug file's name is longer than {LONGEST_NAME} bytes")
    if _UNSAFE.search(name):
        raise BadModule(f"the debug file's name {_shown(name)} contains a forbidden character")
    if name.startswith("."):
        raise BadModule(f"the debug file's name {_shown(name)} begins with a dot")


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 60 else f"{text[:60]}…")
