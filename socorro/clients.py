"""What clients other than Mozilla's call a crash's product, version, channel and so on. Pure.

Firefox's names are ours. Where a crash lacks one, or it is blank, the first of the others that was
sent counts: Electron's, then those of Breakpad's uploader and Chromium, then those that programs
with Crashpad choose most. A name in other letters (Product, product_name) counts after those that
are exact. The raw crash stays as it was sent; throttle and processor read `with_our_names`.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Source(NamedTuple):
    """A client's name of an annotation; it counts only beside *beside*, if that is set."""

    name: str
    beside: str = ""


# Electron sends two programs: its own (prod, ver), and the one that it runs (_productName,
# _version). Without a _productName, nobody knows what a _version is the version of.
SOURCES: Final[Mapping[str, tuple[Source, ...]]] = {
    "ProductName": (Source("_productName"), Source("prod"), Source("product")),
    "Version": (Source("_version", "_productName"), Source("ver"), Source("version")),
    "ReleaseChannel": (Source("channel"),),
    "ProcessType": (Source("process_type"), Source("ptype")),
    "Comments": (Source("comments"),),
    "Email": (Source("email"),),
}

_ALWAYS_SENT = ("ProductName", "Version", "ReleaseChannel")
_NAMES_OF_OTHERS = frozenset(source.name for sources in SOURCES.values() for source in sources)


def sources(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return which annotation stands for each of ours that is missing."""
    always = map(annotations.get, _ALWAYS_SENT)
    if _NAMES_OF_OTHERS.isdisjoint(annotations) and all(text and text.strip() for text in always):
        return {}  # as of Firefox: there is nothing that could stand for what is missing
    missing = [ours for ours in SOURCES if _is_blank(annotations, ours)]
    chosen: dict[str, str] = {}
    for ours in missing:
        if source := next((s for s in SOURCES[ours] if _is_sent(annotations, s)), None):
            chosen[ours] = source.name
    # Firefox has all of these, in our letters: its posts need no second look.
    if any(ours in missing and ours not in chosen for ours in _ALWAYS_SENT):
        _add_other_letters(annotations, missing, chosen)
    return chosen


def _add_other_letters(
    annotations: Mapping[str, str], missing: list[str], chosen: dict[str, str]
) -> None:
    """Choose names that are ours, or another client's, but for case, `_` and `-`."""
    names: dict[str, str] = {}
    for name, value in annotations.items():
        if value.strip():
            names.setdefault(_folded(name), name)
    values = {folded: annotations[name] for folded, name in names.items()}
    for ours in missing:
        sources = [Source(_folded(s.name), _folded(s.beside)) for s in SOURCES[ours]]
        candidates = (Source(_folded(ours)), *sources)
        source = next((s for s in candidates if _is_sent(values, s)), None)
        if source and ours not in chosen:
            chosen[ours] = names[source.name]


def _folded(name: str) -> str:
    """Return a name without what people write in different ways; `_version` keeps its `_`."""
    return name[:1].lower() + name[1:].lower().replace("_", "").replace("-", "")


def with_our_names(annotations: Mapping[str, str]) -> Mapping[str, str]:
    """Return *annotations*, and under our names what the client sent under others."""
    chosen = sources(annotations)
    if not chosen:
        return annotations
    return {**annotations, **{ours: annotations[name] for ours, name in chosen.items()}}


def _is_sent(annotations: Mapping[str, str], source: Source) -> bool:
    return not (
        _is_blank(annotations, source.name)
        or (source.beside and _is_blank(annotations, source.beside))
    )


def _is_blank(annotations: Mapping[str, str], name: str) -> bool:
    return not annotations.get(name, "").strip()
