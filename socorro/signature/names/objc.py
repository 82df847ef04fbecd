"""Objective-C methods, and blocks in them.

-[NSView drawRect:]                     as it is
-[NSView(Drawing) drawRect:]            -[NSView drawRect:]
__56-[Foo bar:]_block_invoke_2.123      __56-[Foo bar:]_block_invoke
-[Foo bar:]::$_0::operator()(int) const -[Foo bar:]::$::operator()
"""

import re

from socorro.signature.names import cpp

_METHOD = re.compile(
    r"(?:invocation function for block in )?"
    r"(?P<before>(?:_{2,3}\d+)?[-+]\[)(?P<receiver>[^\s\[\]()]+)(?:\([^()\[\]]*\))?"
    r"(?P<method> [^\[\]\s]+\])(?P<after>.*)"
)


def looks_like(name: str) -> bool:
    """Tell whether a name is that of a method."""
    return _METHOD.match(name) is not None


def normalize(name: str) -> str:
    """Return a method's name without the category that it is in."""
    method = _METHOD.match(name)
    if method is None:
        return name
    before, receiver, called, after = method.group("before", "receiver", "method", "after")
    inner = cpp.normalize(f"f{after}").removeprefix("f") if after.startswith("::") else after
    return f"{before}{receiver}{called}{inner}"
