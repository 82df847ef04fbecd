"""Names of functions and modules as real walkers read them from symbol files and dumps."""

from pathlib import Path

import pytest

from processor.process import process
from processor.stackwalk import Walker
from socorro.crash import MAIN_DUMP
from tests.builders import make_crash
from tests.named import dump_of, write_symbols
from tests.processor.conftest import BREAKPAD, RUST

LONG = "int, " * 840


def signature_of(program: str, symbols: Path, dump: bytes) -> str:
    walk = Walker(program, symbols=[symbols]).walk(dump)
    signature = process(make_crash(), {MAIN_DUMP: walk})["signature"]
    assert isinstance(signature, str)
    return signature


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (
            "std::bad_alloc::`vector deleting destructor'(unsigned int)",
            "std::bad_alloc::`vector deleting destructor'",
        ),
        ("`dynamic initializer for 'g_table''", "`dynamic initializer for 'g_table''"),
        ("JSObject::allocKindForTenure const", "JSObject::allocKindForTenure"),
        ("void foo (int)", "foo"),
        (
            "[thunk]:CShellItem::QueryInterface`adjustor{12}' (_GUID const&, void**)",
            "[thunk]:CShellItem::QueryInterface`adjustor{12}'",
        ),
        (
            "__crt_fast_encoded_nullptr_t::operatorcast<void (int)>(void) const)(int)",
            "__crt_fast_encoded_nullptr_t::operatorcast<T>",
        ),
        ("App.Player.seek(to: Swift.Double) -> Swift.Bool", "App.Player.seek"),
        ("App.Library.load(name: Swift.String) throws -> Swift.Bool", "App.Library.load"),
        (
            "App.KeyView.window.getter : Swift.Optional<App.Window>",
            "App.KeyView.window.getter",
        ),
        ("App.Model.__allocating_init() -> App.Model", "App.Model.__allocating_init"),
        ("main.(*Player).Close", "main.(*Player).Close"),
        ("net/http.(*conn).serve", "net/http.(*conn).serve"),
        (
            "foo()::{lambda(bar()::{lambda()#1})#2}::operator()(int) const",
            "foo::{lambda}::operator()",
        ),
        ("<(A, B) as Debug>::fmt", "<(A, B) as Debug>::fmt"),
        (
            "core::fmt::<impl core::fmt::Debug for &[T]>::fmt",
            "core::fmt::<impl core::fmt::Debug for &[T]>::fmt",
        ),
        (f"std::vector<{LONG}char>::erase(int)", "std::vector<T>::erase"),
        ("播放器::播放(int)", r"\u64ad\u653e\u5668::\u64ad\u653e"),
        ("Größe::f", r"Gr\u00f6\u00dfe::f"),
    ],
    ids=lambda text: text[:40],
)
def test_a_function_is_named_after_what_is_the_same_in_every_build(
    function: str, signature: str, tmp_path: Path
) -> None:
    write_symbols(tmp_path, function)

    assert signature_of(RUST, tmp_path, dump_of()) == signature


@pytest.mark.parametrize("program", [RUST, BREAKPAD])
def test_both_walkers_keep_functions_and_modules_of_other_scripts_apart(
    program: str, tmp_path: Path
) -> None:
    plain = signature_of(program, tmp_path, dump_of("C:\\app\\Плеер.exe"))
    write_symbols(tmp_path, "Größe::öffne(int)")
    named = signature_of(program, tmp_path, dump_of())

    assert plain == r"\u043f\u043b\u0435\u0435\u0440.exe@0x1010"
    assert named == r"Gr\u00f6\u00dfe::\u00f6ffne"
