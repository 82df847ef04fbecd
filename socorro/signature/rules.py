"""Rules that change a signature after it was made from the stack, run in order. Pure.

Each rule gets the crash and the signature so far, and returns the new signature, or the same one
when it does not apply. `AFTER_THE_STACK` is their order.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from socorro.signature.crash_data import BROWSER_HANG, PLUGIN_HANG, CrashData
from socorro.signature.normalize import SPACES, UNPRINTABLE
from socorro.signature.stack import JOIN, LONGEST

SMALL = 256 * 1024  # bytes; when even this allocation fails, no memory is left

LONGEST_MESSAGE = 80
_LONGEST_CHANNEL_ERROR = 100

_OOM_FUNCTIONS = re.compile(
    r"NS_ABORT_OOM|mozalloc_handle_oom|CrashAtUnhandlableOOM|AutoEnterOOMUnsafeRegion"
    r"|alloc::oom::oom|handle_alloc_error|rust_oom|TerminateBecauseOutOfMemory|FatalProcessOutOfMemory"
)
_OOM_ERRORS = ("ERROR_COMMITMENT_LIMIT", "ERROR_NOT_ENOUGH_MEMORY")
_OOM_REASONS = ("STATUS_FATAL_MEMORY_EXHAUSTION", "STATUS_NO_MEMORY")
_ABORT = re.compile(r"^(?:\[[^\]]{0,100}\] )?###!!! ABORT: (?:file .*)?", re.DOTALL)
_FILE = re.compile(r": file .*", re.DOTALL)
_FONT = re.compile(r"\s*\(font[^)]*\)|\s*\([^()]*font[^()]*\)", re.IGNORECASE)


@dataclass(frozen=True)
class State:
    """A signature in the making."""

    text: str
    of_stack: str  # the signature of the stack, before any rule
    main_thread: Callable[[], str]  # the signature of the main thread's stack
    notes: tuple[str, ...] = ()

    def put(self, text: str, *notes: str) -> "State":
        """Return the state with another text, and more notes."""
        return replace(self, text=text, notes=(*self.notes, *notes))

    def before(self, prefix: str) -> "State":
        """Return the state with *prefix* in front."""
        return self.put(f"{prefix}{JOIN}{self.text}")


Rule = Callable[[CrashData, State], State]


def stack_walker_error(crash: CrashData, state: State) -> State:
    """Say with an empty signature why there is no stack."""
    if not state.text.startswith("EMPTY") or crash.status in ("OK", ""):
        return state
    return state.put(f"{state.text}; {crash.status}")


def bad_hardware(crash: CrashData, state: State) -> State:
    """Set apart crashes due to a disk that can no longer be read."""
    return state.before("bad hardware") if "STATUS_DEVICE_DATA_ERROR" in crash.reason else state


def out_of_memory(crash: CrashData, state: State) -> State:
    """Put small failed allocations into one bucket, and large ones into buckets by caller."""
    size = crash.oom_allocation_size
    if size is not None:
        return state.put("OOM | small") if size <= SMALL else state.before("OOM | large")
    is_out_of_memory = (
        _OOM_FUNCTIONS.search(state.text)
        or crash.last_error in _OOM_ERRORS
        or any(reason in crash.reason for reason in _OOM_REASONS)
        or crash.js_large_allocation_failure == "Reporting"
    )
    return state.before("OOM | unknown") if is_out_of_memory else state


def abort(crash: CrashData, state: State) -> State:
    """Put the abort message of the application in front."""
    if not crash.abort_message:
        return state
    message = _abort_message(crash.abort_message)
    return state.before(f"Abort | {message}" if message else "Abort")


def _abort_message(text: str) -> str:
    """Return the message without what differs from machine to machine: paths, process ids."""
    text = _FILE.sub("", _ABORT.sub("", text[:10_000]))
    text = SPACES.sub(" ", UNPRINTABLE.sub("", _FONT.sub("", text))).strip()
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 3]}..."


def shutdown_timeout(crash: CrashData, state: State) -> State:
    """Name a shutdown that took too long after what it waited for."""
    if not crash.async_shutdown_timeout:
        return state
    phase, conditions, notes = _shutdown(crash.async_shutdown_timeout)
    return state.put(f"AsyncShutdownTimeout | {phase} | {conditions}", *notes)


def _shutdown(text: str) -> tuple[str, str, tuple[str, ...]]:
    try:
        shutdown = json.loads(text)
        phase, conditions = shutdown["phase"], shutdown["conditions"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "UNKNOWN", "(unknown)", ("AsyncShutdownTimeout is not in the expected format",)
    names = conditions if isinstance(conditions, list) else []
    sorted_names = sorted({_condition(condition) for condition in names[:100]} - {""})
    return phase if isinstance(phase, str) else "UNKNOWN", ",".join(sorted_names) or "(none)", ()


def _condition(condition: Any) -> str:
    name = condition.get("name") if isinstance(condition, dict) else condition
    return name if isinstance(name, str) else ""


def run_watchdog(_crash: CrashData, state: State) -> State:
    """Use the main thread's stack when the watchdog thread of the shutdown crashed.

    The result of earlier rules (out of memory, an abort) stays: it may be why the shutdown hung.
    """
    if "RunWatchdog" not in state.text:
        return state
    prefix = state.text.removesuffix(state.of_stack)
    return state.put(f"shutdownhang | {prefix}{state.main_thread()}")


def ipc_channel_error(crash: CrashData, state: State) -> State:
    """Name deliberate crashes, made because processes no longer communicated, after the reason."""
    if not crash.ipc_channel_error:
        return state
    browser = "upload_file_minidump_browser" in crash.additional_minidumps
    side = "IPCError-browser" if browser else "IPCError-content"
    return state.put(f"{side} | {crash.ipc_channel_error[:_LONGEST_CHANNEL_ERROR]}")


def ipc_message_name(crash: CrashData, state: State) -> State:
    """Add the message that was being handled."""
    if not crash.ipc_message_name:
        return state
    return state.put(f"{state.text} | IPC_Message_Name={crash.ipc_message_name}")


def stack_overflow(crash: CrashData, state: State) -> State:
    """Set endless recursion apart."""
    return state.before("stackoverflow") if "EXCEPTION_STACK_OVERFLOW" in crash.reason else state


def hung_process(crash: CrashData, state: State) -> State:
    """Distinguish hangs from crashes."""
    kind = {BROWSER_HANG: "browser", PLUGIN_HANG: "plugin"}.get(crash.hang_type)
    return state.before(f"hang: {kind}") if kind else state


def printable_only(_crash: CrashData, state: State) -> State:
    """Drop all characters that are not printable ASCII."""
    text = UNPRINTABLE.sub("", SPACES.sub(" ", state.text))
    same = text == SPACES.sub(" ", state.text)
    note = "Unprintable characters removed from the signature"
    return state.put(text) if same else state.put(text, note)


def whitespace(_crash: CrashData, state: State) -> State:
    """Replace several spaces by one."""
    return state.put(SPACES.sub(" ", state.text).strip())


def cut(_crash: CrashData, state: State) -> State:
    """Cut to 255 characters, for which every database has room."""
    if len(state.text) <= LONGEST:
        return state
    note = f"Signature cut from {len(state.text)} to {LONGEST} characters"
    return state.put(f"{state.text[: LONGEST - 3]}...", note)


AFTER_THE_STACK: Sequence[Rule] = (
    stack_walker_error,
    bad_hardware,
    out_of_memory,
    abort,
    shutdown_timeout,
    run_watchdog,
    ipc_channel_error,
    ipc_message_name,
    stack_overflow,
    hung_process,
    printable_only,
    whitespace,
    cut,
)
