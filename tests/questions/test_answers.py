"""Questions about counts: pages of rows, notes, and names that do not exist."""

import json
from collections.abc import Iterator
from datetime import date

import jsonschema_rs
import pytest

from socorro.postgres import Connection, Database, execute
from socorro.questions import (
    bad_reports,
    builds,
    changes,
    columns,
    compare,
    comparisons,
    correlations,
    crash_rates,
    explosions,
    flash_versions,
    hangs,
    parameters,
    reading,
    signature_counts,
    top_crashers,
    urls,
    written,
)
from socorro.questions.interface import Answer, Question, Unknown
from tests.sql.rows import NOON, report

QUESTIONS = (
    bad_reports.QUESTION,
    builds.BUILDS_QUESTION,
    builds.TRENDS_QUESTION,
    changes.QUESTION,
    compare.QUESTION,
    comparisons.NULL_QUESTION,
    correlations.QUESTION,
    explosions.QUESTION,
    flash_versions.QUESTION,
    hangs.QUESTION,
    signature_counts.URLS_QUESTION,
    signature_counts.VERSIONS_QUESTION,
    urls.DOMAINS_QUESTION,
    urls.URLS_QUESTION,
)


TEXTS = {
    "signature": ["malloc | main"],
    "product": ["firefox"],
    "from": ["2026-11-10"],
    "to": ["2026-11-24"],
    "a": ["141.0b1"],
    "b": ["141.0b2"],
    "day": ["2026-11-23"],
    "least": ["0"],
    "of": ["every-signature"],
}


@pytest.fixture
def counted(sample_dsn: str) -> Iterator[Database]:
    database = Database(sample_dsn, size=2, name="tests")
    yield database
    database.close()


def ask(db: Connection, question: Question, **texts: str) -> Answer:
    named = {parameter.name for parameter in question.parameters}
    if question is compare.QUESTION:
        texts = {"of": "signature", **texts}
    given_texts = {**TEXTS, **{name.strip("_"): [text] for name, text in texts.items()}}
    texts_by_name = {name: value for name, value in given_texts.items() if name in named}
    return question.answer(db, reading.read(question.parameters, texts_by_name))


def test_rows_are_as_declared_and_pages_make_up_the_whole(counted: Database) -> None:
    with counted.transaction() as db:
        for question in QUESTIONS:
            whole = ask(db, question, limit="1000")
            pages = [
                row
                for offset in range(0, len(whole.rows), 2)
                for row in ask(db, question, limit="2", offset=str(offset)).rows
            ]
            beyond = ask(db, question, offset="1000000")

            assert whole.rows, question.name
            assert list(pages) == list(whole.rows), question.name
            assert beyond.rows == [], question.name
            document = json.loads(written.as_json(question.columns, whole))
            validator = jsonschema_rs.Draft202012Validator(columns.schema(question.columns))
            assert [error for row in document["rows"] for error in validator.iter_errors(row)] == []


UNKNOWN = [
    (compare.QUESTION, "a", "1.0"),
    (compare.QUESTION, "b", "141.0b1"),
    (comparisons.NULL_QUESTION, "version", "1.0"),
    (urls.URLS_QUESTION, "product", "Netscape"),
    (explosions.QUESTION, "version", "1.0"),
    (hangs.QUESTION, "channel", "sideways"),
]


def test_a_name_that_does_not_exist_is_refused_by_its_parameter(counted: Database) -> None:
    for question, parameter, text in UNKNOWN:
        with counted.transaction() as db, pytest.raises(Unknown) as refused:
            ask(db, question, **{parameter: text})

        assert (question.name, refused.value.parameter) == (question.name, parameter)


def test_installs_by_type_are_refused_and_days_without_installs_are_named(
    counted: Database,
) -> None:
    texts = {"count": "installs", "product": "firefox"}
    with counted.transaction() as db:
        with pytest.raises(Unknown, match="installs are not counted by type of crash") as refused:
            ask(db, top_crashers.QUESTION, type="content", **texts)
        complete = ask(db, top_crashers.QUESTION, **texts)
        execute(db, "INSERT INTO days_without_installs VALUES ('2026-11-20'), ('2026-11-22')")
        answer = ask(db, top_crashers.QUESTION, **texts)
        db.rollback()

    assert refused.value.parameter == "count"
    assert "no_installs" not in {note.code for note in complete.notes}
    texts_by_code = dict(answer.notes)
    assert texts_by_code["total"] == (
        "93 installs crashed, counted once a day; 300 crashes estimated from 93 processed"
    )
    assert texts_by_code["no_installs"] == (
        "no installs counted for 2 days from 2026-11-20 on; the job `installs` counts those whose"
        " reports are kept"
    )


def test_rates_say_where_installs_cannot_be_told_apart(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crash_rates, "MANY", 20)
    with counted.transaction() as db:
        without = dict(ask(db, crash_rates.QUESTION, from_="2026-11-20").notes)
        execute(
            db,
            "UPDATE install_counts SET without_time = 0, installs = 0;"
            " UPDATE install_counts SET installs = 1 WHERE (product_version_id, os) = (SELECT"
            " product_version_id, 1 FROM product_versions WHERE version = '140.0');"
            " INSERT INTO days_without_installs VALUES ('2026-11-22')",
        )
        same = dict(ask(db, crash_rates.QUESTION, from_="2026-11-20").notes)
        db.rollback()

    assert without["no_install_time"] == (
        "75 of 75 installs that crashed have no install time: one for each crash"
    )
    assert "one_install" not in without
    assert same["one_install"] == "on 2026-11-23 all 20 crashes have the same install time"
    assert same["no_installs"].startswith("no installs counted for 2026-11-22; ")


