"""Names of functions: the same code has the same name in every build.

    void js::Interpret<(js::Mode)1>(JSContext*)     js::Interpret<T>
    Foo::bar(int) const [clone .cold.3]             Foo::bar
    f()::$_12::operator()(int) const                f::$::operator()
    <T as core::fmt::Debug>::fmt::h0123456789abcdef <T as core::fmt::Debug>::fmt

Return type, parameters and the values of template arguments are removed; what distinguishes
functions stays. A bracket that is never closed removes the rest. Time grows with the length of the
name, which is bounded.
"""

import re
from collections.abc import Callable
from functools import lru_cache

LONGEST = 1000  # characters of one name; longer ones are cut
LONGEST_READ = 4 * LONGEST

UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
SPACES = re.compile(r"\s+")
FOLDER = re.compile(r"[/\\]")  # ends the name of a folder in a path

_ANONYMOUS = re.compile(r"[`']anonymous[ -]namespace'|\{anonymous\}", re.IGNORECASE)
# What compilers append to fragments of a function, to copies of it, and to blocks and lambdas.
_CLONE = re.compile(
    r" ?\[(?:clone|abi)[ :][^\]]*\]"
    r"| ?\(?\.(?:cold|part|constprop|isra|llvm|lto_priv|localalias|warm|str)[.0-9]*\)?$"
    r"|(?<=_block_invoke)(?:[._][0-9]+)+$"
)
_RUST_HASH = re.compile(r"::h[0-9a-f]{16}$")
_LAMBDA = re.compile(r"::\$_[0-9]+(?=::|$)")
_LAMBDA_OF_MSVC = re.compile(r"<lambda_[0-9a-f]+>")
_LAMBDA_OF_GCC = re.compile(r"\{lambda(?:\([^{}]*\))?#[0-9]+\}")
_LAMBDA_OF_CLANG = re.compile(r"'lambda[0-9]*'|\(lambda at [^()]*\)")
_QUALIFIERS = re.compile(r"(?<=\))(?: |const|volatile|noexcept|&)+$")
BEFORE_MARK = re.compile(r" +(?=[*&,])")
AFTER_COMMA = re.compile(r",(?=[^ ])")
# A bracket right after these is part of an operator's name: operator<, operator<<, operator().
_OPERATOR = re.compile(r"\boperator *<?$")
_KEPT_TEMPLATE = re.compile(r"name omitted|unknown in | as | in |impl |^lambda$")
_KEPT_PARAMETERS = re.compile(r"anonymous (?:namespace|class|struct|union)$")
_PARAMETER_TRAITS = "IPC::ParamTraits"
# void (*signal(int, void (*)(int)))(int): a function that returns a pointer to one.
_RETURNS_FUNCTION = re.compile(r"\([*&]+ ?([A-Za-z_][\w:~]*)\(")


def printable(text: object) -> str:
    """Return text in ASCII, on one line; "" for other values. Very long text is cut."""
    if not isinstance(text, str):
        return ""
    text = text[:LONGEST_READ]
    if not (text.isascii() and text.isprintable()) or "  " in text:  # rare
        text = UNPRINTABLE.sub("", SPACES.sub(" ", text))
    return text.strip()


@lru_cache(maxsize=8192)
def function_name(function: str, rust: bool = False) -> str:
    """Return the name of a C++ or Rust function without what differs from build to build."""
    name = _RUST_HASH.sub("", _CLONE.sub("", function).strip())
    if not rust:
        name = _without_lambdas(_ANONYMOUS.sub("(anonymous namespace)", name))
    name = _collapse(name, "<", ">", _template)
    name = _QUALIFIERS.sub("", name)
    name = _collapse(name, "(", ")", _parameters)
    name = _last_word(name)
    name = name if rust else BEFORE_MARK.sub("", name)
    name = AFTER_COMMA.sub(", ", name).strip()
    return name or _returns_function(function)


def _without_lambdas(name: str) -> str:
    """Drop the numbers of lambdas: they depend on what comes before them in the file."""
    if "lambda" in name:
        name = _LAMBDA_OF_MSVC.sub("<lambda>", name)
        name = _LAMBDA_OF_GCC.sub("{lambda}", name)
        name = _LAMBDA_OF_CLANG.sub("{lambda}", name)
    return _LAMBDA.sub("::$", name)


def _template(before: str, inner: str) -> str:
    if _KEPT_TEMPLATE.search(inner):
        return f"<{inner}>"
    if before.endswith(_PARAMETER_TRAITS):  # one class for all messages: the type says which
        return f"<{_collapse(inner, '<', '>', _template).strip()}>"
    return "<T>"


def _parameters(_before: str, inner: str) -> str:
    return f"({inner})" if _KEPT_PARAMETERS.match(inner) else ""


def _collapse(text: str, opener: str, closer: str, replace: Callable[[str, str], str]) -> str:
    """Replace each outermost pair of brackets by the result of *replace*.

    *replace* gets the text before the bracket and the text inside.
    """
    pieces, start = [], 0
    while (at := text.find(opener, start)) >= 0:
        pieces.append(text[start:at])
        operator = _OPERATOR.search(text[max(0, at - 12) : at])
        if operator and text.startswith("()", at) and operator[0][-1] != "<":
            pieces.append("()")
            start = at + 2
        elif operator and opener == "<":
            pieces.append("<")
            start = at + 1
        else:
            start = _closing(text, at, opener, closer)
            inner = text[at + 1 : start].removesuffix(closer)
            pieces.append(replace(text[:at], inner))
    return "".join((*pieces, text[start:]))


def _closing(text: str, at: int, opener: str, closer: str) -> int:
    """Return the place after the bracket that closes the one *at*; `->` closes nothing."""
    depth = 0
    for place in range(at, len(text)):
        if text[place] == opener:
            depth += 1
        elif text[place] == closer and text[place - 1] != "-":
            depth -= 1
            if depth == 0:
                return place + 1
    return len(text)


def _last_word(name: str) -> str:
    """Drop the return type and the like: all before the last space outside of brackets."""
    name = name.split(" -> ", 1)[0] if name.startswith("auto ") else name
    operator = re.search(r"\boperator\b", name)
    depth, start = 0, 0
    for place, letter in enumerate(name[: operator.start()] if operator else name):
        if letter in "<([{":
            depth += 1
        elif letter in ">)]}" and (letter != ">" or name[place - 1] != "-"):
            depth = max(0, depth - 1)
        elif letter == " " and depth == 0:
            start = place + 1
    return name[start:].lstrip("*&")


def _returns_function(function: str) -> str:
    match = _RETURNS_FUNCTION.search(function)
    return match[1] if match else function
