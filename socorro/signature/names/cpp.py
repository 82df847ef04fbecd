"""C++ functions, as GCC, Clang and Microsoft's compiler name them.

    void js::Interpret<(js::Mode)1>(JSContext*)      js::Interpret<T>
    f(int) const::{lambda(char)#2}::operator()()     f::{lambda}::operator()
    `public: void A::f(int)'::`2'::B::g(void)        `A::f'::`2'::B::g
    A::`vector deleting destructor'(unsigned int)    A::`vector deleting destructor'
    [thunk]: public: void A::f`adjustor{8}' (int)    [thunk]:A::f`adjustor{8}'

The name is read from left to right, outside of brackets. A space begins it anew: what was before
is the type that it returns, and the like. Parameters end it, unless `::` follows: then something
inside of that function is named.
"""

import re

from socorro.signature.names.brackets import brackets, without_arguments

LONGEST_KEPT = 200  # characters of what stays of brackets
DEEPEST = 4  # functions that return functions, and scopes in scopes, that are taken apart

_ANONYMOUS = re.compile(
    r"[`']anonymous[ -]namespace'|\{anonymous\}|\?A0x[0-9a-f]{8}(?=::)", re.IGNORECASE
)
# Lambdas and types without a name have numbers, which count those before them in the file.
_LAMBDA = re.compile(r"(::)(\$)_[0-9]+(?=::|$)|(::)(__lambda)[0-9]+|'(lambda|unnamed)[0-9]{0,9}'")
_LAMBDA_IN_BRACES = re.compile(r"(?:lambda|unnamed type)\b")
_LAMBDA_IN_ANGLES = re.compile(r"lambda(?:_[0-9a-f]+$|\(|$)")
_MARK = re.compile(r"(?<![\w$])operator(?![\w$])|[ (<{\[`]")
_NO_NAME = re.compile(r"(?:anonymous|unnamed) (?:namespace|class|struct|union|enum)")
_QUALIFIERS = re.compile(r"(?: ?(?:const|volatile|restrict|__restrict|noexcept|&&?)){0,6}(?=::)")
_LAST_QUALIFIERS = re.compile(r"(?: (?:const|volatile|restrict|noexcept)| ?&&?){1,6} ?$")
_TYPE_OF = ("decltype", "typeof", "__typeof__", "__attribute__", "__declspec", "alignas")
# In void (*signal(int, void (*)(int)))(int), which returns a pointer to a function.
_POINTER = re.compile(r"(?:__\w{1,20} ?|[\w:]{1,200}::)?[*&]{1,3} ?(?:const )?(?=[^\s*&)])")
_BEFORE_MARK = re.compile(r" (?=[*&,])")
_AFTER_COMMA = re.compile(r",(?=[^ )>])")
_PARAMETER_TRAITS = "IPC::ParamTraits"  # one class for all messages: its argument says which
_THUNK = "[thunk]:"


def normalize(name: str) -> str:
    """Return a function's name without what it returns, takes, and is instantiated with."""
    thunk = _THUNK if name.startswith(_THUNK) else ""
    name = _LAMBDA.sub(_without_number, _ANONYMOUS.sub("(anonymous namespace)", name))
    name = name.replace(" deleting dtor'", " deleting destructor'")  # as LLVM demangles it
    name = name.removeprefix(thunk).removesuffix(" }'")  # [thunk]: A::`vcall'{4,{flat}}' }'
    qualified = _Reader(name).read()
    qualified = _AFTER_COMMA.sub(", ", _BEFORE_MARK.sub("", qualified)).lstrip("*& ").rstrip()
    return qualified and thunk + qualified


def _without_number(match: re.Match[str]) -> str:
    scope, lambda_, old_scope, old_lambda, quoted = match.groups(default="")
    return f"{{{quoted}}}" if quoted else scope + lambda_ + old_scope + old_lambda


