"""Brackets of a name: which belongs to which. One pass, whatever the name.

A<(x->y)>::f(int (*)(char))     `->` closes nothing
A<(a < b)>::f                   neither `<` nor `>` is a bracket in a comparison
std::operator<< <char>(int)     the first two are the operator's name
`f'::`2'::g                     Microsoft's compiler puts scopes in quotes
"""

import re
from typing import NamedTuple

# What may follow the word `operator` when it is not the type of a conversion. `<<` in front of a
# word is `<` and a template argument: operator<<int>(A, B). `<` in front of a word begins the
# argument of a conversion: operator<int> int *(void).
_SYMBOL = re.compile(
    r" ?(?:\(\)|\[\]|->\*?|<=>|<<=|>>=|<<(?![\w:])|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%^&|]=?"
    r"|<(?!\w)|[~!=>,]|(?:new|delete)(?:\[\]|(?!\w))|co_await(?!\w)|\"\" ?\w+)"
)
_MARK = re.compile(r"(?<![\w$])operator(?![\w$])|[<>()\[\]{}`']")
_NAME = re.compile(r"[\w:]")
_OPENED = {"<": ">", "(": ")", "[": "]", "{": "}", "`": "'"}
_CLOSERS = _OPENED.values()


class Brackets(NamedTuple):
    """Where brackets close, and where the symbols of operators end; both by where they start.

    A bracket that is never closed ends with the text. What only looks like a bracket is in
    neither.
    """

    closing: dict[int, int]
    operators: dict[int, int]


def brackets(text: str) -> Brackets:
    """Return the brackets and operators of a name."""
    closing: dict[int, int] = {}
    operators: dict[int, int] = {}
    unclosed: list[tuple[int, str]] = []
    count = dict.fromkeys(_CLOSERS, 0)
    after = 0
    for mark in _MARK.finditer(text):
        at, sign = mark.start(), mark[0]
        if at < after:  # part of an operator's symbol
            continue
        if sign == "operator":
            symbol = _SYMBOL.match(text, mark.end())
            after = operators[at] = symbol.end() if symbol else mark.end()
        elif closer := _OPENED.get(sign) or (_opens_quotes(text, at) and count["'"] and "'"):
            unclosed.append((at, closer))
            count[closer] += 1
        elif count[sign] and not _compares(text, at, unclosed[-1][1]):
            while unclosed:  # a `<` inside that was not closed compares
                opener, closer = unclosed.pop()
                count[closer] -= 1
                if closer == sign:
                    closing[opener] = at
                    break
    closing.update((opener, len(text)) for opener, _ in unclosed)
    return Brackets(closing, operators)


def _opens_quotes(text: str, at: int) -> bool:
    """Inside of `...' the same sign also opens: `dynamic initializer for 'g_table''."""
    return text[at] == "'" and text[at - 1 : at] == " "


def _compares(text: str, at: int, innermost: str) -> bool:
    """Tell whether a `>` is no bracket: `->`, or a comparison inside of other brackets."""
    return text[at] == ">" and (innermost != ">" or text[at - 1] in "-=")


def without_arguments(text: str, *, types: bool = False) -> str:
    """Return text with `<T>` for each outermost pair of angle brackets.

    *types* True keeps the type in `<Type>::f` and only removes its arguments: nothing is before it
    that it could be an argument of.
    """
    closing = brackets(text).closing
    pieces, at = [], 0
    while (opener := text.find("<", at)) >= 0:
        pieces.append(text[at:opener])
        at = closing.get(opener, opener) + 1
        if opener not in closing:
            pieces.append("<")
        elif types and not _NAME.match(text[opener - 1 : opener]):
            pieces.append(f"<{without_arguments(text[opener + 1 : at - 1])}>")
        else:
            pieces.append("<T>")
    return "".join((*pieces, text[at:]))
