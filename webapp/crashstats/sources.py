"""The source location of a frame: as text, and as a link when the host is known.

Symbols name source files as the build saw them. Builds that run Mozilla's source indexing write

    hg:hg.mozilla.org/mozilla-central:dom/base/nsDocument.cpp:2f2a3e5b6c7d
    git:github.com/rust-lang/rust:library/core/src/ptr/mod.rs:fdca237d5194

The text comes from a symbol file, so it becomes a link only to listed hosts, and by https.
"""

import re
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import quote

_INDEXED = re.compile(r"(hg|git):([a-z0-9.-]+)/([\w./-]+):([^:]+):([0-9A-Za-z_.-]+)")
_PATHS = {"hg": "annotate/{rev}/{path}#l{line}", "git": "blob/{rev}/{path}#L{line}"}


LONG = 44  # characters of a path that is shown whole
KEPT = 3  # last folders and name of a longer one


class Source(NamedTuple):
    """A place in source code: `dom/base/nsDocument.cpp:2051`, and its link or ""."""

    text: str
    url: str

    @property
    def short(self) -> str:
        """The text without the first folders of a long path, which depend on the build machine."""
        names = self.text.replace("\\", "/").split("/")
        if len(self.text) <= LONG or len(names) <= KEPT:
            return self.text
        return "…/" + "/".join(names[-KEPT:])


def source(file: str, line: int | None, hosts: Collection[str]) -> Source:
    """Describe *line* of *file*; links go to *hosts* only."""
    place = f":{line}" if line else ""
    match = _INDEXED.fullmatch(file)
    if not match:
        return Source(file + place, "")
    system, host, repository, path, revision = match.groups()
    url = ""
    if host in hosts and ".." not in repository:
        location = _PATHS[system].format(rev=revision, path=quote(path), line=line or 1)
        url = f"https://{host}/{quote(repository)}/{location}"
    return Source(path + place, url)
