"""Add-ons: `id:version,id:version`, percent-encoded."""

from urllib.parse import unquote

from processor.pipeline import Change, View, clean, rule

MOST = 1000
LONGEST = 200  # characters of an id and of a version
NO_VERSION = "NO_VERSION"


@rule(reads=("Add-ons",), writes=("addons",))
def addons(crash: View) -> Change:
    """List the add-ons as `id:version`; the id itself may contain colons."""
    text = (crash.text("Add-ons") or "").strip()
    entries = [entry.strip() for entry in text.split(",", MOST) if entry.strip()]
    if len(entries) > MOST:
        crash.note(f"More than {MOST} add-ons; the rest were dropped")
    listed, bad = [], 0
    for entry in entries[:MOST]:
        name, colon, version = clean(unquote(entry)).rpartition(":")
        if not colon:
            name, version = version, NO_VERSION
            bad += 1
        listed.append(f"{name[:LONGEST]}:{version[:LONGEST] or NO_VERSION}")
    if bad:
        crash.note(f"{bad} add-on{'' if bad == 1 else 's'} without a version")
    return {"addons": listed}


@rule(reads=("EMCheckCompatibility",), writes=("addons_checked",))
def addons_checked(crash: View) -> Change:
    """Say whether the client checked add-ons for compatibility; None when it does not say."""
    return {"addons_checked": crash.boolean("EMCheckCompatibility")}
