"""Compare: versions, builds of a day and channels, by signature or what crashes have in common."""

from datetime import date, timedelta
from typing import Any

import pytest

from socorro.postgres import Connection, Database, execute
from socorro.questions.compare import QUESTION
from socorro.questions.interface import Answer, Unknown
from socorro.questions.reading import read
from tests.builds_counted import crashing, nightly_builds
from tests.counted import DAY, crashes, installs, signature, version

EMPTY = "EMPTY: no crashing thread identified"


@pytest.fixture
def db(database: Database):
    with database.transaction() as connection:
        yield connection


def ask(db: Connection, **texts: str) -> Answer:
    values = {"to": str(DAY + timedelta(days=1)), "days": "1", **texts}
    sent = {name: [text] for name, text in values.items() if text}
    return QUESTION.answer(db, read(QUESTION.parameters, sent))


def rows(answer: Answer) -> dict[str, dict[str, Any]]:
    names = [column.name for column in QUESTION.columns]
    return {row[-1]: dict(zip(names, row, strict=True)) for row in answer.rows}


def two(db: Connection, *, channels: tuple[str, str] = ("release", "release")) -> None:
    """Two versions on one day: "more" rises by 200, "less" falls by 300 of 10,000 ADI."""
    days = [DAY - timedelta(days=9), DAY - timedelta(days=2)]
    names = ("140.0", "141.0" if channels[0] == channels[1] else "142.0a1")
    for place, (name, channel) in enumerate(zip(names, channels, strict=True)):
        version_id = version(db, name, channel, built=days[place])
        crashes(db, version_id, "more", (100, 300)[place])
        crashes(db, version_id, "less", (400, 100)[place])
        crashes(db, version_id, EMPTY, (10, 20)[place])
        installs(db, version_id, 10_000)
        crashing(db, version_id, DAY, (500, 400)[place])


def test_the_largest_difference_comes_first_up_or_down(db: Connection) -> None:
    two(db)
    answer = ask(db, a="140.0", b="141.0")

    assert list(rows(answer)) == ["less", "more", EMPTY]
    less = rows(answer)["less"]
    assert (less["old_rate"], less["new_rate"], less["difference"]) == (40, 10, -30)
    assert less["low"] < less["ratio"] == 0.25 < less["high"]
    assert dict(answer.notes)["largest_rise"] == (
        "largest rise of crashes: more, from 10 to 30 crashes per 1,000 ADI and day"
    )
    assert dict(answer.notes)["comparison"].startswith(
        "141.0 crashes 20 % less than 140.0 (ratio 0.800, 95 % interval 0."
    )


def test_null_means_signatures_that_say_nothing(db: Connection) -> None:
    two(db)

    assert list(rows(ask(db, a="140.0", b="141.0", of="null"))) == [EMPTY]


def test_the_newest_version_and_the_one_before_are_compared_when_nobody_says_which(
    db: Connection,
) -> None:
    two(db)
    answers = [ask(db), ask(db, b="141.0"), ask(db, a="140.0")]

    assert [(answer.about["a"], answer.about["b"]) for answer in answers] == [
        ("140.0", "141.0"), ("140.0", "141.0"), ("140.0", "141.0")
    ]  # fmt: skip


def test_channels_are_compared_as_all_their_versions(db: Connection) -> None:
    two(db, channels=("release", "nightly"))
    answer = ask(db, a="release", b="Nightly")

    assert rows(answer)["more"]["new_count"] == 300
    assert answer.title.startswith("Firefox nightly and release, ")


def test_flash_versions_are_weighed_as_the_crashes_of_their_version(db: Connection) -> None:
    two(db)
    execute(db, "INSERT INTO flash_versions (flash_version) VALUES ('32.0')")
    execute(
        db,
        "INSERT INTO flash_counts SELECT %(d)s, product_version_id, %(s)s, flash_version_id, 7"
        " FROM product_versions, flash_versions",
        d=DAY, s=signature(db, "more"),
    )  # fmt: skip
    execute(db, "UPDATE crash_counts SET estimated = reports * 10")
    [row] = rows(ask(db, a="140.0", b="141.0", of="flash")).values()

    assert (row["name"], row["old_count"], row["new_count"]) == ("32.0", 7, 7)
    assert (row["old_rate"], row["new_rate"]) == (7, 7)


def test_builds_of_a_day_are_compared_in_their_week(db: Connection) -> None:
    nightly = version(db, "142.0a1", "nightly", has_builds=True, built=DAY - timedelta(days=9))
    for back, boom in ((1, 3), (0, 12)):
        nightly_builds(db, nightly, DAY - timedelta(days=back), boom)
    answer = ask(db, a=day(1), b=f"{day(0)}031153", to="", days="")

    assert (rows(answer)["boom"]["old_rate"], rows(answer)["boom"]["new_rate"]) == (3, 12)
    assert answer.title.endswith(f"{DAY - timedelta(days=1)} to {DAY + timedelta(days=6)}")
    with pytest.raises(Unknown, match="counted by version, not by build"):
        ask(db, a=day(1), b=day(0), of="module")


def day(back: int) -> str:
    built: date = DAY - timedelta(days=back)
    return f"{built:%Y%m%d}"


def test_a_side_without_adi_is_named_and_has_no_rate(db: Connection) -> None:
    two(db)
    execute(
        db, "DELETE FROM adi WHERE product_version_id = (SELECT min(product_version_id) FROM adi)"
    )
    answer = ask(db, a="140.0", b="141.0")

    assert rows(answer)["more"]["old_rate"] is None
    assert "no day with active installs (ADI) in common" in dict(answer.notes)["comparison"]
    assert dict(answer.notes)["no_adi"] == f"no ADI for Firefox 140.0 on {DAY}"


@pytest.mark.parametrize(
    ("texts", "parameter"),
    [
        ({"a": "140.0", "b": "140.0"}, "b"),
        ({"a": "1.0", "b": "140.0"}, "a"),
        ({"a": "140.0", "b": "sideways"}, "b"),
        ({"b": "20281231"}, "b"),
        ({"b": "release"}, "a"),
        ({"a": "141.0"}, "b"),
    ],
)
def test_sides_that_do_not_exist_are_refused(
    db: Connection, texts: dict[str, str], parameter: str
) -> None:
    two(db)
    with pytest.raises(Unknown) as refused:
        ask(db, **texts)

    assert refused.value.parameter == parameter


def test_no_version_at_all_says_what_to_do(db: Connection) -> None:
    version(db, "140.0")
    answer = ask(db)

    assert answer.rows == []
    assert answer.notes
