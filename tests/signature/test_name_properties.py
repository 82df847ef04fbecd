"""What holds for every name of a function: what survives, and that hostile names cost no more."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.signature.names import (
    CPP,
    GO,
    JVM,
    LANGUAGES,
    OBJC,
    RUST,
    SWIFT,
    function_name,
    language,
)
from socorro.signature.names.brackets import brackets

SLOW_IS_FINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.from_regex(r"[A-Z][a-z]{2,6}[0-9]?|[д-я]{3,5}|播放[a-z]{2}", fullmatch=True)
PATHS = st.lists(WORDS, min_size=2, max_size=5)
TYPES = st.recursive(
    st.sampled_from(
        ["int", "char const*", "a::B&", "(x->y)", "(a > b)", "void (*)(int)", "{lambda(auto:1)#2}"]
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda some: f"A<{', '.join(some)}>"),
    max_leaves=12,
)
TYPE_LISTS = st.lists(TYPES, max_size=4).map(", ".join)
ARGUMENTS = st.just("") | TYPE_LISTS.map(lambda types: f"<{types}>")


def filled(name: str, arguments: str) -> str:
    """The arguments, and what stands for them."""
    return f"{name}<T>" if arguments else name


@SLOW_IS_FINE
@given(
    PATHS,
    ARGUMENTS,
    ARGUMENTS,
    TYPE_LISTS,
    st.sampled_from(
        ["", "void ", "static A<int> const& ", "public: virtual int __cdecl ", "virtual thunk to "]
    ),
    st.sampled_from(
        ["", " const", " const &", " &&", " volatile noexcept", " [clone .cold.3]", " (.llvm.12)"]
    ),
    st.sampled_from(["", " "]),
)  # fmt: skip
def test_of_a_cpp_function_its_scopes_class_and_name_survive(
    path: list[str], of_class: str, own: str, types: str, before: str, after: str, blank: str
) -> None:
    *scopes, receiver, name = path
    scope = "".join(f"{word}::" for word in scopes)

    function = f"{before}{scope}{receiver}{of_class}::{name}{own}{blank}({types}){after}"

    expected = f"{scope}{filled(receiver, of_class)}::{filled(name, own)}"
    assert function_name(function) == expected
    assert function_name(expected) == expected


@SLOW_IS_FINE
@given(PATHS, ARGUMENTS, ARGUMENTS, st.booleans(), st.sampled_from(["", "::{closure#1}"]))
def test_of_a_rust_method_its_type_and_name_survive(
    path: list[str], of_type: str, own: str, in_brackets: bool, closure: str
) -> None:
    *scopes, name = path
    scope = "::".join(scopes)
    receiver = f"<{scope}{of_type}>" if in_brackets else f"{scope}{of_type}"
    turbofish = f"::{own}" if own else ""

    function = f"{receiver}::{name}{turbofish}{closure}::h0123456789abcdef"

    assert function_name(function) == (
        f"{filled(scope, of_type)}::{name}{'::<T>' if own else ''}{closure}"
    )


@SLOW_IS_FINE
@given(PATHS, WORDS, WORDS, ARGUMENTS)
def test_of_a_rust_method_of_a_trait_type_trait_and_name_survive(
    path: list[str], trait: str, name: str, of_type: str
) -> None:
    receiver = "::".join(path)

    normalized = function_name(f"<{receiver}{of_type} as app::{trait}>::{name}")

    assert normalized.startswith(f"<{receiver}")
    assert normalized.endswith(f" as app::{trait}>::{name}")


@SLOW_IS_FINE
@given(
    PATHS,
    st.sampled_from(["", "static ", "@objc ", "merged ", "partial apply forwarder for "]),
    st.lists(WORDS, max_size=3),
    st.sampled_from([" -> ()", " throws -> Swift.Int", " async throws -> [Swift.Int : A<B>]", ""]),
)
def test_of_a_swift_function_its_type_and_name_survive(
    path: list[str], before: str, labels: list[str], after: str
) -> None:
    parameters = ", ".join(f"{label}: (Swift.Int) -> Swift.Bool" for label in labels)

    function = f"{before}{'.'.join(path)}({parameters}){after}"

    assert function_name(function) == ".".join(path)


@SLOW_IS_FINE
@given(st.lists(WORDS, max_size=3), WORDS, WORDS, WORDS, st.booleans(), st.booleans())
def test_of_a_go_method_package_receiver_and_name_survive(
    folders: list[str], package: str, receiver: str, name: str, pointer: bool, generic: bool
) -> None:
    path = "/".join([*folders, package])
    types = "[go.shape.struct { X int; Y []string }]" if generic else ""
    kept = "[...]" if generic else ""

    def method(types: str) -> str:
        return (
            f"{path}.(*{receiver}{types}).{name}" if pointer else f"{path}.{receiver}{types}.{name}"
        )

    assert function_name(method(types)) == method(kept)


@SLOW_IS_FINE
@given(WORDS, st.lists(WORDS, min_size=1, max_size=4), st.sampled_from("+-"), st.booleans())
def test_of_an_objective_c_method_class_and_selector_survive(
    receiver: str, selector: list[str], kind: str, category: bool
) -> None:
    called = "".join(f"{word}:" for word in selector)
    in_category = "(Category)" if category else ""

    assert (
        function_name(f"{kind}[{receiver}{in_category} {called}]") == f"{kind}[{receiver} {called}]"
    )


@SLOW_IS_FINE
@given(PATHS, WORDS, st.sampled_from(["void ", "int[] ", "java.lang.String "]))
def test_of_a_java_method_class_and_name_survive(path: list[str], name: str, before: str) -> None:
    method = ".".join(["org", *path, name])

    assert function_name(f"{before}{method}(int, java.lang.String)") == method
    assert function_name(f"at java.base/{method}(A.java:12)") == method
    assert function_name(f"{before}{'.'.join(path)}.<init>(int)") == f"{'.'.join(path)}.<init>"


@SLOW_IS_FINE
@given(st.text(alphabet="<>()[]{}`' ,:&*-.$/#@|ainoperatorlambda0123", max_size=300))
def test_a_hostile_name_gets_a_name_that_is_not_longer_than_its_words(function: str) -> None:
    normalized = function_name(function)

    assert bool(normalized) == bool(function.strip())
    assert len(normalized) <= 2 * len(function) + 10


HOSTILE = (
    "<", ">", "(", ")", "[", "]", "{", "}", "`", "'", " ", ",", "::", ".", "$", "a", "<(", "(<",
    "`(", "`'::", "a<", "(*", "(*f", " (", " `", "()", "<>", "<a>::", "f()::", "f() const::",
    "operator", "operator<", "operator<<", "operator()", "operator a", "operator\"\"_",
    "decltype(a)", "{lambda(", "{lambda()#1}", "'lambda0'", "::$_1", "::__lambda1",
    "<lambda_1>::", "(anonymous namespace)::", "`anonymous namespace'::", "[clone .",
    "[clone .a]", ".cold", ".cold.1", " const", " &", "const::", "_block_invoke",
    "_block_invoke.1", ".1", "::h0123456789abcdef", "$LT$", "$u20$", "..", "<impl ", " as ",
    "::<", "{closure#0}::", " in ", " -> ", " : ", "closure #1 (", "static ", "(a in _B)",
    " infix", "< infix", "generic specialization <", "(1) await resume partial function for ",
    "a.", ".(*T)", "[go.shape.", "a/", "-[A b:]", "(a) ", "$$Lambda$1", "$$Lambda/0x1",
    "$lambda$1", "lambda$a$", "$$ExternalSyntheticLambda1", "at a/", "void a.b", "é", "\ud800",
)  # fmt: skip


# What opens, and what closes it again.
NESTED = (
    ("<", ">"), ("(", ")"), ("[", "]"), ("{", "}"), ("`", "'"), ("a<", ">::b"), ("<a<", ">>::b"),
    ("f(", ")"), ("(*f", ")(a)"), (" (*", "f(int))(a)"), ("`f(", ")'::g"), ("``", "'::a'::b"),
    ("{lambda(", ")#1}"), ("<(", ")>"), ("<a as ", ">::b"), ("<<", " as a>::b>::c"),
    ("closure #1 (", ") in "), (".(*A[", "]).B"), ("IPC::ParamTraits<", ">::a"),
    ("operator<<", ">"), ("A::operator a<", ">()"),
)  # fmt: skip


def shapes(size: int) -> dict[str, str]:
    """Hostile names of about *size* characters, by their pattern."""
    repeated = {piece: piece * (size // len(piece)) for piece in HOSTILE}
    nested = {
        f"{opener} {closer}": opener * half + closer * half
        for opener, closer in NESTED
        for half in (size // (len(opener) + len(closer)),)
    }
    return {**repeated, **nested}


def steps(normalize: Callable[[str], str], name: str) -> int:
    """Count the lines of `socorro/signature/names` that run for a name."""
    count = 0

    def count_line(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return count_line

    def enter(frame: FrameType, _event: str, _argument: Any) -> Any:
        return count_line if "/signature/names/" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        normalize(name)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("family", LANGUAGES, ids=lambda family: family.name)
def test_twice_the_name_takes_at_most_twice_the_steps(family: Any) -> None:
    slow = {}
    twice = shapes(10_000)
    for pattern, name in shapes(5_000).items():
        few, many = steps(family.normalize, name), steps(family.normalize, twice[pattern])
        if many > 2.2 * few + 200:
            slow[pattern] = (few, many)

    assert slow == {}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("family", LANGUAGES, ids=lambda family: family.name)
def test_a_hostile_name_of_64_thousand_characters_is_read_in_every_language(family: Any) -> None:
    for name in shapes(64_000).values():
        family.looks_like(f"{name}!")
        normalized = family.normalize(f"{name}!")

        assert len(normalized) <= 2 * len(name) + 10


@pytest.mark.parametrize(("length", "name"), [(10_000, "A<T>::f"), (30_000, "A<T>::f")])
def test_a_method_behind_long_arguments_is_named(length: int, name: str) -> None:
    nested = "B<" * (length // 8) + ">" * (length // 8)
    flat = "int, " * (length // 5)

    assert function_name(f"void A<{nested}>::f({flat}char) const") == name
    assert function_name(f"A<{flat}{nested}>::f") == name


LONG = "int, " * 840


@pytest.mark.parametrize(
    ("function", "end"),
    [
        (f"std::vector<{LONG}char>::erase(int)", "std::vector<T>::erase"),
        (
            f"a::f({LONG}char)::{{lambda({LONG}char)#2}}::operator()(int) const",
            "{lambda}::operator()",
        ),
        (f"IPC::ParamTraits<std::tuple<{LONG}char>>::Write(int)", "<std::tuple<T>>::Write"),
        (f"`void f({LONG}char)'::`2'::A::g(void)", "`f'::`2'::A::g"),
        (f"A<{LONG}char>::`vector deleting destructor'(int)", "A<T>::`vector deleting destructor'"),
        (f"<({LONG}char) as core::fmt::Debug>::fmt", " as core::fmt::Debug>::fmt"),
        (f"<a::B<{LONG}char> as core::fmt::Debug>::fmt", "<a::B<T> as core::fmt::Debug>::fmt"),
        (f"a::<impl b::C for ({LONG}char)>::d", "...>::d"),
        (f"App.f(x: ({LONG}char)) -> ({LONG}char)", "App.f"),
        (f"closure #1 ({LONG}char) -> () in App.f({LONG}char) -> ()", "closure #1 in App.f"),
        (f"main.(*A[go.shape.struct {{ {LONG} }}]).f", "main.(*A[...]).f"),
        (f"void a.B.f({LONG}char)", "a.B.f"),
    ],
    ids=lambda text: text[:20],
)
def test_4200_characters_of_arguments_do_not_hide_the_method(function: str, end: str) -> None:
    name = function_name(function)

    assert name.endswith(end)
    assert len(name) < 252


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("<>", {0: 1}),
        ("(<)>", {0: 2}),
        ("<(>)", {0: 4, 1: 3}),
        ("((", {0: 2, 1: 2}),
        ("))", {}),
        ("<->", {0: 3}),
        ("<(a->b)>", {0: 7, 1: 6}),
        ("`a'", {0: 2}),
        ("`a 'b''", {0: 6, 3: 5}),
        ("'a'", {}),
        ("operator<<(<)", {10: 12}),
        ("operator()()", {10: 11}),
    ],
)
def test_brackets_belong_together(text: str, closing: dict[int, int]) -> None:
    assert brackets(text).closing == closing


@pytest.mark.parametrize(
    ("function", "family"),
    [
        ("main", CPP),
        ("A::f(std::b) -> c", CPP),
        ("auto f(int) -> int", CPP),
        ("<lambda_1>::operator()", CPP),
        ("f::<lambda()>", CPP),
        ("<unnamed-tag>::f", CPP),
        ("operator/(A, B)", CPP),
        ("foo.cold", CPP),
        ("main.main", CPP),
        ("a::b::<c>", RUST),
        ("App.f()", SWIFT),
        ("a/b.c", GO),
        ("-[A b]", OBJC),
        ("a.b.C.<init>", JVM),
    ],
)
def test_a_language_is_chosen_by_the_look_of_the_name(function: str, family: Any) -> None:
    assert language(function) is family


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.rs", "app::$_3::f"), ("a.cpp", "app::$::f"), ("", "app::$::f"), ("a.rs/b", "app::$::f")],
)
def test_the_source_file_says_more_than_the_name(file: str, name: str) -> None:
    assert function_name("app::$_3::f", file) == name
