"""Regular expressions mean the same in DuckDB, Python and Lucene's syntax, or are refused."""

import re
import time

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.search.literals import literals
from socorro.search.regex import parse_regex, to_lucene, to_python, to_re2

CASES = [  # expression, texts that it matches, texts that it does not
    ("OOM", ["OOM", "an OOM | small"], ["oom", ""]),
    ("^OOM", ["OOM | x"], ["a OOM"]),
    ("small$", ["OOM | small"], ["smaller", "small\n"]),
    ("^$", [""], ["a", "\n"]),
    ("^a|b$", ["ax", "xb"], ["xa", "bx"]),
    ("a.c", ["abc", "a\nc", "aéc", "a😀c"], ["ac"]),
    ("[a-c]x", ["bx"], ["dx", "-x"]),
    ("[^a-c]x", ["dx", "\nx", "éx"], ["ax", "x"]),
    ("[-a]x|[a-]y", ["-x", "ax", "-y", "ay"], ["bx"]),
    (r"[\]\\^]", ["]", "\\", "^"], ["a"]),
    (r"\d\w\s", ["1_ ", "1a\t"], ["aa ", "é_ "]),
    (r"^\D\W\S$", ["a-é"], ["1-a", "a_a", "a- "]),
    (r"^[\d_]+$", ["1_2"], ["1a"]),
    ("^a{2}$", ["aa"], ["a", "aaa"]),
    ("^a{2,}$", ["aa", "aaa"], ["a"]),
    ("^a{0,2}$", ["", "aa"], ["aaa"]),
    ("^(ab)+?(?:c|d)*$", ["ab", "ababcd"], ["a", "c"]),
    ("^(a*)*$", ["", "aaa"], ["b"]),
    ("^(|a)b$", ["b", "ab"], ["aab"]),
    (r"\|\.\(\)\[\]\{\}\*\+\?\^\$\\", ["|.()[]{}*+?^$\\"], [""]),
    ('~&<>#@"%', ['~&<>#@"%'], [""]),
    (r"a\nb\tc", ["a\nb\tc"], ["anbtc"]),
    ("Gegenüber", ["im Gegenüber"], ["Gegenuber"]),
    ("a-b_c d", ["a-b_c d"], ["abcd"]),
]


@pytest.mark.parametrize(("text", "matching", "other"), CASES)
def test_duckdb_and_python_match_alike(text: str, matching: list[str], other: list[str]) -> None:
    regex = parse_regex(text)

    for value in [*matching, *other]:
        expected = value in matching
        assert bool(re.search(to_python(regex), value)) == expected, value
        statement = "SELECT regexp_matches(?, ?)"
        rows = duckdb.execute(statement, [value, to_re2(regex)]).fetchall()
        assert rows == [(expected,)], value


