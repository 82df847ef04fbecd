"""The lists: each line earns its place, and what would do harm is found."""

import subprocess
import sys
from pathlib import Path

import pytest

from socorro.signature.lint import problems
from socorro.signature.lists import FrameList, Line, Lists, read, shipped

SHIPPED = shipped()
DECIDING = [
    pytest.param(of_list, line, id=line.where)
    for of_list in (SHIPPED.sentinels, SHIPPED.irrelevant, SHIPPED.prefix, SHIPPED.bottom)
    for line in of_list.lines
]


@pytest.mark.parametrize(("of_list", "line"), DECIDING)
def test_each_line_decides_on_the_names_that_it_is_there_for(
    of_list: FrameList, line: Line
) -> None:
    assert line.examples
    assert {name: of_list.find(name) for name in line.examples} == dict.fromkeys(
        line.examples, line
    )


def test_the_shipped_lists_have_no_problems() -> None:
    assert problems(SHIPPED) == []


@pytest.mark.parametrize(
    "name",
    ["CloseDir", "mozilla::dom::Element::SetAttr", "app::run", "Foo::read", "reader", "opener",
     "std::filesystem::remove", "mainframe", "killer::run", "pollEvents", "MyTerminate", "sender",
     "stringify", "memory_report", "arenas", "freedom", "basement_alloc2", "chunky", "xfree2",
     "Selection::Select", "QWidget::show", "gtk_main", "NtFoo", "IPCThing::Send", "jser::Run",
     "KiCad::run", "CFile::Open", "guard_check", "pause", "object_get_property", "cache_lookup",
     "notify_user", "dispatch_event", "crt_shader_draw", "CsrMatrixMul", "TpCamera", "DbgUiDraw",
     "Character.attack", "weak_ref_get", "Player.seek", "App.Array.sort", "RustApp::run", "gstrf",
     "pollWrapperTest", "RtlessRun", "Zwischenspeicher", "DebugBreaker", "objcThing", "swiftly",
     "String", "SetUp::run", "Player.Set.insert", "common_init", "type_of", "lock_file", "CFoo::f",
     "object_at", "-[NSView drawRect:]", "-[NSWindow close]", "kevents", "capture_frame", "time",
     "IntVector::push", "outlined", "clock", "free_tiny_x", "std::filesystem::copy", "signal_me",
     "runtimer.run", "syncer.run", "realize", "closure #1 in App.run", "Optionals.run"],
)  # fmt: skip
def test_names_of_programs_are_in_no_list(name: str) -> None:
    assert [line for line in (SHIPPED.sentinels.find(name), SHIPPED.irrelevant.find(name),
                                SHIPPED.prefix.find(name)) if line] == []  # fmt: skip


@pytest.mark.parametrize(
    ("prefix", "problem"),
    [
        ("free$  # free\nfree$  # free", "prefix.txt:2: the same as prefix.txt:1"),
        (
            ".*free  # xfree\nmyfree  # myfree",
            "prefix.txt:2: does not decide on myfree; prefix.txt:1 already does",
        ),
        (
            "Wait  # Wait\n",
            "prefix.txt:1: does not decide on Wait; irrelevant.txt:1 already does",
        ),
        (".*  # free", "prefix.txt:1: matches everything, even the empty name"),
        ("free|  # free", "prefix.txt:1: matches everything, even the empty name"),
        (".+  # free", "prefix.txt:1: matches every name"),
        ("free$", "prefix.txt:1: has no example (add two spaces, #, a name)"),
        ("free$  # free; frees", "prefix.txt:1: does not match frees"),
        *(
            (f"{line}  # {name}", f"prefix.txt:1: matches frames of modules, too, such as {frame}"
             " (end it with $ or [^@]*$, or say @0x)")
            for line, name, frame in (
                ("sentry_", "sentry_capture", "sentry_x@0x1"),
                ("je_(?:free|malloc)", "je_free", "je_free@0x1"),
                (r"RefPtr(?:<T>|_|::)", "RefPtr<T>::get", "RefPtr_x@0x1"),
                ("free$|sentry_", "free; sentry_init", "sentry_x@0x1"),
                ("sentry_.*$", "sentry_init", "sentry_x@0x1"),
            )
        ),
    ],
)  # fmt: skip
def test_the_linter_says_what_is_wrong_with_a_line(prefix: str, problem: str) -> None:
    lists = Lists.of({"irrelevant.txt": "Wait$  # Wait", "prefix.txt": prefix})

    assert problem in problems(lists)


@pytest.mark.parametrize(
    "line",
    ["sentry_[^@]*$  # sentry_init", "free$  # free", "libfoo@0x  # libfoo@0x1",
     "(?:XUL|xul)(?:@0x|$)  # XUL@0x12; XUL", "core::panicking::  # core::panicking::panic"],
)  # fmt: skip
def test_the_linter_permits_lines_for_functions_and_lines_for_modules(line: str) -> None:
    assert problems(Lists.of({"prefix.txt": line})) == []


MODULES = (
    "sentry_example", "je_game", "tcache_tool", "art_tool", "Wow64Launcher.exe", "RtlTool", "std",
    "KiUserTool.dll", "g_player", "objc_bench", "swift_demo", "Swift.Demo.dll", "_guard_tool",
    "dispatch_once", "MOZ_Tool", "__libc_test", "ZwTool", "CFRunLoopTool", "app", "libfoo.so",
    "Optional.dll", "RustMozCrashTest", "malloc", "raise", "core", "libdvm.so.1", "dalvik",
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_a_module_of_a_program_is_in_no_list(module: str) -> None:
    lists = (SHIPPED.sentinels, SHIPPED.irrelevant, SHIPPED.prefix, SHIPPED.bottom)

    assert [of_list.find(f"{module}@0x2480") for of_list in lists] == [None] * 4


def test_the_linter_is_a_program_that_fails_on_a_bad_list(tmp_path: Path) -> None:
    (tmp_path / "prefix.txt").write_text("fine  # fine\n(broken\n")
    command = [sys.executable, "-m", "socorro.signature.lint"]

    good = subprocess.run(command, capture_output=True, text=True)
    bad = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True)

    assert (good.returncode, good.stdout) == (0, "")
    assert bad.returncode == 1
    assert bad.stdout.startswith(f"{tmp_path.name}/prefix.txt:2: ")


def test_defect_3_a_list_that_is_empty_or_missing_matches_nothing(tmp_path: Path) -> None:
    (tmp_path / "prefix.txt").write_text("")
    lists = read(tmp_path)

    assert [
        frame_list.find(name)
        for frame_list in (lists.prefix, lists.irrelevant)
        for name in ("", "x")
    ] == [None] * 4


def test_changed_lists_have_another_version() -> None:
    texts = {"prefix.txt": "free\n", "irrelevant.txt": "Wait\n"}

    versions = {
        Lists.of(texts).version,
        Lists.of({**texts, "prefix.txt": "free$\n"}).version,
        Lists.of({"prefix.txt": "Wait\n", "irrelevant.txt": "free\n"}).version,
        Lists.of({}).version,
    }

    assert len(versions) == 4
    assert Lists.of(dict(reversed(texts.items()))).version == Lists.of(texts).version