def test_versions_of_a_signature_have_the_ranks_and_shares_of_top_crashers(
    counted: Database,
) -> None:
    with counted.transaction() as db:
        execute(db, "SELECT update_top_crasher_ranks('2026-11-23')")
        whole = ask(db, signature_counts.VERSIONS_QUESTION, from_="2026-11-17", product="")
        for row in written.document(signature_counts.VERSIONS, whole)["rows"]:
            [crasher] = [
                other
                for other in written.document(
                    top_crashers.COLUMNS,
                    ask(
                        db,
                        top_crashers.QUESTION,
                        from_="2026-11-17",
                        product=row["product"],
                        version=row["version"],
                    ),
                )["rows"]
                if other["signature"] == "malloc | main"
            ]
            for name in ("estimated_count", "crash_count", "installs", "rank"):
                assert row[name] == crasher[name], name
            assert row["version_percent"] == pytest.approx(crasher["percent"])
        db.rollback()

    assert len(whole.rows) == 5
    assert whole.about["crash_count"] == sum(row[4] for row in whole.rows)
    assert sum(row[5] for row in whole.rows) == pytest.approx(100)


def test_days_of_a_signature_make_up_its_period_and_name_its_versions(counted: Database) -> None:
    period = {"from_": "2026-11-20", "to": "2026-11-25", "product": ""}
    with counted.transaction() as db:
        days = ask(db, signature_counts.DAYS_QUESTION, **period)
        of_beta = ask(db, signature_counts.DAYS_QUESTION, **period, channel="Beta")
        whole = ask(db, signature_counts.VERSIONS_QUESTION, **period)
    names = [column.name for column in signature_counts.DAYS]
    rows = [dict(zip(names, row, strict=True)) for row in days.rows]
    by_version = {row[1]: row[4] for row in whole.rows}

    assert [str(row["day"]) for row in rows] == [f"2026-11-{day}" for day in range(20, 25)]
    assert rows[-1]["crash_count"] == 0
    assert sum(row["crash_count"] for row in rows) == whole.about["crash_count"]
    for row in rows:
        assert sum(row[name] for name in ("win", "mac", "lin", "android")) == row["crash_count"]
    assert of_beta.about["crash_count"] == by_version["141.0b1"] + by_version.get("141.0b2", 0)


def test_the_running_day_is_told_apart_from_days_that_are_over(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature_counts, "today", lambda: date(2026, 11, 23))
    with counted.transaction() as db:
        before = ask(db, signature_counts.VERSIONS_QUESTION, from_="2026-11-20", to="2026-11-23")
        today = ask(db, signature_counts.VERSIONS_QUESTION, from_="2026-11-23", to="2026-11-24")

    assert before.about["today_estimated"] == today.about["estimated_count"] > 0


def test_an_unknown_signature_lists_those_with_most_of_its_words(counted: Database) -> None:
    with counted.transaction() as db, pytest.raises(Unknown) as refused:
        ask(db, signature_counts.VERSIONS_QUESTION, signature="OOM | smal")

    assert refused.value.parameter == "signature"
    assert str(refused.value) == "no signature 'OOM | smal' (nearest: OOM | small; boom)"


def test_a_signature_of_reports_that_are_not_counted_is_no_unknown_one(database: Database) -> None:
    with database.transaction() as db:
        report(db, NOON, signature="fresh")
        answer = ask(db, signature_counts.VERSIONS_QUESTION, signature="fresh")

    assert answer.notes[0].code == "not_counted_yet"


@pytest.mark.parametrize(
    ("text", "fits"),
    [("0", True), ("1000000", True), ("1000001", False), ("-0.1", False), ("nan", False),
     ("inf", False), ("lots", False)],
)  # fmt: skip
def test_explosiveness_has_limits(text: str, fits: bool) -> None:
    texts = {"least": [text]}
    if fits:
        assert reading.read(explosions.QUESTION.parameters, texts)["least"] == float(text)
    else:
        with pytest.raises(reading.BadParameters, match=r"least: .* is not a number from 0 to"):
            reading.read(explosions.QUESTION.parameters, texts)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_without_any_crash_the_answer_says_what_to_do(
    database: Database, question: Question
) -> None:
    texts = {name: [text] for name, text in (("a", "1"), ("b", "2"), ("signature", "x"))}
    named = {parameter.name for parameter in question.parameters}
    values = reading.read(question.parameters, {n: t for n, t in texts.items() if n in named})
    with database.transaction() as db:
        try:
            codes = {note.code for note in question.answer(db, values).notes}
        except Unknown as error:
            codes = {error.parameter}

    assert codes & {
        "no_crashes",
        "nothing_matches",
        "not_computed_yet",
        "version",
        "a",
        "signature",
    }


@pytest.mark.parametrize(
    ("texts", "value"), [([], False), (["1"], True), (["True"], True), (["false"], False)]
)
def test_a_flag_is_yes_or_no(texts: list[str], value: bool) -> None:
    assert reading.read([parameters.EXPLAIN], {"why": texts}) == {"why": value}


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(reading.BadParameters, match=r"'maybe' is not one of true, 1, yes, false"):
        reading.read([parameters.EXPLAIN], {"why": ["maybe"]})