class _Reader:
    """Reads one name; *pieces* make up what was read since the last space."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.depth = depth
        self.at = 0
        self.pieces: list[str] = []
        self.converts = False  # inside the type of a conversion: operator char const*()
        self.closing, self.operators = brackets(text)

    def read(self) -> str:
        """Return the name; "" when there is none."""
        going_on = True
        while going_on and self.at < len(self.text):
            mark = _MARK.search(self.text, self.at)
            self._take_until(mark.start() if mark else len(self.text))
            going_on = mark is not None and self._take(mark[0])
        return "".join(self.pieces)

    def _take_until(self, end: int) -> None:
        if end > self.at:
            self.pieces.append(self.text[self.at : end])
            self.at = end

    def _take(self, sign: str) -> bool:
        """Take *sign* and what it opens; return False at the end of the name."""
        if sign == "operator":
            self._operator()
        elif sign == " ":
            return self._space()
        elif self.at not in self.closing:
            self._take_until(self.at + 1)
        elif sign == "(":
            return self._parameters()
        else:
            start, self.at = self.at, self.closing[self.at] + 1
            self.pieces.append(self._bracket(sign, self.text[start + 1 : self.at - 1]))
        return True

    def _operator(self) -> None:
        start, end = self.at + len("operator"), self.operators[self.at]
        symbol = self.text[start:end]
        if not symbol[1:2].isalpha():  # all but operator new, and the like
            symbol = symbol.replace(" ", "")
        self.pieces.append(f"operator{symbol}")
        self.converts = not symbol
        self.at = end
        if self.text.startswith(" <", end):
            self.at = end + 1
            self.pieces.append(" ")
        elif symbol.endswith("<") and self.text.startswith("<", end):
            self.pieces.append(" ")  # as GCC writes it: operator< <int>

    def _space(self) -> bool:
        if self.converts:
            self._take_until(self.at + 1)
            return True
        after = self.at + 1
        if self.pieces and (
            _LAST_QUALIFIERS.match(self.text, self.at)
            or self.text.startswith("->", after)
            or self._ends_in_brackets(after)
        ):
            return False
        if not self.text.startswith("(", after) or _NO_NAME.match(self.text, after + 1):
            self.pieces.clear()
        self.at = after
        return True

    def _ends_in_brackets(self, start: int) -> bool:
        """Tell whether only a remark follows: [with T = int], [deleting]."""
        return self.text.startswith("[", start) and (
            self.closing.get(start, 0) >= len(self.text) - 1
        )

    def _parameters(self) -> bool:
        start, end = self.at, self.closing[self.at]
        inner, self.at = self.text[start + 1 : end], end + 1
        called = self.text.startswith(("(", "["), self.at)
        if no_name := _NO_NAME.match(inner):
            self.pieces.append(f"({no_name[0]})")
        elif inner.startswith("lambda at "):
            self.pieces.append("{lambda}")
        elif (called and self.converts) or (self.pieces and self.pieces[-1] in _TYPE_OF):
            self.pieces.append(f"({_short(inner)})")
        elif called and self.text[start - 1 : start] in ("", " ") and self._pointer(inner):
            return False
        elif self.pieces:
            self.converts = False
            qualifiers = _QUALIFIERS.match(self.text, self.at)
            self.at = qualifiers.end() if qualifiers else self.at
            return qualifiers is not None
        return True

    def _pointer(self, inner: str) -> bool:
        """Read the name of a function that returns a pointer to a function."""
        pointer = _POINTER.match(inner)
        if pointer is None or self.depth == DEEPEST:
            return False
        self.pieces = [_Reader(inner[pointer.end() :], self.depth + 1).read()]
        return True

    def _bracket(self, sign: str, inner: str) -> str:
        if sign == "<":
            return self._arguments(inner)
        if sign == "{":
            numbered = _LAMBDA_IN_BRACES.match(inner)
            return f"{{{numbered[0] if numbered else _short(inner)}}}"
        if sign == "[":
            return f"[{_short(inner)}]"
        scope = self.text.startswith("::", self.at) and "(" in inner and self.depth < DEEPEST
        return f"`{(scope and _Reader(inner, self.depth + 1).read()) or _short(inner)}'"

    def _arguments(self, inner: str) -> str:
        before = self.pieces[-1] if self.pieces else "::"
        if before.endswith("::"):  # no arguments, but a name: <lambda_1>, <unnamed-tag>
            return "<lambda>" if _LAMBDA_IN_ANGLES.match(inner) else f"<{_short(inner)}>"
        if before.endswith(_PARAMETER_TRAITS):
            return f"<{without_arguments(inner).strip()}>"
        return "<T>"


def _short(inner: str) -> str:
    """Return what stays of a bracket, so short that a signature has room for what follows."""
    return inner if len(inner) <= LONGEST_KEPT else f"{inner[:LONGEST_KEPT]}..."
