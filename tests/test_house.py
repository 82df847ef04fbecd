"""The rules of the house that no other tool checks."""

import ast
import gc
import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from cli.services import SERVICES
from socorro import metrics
from tests.references import References, parsed

CHECKOUT = Path(__file__).parent.parent
LONGEST_FUNCTION, LONGEST_FILE = 60, 400  # lines
PACKAGES = {*SERVICES, "cli", "socorro", "sql"}
SAYS_NOTHING = {  # as the whole name of a function, class, variable or parameter
    *("found", "told", "why", "there", "wanted", "made"),
    *("known", "asked", "given", "each", "things", "parts"),
}

sys.path.append(str(CHECKOUT / "docs"))


@pytest.fixture(scope="module", autouse=True)
def _trees() -> Iterator[None]:
    """A million nodes are read once, and not searched for garbage again and again meanwhile."""
    gc.disable()
    yield
    parsed.cache_clear()
    gc.enable()


def files(*patterns: str) -> list[Path]:
    """Every file of the repository, new ones too, but none that git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    paths = [CHECKOUT / name for name in sorted(set(done.stdout.splitlines()))]
    return [path for path in paths if path.exists()]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))


def test_no_file_is_longer_than_a_reader_can_bear() -> None:
    long = {
        str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines())
        for path in files("*.py", "*.sql", "*.html", "*.css", "Makefile", ".ci/run")
        if CHECKOUT / "tests" not in path.parents  # a table of cases may be long
    }

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in files("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{path.relative_to(CHECKOUT)}:{node.name}"] = lines

    assert long == {}


def names_bound_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that code gives to something, and its line."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield node.lineno, name
            case ast.MatchStar(name=str(name)):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def test_no_name_says_nothing() -> None:
    vague = [
        f"{path.relative_to(CHECKOUT)}:{number}: {name}"
        for path in files("*.py")
        for number, name in names_bound_in(parsed(path))
        if name.strip("_").lower() in SAYS_NOTHING
    ]

    assert vague == [], "a name says what the value is"


def test_no_test_may_be_skipped() -> None:
    skips = re.compile(r"\b(importorskip|skipif|xfail)\b|\b(pytest|mark)\.skip\b")

    skipped = [
        f"{path.relative_to(CHECKOUT)}:{number}"
        for path in files("tests/*.py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if skips.search(line)
    ]

    assert skipped == []


def test_no_dependency_ships_a_name_of_ours() -> None:
    who = importlib.metadata.packages_distributions()

    assert {name: who[name] for name in PACKAGES if set(who.get(name, ())) - {"socorro"}} == {}


def test_no_module_of_ours_hides_one_of_pythons_own() -> None:
    assert PACKAGES & set(sys.stdlib_module_names) == set()


def test_every_package_is_installed_checked_and_walled_in() -> None:
    packages = {
        path.parent.name for path in files("*/__init__.py") if path.parent.parent == CHECKOUT
    }
    pyproject = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    linted = re.search(r"^PACKAGES := (.*)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)

    assert packages - {"tests", "bench"} == PACKAGES
    assert set(pyproject["tool"]["importlinter"]["root_packages"]) == PACKAGES - {"sql"}
    assert linted
    assert set(linted[1].split()) == PACKAGES - {"sql"}
    for service in SERVICES:
        assert f'"{service}"' in (CHECKOUT / "setup.py").read_text()


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for name in PACKAGES for path in files(f"{name}/**/*.py")}

    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_file_of_a_package_is_installed_with_it() -> None:
    setup = (CHECKOUT / "setup.py").read_text()
    listed = set(re.findall(r'"\*(\.\w+)"', setup))
    suffixes = {path.suffix for name in PACKAGES for path in files(f"{name}/**")}

    assert suffixes - {".py", ".md"} <= listed


def test_what_setup_requires_is_what_is_pinned() -> None:
    def names(text: str) -> set[str]:
        return {re.split(r"[=><\[; ]", line)[0].lower() for line in text.split("\n") if line}

    setup = (CHECKOUT / "setup.py").read_text().split("install_requires=[")[1].split("]")[0]
    required = names("\n".join(re.findall(r'"(.*?)"', setup)))
    pinned = names((CHECKOUT / "requirements" / "run.in").read_text())

    assert required == pinned - {"setuptools"}


NOT_IMPORTED: dict[str, str] = {  # requirement -> reason, for example "run as a program"
}


def test_every_requirement_is_imported() -> None:
    setup = (CHECKOUT / "setup.py").read_text().split("install_requires=[")[1].split("]")[0]
    required = {_distribution(re.split("[><=]", name)[0]) for name in re.findall('"(.*?)"', setup)}
    imported = {
        module.split(".")[0]
        for package in PACKAGES
        for path in files(f"{package}/*.py")
        for node in ast.walk(parsed(path))
        for module in _modules(node)
    }
    used = {_distribution(name) for name in imported} | {
        _distribution(name)
        for module, names in importlib.metadata.packages_distributions().items()
        if module in imported
        for name in names
    }

    assert required - used == set(NOT_IMPORTED)


def _distribution(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def _modules(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_every_service_has_a_port_of_its_own() -> None:
    ports = [config.model_fields["port"].default for config in SERVICES.values()]

    assert len(set(ports)) == len(SERVICES)


def test_the_reference_is_what_the_code_says() -> None:
    # Defect 15 of earlier systems: pages told what the code did not do.
    generate = importlib.import_module("generate")

    stale = [
        path.name
        for path, text in generate.pages().items()
        if not path.exists() or path.read_text() != text
    ]

    assert stale == [], "run `make docs`"


def test_every_make_target_that_a_page_names_exists() -> None:
    pages = files("*.md", ".ci/run", "socorro/*.py")
    named = {
        name
        for page in pages
        for name in re.findall(r"(?:`|^(?:STORE=\w+ )?)make ([a-z-]+)", page.read_text(), re.M)
    }

    assert {"run", "test", "lint"} <= named
    assert named - make_targets() == set()


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(CHECKOUT)}: {link}"
        for page in files("*.md")
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / link).exists()
    ]

    assert broken == []


def test_comments_and_docstrings_refer_to_what_exists() -> None:
    assert References(files("*")).lost() == []


def test_a_reference_that_leads_nowhere_is_noticed() -> None:
    beside = CHECKOUT / "processor" / "worker.py"
    good = (
        "`processor/save.py`, save.sql, `socorro.signature.stack.LONGEST`, `save.Saver`, test_house"
    )
    bad = [
        "processor/nothing.py",
        "socorro.signature.rules.NOTHING",
        "save.nothing",
        "test_nothing",
    ]

    lost = References(files("*")).lost_in(
        f"See {good}, {', '.join(f'`{name}`' for name in bad)}", beside
    )

    assert list(lost) == bad


def test_the_walk_leads_through_files_and_functions_that_exist() -> None:
    lost, lines = [], ""
    page = re.sub(r"```.*?```", "", (CHECKOUT / "docs" / "walk.md").read_text(), flags=re.DOTALL)
    for quoted in re.findall(r"`([^`]+)`", page):
        if re.fullmatch(r"[\w/]+\.py", quoted):
            path = CHECKOUT / quoted
            lines = path.read_text() if path.exists() else ""
            lost += [] if path.exists() else [quoted]
        elif re.fullmatch(r"([A-Z]\w+\.)?_?[a-z]\w+", quoted) and lines:
            *above, name = quoted.split(".")
            has_class = all(re.search(rf"^class {word}\b", lines, re.M) for word in above)
            if not has_class or not re.search(rf"^ *def {name}\b", lines, re.M):
                lost.append(quoted)

    assert lost == []


def test_every_metric_is_moved_by_a_test() -> None:
    declared = {
        name for name, metric in vars(metrics).items() if isinstance(metric, MetricWrapperBase)
    }
    moved = {
        name
        for path in files("tests/*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        for name in _moved(node)
    }

    assert len(declared) > 30
    assert declared - moved == set(), "no test has: with moves(metrics.…)"
    assert moved - declared == set()


def _moved(call: ast.Call) -> list[str]:
    """The metric that a call of tests.moved.moves requires to change, if it is one."""
    match call:
        case ast.Call(
            func=ast.Name("moves"),
            args=[ast.Attribute(ast.Name("metrics"), name), *amounts],
            keywords=keywords,
        ):
            by_name = [word.value for word in keywords if word.arg in ("by", "to")]
            unchanged = any(ast.unparse(amount) == "0" for amount in [*amounts, *by_name])
            return [] if unchanged else [name]
    return []
