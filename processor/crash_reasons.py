"""Why a program crashed itself, without what it quotes. Pure.

A reason is a text that was compiled in, with values put into it: a panic quotes the string that it
could not slice, an assertion the page that it could not load. So only the words that programs have
in common are public: reasons that are listed here, up to where values begin, and Mozilla's macros,
whose argument is code or a literal, without strings, addresses and paths. The rest is protected.
"""

import re

LONGEST = 1000  # characters

_N = r"\d{1,20}"
# What is public of each reason; anything may follow.
_REASONS = (
    # Rust
    r"byte index",
    r"called `Option::unwrap\(\)` on a `None` value",
    r"called `Result::unwrap(?:_err)?\(\)` on an `(?:Err|Ok)` value",
    rf"index out of bounds: the len is {_N} but the index is {_N}",
    rf"range (?:start|end) index {_N} out of range for slice of length {_N}",
    rf"slice index starts at {_N} but ends at {_N}",
    r"attempt to (?:add|subtract|multiply|divide|negate|shift left|shift right)"
    r" (?:with overflow|by zero)",
    r"attempt to calculate the remainder (?:with overflow|with a divisor of zero)",
    r"assertion failed: `\(left (?:==|!=) right\)`",
    r"assertion `left (?:==|!=|matches) right` failed",
    r"internal error: entered unreachable code",
    r"not (?:yet )?implemented",
    r"explicit panic",
    r"no entry found for key",
    r"(?:Hash table )?capacity overflow",
    rf"memory allocation of {_N} bytes failed",
    r"(?:RefCell )?already (?:mutably |immutably )?borrowed",
    r"cannot access a Thread Local Storage value during or after destruction",
    r"copy_from_slice: source slice length",
    r"panic in a (?:function that cannot unwind|destructor during cleanup)",
    r"unsafe precondition\(s\) violated",
    r"null pointer dereference occurred",
    r"misaligned pointer dereference",
    r"failed to spawn thread",
    # Go
    r"runtime error: (?:index out of range|slice bounds out of range|integer divide by zero"
    r"|invalid memory address or nil pointer dereference|makeslice: len out of range)",
    r"all goroutines are asleep - deadlock!",
    # Swift
    r"Fatal error: (?:Unexpectedly found nil while (?:implicitly )?unwrapping an Optional value"
    r"|Index out of range|Division by zero|Array index is out of range)",
    # Mozilla
    r"Failed to load module",
    r"do not use eval with system privileges",
    r"Shutdown hanging at step \w{1,60}",
    r"Shutdown hanging",
    r"Shutdown too long, probably frozen, causing a crash",
    rf"ElementAt\(aIndex = {_N}, aLength = {_N}\)",
    r"\[unhandlable oom\]",
)
_COMPILED_IN = re.compile("|".join(_REASONS))
_CODE = re.compile(r"MOZ_[A-Z_]{1,60}\(|assertion failed: ")
# thread 'main' panicked at 'text', src/a.rs:1:2; panicked at src/a.rs:1:2: text; panic: text
_PANIC = re.compile(
    r"(?:thread '[^'\n]{0,200}' )?panicked at (?:'|[^\s:']{1,500}:\d{1,9}:\d{1,9}:\s*)|panic: "
)
_VALUES = re.compile(
    r"\"[^\"]*(?:\"|$)|`[^`]*(?:`|$)|“[^”]*(?:”|$)|«[^»]*(?:»|$)"
    r"|(?<!\w)[\u2018'][^\u2019']*(?:[\u2019']|$)"
    r"|\w{1,40}://[^\n)]*"  # an address
    r"|[\w.+-]{1,100}@[\w.-]{1,100}"
    r"|(?:\b[A-Za-z]:|(?<![\w)\].~]))~?[\\/](?:[^\\/\s()]{1,300}[\\/])[^\n()]*"  # a path
)


def public_reason(reason: str) -> str | None:
    """Return what is public of a reason; None when nothing is."""
    text = reason.strip()
    text = text[panic.end() :] if (panic := _PANIC.match(text)) else text
    if match := _COMPILED_IN.match(text):
        return match[0]
    if _CODE.match(text):
        return _VALUES.sub("…", text.partition("\n")[0][:LONGEST]).strip()
    return None
