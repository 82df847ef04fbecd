"""Go functions: package, receiver, method.

net/http.(*conn).serve                   as it is
main.(*Stack[go.shape.int]).Push         main.(*Stack[...]).Push
main.main.func1                          as it is: it counts the functions in main.main
_cgo_0123456789ab_Cfunc_puts             _cgo_Cfunc_puts
"""

import re

from socorro.signature.names.brackets import brackets

_LOOKS = re.compile(
    r"[^\s():<>$]*\.\(\*?(?:[^\s():\[]+(?:\)\.|\[)|struct \{)|(?:[\w.~%-]+/)+[^\s():<>/]*\.\w"
    r"|[^\s():<>]*\[(?:\.\.\.\]|go\.shape\.)|_cgo(?:exp)?_[0-9a-f]{12}_|(?:type|go)(?::|\.\.)[\w.]"
)
_HASH = re.compile(r"(?<=^_cgo_)[0-9a-f]{12}_|(?<=^_cgoexp_)[0-9a-f]{12}_")


def looks_like(name: str) -> bool:
    """Tell whether a name has what only Go's have."""
    return _LOOKS.match(name) is not None


def normalize(name: str) -> str:
    """Return a function's name without the types that its generics are instantiated with."""
    name = _HASH.sub("", name)
    closing = brackets(name).closing
    pieces, at = [], 0
    while (start := name.find("[", at)) >= 0:
        pieces += [name[at:start], "[...]" if start in closing else "["]
        at = closing.get(start, start) + 1
    return "".join((*pieces, name[at:]))
