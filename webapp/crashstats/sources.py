"""The source location of a frame: as text, and as a link where one is known.

Symbols name source files as the build saw them. Builds that run Mozilla's source indexing write

    hg:hg.mozilla.org/mozilla-central:dom/base/nsDocument.cpp:2f2a3e5b6c7d
    git:github.com/rust-lang/rust:library/core/src/ptr/mod.rs:fdca237d5194

others a path, that of a build machine or one within the source. The text comes from a symbol file,
so it becomes a link only to listed hosts, and by https, or by the template of the product.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from webapp import url_templates

_INDEXED = re.compile(r"(hg|git):([a-z0-9.-]+)/([\w./-]+):([^:]+):([0-9A-Za-z_.-]+)")
_PATHS = {"hg": "annotate/{rev}/{path}#l{line}", "git": "blob/{rev}/{path}#L{line}"}
_ABSOLUTE = re.compile(r"/|[A-Za-z]:|[a-z]+:")


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


class Links(NamedTuple):
    """Where source locations of one product may link to.

    *templates* are those of all products and repositories. That of the product is filled with the
    path of a file within the source, of which *roots* are the folders on build machines; an indexed
    file takes it only when it names {repository}, for libraries are from other ones. Without a
    template, indexed files link to *hosts*.
    """

    hosts: Collection[str] = ()
    templates: Mapping[str, str] = MappingProxyType({})
    roots: Sequence[str] = ()
    product: str = ""


def source(file: str, line: int | None, links: Links) -> Source:
    """Describe *line* of *file*, with its link."""
    place = f":{line}" if line else ""
    match = _INDEXED.fullmatch(file)
    if not match:
        template = links.templates.get(links.product, "")
        path = _within(file, links.roots)
        return Source(file + place, _filled(template, {"path": path, "line": line or 1}))
    system, host, repository, path, revision = match.groups()
    values = {"path": path, "line": line or 1, "revision": revision, "repository": repository}
    template = _of_repository(links, f"{host}/{repository}")
    url = _filled(template, values) if ".." not in repository else ""
    if not template and host in links.hosts and ".." not in repository:
        location = _PATHS[system].format(rev=revision, path=quote(path), line=line or 1)
        url = f"https://{host}/{quote(repository)}/{location}"
    return Source(path + place, url)


def _of_repository(links: Links, repository: str) -> str:
    template = links.templates.get(links.product, "")
    by_product = template if "repository" in url_templates.placeholders(template) else ""
    return links.templates.get(repository, by_product)


def _within(file: str, roots: Sequence[str]) -> str:
    """Return the path of a file within the source; "" for one elsewhere."""
    path = file.replace("\\", "/")
    for root in roots:
        if path.startswith(root.replace("\\", "/")):
            return path[len(root) :].lstrip("/")
    return "" if _ABSOLUTE.match(path) else path


def _filled(template: str, values: Mapping[str, object]) -> str:
    """Return the link; "" where a value is missing, or the path would lead elsewhere."""
    names = url_templates.placeholders(template)
    is_outside = ".." in str(values["path"]).split("/")
    if not template or is_outside or not all(values.get(name) for name in names):
        return ""
    return url_templates.fill(template, values, safe="/")
