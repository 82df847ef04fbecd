"""Generated stacks of crashes whose bugs are known, as hard as stacks are in life.

A program has subsystems, each a tree of functions that call one another, and threads, each with a
tail of frames that all its crashes share. A bug is a function of a tree, reached through its
callers: bugs near one another share most of their stacks, and differ at the top. Half of the bugs
are in code that is called from everywhere. One bug in four crashes in a small function that others
crash in, too, one in four inside of a library without symbols, one in ten all over (memory that was
overwritten). Reports of a bug differ: they come on several ways, through other subsystems;
functions are inlined on one system and not on another, or were renamed between versions; libraries
have other offsets in other versions; frames were guessed; there is machinery of aborts and
allocation on top; ends were cut off, and a few machines had no symbols at all. Some bugs have many
reports, most have few.
"""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

from socorro.signature.lists import Lists, shipped
from socorro.signature.stack import of_stack

SUBSYSTEMS: Final = 5
FUNCTIONS: Final = 60  # of a subsystem
LIBRARY: Final = "library:"
THREADS: Final = 8
SYSTEMS: Final = ("windows", "mac", "linux")
LIBRARIES: Final = {
    "windows": ("ntdll.dll", "kernel32.dll", "user32.dll", "combase.dll", "d3d11.dll", "nvwgf.dll"),
    "mac": ("libsystem_kernel.dylib", "CoreFoundation", "AppKit", "libobjc.A.dylib", "Metal"),
    "linux": ("libc.so.6", "libglib-2.0.so.0", "libgtk-3.so.0", "libpthread.so.0", "i965_dri.so"),
}  # fmt: skip
# What is on top of crashes that somebody made on purpose, as it is in life; it is never inlined.
_ABORT: Final = ("raise", "abort")
MACHINERY: Final = {
    "windows": (
        ("RtlFailFast2", "RtlpHeapHandleError", "RtlpLogHeapFailure", "RtlFreeHeap", "free"),
        ("RtlpWaitOnCriticalSection", "RtlEnterCriticalSection"),
        ("MOZ_Crash", "mozalloc_abort", "mozalloc_handle_oom", "moz_xmalloc"),
        ("RaiseException", "_CxxThrowException", "std::_Xlength_error"),
        ("MOZ_Crash", "InvalidArrayIndex_CRASH", "nsTArray_Impl<T>::ElementAt"),
    ),
    "mac": (
        ("__pthread_kill", "pthread_kill", "abort", "abort_message", "_objc_terminate"),
        ("__pthread_kill", "pthread_kill", "abort", "malloc_vreport", "malloc_report", "free"),
        ("MOZ_Crash", "mozalloc_abort", "mozalloc_handle_oom", "moz_xmalloc"),
        ("__semwait_signal", "pthread_mutex_lock"),
        ("MOZ_Crash", "InvalidArrayIndex_CRASH", "nsTArray_Impl<T>::ElementAt"),
    ),
    "linux": (
        (*_ABORT, "__libc_message", "malloc_printerr", "_int_free", "free"),
        (*_ABORT, "__libc_message", "malloc_printerr", "_int_malloc", "malloc"),
        (*_ABORT, "__assert_fail_base", "__assert_fail"),
        (*_ABORT, "g_assertion_message", "g_assertion_message_expr"),
        (*_ABORT, "__gnu_cxx::__verbose_terminate_handler", "std::terminate", "__cxa_throw"),
        ("__lll_lock_wait", "pthread_mutex_lock"),
        ("g_logv", "g_log", "g_type_check_instance_cast"),
        ("MOZ_Crash", "mozalloc_abort", "mozalloc_handle_oom", "moz_xmalloc"),
    ),
}
SMALL: Final = (  # on the lists of signatures, as such functions are
    "memcpy", "memmove", "strlen", "pthread_mutex_lock", "objc_msgSend", "PLDHashTable::Search",
    "nsTArray_Impl<T>::ElementAt", "RefPtr<T>::get", "std::unique_ptr<T>::get", "operator delete",
    "InvalidArrayIndex_CRASH", "std::string::assign",
)  # fmt: skip
WORDS: Final = (
    "Layout", "Frame", "Glyph", "Cache", "Channel", "Tile", "Surface", "Timer", "Socket", "Script",
    "Parser", "Widget", "Font", "Canvas", "Decoder", "Shader", "Worker", "Style", "Stream", "Arena",
)  # fmt: skip
VERBS: Final = (
    "Reflow", "Release", "Lookup", "Flush", "Append", "Resolve", "Paint", "Decode", "Notify", "Run",
    "Insert", "Shrink", "Traverse", "Commit", "Attach", "Detach", "Dispatch", "Measure",
)  # fmt: skip


