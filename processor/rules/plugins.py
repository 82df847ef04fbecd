"""Plugins and hangs."""

import re

from processor.pipeline import Change, View, rule

NO_HANG, BROWSER_HANG, PLUGIN_HANG = 0, 1, -1

# The file of the Flash player per system; Windows and Linux put the version into some names.
_FLASH = re.compile(
    r"(?:NPSWF(?:32|64)?_?([0-9_]*)\.dll|libflashplayer([0-9.]*)\.so|Flash ?Player-?([0-9.]*))",
    re.IGNORECASE,
)


@rule(
    reads=("process_type", "PluginFilename", "PluginName", "PluginVersion"),
    writes=("plugin_filename", "plugin_name", "plugin_version"),
)
def plugin(crash: View) -> Change:
    """Name the plugin whose process crashed."""
    if crash.text("process_type") != "plugin":
        return {}
    return {
        "plugin_filename": crash.text("PluginFilename"),
        "plugin_name": crash.text("PluginName"),
        "plugin_version": crash.text("PluginVersion"),
    }


@rule(reads=("HangID", "Hang", "PluginHang", "id"), writes=("hang_id", "hang_type"))
def hang(crash: View) -> Change:
    """Tell hangs from crashes, and what joins the two halves of a hang.

    Old clients send the browser's and the plugin's half as two crashes with one HangID; newer
    ones send both dumps at once with PluginHang=1 and no HangID, so one is made up.
    """
    hang_id = (crash.text("HangID") or "").strip() or None
    if crash.boolean("Hang"):
        return {"hang_id": hang_id, "hang_type": BROWSER_HANG}
    if crash.boolean("PluginHang"):
        made_up = f"fake-{crash.value('id')}"
        return {"hang_id": hang_id or made_up, "hang_type": PLUGIN_HANG}
    return {"hang_id": hang_id, "hang_type": PLUGIN_HANG if hang_id else NO_HANG}


@rule(reads=("json_dump",), writes=("flash_version",))
def flash_version(crash: View) -> Change:
    """Tell the version of the Flash player among the modules, by its file or its file's name."""
    for module in crash.mapping("json_dump").get("modules", ()):
        named = _FLASH.fullmatch(module["filename"] or "")
        if named:
            in_name = next((part for part in named.groups() if part), "").strip("._")
            return {"flash_version": module["version"] or in_name.replace("_", ".") or None}
    return {"flash_version": None}
