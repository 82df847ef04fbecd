"""Rust functions, in both of the compiler's manglings.

    core::ptr::write_volatile::<u8>                        core::ptr::write_volatile::<T>
    <core::option::Option<u8>>::unwrap                     core::option::Option<T>::unwrap
    <(A, B) as core::fmt::Debug>::fmt::h0123456789abcdef   <(A, B) as core::fmt::Debug>::fmt
    core::fmt::<impl core::fmt::Debug for &[T]>::fmt       as it is

Type and trait of a method stay. Their arguments stay, too, unless they are so long that a signature
would have no room for the method.
"""

import re

from socorro.signature.names.brackets import brackets, without_arguments

LONGEST_TYPE = 150  # characters of a type and its trait, with their arguments

_HASH = re.compile(r"::h[0-9a-f]{16}$")
_HASH_OF_CRATE = re.compile(r"(?<=\w)\[[0-9a-f]{13,16}\](?=::|$)")
_MARK = re.compile(r"[ (<{\[]")
_ESCAPE = re.compile(r"\$(?:LT|GT|RF|BP|LP|RP|C|u[0-9a-f]{2})\$|\.\.")
_ESCAPED_SIGN = re.compile(r"\$(?:LT|GT|RF|BP|LP|RP|C|u[0-9a-f]{2})\$")
_BEFORE_ESCAPE = re.compile(r"(?:^|(?<=::))_(?=\$(?:LT|u7b)\$)")
_ESCAPED = {
    "$LT$": "<", "$GT$": ">", "$RF$": "&", "$BP$": "*", "$LP$": "(", "$RP$": ")", "$C$": ",",
    "..": "::",
}  # fmt: skip
_TYPE_WITH_NAME = re.compile(r"[\w:]+(?:<T>)?(?:::[\w:]+|::\{[^{}]*\})*")
_TYPE_WITHOUT = re.compile(r"(&(?:mut )?)?(\*const |\*mut |\[)")
_AFTER_COMMA = re.compile(r",(?=[^ )>])")
_LOOKS = re.compile(
    r"\$LT\$|^<(?!lambda|unnamed|unknown in|name omitted).*>::|::h[0-9a-f]{16}$"
    r"|\{closure#|\{\{closure\}\}|\{impl#|\{shim:|<impl "
    r"|::<(?!lambda|unnamed|unknown|name omitted)|\w\[[0-9a-f]{13,16}\]::"
)


def looks_like(name: str) -> bool:
    """Tell whether a name has what only Rust's have."""
    return _LOOKS.search(name) is not None


def normalize(name: str) -> str:
    """Return a function's name without hashes and the arguments of generics."""
    name = _HASH_OF_CRATE.sub("", _HASH.sub("", name))
    if "$" in name and _ESCAPED_SIGN.search(name):
        name = _ESCAPE.sub(_unescaped, _BEFORE_ESCAPE.sub("", name))
    closing = brackets(name).closing
    pieces: list[str] = []
    at = 0
    while mark := _MARK.search(name, at):
        start = mark.start()
        pieces += [name[at:start]] if start > at else []
        at = closing.get(start, start) + 1
        if mark[0] == " ":  # what was before is a type
            pieces.clear()
        elif start not in closing:
            pieces.append(mark[0])
        elif mark[0] == "<":
            pieces.append(_arguments(name[start + 1 : at - 1], pieces))
        elif mark[0] != "(" or not pieces:
            pieces.append(name[start:at])
    return _AFTER_COMMA.sub(", ", "".join((*pieces, name[at:])))


def _unescaped(match: re.Match[str]) -> str:
    sign = match[0]
    return _ESCAPED.get(sign) or chr(int(sign[2:4], 16))


def _arguments(inner: str, before: list[str]) -> str:
    """Return what stands for `<inner>`: the type of a method, or the arguments of a generic."""
    if inner.startswith("impl ") or (not before and " as " in without_arguments(inner)):
        return f"<{_short(inner)}>"
    return "<T>" if before else _type(inner)


def _type(inner: str) -> str:
    """Name the type of a method without trait as the older mangling does: no brackets."""
    plain = without_arguments(inner)
    if _TYPE_WITH_NAME.fullmatch(plain):
        return plain
    if without := _TYPE_WITHOUT.match(inner):
        return f"<{without[0]}{'T]' if without[2] == '[' else 'T'}>"
    return f"<{_short(inner)}>"


def _short(inner: str) -> str:
    if len(inner) <= LONGEST_TYPE:
        return inner
    plain = without_arguments(inner, types=True)
    if len(plain) <= 2 * LONGEST_TYPE:
        return plain
    type_, trait_follows, trait = plain.rpartition(" as ")
    if not trait_follows:
        return f"{plain[:LONGEST_TYPE]}..."
    return f"{type_[:LONGEST_TYPE]}...{trait_follows}{trait[:LONGEST_TYPE]}"
