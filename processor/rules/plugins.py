"""Plugins and hangs."""

import re
from pathlib import Path

from processor.pipeline import Change, View, rule

NO_HANG, BROWSER_HANG, PLUGIN_HANG = 0, 1, -1

# The file of the Flash player per system; Windows and Linux put the version into some names.
_FLASH = re.compile(
    r"(?:NPSWF(?:32|64)?_?([0-9_]*)\.dll|libflashplayer([0-9._]*)\.\w{1,20}"
    r"|Flash ?Player-?([0-9._]*))",
    re.IGNORECASE,
)


def read_debug_ids(text: str) -> dict[str, str]:
    """Return version by debug id: a line each, parted by blanks; # begins a comment."""
    lines = [line.partition("#")[0].split() for line in text.splitlines()]
    return {words[0].upper(): words[1] for words in lines if len(words) == 2}


FLASH_DEBUG_IDS = read_debug_ids((Path(__file__).parent / "flash_debug_ids.txt").read_text())


@rule(
    reads=("process_type", "PluginFilename", "PluginName", "PluginVersion"),
    writes=("plugin_filename", "plugin_name", "plugin_version"),
)
def plugin(crash: View) -> Change:
    """Name the plugin whose process crashed."""
    if crash.text("process_type") != "plugin":
        return {}
    return {
        "plugin_filename": crash.word("PluginFilename"),
        "plugin_name": crash.word("PluginName"),
        "plugin_version": crash.word("PluginVersion"),
    }


@rule(reads=("HangID", "Hang", "PluginHang", "id"), writes=("hang_id", "hang_type"))
def hang(crash: View) -> Change:
    """Tell hangs from crashes, and what joins the two halves of a hang.

    Old clients send the browser's and the plugin's half as two crashes with one HangID; newer
    ones send both dumps at once with PluginHang=1 and no HangID, so one is made up.
    """
    hang_id = crash.word("HangID")
    if crash.boolean("Hang"):
        return {"hang_id": hang_id, "hang_type": BROWSER_HANG}
    if crash.boolean("PluginHang"):
        made_up = f"fake-{crash.value('id')}"
        return {"hang_id": hang_id or made_up, "hang_type": PLUGIN_HANG}
    return {"hang_id": hang_id, "hang_type": PLUGIN_HANG if hang_id else NO_HANG}


@rule(
    reads=("hang_type", "ipc_channel_error", "MozCrashReason", "AsyncShutdownTimeout"),
    writes=("report_type",),
)
def report_type(crash: View) -> Change:
    """Say whether something crashed, or hung and was therefore made to crash."""
    hung = (
        crash.integer("hang_type") not in (None, NO_HANG)
        or crash.text("ipc_channel_error") == "ShutDownKill"
        or bool(crash.text("AsyncShutdownTimeout"))
        or (crash.text("MozCrashReason") or "").startswith("Shutdown hanging")
    )
    return {"report_type": "hang" if hung else "crash"}


@rule(reads=("json_dump",), writes=("flash_version",))
def flash_version(crash: View) -> Change:
    """Tell the version of the Flash player among the modules.

    By its file, else by its file's name, else by its debug id (flash_debug_ids.txt).
    """
    for module in crash.mapping("json_dump").get("modules", ()):
        named = _FLASH.fullmatch(module["filename"] or "")
        if named:
            in_name = next((part for part in named.groups() if part), "").strip("._")
            known = FLASH_DEBUG_IDS.get((module.get("debug_id") or "").upper())
            told = module["version"] or in_name.replace("_", ".") or known
            return {"flash_version": told or None}
    return {"flash_version": None}
