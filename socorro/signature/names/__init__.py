"""Names of functions: the same code has the same name in every build.

    C++           void js::Interpret<(js::Mode)1>(JSContext*)      js::Interpret<T>
    Rust          <T as core::fmt::Debug>::fmt::h0123456789abcdef  <T as core::fmt::Debug>::fmt
    Swift         App.Player.seek(to: Swift.Double) -> Swift.Bool  App.Player.seek
    Go            main.(*Stack[go.shape.int]).Push                 main.(*Stack[...]).Push
    Objective-C   -[NSView(Drawing) drawRect:]                     -[NSView drawRect:]
    Java, Kotlin  void org.example.Foo.<init>(int)                 org.example.Foo.<init>

What a function returns, takes, and is instantiated with is removed. What distinguishes functions
stays: the last component of the name, and the class or receiver before it.

Each language has a module with two functions: `looks_like(name)` tells whether a name has what only
its names have; `normalize(name)` returns the name that the function has in every build, or "". A
symbol file does not say which language a function is written in, and a program may be written in
several, so the first language that a name looks like is taken. C++ is last and takes all others.

Time grows with the length of the name, also for names that are made to be slow: brackets are
matched in one pass, and patterns cannot go back.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from socorro.signature.names import cpp, go, jvm, objc, rust, swift
from socorro.signature.normalize import LONGEST, one_line

# What compilers append to fragments of a function, to copies of it, and to blocks.
_CLONE = re.compile(
    r" ?\[(?:clone|abi)[ :][^\[\]]{0,100}\]"
    r"|(?: ?\(?\.(?:cold|constprop|isra|llvm|lto_priv|localalias|__uniq)[.0-9]{0,60}\)?"
    r"| ?\(?\.(?:part|warm|str|_omp_fn)\.[.0-9]{1,60}\)?){1,8}$"
    r"|(?<=_block_invoke)(?:[._][0-9]+)+$"
    # The version of an ELF symbol, memcpy@@GLIBC_2.14; the bytes of a stdcall's arguments, _f@12.
    r"|(?<=\w)@@?(?:[A-Z][A-Za-z0-9]{0,20}_[0-9A-Z][0-9A-Za-z._]{0,20}|[0-9]{1,3}|plt)$"
)
# What stands for a function that has no name, and the checks that Swift inlines.
_WHOLE = re.compile(r"<(?:name omitted|unknown in [^<>]*)>|Swift runtime failure: .*")
# A jump to a function, in programs that are linked incrementally: @ILT+165(_main).
_JUMP = re.compile(r"@?ILT\+[0-9]{1,9}\((.+)\)")


class Language(NamedTuple):
    """How names of one family of languages are recognized and normalized."""

    name: str
    looks_like: Callable[[str], bool]
    normalize: Callable[[str], str]


OBJC = Language("Objective-C", objc.looks_like, objc.normalize)
JVM = Language("Java, Kotlin", jvm.looks_like, jvm.normalize)
GO = Language("Go", go.looks_like, go.normalize)
RUST = Language("Rust", rust.looks_like, rust.normalize)
SWIFT = Language("Swift", swift.looks_like, swift.normalize)
CPP = Language("C++", lambda _: True, cpp.normalize)

LANGUAGES = (OBJC, JVM, GO, RUST, SWIFT, CPP)
_OF_FILES = {".rs": RUST, ".swift": SWIFT, ".go": GO, ".java": JVM, ".kt": JVM}


def function_name(function: str, file: str = "") -> str:
    """Return the name of a function without what differs from build to build.

    *file* is where its source is: it says more about the language than the name does.
    """
    suffix = file[file.rfind(".") :] if "." in file else ""
    of_file = _OF_FILES.get(suffix)
    function = one_line(function)
    if len(function) > LONGEST:  # such names are rare, and would fill the cache
        return _name(function, of_file)
    return remembered(function, of_file)


def language(function: str) -> Language:
    """Return the language that the name of a function looks like."""
    return next(family for family in LANGUAGES if family.looks_like(function))


def _name(function: str, of_file: Language | None) -> str:
    if _WHOLE.fullmatch(function):
        return function
    jump = _JUMP.fullmatch(function)
    name = _CLONE.sub("", jump[1] if jump else function).strip()
    return (of_file or language(name)).normalize(name) or function


remembered = lru_cache(maxsize=8192)(_name)
