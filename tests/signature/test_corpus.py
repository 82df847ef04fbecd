"""Names of real functions: what compilers made, and all names in the symbols of test dumps."""

import re
from pathlib import Path

import pytest

from socorro.signature.names import CPP, GO, JVM, OBJC, RUST, function_name, language
from tests.signature import made_names

CORPORA = made_names.corpora()
LANGUAGES = {
    "gcc": {CPP},
    "clang": {CPP},
    "microsoft": {CPP},
    "rust-v0": {RUST, CPP},  # plain paths look like C++, and stay as they are
    "rust-legacy": {RUST, CPP},
    "go": {GO, CPP},
    "objective-c": {OBJC, CPP},
    "java": {JVM},
    "crash-client": {RUST, CPP},
}
_INNERMOST = re.compile(r"<[^<>]*>|\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_RECEIVER = re.compile(r"<[&*]*(?:\w+::)*(\w+)(?:<.*>)?(?: as .*)?>::")  # of Rust
_ARROW = re.compile(r"->|=>")


def components(name: str) -> list[str]:
    """Return the words of a name's qualified name, found in another way than the code does.

    Innermost brackets are removed until none is left; what stays, down to the last word, is
    the path. Slow, and only for names without operators, quotes, and returned functions.
    """
    text = _ARROW.sub("", name.replace("(anonymous namespace)", "Anonymous"))
    receiver = _RECEIVER.match(text)
    while (shorter := _INNERMOST.sub("", text)) != text:
        text = shorter
    text = re.sub(r"( const| volatile| &+| noexcept)+$", "", text.strip())
    words = re.findall(r"[\w~$]+", text.split(" ")[-1])
    return [receiver[1], *words] if receiver and len(words) == 1 else words


def test_components_are_those_that_a_person_sees() -> None:
    assert components("void a::B<c>::d<e>(f) const") == ["a", "B", "d"]
    assert components("<a::B<c> as d::E>::f::<g>") == ["B", "f"]
    assert components("<a::B>::c::{closure#0}") == ["B", "c"]
    assert components("main.(*T).Close") == ["main", "Close"]


@pytest.mark.parametrize("kind", CORPORA)
def test_names_of_functions_are_those_that_a_person_reviewed(kind: str) -> None:
    path = made_names.REPORT / f"{kind}.txt"
    reviewed = path.read_text() if path.exists() else ""  # no name of the C library changes

    assert made_names.report(CORPORA[kind]) == reviewed, made_names.__doc__


@pytest.mark.parametrize("kind", CORPORA)
def test_the_last_component_survives_and_the_class_before_it(kind: str) -> None:
    lost = {}
    for name in made_names.names_of_file(CORPORA[kind]):
        if re.search(r"operator|`|^<\.text|\((?:__cdecl \*|&) ", name):
            continue
        normalized = function_name(name).replace("(anonymous namespace)", "Anonymous")
        survivors = [word for word in components(name)[-2:] if not word.isdigit()]
        expected = [
            re.sub(r"\$_?\d+$|(?<=Proxy)\d+|_block_invoke.*", "", word) for word in survivors
        ]
        if not all(word in normalized for word in expected):
            lost[name] = (normalized, expected)

    assert lost == {}


@pytest.mark.parametrize("kind", CORPORA)
def test_a_real_name_that_was_normalized_stays_as_it_is(kind: str) -> None:
    names = {function_name(name) for name in made_names.names_of_file(CORPORA[kind])}

    assert {name: function_name(name) for name in names} == {name: name for name in names}


@pytest.mark.parametrize("kind", LANGUAGES)
def test_real_names_look_like_the_language_that_they_are_of(kind: str) -> None:
    path: Path = CORPORA[kind]

    assert {language(name) for name in made_names.names_of_file(path)} <= LANGUAGES[kind]


@pytest.mark.parametrize("kind", ["gcc", "clang"])
def test_what_a_compiler_names_otherwise_has_one_name(kind: str) -> None:
    names = {function_name(name) for name in made_names.names_of_file(CORPORA[kind])}
    others = {function_name(name) for name in made_names.names_of_file(CORPORA["microsoft"])}
    own = re.compile(r"app::(?!.*(?:lambda|\$|Local|operator int\*))")

    assert {name for name in names if own.match(name)} - others == set()
    assert len(names & others) > 30
