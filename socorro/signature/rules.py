"""What changes a signature after it was made from the stack: rules, run in order. Pure.

Each gets the crash and the signature so far, and returns the new one; the same one when the
rule has nothing to say. `generate.RULES` is the order.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from socorro.signature.crash_data import BROWSER_HANG, PLUGIN_HANG, CrashData
from socorro.signature.stack import JOIN, LONGEST

SMALL = 256 * 1024  # bytes; failing to allocate so little means that all memory is gone

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
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class State:
    """A signature on its way."""

    text: str
    of_stack: str  # as it came from the stack, before any rule
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
    """Set apart crashes of a disk that no longer reads."""
    return state.before("bad hardware") if "STATUS_DEVICE_DATA_ERROR" in crash.reason else state


def out_of_memory(crash: CrashData, state: State) -> State:
    """Put failed small allocations into one bucket, large ones by who asked for them."""
    size = crash.oom_allocation_size
    if size is not None:
        return state.put("OOM | small") if size <= SMALL else state.before("OOM | large")
    told = (
        _OOM_FUNCTIONS.search(state.text)
        or crash.last_error in _OOM_ERRORS
        or any(reason in crash.reason for reason in _OOM_REASONS)
        or crash.js_large_allocation_failure == "Reporting"
    )
    return state.before("OOM | unknown") if told else state


def abort(crash: CrashData, state: State) -> State:
    """Put what the application said when it aborted in front."""
    if not crash.abort_message:
        return state
    message = _abort_message(crash.abort_message)
    return state.before(f"Abort | {message}" if message else "Abort")


def _abort_message(text: str) -> str:
    """Return the message without what differs from machine to machine: paths, process ids."""
    text = _FILE.sub("", _ABORT.sub("", text[:10_000]))
    text = _SPACES.sub(" ", _UNPRINTABLE.sub("", _FONT.sub("", text))).strip()
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 3]}..."


def shutdown_timeout(crash: CrashData, state: State) -> State:
    """Name a shutdown that took too long after what it waited for."""
    if not crash.async_shutdown_timeout:
        return state
    phase, conditions, notes = _shutdown(crash.async_shutdown_timeout)
    return state.put(f"AsyncShutdownTimeout | {phase} | {conditions}", *notes)


def _shutdown(text: str) -> tuple[str, str, tuple[str, ...]]:
    try:
        told = json.loads(text)
        phase, conditions = told["phase"], told["conditions"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "UNKNOWN", "(unknown)", ("AsyncShutdownTimeout is not in its format",)
    names = conditions if isinstance(conditions, list) else []
    found = sorted({_condition(each) for each in names[:100]} - {""})
    return phase if isinstance(phase, str) else "UNKNOWN", ",".join(found) or "(none)", ()


def _condition(told: Any) -> str:
    name = told.get("name") if isinstance(told, dict) else told
    return name if isinstance(name, str) else ""


def run_watchdog(_crash: CrashData, state: State) -> State:
    """Look at the main thread when the thread that watches over the shutdown crashed.

    What was found before (out of memory, an abort) stays: it may be why the shutdown hung.
    """
    if "RunWatchdog" not in state.text:
        return state
    found = state.text.removesuffix(state.of_stack)
    return state.put(f"shutdownhang | {found}{state.main_thread()}")


def ipc_channel_error(crash: CrashData, state: State) -> State:
    """Name crashes on purpose, because processes did not talk any more, after the reason."""
    if not crash.ipc_channel_error:
        return state
    browser = "upload_file_minidump_browser" in crash.additional_minidumps
    side = "IPCError-browser" if browser else "IPCError-content"
    return state.put(f"{side} | {crash.ipc_channel_error[:_LONGEST_CHANNEL_ERROR]}")


def ipc_message_name(crash: CrashData, state: State) -> State:
    """Say which message was being handled."""
    if not crash.ipc_message_name:
        return state
    return state.put(f"{state.text} | IPC_Message_Name={crash.ipc_message_name}")


def stack_overflow(crash: CrashData, state: State) -> State:
    """Set recursion without end apart."""
    return state.before("stackoverflow") if "EXCEPTION_STACK_OVERFLOW" in crash.reason else state


def hung_process(crash: CrashData, state: State) -> State:
    """Tell hangs from crashes."""
    kind = {BROWSER_HANG: "browser", PLUGIN_HANG: "plugin"}.get(crash.hang_type)
    return state.before(f"hang: {kind}") if kind else state


def printable_only(_crash: CrashData, state: State) -> State:
    """Drop what is no printable ASCII."""
    text = _UNPRINTABLE.sub("", _SPACES.sub(" ", state.text))
    same = text == _SPACES.sub(" ", state.text)
    return state.put(text) if same else state.put(text, "signature: unprintable characters dropped")


def whitespace(_crash: CrashData, state: State) -> State:
    """Make one space of several."""
    return state.put(_SPACES.sub(" ", state.text).strip())


def cut(_crash: CrashData, state: State) -> State:
    """Keep to the 255 characters that every database has room for."""
    if len(state.text) <= LONGEST:
        return state
    note = f"signature cut from {len(state.text)} characters"
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
