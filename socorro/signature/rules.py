"""Rules that change a signature after it was made from the stack, run in order. Pure.

Each rule gets the crash and the signature so far, and returns the new signature, or the same one
when it does not apply. `AFTER_THE_STACK` is their order.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from socorro.signature.crash_data import BROWSER_HANG, PLUGIN_HANG, CrashData, Frame
from socorro.signature.frames import expand
from socorro.signature.normalize import SPACES, UNPRINTABLE
from socorro.signature.stack import JOIN, LONGEST, StackSignature

SMALL = 256 * 1024  # bytes; when even this allocation fails, no memory is left

LONGEST_MESSAGE = 80
_LONGEST_CHANNEL_ERROR = 100

_OOM_FUNCTIONS = re.compile(
    r"NS_ABORT_OOM|mozalloc_handle_oom|CrashAtUnhandlableOOM|AutoEnterOOMUnsafeRegion"
    r"|alloc::oom::oom|handle_alloc_error|rust_oom|TerminateBecauseOutOfMemory|FatalProcessOutOfMemory"
)
_OOM_ERRORS = ("ERROR_COMMITMENT_LIMIT", "ERROR_NOT_ENOUGH_MEMORY", "ERROR_OUTOFMEMORY")
# 0xe0000008 is Chromium's: OUT_OF_MEMORY for rust-minidump, "Out of Memory" for Breakpad.
_OOM_REASONS = (
    *("STATUS_FATAL_MEMORY_EXHAUSTION", "STATUS_NO_MEMORY"),
    *("OUT_OF_MEMORY", "Out of Memory", "RESOURCE_TYPE_MEMORY"),
)
# "xpcom_runtime_abort(" before "###!!! ABORT: ": the function that was called, with its argument.
_CALL = re.compile(r"\s*[A-Za-z_][\w:]{0,100}\((?=(?:\[[^\]]{0,100}\] ?)?###!!! )")
_ABORT = re.compile(r"\s*(?:\[[^\]]{0,100}\] ?)?###!!! (?:\w{1,20}: )?(?:file .*)?", re.DOTALL)
_FILE = re.compile(r": file .*|, file [^,]{1,300}(?:, line |:)\d.*", re.DOTALL)
# A path says who uses the machine, an address and a process differ from run to run.
_PATH = re.compile(
    r"(?:(?<![\w.])[A-Za-z]:[\\/]|\\\\(?=\w)|(?<![\w.:/])/(?:home|Users|root|mnt|media|tmp|var|data"
    r"|storage|sdcard|private|run|opt|usr|builds)/)[^'\"<>|*?,;:()\n]*(?<!\s)"
)
_PER_RUN = re.compile(
    r"(?<![\w.])0x[0-9a-fA-F]{4,16}(?!\w)|(?<=\bpid)[ :=]{1,3}\d{1,10}"
    r"|^\s*\([\w.-]{1,50}:\d{1,10}\): |(?<=\*\*: )\d\d:\d\d:\d\d\.\d{1,6}: "
)
_FONT = re.compile(
    r"\s*\([^()]*font[^()]*\)"
    r"|(?<=font)s?:?\s*(?:\((?:[^()]|\([^()]*\))*\)|\"[^\"]*\"|'[^']*')",
    re.IGNORECASE,
)
_WATCHDOG = re.compile(r"\bRunWatchdog\b")
_WATCHDOG_FRAMES = 40


@dataclass(frozen=True)
class State:
    """A signature in the making."""

    text: str
    of_stack: StackSignature  # of the crashing thread, before any rule
    main_thread: Callable[[], StackSignature]
    notes: tuple[str, ...] = ()
    named_after: StackSignature | None = None  # the stack of another thread that was used instead

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
    if crash.js_large_allocation_failure == "Reporting":  # the engine only reports large ones
        return state.before("OOM | large")
    is_out_of_memory = (
        _OOM_FUNCTIONS.search(state.text)
        or crash.last_error in _OOM_ERRORS
        or any(reason in crash.reason for reason in _OOM_REASONS)
    )
    return state.before("OOM | unknown") if is_out_of_memory else state


def abort(crash: CrashData, state: State) -> State:
    """Put the abort message of the application in front."""
    if not crash.abort_message:
        return state
    message = _abort_message(crash.abort_message)
    return state.before(f"Abort | {message}" if message else "Abort")


def _abort_message(text: str) -> str:
    """Return the message without what differs from machine to machine: paths, process ids, fonts.

    The text may be what was passed to the function that aborts, written as a call:
    `xpcom_runtime_abort(###!!! ABORT: no profile: file nsXREDirProvider.cpp, line 7)`.
    """
    text = SPACES.sub(" ", text[:10_000])
    if call := _CALL.match(text):
        text = text[call.end() :].rstrip().removesuffix(")")
    text = _FILE.sub("", _ABORT.sub("", text, count=1) if _ABORT.match(text) else text)
    text = _PER_RUN.sub("", _PATH.sub("(path)", text))
    text = SPACES.sub(" ", UNPRINTABLE.sub("", _FONT.sub("", text))).strip()
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 3]}..."


def shutdown_timeout(crash: CrashData, state: State) -> State:
    """Name a shutdown that took too long after what it waited for."""
    if not crash.async_shutdown_timeout:
        return state
    names, notes = _shutdown(crash.async_shutdown_timeout)
    return state.put(JOIN.join(("AsyncShutdownTimeout", *names)), *notes)


def _shutdown(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the phase and what it waited for, and notes."""
    try:
        shutdown = json.loads(text)
    except (ValueError, RecursionError):
        shutdown = None
    if not isinstance(shutdown, dict) or shutdown.keys().isdisjoint(("phase", "conditions")):
        return ("UNKNOWN",), ("AsyncShutdownTimeout is not in the expected format",)
    phase, conditions = shutdown.get("phase"), shutdown.get("conditions")
    listed = conditions if isinstance(conditions, list) else [conditions]
    names = sorted({_condition(condition) for condition in listed[:100]} - {""})
    phase = phase.strip() if isinstance(phase, str) else ""
    return (phase or "UNKNOWN", ",".join(names) or "(none)"), ()


def _condition(condition: Any) -> str:
    name = condition.get("name") if isinstance(condition, dict) else condition
    return name.strip() if isinstance(name, str) else ""


def run_watchdog(crash: CrashData, state: State) -> State:
    """Use the main thread's stack when the watchdog thread of the shutdown crashed.

    The result of earlier rules (out of memory, an abort) stays: it may be why the shutdown hung.
    """
    if not is_watchdog(crash.frames):
        return state
    main_thread = state.main_thread()
    # What an earlier rule put in place of the stack's signature ("OOM | small") is not replaced.
    prefix = state.text.removesuffix(state.of_stack.signature)
    if prefix == state.text:
        return state
    text = f"shutdownhang | {prefix}{main_thread.signature}"
    return replace(state.put(text), named_after=main_thread)


def is_watchdog(frames: Sequence[Frame]) -> bool:
    """Say whether the frames are of the thread that ends a shutdown which takes too long."""
    functions = (frame.get("function") for _, frame in islice(expand(frames), _WATCHDOG_FRAMES))
    return any(isinstance(name, str) and _WATCHDOG.search(name[:1000]) for name in functions)


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
    kind = crash.hang or {BROWSER_HANG: "browser", PLUGIN_HANG: "plugin"}.get(crash.hang_type)
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
