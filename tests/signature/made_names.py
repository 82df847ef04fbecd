"""Names of functions, made with the compilers of this machine, and what becomes of them.

`tests/data/names/` has sources (`shapes.*`) with functions of every shape, the names that compilers
gave to them (`made/`), and a report `name  =>  name in signatures` for each (`report/`), also of a
sample of the names in `tests/data/minidumps/symbols`. After an intended change write the reports
again, and read the difference before you commit it:

    .venv/bin/python -m tests.signature.made_names

With `--compile` the names are made again, too. It needs the compilers that README.md there names.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from socorro.signature.names import function_name

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests/data/names"
SYMBOLS = ROOT / "tests/data/minidumps/symbols"
COMPILED, REPORT = FOLDER / "made", FOLDER / "report"
ARROW = "  =>  "

_DUMP_SYMS = str(ROOT / ".parts/bin/dump-syms")
_EVERY = 40  # one in so many names of libraries, and of the symbols of test dumps, is reported
_CPP = ("-std=c++20", "-O0", "-fno-inline", "-c", str(FOLDER / "shapes.cpp"))


def names_of_symbols(lines: Iterable[str]) -> Iterator[str]:
    """Yield the names of functions in a symbol file."""
    for line in lines:
        kind, _, rest = line.rstrip("\n").partition(" ")
        fields = {"FUNC": 3, "PUBLIC": 2, "INLINE_ORIGIN": 1}.get(kind)
        if fields is not None:
            fields += rest.startswith("m ")
            yield rest.split(" ", fields)[-1]


def names_of_file(path: Path) -> list[str]:
    """Return the names in a file of `made/`, or in a symbol file."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return sorted(set(names_of_symbols(lines) if path.suffix == ".sym" else lines))


def corpora() -> dict[str, Path]:
    """Return each file of names by the name of its report."""
    files = [*COMPILED.glob("*.txt"), *SYMBOLS.rglob("*.sym")]
    return {path.stem: path for path in sorted(files)}


def report(path: Path) -> str:
    """Return the report on a file of names; on a sample of those of a symbol file that change."""
    pairs = [(name, function_name(name)) for name in names_of_file(path)]
    if path.suffix == ".sym":
        changed = [(name, normalized) for name, normalized in pairs if name != normalized]
        pairs = changed if len(changed) < 10 * _EVERY else changed[::_EVERY]
    return "".join(f"{name}{ARROW}{normalized}\n" for name, normalized in pairs)


def _run(*command: str, folder: str, text: str | None = None) -> list[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "GO111MODULE": "off", "RUSTC_BOOTSTRAP": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, input=text, check=True, capture_output=True,
        encoding="utf-8",
    )  # fmt: skip
    return done.stdout.splitlines()


def _functions(nm: list[str]) -> Iterator[str]:
    for line in nm:
        if match := re.match(r"[0-9a-f]+ [tTwWi] (.+)", line):
            yield match[1]


def _gcc(folder: str) -> Iterable[str]:
    _run("g++", *_CPP, "-o", "a.o", folder=folder)
    return _functions(_run("nm", "-C", "a.o", folder=folder))


def _clang(folder: str) -> Iterable[str]:
    _run("clang++-14", *_CPP, "-o", "a.o", folder=folder)
    return _functions(_run("llvm-nm-14", "-C", "a.o", folder=folder))


def _microsoft(folder: str) -> Iterable[str]:
    _run("clang++-14", "--target=x86_64-pc-windows-msvc", *_CPP, "-o", "a.o", folder=folder)
    names = _functions(_run("llvm-nm-14", "a.o", folder=folder))
    mangled = [name for name in names if name.startswith("?") and not name.startswith("??_C")]
    short = ("access-specifier", "calling-convention", "return-type", "member-type")
    for options in ((), tuple(f"--no-{option}" for option in short)):
        lines = _run("llvm-undname-14", *options, folder=folder, text="\n".join(mangled) + "\n")
        yield from (line for line in lines if line and line not in mangled)


def _rust(mangling: str) -> Callable[[str], Iterable[str]]:
    def make(folder: str) -> Iterable[str]:
        options = ("-Zunstable-options", f"-Csymbol-mangling-version={mangling}")
        _run("rustc", "-g", "--edition=2021", *options, str(FOLDER / "shapes.rs"), "-o", "a",
             folder=folder)  # fmt: skip
        return _sample(_run(_DUMP_SYMS, "--inlines", "a", folder=folder), "shapes")

    return make


def _go(folder: str) -> Iterable[str]:
    (Path(folder) / "shapes.go").write_bytes((FOLDER / "shapes.go").read_bytes())
    _run("go", "build", "-o", "a", "shapes.go", folder=folder)
    return _sample(_run(_DUMP_SYMS, "--inlines", "a", folder=folder), "main.")


def _sample(symbols: list[str], own: str) -> Iterator[str]:
    names = sorted(set(names_of_symbols(symbols)))
    libraries = [name for name in names if own not in name]
    yield from (name for name in names if own in name)
    yield from libraries[::_EVERY]


def _objective_c(folder: str) -> Iterable[str]:
    for source, options in (("shapes.m", ()), ("blocks.m", ("-fblocks",))):
        path = str(FOLDER / source)
        target = "--target=x86_64-apple-macosx"
        _run("clang-14", target, *options, "-c", path, "-o", "a.o", folder=folder)
        yield from _functions(_run("llvm-nm-14", "a.o", folder=folder))
    _run("gcc", "-c", str(FOLDER / "shapes.m"), "-o", "a.o", folder=folder)
    yield from _functions(_run("nm", "a.o", folder=folder))


def _java(folder: str) -> Iterable[str]:
    _run("javac", "-encoding", "UTF-8", "-d", ".", str(FOLDER / "Shapes.java"), folder=folder)
    return _run("java", "-Dstdout.encoding=UTF-8", "-cp", ".", "Shapes", folder=folder)


COMPILERS: dict[str, Callable[[str], Iterable[str]]] = {
    "gcc": _gcc,
    "clang": _clang,
    "microsoft": _microsoft,
    "rust-v0": _rust("v0"),
    "rust-legacy": _rust("legacy"),
    "go": _go,
    "objective-c": _objective_c,
    "java": _java,
}


def main(arguments: list[str]) -> None:
    """Write the reports; first the names, when they are to be made again."""
    if "--compile" in arguments:
        COMPILED.mkdir(exist_ok=True)
        for kind, make in COMPILERS.items():
            with tempfile.TemporaryDirectory() as folder:
                names = sorted(set(make(folder)))
            (COMPILED / f"{kind}.txt").write_text("".join(f"{name}\n" for name in names))
    REPORT.mkdir(exist_ok=True)
    for kind, path in corpora().items():
        if text := report(path):
            (REPORT / f"{kind}.txt").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
