"""Explosiveness against the formula in plain Python, and its edges by hand."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import mean, stdev
from typing import NamedTuple

import pytest

from socorro.postgres import Connection, Database, execute, rows
from tests.counted import DAY, crashes, installs, version

ONE_DAY = timedelta(days=1)


class Explosion(NamedTuple):
    signature: str
    oneday: float | None
    threeday: float | None
    rates: list[float]


def computed(db: Connection, version_id: int, day: date = DAY) -> dict[str, Explosion]:
    execute(db, "SELECT update_explosiveness(%(day)s)", day=day)
    statement = """
        SELECT signature, oneday, threeday,
               ARRAY[day0, day1, day2, day3, day4, day5, day6, day7, day8, day9]
        FROM explosiveness JOIN signatures USING (signature_id)
        WHERE day = %(day)s AND product_version_id = %(version)s
        """
    explosions = rows(db, statement, Explosion, day=day, version=version_id)
    return {row.signature: row for row in explosions}


def by_hand(reports: list[int], adi: list[int | None]) -> tuple[float | None, float | None]:
    """The formula, newest day first; an install count of None is a day before the build."""
    rates = [r * 1e6 / a if a else 0.0 for r, a in zip(reports, adi, strict=True)]
    clamps = [30 * 1e6 / a for a in adi[:3] if a]
    mean9 = mean(rates[1:])
    one = three = None
    if rates[0] > 10:
        one = round((rates[0] - mean9) / max(max(rates[1:]) - mean9, clamps[0]), 2)
    if mean(rates[:3]) > 10:
        three = (mean(rates[:3]) - mean(rates[3:])) / max(stdev(rates[3:]), mean(clamps))
        three = round(three, 2)
    return one, three


def ten_days(
    db: Connection, version_id: int, reports: Mapping[str, list[int]], adi: list[int | None]
) -> None:
    for back in range(10):
        day = DAY - back * ONE_DAY
        if adi[back] is not None:
            installs(db, version_id, adi[back] or 0, day)
        for text, counts in reports.items():
            if counts[back]:
                crashes(db, version_id, text, counts[back], day)


def test_the_numbers_of_the_procedure_are_those_of_the_formula(database: Database) -> None:
    draw = random.Random(6)
    adi: list[int | None] = [draw.randrange(800_000, 1_200_000) for _ in range(10)]
    histories = {
        f"f{number}": [
            max(0, int(draw.gauss(base, base / 3))) * (3 if back == 0 and number % 3 == 0 else 1)
            for back in range(10)
        ]
        for number, base in enumerate([1, 5, 9, 11, 12, 20, 40, 80, 200, 500, 2000] * 3)
    }
    with database.transaction() as db:
        version_id = version(db)
        ten_days(db, version_id, histories, adi)
        explosions = computed(db, version_id)
        again = computed(db, version_id)

    expected = {text: by_hand(counts, adi) for text, counts in histories.items()}
    explosive = {
        text: numbers
        for text, numbers in expected.items()
        if max((value for value in numbers if value is not None), default=0) > 0
    }
    assert len(explosive) > 10
    assert {text: tuple(row[1:3]) for text, row in explosions.items()} == {
        text: pytest.approx(numbers, abs=0.011) for text, numbers in explosive.items()
    }
    assert again == explosions


def test_the_hand_computed_case(database: Database) -> None:
    # 1 M installs a day: a rate is a count. Nine days of 10, then 100:
    # one day: (100 - 10) / max(10 - 10, 30) = 3; three days: (40 - 10) / max(0, 30) = 1
    with database.transaction() as db:
        version_id = version(db)
        ten_days(db, version_id, {"a": [100] + [10] * 9}, [1_000_000] * 10)
        explosions = computed(db, version_id)

    assert explosions["a"] == ("a", 3.0, 1.0, [100.0] + [10.0] * 9)


def test_ten_in_a_million_is_too_few_to_say(database: Database) -> None:
    with database.transaction() as db:
        version_id = version(db)
        histories = {
            "ten": [10] + [0] * 9,
            "eleven": [11] + [0] * 9,
            "thirty in three": [0, 30, 0] + [0] * 7,
            "thirty-one in three": [0, 31, 0] + [0] * 7,
        }
        ten_days(db, version_id, histories, [1_000_000] * 10)
        explosions = computed(db, version_id)

    assert set(explosions) == {"eleven", "thirty-one in three"}
    assert explosions["eleven"][1:3] == (0.37, None)  # 11 / 30
    assert explosions["thirty-one in three"][1:3] == (None, 0.34)  # (31 / 3) / 30


def test_few_installs_do_not_make_a_crash_an_explosion(database: Database) -> None:
    # 1,000 installs: one crash is 1,000 in a million, and the clamp is 30,000
    with database.transaction() as db:
        version_id = version(db)
        ten_days(db, version_id, {"a": [1] + [0] * 9}, [1000] * 10)
        explosions = computed(db, version_id)

    assert explosions["a"][1:3] == (0.03, 0.01)


def test_a_day_without_installs_is_not_computed_for(database: Database) -> None:
    with database.transaction() as db:
        for missing in (0, 1, 5, 9):
            for count in (None, 0):
                adi: list[int | None] = [1_000_000] * 10
                adi[missing] = count
                version_id = version(db, f"{140 + missing}.0", "beta" if count is None else "esr")
                ten_days(db, version_id, {"a": [100] + [10] * 9}, adi)

                assert computed(db, version_id) == {}


def test_days_before_the_build_are_days_without_crashes(database: Database) -> None:
    adi: list[int | None] = [2_000_000, 1_000_000, *[None] * 8]
    reports = [200, 30, *[0] * 8]
    with database.transaction() as db:
        version_id = version(db, built=DAY - ONE_DAY)
        ten_days(db, version_id, {"a": reports}, adi)
        explosions = computed(db, version_id)

    # one: (100 - 30/9) / max(30 - 30/9, 15) = 3.625 -> 3.63; three: (130/3 - 0) / (45/2) = 1.93
    assert explosions["a"][1:3] == (pytest.approx(3.625, abs=0.006), 1.93)
    assert by_hand(reports, adi) == (pytest.approx(3.625, abs=0.006), 1.93)


def test_history_is_kept_day_by_day(database: Database) -> None:
    with database.transaction() as db:
        version_id = version(db)
        ten_days(db, version_id, {"a": [100] + [10] * 9}, [1_000_000] * 10)
        installs(db, version_id, 1_000_000, DAY + ONE_DAY)  # nobody crashed
        before = computed(db, version_id)
        after = computed(db, version_id, DAY + ONE_DAY)
        statement = "SELECT day FROM explosiveness ORDER BY day"
        days = [row[0] for row in rows(db, statement, lambda day: (day,))]  # type: ignore[arg-type]

    assert before["a"].oneday == 3
    assert after["a"][1:3] == (None, 0.89)  # (110/3 - 10) / max(0, 30)
    assert days == [DAY, DAY + ONE_DAY]
