"""Plugins and hangs."""

import re
from pathlib import Path

from processor.pipeline import Change, View, rule
from socorro.fields import field_of
from socorro.fields.coerce import coerce
from socorro.signature import crash_data
from socorro.signature.crash_data import BROWSER_HANG, NO_HANG, PLUGIN_HANG
from socorro.signature.rules import is_watchdog

# The file of the Flash player per system; Windows and Linux put the version into some names.
_FLASH = re.compile(
    r"(?:NPSWF(?:32|64)?_?([0-9_]*)\.dll|FlashPlayerPlugin_?([0-9_]*)\.exe"
    r"|libflashplayer([0-9._]*)\.\w{1,20}|Flash ?Player-?([0-9._]*))",
    re.IGNORECASE,
)


def read_debug_ids(text: str) -> dict[str, str]:
    """Return version by debug id, from lines of `id version`; # begins a comment."""
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


@rule(reads=("HangID", "Hang", "PluginHang", "id"), writes=("hang_id", "hang_type", "hang"))
def hang(crash: View) -> Change:
    """Distinguish hangs from crashes, and give the id that joins the two halves of a hang.

    Hang=1 says that the browser hung, Hang=ui or another word also what of it hung.

    Old clients send the browser's and the plugin's half as two crashes with the same HangID.
    Newer clients send both dumps in one crash, with PluginHang=1 and no HangID: it is made up.
    """
    hang_id = crash.word("HangID")
    hung = crash_data.hang(crash.text("Hang") or "")
    if hung is not None:
        return {"hang_id": hang_id, "hang_type": BROWSER_HANG, "hang": hung or None}
    if crash.boolean("PluginHang"):
        made_up = f"fake-{crash.value('id')}"
        return {"hang_id": hang_id or made_up, "hang_type": PLUGIN_HANG}
    return {"hang_id": hang_id, "hang_type": PLUGIN_HANG if hang_id else NO_HANG}


@rule(reads=("hang_type", "PluginContentURL", "PluginUserComment"), writes=("url", "user_comments"))
def plugin_hang_texts(crash: View) -> Change:
    """Take page and comment of a plugin hang from the annotations that it has for them."""
    if crash.integer("hang_type") != PLUGIN_HANG:
        return {}
    texts = {"url": "PluginContentURL", "user_comments": "PluginUserComment"}
    return {
        name: coerce(field, text).value
        for name, annotation in texts.items()
        if (field := field_of("processed_crash", name)) and (text := crash.text(annotation))
    }


@rule(
    reads=(
        "hang_type", "ipc_channel_error", "MozCrashReason", "AsyncShutdownTimeout", "json_dump",
    ),
    writes=("report_type",),
)  # fmt: skip
def report_type(crash: View) -> Change:
    """Say whether the program crashed, or hung and was made to crash for that reason."""
    hung = (
        crash.integer("hang_type") not in (None, NO_HANG)
        or crash.text("ipc_channel_error") == "ShutDownKill"
        or bool(crash.text("AsyncShutdownTimeout"))
        or (crash.text("MozCrashReason") or "").startswith("Shutdown hanging")
        or is_watchdog(crash_data.frames_of(crash.mapping("json_dump").get("crashing_thread")))
    )
    return {"report_type": "hang" if hung else "crash"}


@rule(reads=("json_dump",), writes=("flash_version",))
def flash_version(crash: View) -> Change:
    """Give the version of the Flash player among the modules.

    It is the version of the file, else part of the file's name, else known by the debug id
    (processor/rules/flash_debug_ids.txt).
    """
    for module in crash.mapping("json_dump").get("modules", ()):
        named = _FLASH.fullmatch(module["filename"] or "")
        if named:
            in_name = next((part for part in named.groups() if part), "").strip("._")
            by_debug_id = FLASH_DEBUG_IDS.get((module.get("debug_id") or "").upper())
            in_file = (module["version"] or "").strip()
            in_file = "" if in_file.strip("0.") == "" else in_file  # 0.0.0.0: it has none
            version = in_file or in_name.replace("_", ".") or by_debug_id
            return {"flash_version": version or None}
    return {"flash_version": None}
