"""Names of frames: the same code, the same name."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.signature.frames import frame_name
from socorro.signature.names import function_name
from socorro.signature.normalize import LONGEST


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("main", "main"),
        ("crash()", "crash"),
        ("overflow(char const*)", "overflow"),
        ("Foo::bar(int, std::pair<int, A<b> > const &) const", "Foo::bar"),
        ("void js::Interpret<(js::Mode)1>(JSContext*)", "js::Interpret<T>"),
        ("static void nsFoo::Bar(nsTArray<int>&)", "nsFoo::Bar"),
        ("nsTArray<RefPtr<Foo> >::Clear()", "nsTArray<T>::Clear"),
        ("`anonymous namespace'::CrashFunction", "(anonymous namespace)::CrashFunction"),
        ("(anonymous namespace)::f(int)", "(anonymous namespace)::f"),
        ("foo(int) [clone .cold.12]", "foo"),
        ("foo.cold", "foo"),
        ("A::operator<(A const&)", "A::operator<"),
        ("std::operator<< <char>(int)", "std::operator<< <T>"),
        ("A::operator()(int) const", "A::operator()"),
        ("A::operator->() const", "A::operator->"),
        ("void* operator new(unsigned long)", "operator new"),
        ("A::operator bool() const", "A::operator bool"),
        ("f()::$_12::operator()(int) const", "f::$::operator()"),
        ("<name omitted>", "<name omitted>"),
        ("<unknown in foo.dll>", "<unknown in foo.dll>"),
        ("-[NSView drawRect:]", "-[NSView drawRect:]"),
        ("never(closed <and so", "never"),
        ("a  *  b", "b"),
        ("", ""),
        ("()", "()"),
    ],
)
def test_cpp_functions(function: str, name: str) -> None:
    assert function_name(function) == name


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("core::ptr::write_volatile::<u8>", "core::ptr::write_volatile::<T>"),
        ("app::run::h0123456789abcdef", "app::run"),
        ("<T as core::fmt::Debug>::fmt", "<T as core::fmt::Debug>::fmt"),
        ("app::main::{closure#1}", "app::main::{closure#1}"),
    ],
)
def test_rust_functions(function: str, name: str) -> None:
    assert function_name(function, file="a.rs") == name


@pytest.mark.parametrize(
    ("frame", "windows", "name"),
    [
        ({"function": "f()", "file": "a.c", "line": 3, "module": "m"}, False, "f"),
        ({"file": "hg:hg.mozilla.org/repo:js/src/a.cpp:rev", "line": 7}, False, "a.cpp#7"),
        ({"file": "c:\\src\\a.cpp", "line": 7, "module": "m"}, False, "a.cpp#7"),
        ({"file": "a.cpp", "module": "m", "module_offset": "0x0010"}, False, "m@0x10"),
        ({"module": "XUL.dll", "module_offset": "0x0010"}, True, "xul.dll@0x10"),
        ({"module": "XUL", "module_offset": "0x0010"}, False, "XUL@0x10"),
        ({"module": "XUL"}, False, "XUL"),
        ({"module": "[vdso]", "module_offset": "0x7"}, False, "vdso@0x7"),
        ({"module": "module]"}, False, "module"),
        ({"module": "[[[module]]"}, False, "module"),
        ({"module": "[[module", "module_offset": "0x7"}, True, "module@0x7"),
        ({"module": "foo[1]"}, False, "foo[1]"),
        ({"module": "[foo[1]]"}, False, "foo[1]"),
        ({"module": "[beta]foo.so"}, False, "[beta]foo.so"),
        ({"module": "[[beta]foo.so]"}, False, "[beta]foo.so"),
        ({"module": "foo]bar["}, False, "foo]bar["),
        ({"module": "[]", "module_offset": "0x7"}, False, "[]@0x7"),
        (
            {"module": "Плеер.EXE", "module_offset": "0x7"},
            True,
            r"\u043f\u043b\u0435\u0435\u0440.exe@0x7",
        ),
        ({"module": "Gro\u0308ße"}, False, r"Gr\u00f6\u00dfe"),
        ({"module": "Gr\u00f6ße"}, False, r"Gr\u00f6\u00dfe"),
        ({"module": "\U0001f600.so"}, False, r"\U0001f600.so"),
        ({"module": "half \ud800"}, False, r"half \ud800"),
        ({"module": "turned \u202e"}, False, r"turned \u202e"),
        ({"module": "\x85\x9f", "offset": "0x7"}, False, "@0x7"),
        ({"file": "source/", "line": 23, "module": "m"}, False, "source#23"),
        ({"file": "a/b//", "line": 23}, False, "b#23"),
        ({"file": "C:\\src\\", "line": 23}, False, "src#23"),
        ({"file": "/", "line": 23, "module": "m"}, False, "m"),
        ({"file": "C:\\src\\Größe.cpp", "line": 3}, False, r"Gr\u00f6\u00dfe.cpp#3"),
        ({"file": "git:host/repository:app/lib/:revision", "line": 3}, False, "lib#3"),
        ({"offset": "0x10", "unloaded_modules": [{"module": "A.dll"}]}, True, "(unloaded a.dll)"),
        (
            {"offset": "0x10", "unloaded_modules": [{"module": "C:\\Users\\ann\\x.dll"}]},
            True,
            "(unloaded x.dll)",
        ),
        ({"offset": "0x10", "unloaded_modules": [{"module": "C:\\Users\\ann\\"}]}, True, "@0x10"),
        ({"module": "C:\\Users\\ann\\X.dll", "module_offset": "0x10"}, True, "x.dll@0x10"),
        ({"module": "/home/ann/x.so", "module_offset": "0x10"}, False, "x.so@0x10"),
        ({"module": "/home/ann/", "offset": "0x10"}, False, "@0x10"),
        ({"module": f"/home/{'a' * 5000}/x.so"}, False, "x.so"),
        ({"unloaded_modules": [{"module": "ПлЕ.DLL"}]}, True, r"(unloaded \u043f\u043b\u0435.dll)"),
        ({"offset": "0x0000dead"}, False, "@0xdead"),
        ({"offset": "zz"}, False, ""),
        ({"module": "naïve\x07\nname "}, False, r"na\u00efve name"),
        ({"function": "ё", "module": "m"}, False, r"\u0451"),
        ({}, False, ""),
    ],
)
def test_a_frame_is_named_by_the_best_that_is_known(
    frame: dict[str, Any], windows: bool, name: str
) -> None:
    assert frame_name(frame, windows) == name


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="<>() ,:&*-operator as", max_size=4000))
def test_any_function_gets_a_name_of_bounded_length(function: str) -> None:
    assert len(frame_name({"function": function}, windows=False)) <= LONGEST
