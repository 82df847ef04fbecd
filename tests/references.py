"""References in comments and docstrings: which of them lead nowhere.

These are checked: files (`processor/worker.py`), modules and their names (`socorro.jobs.claim`),
names in a module of the same folder (`references.defined`), and tests (`test_…`).
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent
LIBRARIES = {"web.py"}  # libraries that are called like a file

_FILE = re.compile(r"(?<![\w/.~<{*-])(?:[\w-]+/)*[\w-]+\.(?:py|sql|yaml)\b(?!/)")
_IN_FOLDER = re.compile(r"`(\w+)\.(\w+)(?:\(\))?`")
_TEST = re.compile(r"(?<![\w/.*])test_\w+")


class References:
    """Finds the references in *paths*, all files of the repository, that lead nowhere."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = sorted(set(paths))
        self._names = {path.name for path in self._paths} | LIBRARIES
        packages = {path.parent for path in self._paths if path.name == "__init__.py"}
        roots = "|".join(path.name for path in packages if path.parent == CHECKOUT)
        self._dotted = re.compile(rf"(?<![\w/.@-])(?:{roots})(?:\.[A-Za-z_]\w*)+(?![/\w-])")
        self._tests = test_names(self._paths)

    def lost(self) -> list[str]:
        """Return "file: reference" for each."""
        return [
            f"{path.relative_to(CHECKOUT)}: {reference}"
            for path in self._paths
            if path.suffix in (".py", ".sql")
            for text in texts(path)
            for reference in self.lost_in(text, path)
        ]

    def lost_in(self, text: str, path: Path) -> Iterator[str]:
        """Yield those in a *text* of the file *path*."""
        for name in _FILE.findall(text):
            places = (CHECKOUT / name, path.parent / name)
            if name not in self._names and not any(place.exists() for place in places):
                yield name
        yield from (name for name in self._dotted.findall(text) if not is_dotted_name(name))
        for module, name in _IN_FOLDER.findall(text):
            if not in_folder(path, module, name):
                yield f"{module}.{name}"
        yield from (name for name in _TEST.findall(text) if name not in self._tests)


def texts(path: Path) -> Iterator[str]:
    """The comments of a file, and its docstrings."""
    source = path.read_text()
    if path.suffix == ".sql":
        yield from re.findall(r"^\s*--(.*)", source, re.MULTILINE)
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a module, which nobody changes."""
    return ast.parse(path.read_text())


@cache
def is_dotted_name(dotted: str) -> bool:
    """Say whether *dotted* is a package, a module, a name in one, or a file name."""
    words = dotted.split(".")
    if words[-1] in ("py", "toml"):
        return True
    for count in range(len(words), 0, -1):
        place = CHECKOUT.joinpath(*words[:count])
        module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if module.exists():
            return count == len(words) or ".".join(words[count:]) in defined(module)
    return False


def in_folder(path: Path, module: str, name: str) -> bool:
    """Say whether the module beside *path* has *name*; True when there is no such module."""
    place = path.parent / f"{module}.py"
    return name == "py" or not place.exists() or name in defined(place)


def test_names(paths: Iterable[Path]) -> set[str]:
    """The names of all tests and of their modules."""
    modules = [
        path for path in paths if path.suffix == ".py" and CHECKOUT / "tests" in path.parents
    ]
    names = {name for path in modules for name in defined(path) if name.startswith("test_")}
    return names | {path.stem for path in modules}


@cache
def defined(path: Path) -> frozenset[str]:
    """The names in a module, and `Class.name` for those in its classes."""
    tree = parsed(path)
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    in_classes = (f"{node.name}.{name}" for node in classes for name in bound(node))
    return frozenset({*bound(tree), *in_classes})


def bound(tree: ast.AST) -> Iterator[str]:
    """Yield the names that are defined, imported or assigned to anywhere in *tree*."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.split(".")[0]
