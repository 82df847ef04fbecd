"""Swift functions, demangled in full or in short.

    App.Player.seek(to: Swift.Double) throws -> Swift.Bool     App.Player.seek
    static App.Vector.< infix(App.Vector, App.Vector) -> ()    App.Vector.< infix
    App.KeyView.window.getter : Swift.Optional<App.Window>     App.KeyView.window.getter
    closure #1 (Swift.Int) -> () in App.Player.seek(to: Swift.Double) -> ()
                                                               closure #1 in App.Player.seek
    protocol witness for App.P.f() -> () in conformance App.S : App.P in App
                                                               App.P.f in conformance App.S

Types and the labels of arguments are removed, and what says how the compiler copied or wrapped the
function. The number of a closure stays: it counts those of the same function.
"""

import re

from socorro.signature.names.brackets import brackets

_ACCESSOR = (
    r"(?:getter|setter|modify2?|read2?|didset|willset|unsafe(?:Mutable)?Addressor|deinit"
    r"|__allocating_init|__deallocating_deinit|__isolated_deallocating_deinit)"
)
_SIGNS = (
    r"(?:\)|async|throws) -> ",  # what it returns
    r"\((?:_|[^\W\d]\w*):(?!:)",  # the label of an argument
    rf"\.{_ACCESSOR}(?: : |[(<]|$)|\.(?:init|subscript)[(<]",
    r"(?:^|\.)(?:static )?[^\w\s.()]{1,12} (?:infix|prefix|postfix)(?:[(<]|$)",
    r"\.\([^\W\d]\w* in _\w+\)",  # visible in one file
    r"#[0-9]+ in |^[^\W\d]\w* #[0-9]+ [(<]| in conformance ",
    r"^(?:implicit )?closure #|^\(extension in ",
    r"^(?:@objc |@nonobjc |partial apply |dispatch thunk |reabstraction thunk |dynamic [^(]*\.)",
    r"^(?:protocol witness |lazy protocol |type metadata |outlined [a-z]+ of )",
    r"^(?:default argument [0-9]+ of |(?:variable|property wrapper backing) initiali[sz]"
    r"|\([0-9]+\) (?:await|suspend) )",
    r"^(?:generic|function signature) [a-z -]*specialization ",
    r"^(?:static |class |merged |specialized )*[^\W\d]\w*(?:\.[^\W\d]\w*)+\(",  # App.f(
)
_LOOKS = re.compile("|".join(_SIGNS))
_WRAPPER = re.compile(
    r"@objc |@nonobjc |dynamic |static |class |merged |specialized |protocol witness for "
    r"|(?:dispatch|curry|vtable) thunk (?:of|for) |partial apply (?:ObjC )?(?:forwarder )?(?:for )?"
    r"|\([0-9]+\) (?:await|suspend) resume partial function for "
)
_SPECIALIZATION = re.compile(r"(?:generic|function signature) [a-z -]{0,40}specialization (?=<)")
_MOST_WRAPPERS = 20
_MARK = re.compile(
    r"[^\w\s()\[\]{}.]{1,12} (?:infix|prefix|postfix)(?!\w)| in "
    r"| -> | : | @| (?:throws|async|rethrows|where|from)(?!\w)|[(<\[{]"
)
_SUFFIX = re.compile(r'(?: with|partial apply forwarder with) unmangled suffix "[^"]*"$')
_PRIVATE = re.compile(r"([^\W\d]\w*) in _\w+$")


def looks_like(name: str) -> bool:
    """Tell whether a name has what only Swift's have."""
    return "::" not in name and not name.startswith("auto ") and _LOOKS.search(name) is not None


def normalize(name: str) -> str:
    """Return a function's name without types, labels of arguments, and wrappers."""
    name = _SUFFIX.sub("", name)
    closing = brackets(name).closing
    at = _unwrapped(name, closing)
    entities: list[str] = []  # a closure, the function that it is in, and so on
    pieces: list[str] = []
    in_type = False
    for mark in _MARK.finditer(name, at):
        start, sign = mark.start(), mark[0]
        if start < at:  # inside of brackets
            continue
        if not in_type:
            pieces.append(name[at:start])
        at = mark.end()
        if sign == " in ":
            entities.append("".join(pieces).strip())
            pieces, in_type = [], entities[-1].startswith("conformance ")
        elif len(sign) > 1:
            in_type = in_type or not sign.endswith("fix")
            pieces += [] if in_type else [sign]
        else:
            at = closing.get(start, start) + 1
            if not in_type:
                taken = _bracket(
                    sign, name[start:at], closed=start in closing, first=not any(pieces)
                )
                in_type = taken is None
                pieces.append(taken or "")
    entities.append("".join(pieces if in_type else (*pieces, name[at:])).strip())
    return " in ".join(entity for entity in entities if entity)


def _unwrapped(name: str, closing: dict[int, int]) -> int:
    """Return where the name of the function starts, behind what wraps it."""
    at = 0
    for _ in range(_MOST_WRAPPERS):
        if wrapper := _WRAPPER.match(name, at):
            at = wrapper.end()
        elif specialization := _SPECIALIZATION.match(name, at):
            end = closing.get(specialization.end(), len(name)) + 1
            at = end + len(" of ") if name.startswith(" of ", end) else end
        else:
            break
    return at


def _bracket(sign: str, text: str, *, closed: bool, first: bool) -> str | None:
    """Return what stays of a bracket in a name; None when parameters begin there."""
    if sign != "(" or not closed:
        return "<T>" if sign == "<" and closed else text
    if private := _PRIVATE.match(text, 1, len(text) - 1):
        return private[1]
    return text if first and text.startswith("(extension in ") else None
