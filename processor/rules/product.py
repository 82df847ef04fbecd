"""What crashed: product, version, channel, build."""

from processor.pipeline import Change, View, rule

ESR = "esr"
NO_CHANNEL = "unknown"


@rule(reads=("ProductName", "ProductID"), writes=("product", "product_id"))
def product(crash: View) -> Change:
    """Name the product; a crash without one is kept, and counted as bad later."""
    name = _told(crash, "ProductName")
    if not name:
        crash.note("ProductName is missing")
    return {"product": name or "", "product_id": _told(crash, "ProductID")}


@rule(
    reads=("Version", "BuildID", "ReleaseChannel"), writes=("version", "build", "release_channel")
)
def version(crash: View) -> Change:
    """Tell version, build and channel; an ESR's version ends in "esr"."""
    told, build = _told(crash, "Version"), _told(crash, "BuildID")
    channel = (_told(crash, "ReleaseChannel") or NO_CHANNEL).lower()
    if not told:
        crash.note("Version is missing")
    elif channel == ESR and not told.endswith(ESR):
        told += ESR
    if build is not None and not build.isascii():
        crash.note("BuildID holds other characters than ASCII")
    return {"version": told or "", "build": build, "release_channel": channel}


@rule(reads=("ProcessType",), writes=("process_type",))
def process_type(crash: View) -> Change:
    """Say which process crashed; the first one of a program does not tell its type."""
    told = (_told(crash, "ProcessType") or "parent").lower()
    return {"process_type": "parent" if told in ("main", "default", "browser") else told}


def _told(crash: View, name: str) -> str | None:
    return (crash.text(name) or "").strip() or None
