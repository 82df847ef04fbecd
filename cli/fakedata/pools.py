"""What rows draw from: reasons, libraries, and for each seed addresses, pages, comments."""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final

from cli.fakedata import machines, signatures, words
from cli.fakedata.copy_text import NULL, cell
from cli.fakedata.signatures import Signature

REASONS: Final = {
    "Windows NT": (
        "EXCEPTION_ACCESS_VIOLATION_READ",
        "EXCEPTION_ACCESS_VIOLATION_WRITE",
        "EXCEPTION_BREAKPOINT",
        "EXCEPTION_STACK_OVERFLOW",
        "EXCEPTION_ILLEGAL_INSTRUCTION",
        "EXCEPTION_ACCESS_VIOLATION_EXEC",
    ),
    "Mac OS X": (
        "EXC_BAD_ACCESS / KERN_INVALID_ADDRESS",
        "EXC_BAD_ACCESS / KERN_PROTECTION_FAILURE",
        "EXC_BREAKPOINT / EXC_ARM_BREAKPOINT",
        "EXC_CRASH / SIGABRT",
        "EXC_BAD_INSTRUCTION",
        "EXC_RESOURCE",
    ),
    "Linux": (
        "SIGSEGV / SEGV_MAPERR",
        "SIGSEGV / SEGV_ACCERR",
        "SIGABRT",
        "SIGBUS / BUS_ADRERR",
        "SIGILL / ILL_ILLOPN",
        "SIGTRAP",
    ),
}
REASONS["Android"] = REASONS["Linux"]
LIBRARIES: Final = {
    "Windows NT": (
        "ntdll.dll",
        "kernel32.dll",
        "user32.dll",
        "cobblegfx.dll",
        "d3d11.dll",
        "lanternav.dll",
    ),
    "Mac OS X": (
        "libsystem_kernel.dylib",
        "CoreFoundation",
        "AppKit",
        "QuartzCore",
        "Metal",
        "libobjc.A.dylib",
    ),
    "Linux": (
        "libc.so.6",
        "libpthread.so.0",
        "libgtk-3.so.0",
        "libglib-2.0.so.0",
        "libX11.so.6",
        "libGL.so.1",
    ),
    "Android": (
        "libc.so",
        "libart.so",
        "libandroid_runtime.so",
        "libEGL.so",
        "libhwui.so",
        "libbinder.so",
    ),
}
TAILS: Final = {
    name: tuple(
        "".join(f";{machines.module(file, name)}" for file in dict.fromkeys((files[n], files[0])))
        for n in range(signatures.SHAPES)
    )
    for name, files in LIBRARIES.items()
}


@dataclass(frozen=True, slots=True)
class Pools:
    """What rows draw from; sizes are powers of two where rows draw bits."""

    addresses: list[str]
    delays: list[int]  # seconds from the crash to its submission
    uptimes: list[int]
    lasts: list[str]  # seconds since the last crash, or NULL
    urls: list[str]
    comments: list[str]
    empty: list[Signature]
    empty_sums: list[float]
    hangs: list[Signature]
    plugin_hangs: list[Signature]


@lru_cache(maxsize=1)
def pools(seed: int) -> Pools:
    """Return what the rows of a world draw from."""
    rng = Random(f"{seed}/pools")  # noqa: S311
    near = (0, 0, 0, 8, 16, 24, 0x48, 0xE5E5E5E5E5E5E5E5, 0xFFFFFFFFFFFFFFFF)
    names = words.functions(Random(f"{seed}/hangs"))  # noqa: S311
    empty = signatures.empty()
    return Pools(
        addresses=[
            f"0x{rng.choice(near) if rng.random() < 0.4 else rng.getrandbits(47):016x}"
            for _ in range(4096)
        ],
        delays=[
            int(rng.expovariate(1 / 90 if rng.random() < 0.85 else 1 / 40_000)) for _ in range(2048)
        ],
        uptimes=[int(-math.log(1 - rng.random()) * 9000) + 1 for _ in range(4096)],
        lasts=[
            str(int(rng.expovariate(1 / 200_000))) if rng.random() < 0.6 else NULL
            for _ in range(1024)
        ],
        urls=[cell(url) for url in words.addresses(rng, words.domains(rng, 300), 4096)],
        comments=[cell(text) for text in words.comments(rng, 800)],
        empty=empty,
        empty_sums=list(accumulate(signature.weight for signature in empty)),
        hangs=[_hang(next(names), "parent") for _ in range(6)],
        plugin_hangs=[_hang(next(names), "plugin") for _ in range(6)],
    )


def _hang(name: str, process_type: str) -> Signature:
    systems = frozenset({"Windows NT"})
    return signatures.make(f"hang | {name}", systems=systems, process_type=process_type)
