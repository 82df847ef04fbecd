"""Add-ons: `id:version,id:version`, percent-encoded."""

from urllib.parse import unquote

from processor.pipeline import Change, View, clean, rule

MOST = 1000
LONGEST = 200  # characters of an id and of a version
NO_VERSION = "NO_VERSION"


@rule(reads=("Add-ons",), writes=("addons",))
def addons(crash: View) -> Change:
    """List the add-ons as `id:version`; the id may itself hold colons."""
    told = (crash.text("Add-ons") or "").strip()
    entries = [entry.strip() for entry in told.split(",", MOST) if entry.strip()]
    if len(entries) > MOST:
        crash.note(f"more than {MOST} add-ons: the rest dropped")
    found, bad = [], 0
    for entry in entries[:MOST]:
        name, colon, version = clean(unquote(entry)).rpartition(":")
        if not colon:
            name, version = version, NO_VERSION
            bad += 1
        found.append(f"{name[:LONGEST]}:{version[:LONGEST] or NO_VERSION}")
    if bad:
        crash.note(f"{bad} add-ons without a version")
    return {"addons": found}


@rule(reads=("EMCheckCompatibility",), writes=("addons_checked",))
def addons_checked(crash: View) -> Change:
    """Say whether add-ons were checked for compatibility; None when the client does not."""
    return {"addons_checked": crash.boolean("EMCheckCompatibility")}
