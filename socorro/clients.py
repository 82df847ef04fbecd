"""What clients other than Mozilla's call a crash's product, version, channel and so on. Pure.

Firefox's names are ours. Where a crash lacks one, or it is blank, the first of the others that was
sent counts: Electron's, then those of Breakpad's uploader and Chromium, then those that programs
with Crashpad choose most. The raw crash stays as it was sent; throttle and processor read
`with_our_names`.
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


def sources(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return which annotation stands for each of ours that is missing."""
    chosen: dict[str, str] = {}
    for ours, others in SOURCES.items():
        if _is_blank(annotations, ours):
            for name, beside in others:
                if not (
                    _is_blank(annotations, name) or (beside and _is_blank(annotations, beside))
                ):
                    chosen[ours] = name
                    break
    return chosen


def with_our_names(annotations: Mapping[str, str]) -> Mapping[str, str]:
    """Return *annotations*, and under our names what the client sent under others."""
    chosen = sources(annotations)
    if not chosen:
        return annotations
    return {**annotations, **{ours: annotations[name] for ours, name in chosen.items()}}


def _is_blank(annotations: Mapping[str, str], name: str) -> bool:
    return not annotations.get(name, "").strip()
