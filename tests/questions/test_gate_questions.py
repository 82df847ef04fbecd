"""Gate, Regression and Fixed: sentences, rows, and what they say when something is missing."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from socorro.postgres import Database, execute
from socorro.queries.build_units import Unit
from socorro.queries.by_build import BuildDay, Place, SignatureDay
from socorro.questions import (
    build_series,
    build_sides,
    build_verdicts,
    builds,
    gates,
    reading,
    regressions,
)
from socorro.questions.interface import Answer, Question, Unknown
from tests.builds_counted import crashing, nightly_builds, release_day
from tests.conftest import copy_of
from tests.counted import crashes, version

FIRST = date(2028, 2, 1)
LAST = date(2028, 2, 28)
DAYS = [FIRST + timedelta(days=n) for n in range(28)]
BAD, GOOD = date(2028, 2, 10), date(2028, 2, 21)

BUILDS = """
    INSERT INTO build_counts
    SELECT '2028-02-28', product_version_id, build_id, reports, reports
    FROM (VALUES ('140.0', '20280201031153', 3), ('141.0', '20280208031153', 5),
                 ('141.0.1', '20280228031153', 2), ('142.0a1', '20280211031153', 7),
                 ('142.0a1', 'abc', 1)) AS counted (version, build_id, reports)
    JOIN product_versions USING (version);
    UPDATE signatures SET first_build = '20280228031153' WHERE signature = 'malloc | main'
    """


@pytest.fixture(scope="module")
def world(postgres_dsn: str) -> Iterator[Database]:
    """Two releases (the second one crashes twice as often), and nightlies with a regression."""
    with copy_of(postgres_dsn, "template", "gate_questions") as dsn:
        database = Database(dsn, size=2, name="tests")
        with database.transaction() as db:
            old = version(db, "140.0", built=FIRST)
            new = version(db, "141.0", built=DAYS[7])
            late = version(db, "141.0.1", built=LAST)
            nightly = version(db, "142.0a1", "nightly", has_builds=True, built=FIRST)
            for day in DAYS[14:]:
                release_day(db, old, day, 30, 30_000)
                release_day(db, new, day, 20, 10_000)
            crashes(db, late, "malloc | main", 2, LAST)
            crashing(db, late, LAST, 2)
            for built in DAYS:
                nightly_builds(db, nightly, built, 12 if BAD <= built < GOOD else 1)
            execute(db, BUILDS)
        yield database
        database.close()


def ask(database: Database, question: Question, **texts: str) -> Answer:
    defaults = {"product": "Firefox", "to": str(LAST + timedelta(days=1))}
    named = {parameter.name for parameter in question.parameters}
    sent = {name: [text] for name, text in {**defaults, **texts}.items() if name in named and text}
    with database.transaction() as db:
        return question.answer(db, reading.read(question.parameters, sent))


def notes(answer: Answer) -> dict[str, str]:
    return {note.code: note.text for note in answer.notes}


def rows(answer: Answer, question: Question) -> list[dict[str, Any]]:
    names = [column.name for column in question.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def test_a_release_that_crashes_twice_as_often_is_worse(world: Database) -> None:
    answer = ask(world, gates.QUESTION, old_build="140.0", new_build="141.0", why="true")

    assert answer.about["outcome"] == "worse"
    assert notes(answer)["verdict"].startswith("Firefox 141.0 is worse than 140.0: ratio ")
    assert "95 % interval" in notes(answer)["verdict"]
    assert "early users" in notes(answer)["early_users"]
    assert "(e^3 = 20 decides)" in notes(answer)["why"]
    table = rows(answer, gates.QUESTION)
    assert [row["os"] for row in table] == ["all", "win", "lin"]
    for row in table:
        assert row["low"] < row["ratio"] < row["high"]
    assert (table[0]["days"], table[0]["old_adi"], table[0]["new_installs"]) == (14, 420_000, 266)


def test_turned_round_it_is_not_worse(world: Database) -> None:
    answer = ask(world, gates.QUESTION, old_build="141.0", new_build="140.0")

    assert answer.about["outcome"] == "not worse"
    assert "is not worse than 141.0 (less than 1.1 times as often)" in notes(answer)["verdict"]


def test_a_day_of_both_is_not_enough_and_it_says_how_much_is(world: Database) -> None:
    answer = ask(world, gates.QUESTION, old_build="140.0", new_build="141.0", days="1")

    assert answer.about["outcome"] == "not enough data"
    assert "more installs that crash would show a ratio of 1.5" in notes(answer)["verdict"]


def test_a_version_without_adi_cannot_be_compared(world: Database) -> None:
    answer = ask(world, gates.QUESTION, old_build="141.0", new_build="141.0.1")

    assert answer.rows == []
    assert "no day with active installs (ADI) of both" in notes(answer)["verdict"]
    assert notes(answer)["no_adi"] == "no ADI for 141.0.1 on 2028-02-28: left out"


def test_nightlies_are_compared_in_the_week_of_their_use(world: Database) -> None:
    answer = ask(world, gates.QUESTION, old_build="20280209", new_build="20280210", to="")

    assert answer.title.endswith("of 2028-02-09, 2028-02-10 to 2028-02-15")
    assert [row["days"] for row in rows(answer, gates.QUESTION)] == [1]


def test_nightlies_are_named_by_build_id_or_day(world: Database) -> None:
    answer = ask(
        world, gates.QUESTION, old_build="20280209", new_build="20280210031153", compare="ages"
    )

    assert "142.0a1 of 2028-02-10" in answer.title
    assert answer.title.endswith("first 14 days of each")
    assert [row["days"] for row in rows(answer, gates.QUESTION)] == [2]


@pytest.mark.parametrize(
    ("old", "new", "parameter", "text"),
    [
        ("139.0", "140.0", "old_build", "has no version '139.0'"),
        ("140.0", "20280301", "new_build", "no version and no build '20280301'"),
        ("140.0", "140.0", "new_build", "is the same as 140.0"),
        ("140.0", "2" * 15, "new_build", "has no version"),
    ],
)
def test_builds_that_do_not_exist_are_refused(
    world: Database, old: str, new: str, parameter: str, text: str
) -> None:
    with pytest.raises(Unknown, match=text) as refused:
        ask(world, gates.QUESTION, old_build=old, new_build=new)

    assert refused.value.parameter == parameter


def test_each_build_is_judged_against_the_one_before(world: Database) -> None:
    answer = ask(world, builds.BUILDS_QUESTION, days="14")
    table = {row["build_id"]: row for row in rows(answer, builds.BUILDS_QUESTION)}
    gate = ask(world, gates.QUESTION, old_build="140.0", new_build="141.0")

    new = table["20280208031153"]
    assert [new[name] for name in ("verdict", "before", "adi")] == ["worse", "140.0", 140_000]
    for name in ("ratio", "low", "high"):
        assert new[name] == pytest.approx(gate.about[name])
    assert new["rate"] == pytest.approx(14 * 19 * 100 / 140_000)
    assert str(new["built_at"]) == "2028-02-08 03:11:53+00:00"
    assert [table["20280201031153"][name] for name in ("verdict", "before")] == [None, None]
    nightly = table["20280211031153"]
    assert [nightly[name] for name in ("verdict", "before")] == ["not enough data yet", "20280210"]
    assert notes(answer)["verdict"].startswith(
        "141.0 crashes 1.90 times as often per ADI as the build before, 140.0 (installs that crash,"
        " 95 % interval 1.46 to "
    )


def test_a_build_without_adi_or_date_has_no_verdict_and_names_what_is_new(world: Database) -> None:
    answer = ask(world, builds.BUILDS_QUESTION, days="14")
    table = {row["build_id"]: row for row in rows(answer, builds.BUILDS_QUESTION)}

    late = table["20280228031153"]
    empty = ("adi", "rate", "verdict", "ratio", "low", "high")
    assert [late[name] for name in empty] == [None] * len(empty)
    assert [late[name] for name in ("new_signature", "new_signatures")] == ["malloc | main", 1]
    assert [table["abc"][name] for name in ("verdict", "built_at")] == [None, None]
    assert [table["abc"][name] for name in ("new_signature", "new_signatures")] == [None, 0]


def test_builds_beyond_those_that_are_compared_are_counted_in_words(
    world: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "JUDGED", 1)

    assert notes(ask(world, builds.BUILDS_QUESTION, days="14"))["not_compared"].endswith(
        "older builds not compared: narrow the days"
    )


def test_the_build_before_is_one_of_an_earlier_day_and_of_the_same_channel() -> None:
    def unit(number: int, channel: str, first: date, built: date | None = None) -> Unit:
        return Unit("Firefox", channel, built is not None, number, f"{number}", built, first)

    nightly = [unit(9, "nightly", day, day) for day in DAYS[9:7:-1]]
    esr = [unit(number, "esr", DAYS[number]) for number in (7, 7, 3)]
    before = build_verdicts.previous([*nightly, esr[0], esr[1], unit(5, "beta", DAYS[5]), esr[2]])

    assert before == {nightly[0].key: nightly[1], esr[0].key: esr[2]}


def test_a_regression_and_its_fix_are_located(world: Database) -> None:
    answer = ask(world, regressions.REGRESSION_QUESTION, signature="boom", product="", why="true")

    assert notes(answer)["verdict"].startswith(
        "Firefox nightly: began in 20280210031153; fixed in 20280221031153;"
        " 12 installs that crash per 1,000 active installs and day in bad builds, 1 in others"
    )
    assert answer.about["is_clear"] is True
    assert (answer.about["bad_first"], answer.about["bad_last"]) == ("20280210031153",) * 2
    table = rows(answer, regressions.REGRESSION_QUESTION)
    assert len(table) == 28
    assert table[9]["first_bad"] > 0.9
    assert table[20]["first_good"] > 0.9
    assert (table[9]["installs"], table[9]["adi"], table[9]["rate"]) == (24, 2000, 12)


@pytest.mark.parametrize(
    ("build", "outcome", "words"),
    [
        ("20280221031153", "fixed", "since 20280221031153: fixed, "),
        ("20280215", "reduced", "reduced, not fixed"),
        ("20280210", "not fixed", "not fixed"),
        ("20280228", "cannot tell", "user-days (active installs times days) without a crash"),
    ],
)
def test_a_fix_is_judged_from_its_build_on(
    world: Database, build: str, outcome: str, words: str
) -> None:
    answer = ask(world, regressions.FIXED_QUESTION, signature="boom", build=build)

    assert answer.about["outcome"] == outcome
    assert words in notes(answer)["verdict"]


def test_a_fix_is_compared_with_the_bad_builds_only(world: Database) -> None:
    answer = ask(world, regressions.FIXED_QUESTION, signature="boom", build="20280221", why="true")

    assert answer.about["compared_since"] == "20280210031153"
    assert rows(answer, regressions.FIXED_QUESTION)[0]["side"] == "before"
    assert "compared with builds from 20280210031153" in notes(answer)["why"]


def test_a_build_that_was_not_used_is_refused(world: Database) -> None:
    with pytest.raises(Unknown, match="newest: 20280228031153"):
        ask(world, regressions.FIXED_QUESTION, signature="boom", build="20270101")


def test_a_signature_that_did_not_crash_has_no_builds(world: Database) -> None:
    for question in (regressions.REGRESSION_QUESTION, regressions.FIXED_QUESTION):
        answer = ask(world, question, signature="bang", build="141.0")

        assert answer.rows == []
        assert "no Firefox crashes with this signature" in notes(answer)["nothing_matches"]


def day(number: int, os: str = "win", **values: Any) -> BuildDay:
    counts = {"crash_count": 10, "estimated_count": 10.0, "installs": 9, "adi": 1000, **values}
    return BuildDay(FIRST + timedelta(days=number), os, **counts)


def test_exposure_follows_a_changed_throttle() -> None:
    old, new = [day(0), day(1, estimated_count=100.0)], [day(0), day(1, estimated_count=20.0)]

    pairs = build_sides.pair(old, new).pairs

    assert [(pair.old_exposure, pair.new_exposure) for pair in pairs] == [(1000, 1000), (100, 500)]


def test_a_build_without_a_crash_has_the_throttle_of_the_other() -> None:
    old, new = [day(0, estimated_count=100.0)], [day(0, crash_count=0, estimated_count=0.0)]

    [pair] = build_sides.pair(old, new).pairs

    assert (pair.old_exposure, pair.new_exposure) == (100, 100)


def test_installs_without_a_system_make_one_cell_of_each_day() -> None:
    old = [day(0, "win", adi=None), day(0, "lin", adi=None), day(0, "other", crash_count=0)]

    paired = build_sides.pair(old, [day(0, "win"), day(0, "lin")])

    assert [(pair.os, pair.old.crash_count, pair.new.adi) for pair in paired.pairs] == [
        ("all", 20, 2000)
    ]


def test_days_without_adi_are_left_out_and_named() -> None:
    paired = build_sides.pair([day(0), day(1, adi=None)], [day(0), day(1), day(2)])

    assert [pair.new.day for pair in paired.pairs] == [FIRST]
    assert paired.missing["old"] == [FIRST + timedelta(days=1)]
    assert paired.missing["new"] == []


def test_without_counted_installs_crashes_are_compared_and_scatter_more() -> None:
    paired = build_sides.pair([day(0, installs=None)], [day(0)])

    assert not paired.has_installs
    assert gates.judge(paired, paired.pairs).dispersion == 3


@pytest.mark.parametrize(("installs", "has_installs"), [(5, True), (4, False)])
def test_install_times_that_are_all_the_same_are_not_used(
    installs: int, has_installs: bool
) -> None:
    same = day(0, crash_count=100, installs=installs)

    paired = build_sides.pair([same], [day(0)])
    series = build_series.series(
        Place("Firefox", "nightly", 50),
        [signature_day(n, 5, all_crashes=100, all_installs=installs, adi=9) for n in (2, 1, 0)],
        {},
    )

    assert (paired.has_installs, paired.has_too_few) == (has_installs, not has_installs)
    assert series.has_installs == has_installs
    assert [note.code for note in series.notes()] == ([] if has_installs else ["no_installs"])


def signature_day(number: int, crash_count: int, **values: Any) -> SignatureDay:
    built = FIRST + timedelta(days=number)
    row = {"installs": crash_count, "all_crashes": 50, "all_estimated": 500.0, "all_installs": 50,
           "adi": None, **values}  # fmt: skip
    return SignatureDay("142.0a1", built, True, built, crash_count, **row)


def test_without_adi_all_crashes_are_the_base_and_it_says_so() -> None:
    days = [signature_day(number, 5) for number in range(9, -1, -1)]

    series = build_series.series(Place("Firefox", "nightly", 50), days, {})

    assert series.base == "crashes"
    assert [build.exposure for build in series.builds] == [50] * 10
    assert series.builds[0].label == f"142.0a1 of {FIRST}"
    assert [note.code for note in series.notes()] == ["no_adi"]


@pytest.mark.parametrize(("count", "is_cut"), [(200, False), (201, True)])
def test_the_newest_two_hundred_builds_are_compared(count: int, is_cut: bool) -> None:
    days = [signature_day(number, 5, adi=100) for number in range(count - 1, -1, -1)]

    series = build_series.series(Place("Firefox", "nightly", 50), days, {})

    assert (len(series.builds), series.is_cut) == (200, is_cut)
    assert series.builds[-1].build_date == FIRST + timedelta(days=count - 1)
    assert series.builds[0].exposure == 10
