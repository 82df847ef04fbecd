"""Command, REST and CSV of one question show the same rows."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cli.commands.questions import ARGUMENTS
from cli.main import main
from socorro.questions.columns import schema
from socorro.questions.interface import Question
from socorro.questions.parameters import MOST_CHARACTERS, MOST_VALUES
from socorro.questions.table import QUESTIONS
from socorro.serving.health import WsgiApp
from socorro.visible import visible
from tests.sql.rows import DAY
from tests.wsgi import ask

# Parameters that a question needs so that the sample has rows for it; none: the common ones.
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "TopCrashers": [
        {},
        {"count": "processed", "limit": 3, "offset": 1},
        {"channel": "beta", "by": "build", "days": 28},
        {"version": ["140.0", "142.0a1"], "os": "win", "type": "content"},
        {"sort": "change", "days": 2},
        {"count": "installs", "os": "win"},
    ],
    "Overview": [
        {},
        {"day": "2026-11-23"},
        {"version": ["140.0", "142.0a1"], "day": "2026-11-22", "limit": 2},
    ],
    "CrashRates": [
        {},
        {"split": "version", "limit": 4},
        {"split": "channel", "why": True},
        {"split": "os", "os": "mac"},
        {"by": "build", "version": ["142.0a1"], "days": 28},
    ],
    "Correlations": [
        {"signature": "malloc | main"},
        {"signature": "malloc | main", "channel": "beta", "why": True, "limit": 1},
    ],
    "Explosions": [
        {"day": "2026-11-23", "why": True},
        {"day": "2026-11-23", "least": 0, "formula": "2012"},
    ],
    "Changes": [{}, {"days": 3, "channel": "release", "why": True}, {"kind": "new"}],
    "CrashTrends": [{"days": 28}],
    "Urls": [{}, {"limit": 1}],
    "NullSignatures": [{"of": "every-signature"}],
    "HardwareSuspects": [{}, {"why": True, "limit": 1}],
    "Frankeninstalls": [{}, {"why": True, "day": "2026-11-23", "channel": "release"}],
    "SuspiciousModules": [{}, {"why": True, "limit": 1}],
    "MissingSymbols": [{}, {"modules": "system", "limit": 1, "offset": 1}, {"modules": "own"}],
    "Compare": [
        {},
        {"a": "beta", "b": "release", "of": "flash"},
        {"a": "141.0b1", "b": "141.0b2", "of": "null"},
    ],
    "Gate": [
        {"old_build": "141.0b1", "new_build": "141.0b2"},
        {"old_build": "20261119031153", "new_build": "141.0b2", "why": True, "compare": "ages"},
    ],
    "Regression": [
        {"signature": "boom", "channel": "beta", "why": True},
        {"signature": "boom", "channel": "nightly"},
    ],
    "Fixed": [{"signature": "boom", "build": "20261120031153", "why": True}],
    "SignatureVersions": [
        {"signature": "malloc | main"},
        {"signature": "malloc | main", "limit": 1, "offset": 1},
    ],
    "SignatureDays": [
        {"signature": "boom", "days": 5},
        {"signature": "malloc | main", "version": ["140.0", "142.0a1"], "days": 3},
    ],
    "SignatureUrls": [{"signature": "malloc | main"}],
    "Similar": [{"signature": "boom"}, {"signature": "boom", "limit": 1, "why": True}],
}
CASES = [
    pytest.param(question, sample, id=f"{question.name}-{number}")
    for question in QUESTIONS
    for number, sample in enumerate(SAMPLES.get(question.name, [{}]))
]


def common(question: Question) -> dict[str, Any]:
    names = {parameter.name for parameter in question.parameters}
    wished = {"product": "Firefox", "to": "2026-11-24"}
    return {name: value for name, value in wished.items() if name in names}


def command(question: Question, values: dict[str, Any], *words: str) -> str:
    options = [
        f"--{name.replace('_', '-')}" + ("" if item is True else f"={item}")
        for name, value in values.items()
        if name not in ARGUMENTS
        for item in (value if isinstance(value, list) else [value])
    ]
    first = [name for name in ARGUMENTS if name != "version" and name in values]
    arguments = [values[name] for name in first]
    line = [question.command, *arguments, *values.get("version", []), *options, *words]
    result = CliRunner().invoke(main, line)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes.decode()


@pytest.mark.parametrize(("question", "sample"), CASES)
def test_command_rest_and_csv_are_equal(
    question: Question,
    sample: dict[str, Any],
    rest: WsgiApp,
    sample_dsn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("SOCORRO_DATABASE", sample_dsn)
    values = {**common(question), **sample}

    printed = json.loads(command(question, values, "--json"))
    table = command(question, values, "--csv")
    sent = {name: "true" if value is True else value for name, value in values.items()}
    answer = ask(rest, f"/api/{question.name}/?{urlencode(sent, doseq=True)}")
    document = answer.json()
    sheet = ask(rest, document["csv"])

    assert answer.status == 200
    assert {key: value for key, value in document.items() if key not in ("next", "csv")} == printed
    assert document["rows"] != []
    assert sheet.status == 200
    assert sheet.body.decode() == table
    Draft202012Validator(schema(question.columns)).validate(document["rows"][0])
    read = list(csv.DictReader(io.StringIO(table, newline="")))
    assert len(read) == len(document["rows"])
    for line, row in zip(read, document["rows"], strict=True):
        for name, value in row.items():
            assert same(line[name], value), (name, line[name], value)


def same(cell: str, value: Any) -> bool:
    """Whether a CSV cell stands for a value in JSON."""
    if value is None:
        return cell == ""
    if isinstance(value, bool):
        return cell == str(value)
    if isinstance(value, int | float):
        return float(cell) == pytest.approx(value, abs=0.0006)
    if isinstance(value, list):
        return cell == " ".join(map(str, value)) or not all(isinstance(i, str) for i in value)
    return cell in (visible(value), f"'{visible(value)}")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_has_a_command_and_describes_itself(question: Question) -> None:
    texts = CliRunner().invoke(main, [question.command, "--help"]).output

    assert question.summary[1:] in " ".join(texts.split())
    assert len({column.name for column in question.columns}) == len(question.columns)
    assert len({parameter.name for parameter in question.parameters}) == len(question.parameters)


def test_pages_by_cursor_are_the_pages_by_offset(rest: WsgiApp) -> None:
    address = "/api/TopCrashers/?product=Firefox&to=2026-11-24&limit=2"
    by_offset = [ask(rest, f"{address}&offset={start}").json() for start in range(0, 8, 2)]
    pages = [ask(rest, address).json()]
    while pages[-1]["next"]:
        pages.append(ask(rest, f"{address}&cursor={pages[-1]['next']}").json())

    assert [page["rows"] for page in pages] == [page["rows"] for page in by_offset if page["rows"]]
    assert len(pages) > 2
    assert {row["rank"] for page in pages for row in page["rows"]} == set(
        range(1, pages[0]["total"] + 1)
    )


def test_a_cursor_keeps_the_days_that_were_meant(rest: WsgiApp) -> None:
    address = "/api/TopCrashers/?product=Firefox&days=2&limit=1"
    first = ask(rest, address).json()

    second = ask(rest, f"{address}&cursor={first['next']}")
    sheet = ask(rest, f"{address}&format=csv")
    following = sheet.headers["Link"].partition(">")[0].removeprefix("<")

    assert (first["start"], first["end"]) == ("2026-11-22", "2026-11-24")
    assert (second.json()["start"], second.json()["end"]) == ("2026-11-22", "2026-11-24")
    assert (
        ask(rest, following).body.splitlines()[1:]
        == (ask(rest, f"{address}&offset=1&format=csv").body.splitlines()[1:])
    )
    for wrong in (
        f"/api/TopCrashers/?product=Firefox&days=3&cursor={first['next']}",
        f"{address}&offset=1&cursor={first['next']}",
        f"{address}&cursor=x",
        f"{address}&cursor={'W' * 201}",
        f"{address}&cursor=WzEsMiwzLDRd",
    ):
        refused = ask(rest, wrong)
        assert refused.status == 400, wrong
        assert set(refused.json()["errors"]) <= {"cursor", "offset"}


def test_a_command_says_how_many_rows_a_file_lacks(
    rest: WsgiApp, sample_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("SOCORRO_DATABASE", sample_dsn)
    total = ask(rest, "/api/TopCrashers/?product=Firefox&to=2026-11-24").json()["total"]
    line = ["top-crashers", "Firefox", "--to=2026-11-24", "--csv"]

    cut, last, every = (
        CliRunner().invoke(main, [*line, *more])
        for more in (["--limit=2"], ["--limit=2", f"--offset={total - 2}"], [])
    )

    assert cut.stderr.startswith(f"2 of {total} rows (--limit, --offset)\n")
    assert "rows (--limit" not in last.stderr + every.stderr


def test_a_page_beyond_the_end_says_so(rest: WsgiApp) -> None:
    document = ask(rest, "/api/TopCrashers/?product=Firefox&to=2026-11-24&offset=999").json()

    assert (document["rows"], document["next"]) == ([], None)
    assert document["notes"][0]["code"] == "beyond_the_end"


def test_an_answer_that_did_not_change_is_304(rest: WsgiApp) -> None:
    address = "/api/CrashRates/?product=Firefox&to=2026-11-24"
    first = ask(rest, address)

    tag = first.headers["ETag"]
    again = ask(rest, address, IF_NONE_MATCH=f'"x", {tag}', ACCEPT_ENCODING="gzip")
    other = ask(rest, f"{address}&split=os", IF_NONE_MATCH=tag)

    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert "Content-Length" not in again.headers
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "private, max-age=0"
    assert other.status == 200


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("product=Firefx", "product", "no product 'Firefx' (products: Firefox, Fenix"),
        (
            "product=Firefox&version=141.0b3",
            "version",
            "(counted versions: 141.0b, 141.0b2, 141.0b1, 14",
        ),
        ("product=Firefox&channel=betta", "channel", "(channels: beta, nightly, release)"),
        ("prodct=Firefox", "prodct", "no such parameter; did you mean product?"),
        ("zzz=1", "zzz", "no such parameter; there are product, version"),
        ("product=Firefox&product=Fenix", "product", "given more than once"),
        ("product=%00", "product", "contains a NUL character"),
        ("product=%01", "product", "control characters"),
        ("product=" + "x" * (MOST_CHARACTERS + 1), "product", "longer than 255 characters"),
        ("&".join(f"version={n}" for n in range(MOST_VALUES + 1)), "version", "more than 20 times"),
        ("from=2026-11-24&to=2026-11-24", "to", "2026-11-24 is not after 2026-11-24"),
        ("from=2025-01-01&to=2026-11-24", "from", "more than 400 days before"),
        ("from=2026-11-20&to=2026-11-24&days=4", "days", "not together with both from and to"),
        ("from=2199-12-31", "from", "fewer than 7 days before 2199-12-31"),
        ("from=1989-12-31", "from", "not between 1990-01-01 and 2199-12-31"),
        ("to=2026-02-30", "to", "'2026-02-30' is not a date"),
        ("to=20261124", "to", "is not a date"),
        ("days=0", "days", "0 is not between 1 and 400"),
        ("days=401", "days", "401 is not between 1 and 400"),
        ("days=7.0", "days", "'7.0' is not a whole number"),
        ("limit=10001", "limit", "10001 is not between 1 and 10000"),
        ("offset=1000001", "offset", "not between 0 and 1000000"),
        ("os=amiga", "os", "'amiga' is not one of win, mac"),
        ("format=xml", "format", "expected one of json, csv"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_field(
    rest: WsgiApp, query: str, field: str, text: str
) -> None:
    answer = ask(rest, f"/api/TopCrashers/?{query}")

    assert answer.status == 400
    assert list(answer.json()["errors"]) == [field]
    assert text in answer.json()["errors"][field][0]
    assert text in answer.json()["error"]


@pytest.mark.parametrize(
    "query",
    [
        "product=Firefox&_=1732",
        "&".join(["product=Firefox", *["version=140.0"] * MOST_VALUES]),
        "product=Firefox&days=400&limit=10000&offset=1000000",
        "from=1990-01-01",
        "to=2199-12-31&days=400",
        "from=2199-12-24",
        "from=2025-10-20&to=2026-11-24",
    ],
)
def test_the_largest_values_are_answered(rest: WsgiApp, query: str) -> None:
    assert ask(rest, f"/api/TopCrashers/?{query}").status == 200


def test_notes_have_a_code(rest: WsgiApp) -> None:
    def codes(query: str) -> list[str]:
        notes = ask(rest, f"/api/CrashRates/?product=Firefox&{query}").json()["notes"]
        return [note["code"] for note in notes]

    assert codes("to=2026-11-24&days=2") == ["comparison", "no_install_time", "bad_reports"]
    of_crashes = ["no_adi", "comparison", "no_install_time"]
    assert codes("to=2026-11-21&days=2") == of_crashes
    assert codes("to=2026-01-21&days=2")[0] == "nothing_matches"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/bpapi/crashes/signatures/product/Firefox/version/140.0/crash_type/browser/duration/168/"
         "os/Windows/to_date/2026-11-24T00:00:00/limit/50/",
         "/api/TopCrashers/?product=Firefox&version=140.0&type=browser&days=7&os=win&to=2026-11-24"
         "&limit=50"),
        ("/bpapi/crashes/daily/product/Firefox/versions/140.0+142.0a1/from_date/2026-11-20/"
         "to_date/2026-11-24/separated_by/os/date_range_type/report",
         "/api/CrashRates/?product=Firefox&version=140.0&version=142.0a1&from=2026-11-20"
         "&to=2026-11-24&split=os&by=report"),
        ("/bpapi/topcrash/product/A%2526B/", "/api/TopCrashers/?product=A%2526B"),
        ("/bpapi/crashes/signatures/", "/api/TopCrashers/"),
        ("/bpapi/crashtrends/start_date/2026-11-01/end_date/2026-11-08/product/Firefox/version/142.0a1",
         "/api/CrashTrends/?from=2026-11-01&to=2026-11-08&product=Firefox&version=142.0a1"),
        ("/bpapi/products/builds/product/Firefox/from_date/2026-11-01/",
         "/api/Builds/?product=Firefox&from=2026-11-01"),
        ("/bpapi/signaturesummary/report_type/os/signature/a%20%2B%20b/start_date/2026-11-01/",
         "/api/SignatureSummary/?signature=a+%2B+b&from=2026-11-01"),
        ("/bpapi/crashes/comments/signature/boom/products/Firefox/from/2026-11-01/",
         "/api/Comments/?signature=boom&product=Firefox&from=2026-11-01"),
        ("/bpapi/platforms/", "/api/Platforms/"),
        ("/bpapi/products/", "/api/Products/"),
        ("/bpapi/server_status/duration/12/", "/api/ServerStatus/"),
    ],
)  # fmt: skip
def test_addresses_of_2012_lead_on(rest: WsgiApp, old: str, new: str) -> None:
    answer = ask(rest, old)

    assert answer.status == 308
    assert answer.headers["Location"] == new


def test_other_old_addresses_lead_nowhere(rest: WsgiApp) -> None:
    assert ask(rest, "/bpapi/crashes/nothing/").status == 404
    assert ask(rest, "/bpapi/topcrash/" + "a/" * 60).status == 404
    assert ask(rest, "/bpapi/topcrash/", "POST").status == 404


def test_today_is_the_last_day_of_the_sample() -> None:
    assert str(DAY) == "2026-11-23"