class Report(NamedTuple):
    """One crash: the number of its bug, the names of its frames, and its signature."""

    bug: int
    names: str
    signature: str


class Bug(NamedTuple):
    """Where a bug crashes, how one gets there, and what is on top of its stacks."""

    core: tuple[str, ...]  # from the crash to the root of the subsystem
    machinery: int | None
    tops: tuple[str, ...]  # of one that crashes all over
    ways: tuple[tuple[int, tuple[str, ...]], ...]
    threads: tuple[int, ...]
    systems: tuple[str, ...]


class Program:
    """Makes bugs, and reports of them."""

    def __init__(self, seed: int, bugs: int) -> None:
        self._random = Random(seed)
        self._lists: Lists = shipped()
        self._names = self._new_names()
        self._trees = [self._tree() for _ in range(SUBSYSTEMS)]
        self._small = [*SMALL, *self._take(5)]  # functions that everybody calls
        self._tails = [self._tail() for _ in range(THREADS)]
        self._bugs = [self._bug() for _ in range(bugs)]

    def reports(self, count: int) -> list[Report]:
        """Make *count* reports: bug k has a share of about 1 / (k + 4)."""
        numbers = range(len(self._bugs))
        weights = [1 / (number + 4) for number in numbers]
        chosen = self._random.choices(numbers, weights, k=count)
        return [self._report(number) for number in chosen]

    def _new_names(self) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            parent = f"{self._random.choice(WORDS)}{self._random.choice(WORDS)}{number % 211}"
            yield f"mozilla::{parent}::{self._random.choice(VERBS)}{number}"

    def _take(self, count: int) -> list[str]:
        return [next(self._names) for _ in range(count)]

    def _tail(self) -> list[str]:
        """Return the frames at the end of a thread: its loop, partly in libraries."""
        loop = [
            f"{LIBRARY}{self._random.randrange(6)}/{n}" for n in range(self._random.randint(1, 4))
        ]
        ends = [f"{LIBRARY}0/start", f"{LIBRARY}1/start"]  # the same on every thread
        return [*self._take(self._random.randint(2, 6)), *loop, *self._take(2), *ends]

    def _tree(self) -> list[tuple[str, ...]]:
        """Return the path of each function of a subsystem, from itself to the root."""
        paths: list[tuple[str, ...]] = [(next(self._names),)]
        for name in self._take(FUNCTIONS - 1):
            caller = paths[int(len(paths) * self._random.random() ** 0.7)]
            paths.append((name, *caller))
        return paths

    def _path(self) -> tuple[str, ...]:
        return self._random.choice(self._random.choice(self._trees))

    def _bug(self) -> Bug:
        random, kind = self._random, self._random.random()
        systems = random.sample(SYSTEMS, random.choice((1, 1, 2, 3)))
        core, tops = self._path(), tuple[str, ...]()
        is_shared = random.random() < 0.5  # code that is called from everywhere
        core = core[: random.randint(1, 3)] if is_shared else core
        if kind < 0.25:
            core = (random.choice(self._small), *core)
        elif kind < 0.5:  # it crashes in a library
            systems = systems[:1]
            library = random.randrange(len(LIBRARIES[systems[0]]))
            inner = (
                f"{LIBRARY}{library}/{random.randrange(40)}" for _ in range(random.randint(1, 4))
            )
            core = (*inner, *core)
        elif kind < 0.6:
            tops = tuple(random.sample(self._small, 3))
        return Bug(
            core,
            random.randrange(40) if random.random() < 0.6 else None,
            tops,
            self._callers(len(core), is_shared),
            tuple(random.sample(range(THREADS), 4 if is_shared else random.choice((1, 1, 2)))),
            tuple(systems),
        )

    def _callers(self, length: int, is_shared: bool) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Return ways to the bug: frames between its own, and how far from the top they are."""
        random = self._random
        if is_shared:
            return tuple((length, self._path()) for _ in range(random.randint(2, 8)))
        return tuple(
            (random.randint(1, length), self._path()[: random.choice((0, 0, 2, 4))])
            for _ in range(random.randint(1, 4))
        )

    def _report(self, number: int) -> Report:
        random, bug = self._random, self._bugs[number]
        system = random.choice(bug.systems)
        core = (random.choice(bug.tops), *bug.core[random.randrange(2) :]) if bug.tops else bug.core
        place, way = bug.ways[min(int(random.expovariate(0.6)), len(bug.ways) - 1)]
        tail = self._tails[random.choice(bug.threads)]
        names = [*core[:place], *way, *core[place:], *tail]
        machine = Machine(
            system,
            random.randrange(4),
            min(int(random.expovariate(0.7)), 4),
            random.random() < 0.02,
        )
        frames = [*_machinery(bug.machinery, system), *self._frames(names, machine)]
        if random.random() < 0.08:
            frames = frames[: random.randint(5, 12)]
        stack = of_stack(frames, 0, self._lists, windows=system == "windows")
        return Report(number, stack.proto_signature, stack.signature)

    def _frames(self, names: list[str], machine: "Machine") -> Iterator[dict[str, Any]]:
        random, libraries = self._random, LIBRARIES[machine.system]
        for place, name in enumerate(names):
            fixed = _fixed(name, machine.system)
            if name.startswith(LIBRARY):
                library, function = name.removeprefix(LIBRARY).split("/")
                yield _nameless(libraries[int(library) % len(libraries)], function, machine)
                continue
            if name.startswith("mozilla::") and fixed.inlined:  # always inlined there
                continue
            if place and random.random() < 0.04:
                yield _nameless(random.choice(libraries), str(random.randrange(40)), machine)
            if place and random.random() < 0.02:
                yield {"function": self._path()[0], "module": "xul", "trust": "scan"}
            if machine.without_symbols:
                yield _nameless("xul", name, machine)
            else:
                renamed = fixed.renamed and machine.version >= 2
                yield {
                    "function": f"{name}V2" if renamed else name,
                    "module": "xul",
                    "trust": "cfi",
                }
            if fixed.library is not None:  # it calls back through a library of the system
                yield _nameless(libraries[fixed.library % len(libraries)], name, machine)


class Fixed(NamedTuple):
    """What a function is on one system, whoever crashes in it."""

    inlined: bool
    renamed: bool
    library: int | None


@cache
def _fixed(name: str, system: str) -> Fixed:
    random = Random(f"{name}/{system}")
    library = random.randrange(40) if random.random() < 0.06 else None
    return Fixed(random.random() < 0.08, random.random() < 0.04, library)


class Machine(NamedTuple):
    """Where a report comes from: the version of the program and that of the libraries."""

    system: str
    version: int
    libraries: int
    without_symbols: bool


def _machinery(number: int | None, system: str) -> Iterator[dict[str, Any]]:
    """Yield what is on top; it is another one on another system."""
    kinds = MACHINERY[system]
    for name in () if number is None else kinds[number % len(kinds)]:
        yield {"function": name, "module": "xul", "trust": "cfi"}


def _nameless(module: str, function: str, machine: Machine) -> dict[str, Any]:
    version = machine.version if module == "xul" else machine.libraries
    offset = _offset(module, function, version)
    return {"module": module, "module_offset": offset, "trust": "cfi"}


@cache
def _offset(module: str, function: str, version: int) -> str:
    return hex(Random(f"{module}/{function}/{version}").randrange(0x1000, 0x2000000))