@pytest.mark.parametrize("text", ["^", "$"])
def test_a_beginning_or_an_end_alone_matches_every_row(text: str) -> None:
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE texts AS SELECT * FROM (VALUES ('a'), ('')) AS texts(value)")
        statement = "SELECT count(*) FROM texts WHERE regexp_matches(value, ?)"

        assert duck.execute(statement, [to_re2(parse_regex(text))]).fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("OOM", ".*(OOM).*"),
        ("^OOM$", "(OOM)"),
        ("^a|b$", "a.*|.*b"),
        ("^$", "()"),
        ("a.c", ".*(a.c).*"),
        (r'~&<>#@"\.', r".*(\~\&\<\>\#\@\"\.).*"),
        (r"[^\d-]{2,3}", r".*[^\-0-9]{2,3}.*"),
        (r"\D|(a|b)*?", ".*[^0-9].*|.*(a|b)*.*"),
        ("(ab)+", ".*(ab)+.*"),
        ("(a*)*", ".*(a*)*.*"),
    ],
)
def test_lucene_matches_whole_texts_and_has_more_to_escape(text: str, printed: str) -> None:
    assert to_lucene(parse_regex(text)) == printed


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("(a", "column 1: this ( is not closed"),
        ("a)", "column 2: this ) closes nothing"),
        ("[a", "column 1: this [ is not closed"),
        ("[]", "column 2: nothing in [ ]"),
        ("[b-a]", "column 4: the range b-a ends before it begins"),
        ("[[:alpha:]]", r"column 2: write \[ within [ ]"),
        (r"[\w-z]", r"column 4: a class is no end of a range"),
        ("*", "column 1: nothing before *"),
        ("a{", "column 2: nothing before {"),
        ("a**", "column 3: a repeat of a repeat"),
        ("a*+", "column 3: a repeat of a repeat"),
        ("a{3,2}", "column 2: the repeats end before they begin"),
        ("a{256}", "column 2: at most 255 repeats"),
        ("a{1,999999}", "column 2: at most 255 repeats"),
        ("a{9999999}", "column 2: nothing before {"),
        ("a^", "column 2: ^ only at the beginning"),
        ("(^a)", "column 2: ^ only at the beginning"),
        ("$a", "column 1: $ only at the end"),
        ("(a$)", "column 3: $ only at the end"),
        ("(?=a)", "column 2: of the groups that begin with (? only (?: is taken"),
        ("(?i)a", "column 2: of the groups"),
        ("(?P<a>b)", "column 2: of the groups"),
        (r"(a)\1", r"column 5: \1 is not taken here"),
        (r"\bword", r"column 2: \b is not taken here"),
        (r"\p{L}", r"column 2: \p is not taken here"),
        ("a\\", "column 3: \\ is not taken here"),
        (r"[\W]", r"column 3: \W is not taken here"),
        ("(" * 21 + ")" * 21, "column 21: more than 20 groups in groups"),
    ],
)
def test_what_not_every_engine_has_is_refused_with_its_column(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_regex(text)

    assert str(caught.value).startswith(f"Regular expression, {sentence}")


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("(OOM|shutdownhang).*(ipc|gfx)::", [("OOM", "shutdownhang"), ("gfx", "ipc"), ("::",)]),
        ("mozilla::dom", [("mozilla::dom",)]),
        ("^abc$|xyz+", [("abc", "xy")]),
        ("(ab|c.)", []),
        ("(ab)?cd*", []),
        ("(ab){2,}[0-9]+", [("ab",)]),
        ("a[bc]d", []),
        ("[^a]b|", []),
    ],
)
def test_texts_that_every_match_has_are_read_off_an_expression(
    text: str, needed: list[tuple[str, ...]]
) -> None:
    assert list(literals(parse_regex(text))) == needed


def test_an_expression_has_a_length_a_depth_and_a_size() -> None:
    assert parse_regex("a" * 500)
    assert parse_regex("(" * 20 + ")" * 20)
    assert parse_regex("(aaa){249}")
    with pytest.raises(ValueError, match="longer than 500 characters"):
        parse_regex("a" * 501)
    for text in ("(aaa){250}", "(a{32}){31}"):
        with pytest.raises(ValueError, match="repeats too much"):
            parse_regex(text)


@pytest.mark.parametrize(
    "text", ["(a*)*b", "(a|a)*b", "(a+)+$", "(.*a){20}", "((a{9}){9}){9}", "(a{31}){31}"]
)
def test_expressions_that_explode_elsewhere_do_not_in_duckdb(text: str) -> None:
    regex = to_re2(parse_regex(text))
    started = time.process_time()

    duckdb.execute("SELECT regexp_matches(?, ?)", ["a" * 30_000, regex]).fetchall()

    assert time.process_time() - started < 2


PIECES = ["a", "b", "-", ".", "\\", "d", "[", "]", "^", "$", "(", ")", "?:", "*", "+", "?", "|"]
EXPRESSIONS = st.lists(st.sampled_from([*PIECES, "{1}", "{0,2}", "\n", "é", "~", '"', " "]))
VALUES = st.text('ab-.1\\[]^$()*+?|{}\né~" ', max_size=12)


@given(EXPRESSIONS.map("".join), VALUES)
def test_any_text_is_refused_or_matches_alike(text: str, value: str) -> None:
    try:
        regex = parse_regex(text)
    except ValueError as error:
        sentence = str(error)
    else:
        sentence = "Regular expression, column"
        expected = bool(re.search(to_python(regex), value))
        assert not expected or all(any(map(value.__contains__, one)) for one in literals(regex))
        statement = "SELECT regexp_matches(?, ?)"
        assert duckdb.execute(statement, [value, to_re2(regex)]).fetchall() == [(expected,)]

    assert sentence.startswith("Regular expression, column")
