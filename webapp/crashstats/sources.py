"""Where a frame's source code is: as text, and as a link when we know the host.

Symbols name source files as the build saw them. Builds that run Mozilla's source indexing write

    hg:hg.mozilla.org/mozilla-central:dom/base/nsDocument.cpp:2f2a3e5b6c7d
    git:github.com/rust-lang/rust:library/core/src/ptr/mod.rs:fdca237d5194

The text comes from a symbol file, so only https links to hosts from a list are made of it.
"""

import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote

_INDEXED = re.compile(r"(hg|git):([a-z0-9.-]+)/([\w./-]+):([^:]+):([0-9A-Za-z_.-]+)")
_PATHS = {"hg": "annotate/{rev}/{path}#l{line}", "git": "blob/{rev}/{path}#L{line}"}


LONG = 44  # characters of a path that is shown whole
KEPT = 3  # last parts of a longer one


class Source(NamedTuple):
    """A place in source code: `dom/base/nsDocument.cpp:2051`, and its link or ""."""

    text: str
    url: str

    @property
    def short(self) -> str:
        """Return the text without the first folders of a long path: who built it, and where."""
        parts = self.text.replace("\\", "/").split("/")
        if len(self.text) <= LONG or len(parts) <= KEPT:
            return self.text
        return "…/" + "/".join(parts[-KEPT:])


def source(file: str, line: int | None, hosts: Collection[str]) -> Source:
    """Describe *line* of *file*; links go to *hosts* only."""
    place = f":{line}" if line else ""
    found = _INDEXED.fullmatch(file)
    if not found:
        return Source(file + place, "")
    system, host, repository, path, revision = found.groups()
    url = ""
    if host in hosts and ".." not in repository:
        there = _PATHS[system].format(rev=revision, path=quote(path), line=line or 1)
        url = f"https://{host}/{quote(repository)}/{there}"
    return Source(path + place, url)
