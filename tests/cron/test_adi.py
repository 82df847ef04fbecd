"""Installs from a file or a real server into adi_raw."""

from datetime import date
from pathlib import Path

import pytest

from cron import adi
from cron.fetch import SourceFailed, SourceMissing
from cron.jobs import adi as job
from socorro.postgres import Database
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.cron.source import Source

DAY = date(2026, 11, 22)  # the day before NOON
ROWS = """SELECT day::text, product, version, build_id, release_channel, os_name, adi, source
          FROM adi_raw ORDER BY day, product, version, os_name"""
FILE = """\
date,product,version,channel,os,adi_count
2026-11-22,Firefox,140.0,release,Windows,1000
2026-11-22,Firefox,140.0,release,Windows,500
2026-11-22,Firefox,140.0,release,Linux,0
2026-11-21,Firefox,140.0,release,Linux,77
"""


def test_rows_of_the_day_are_imported_and_those_with_one_key_add_up(
    source: Source, make_run: MakeRun, database: Database
) -> None:
    source.put("/adi-2026-11-22.csv", FILE)

    done = job.work(make_run(job.JOB, adi=f"{source.url}/adi-{{day}}.csv?key=secret"))

    assert (done.rows, done.notes) == (2, [])
    day, name = "2026-11-22", "adi-2026-11-22.csv"
    assert ask(database, ROWS) == [
        (day, "Firefox", "140.0", "", "release", "Linux", 0, name),
        (day, "Firefox", "140.0", "", "release", "Windows", 1500, name),
    ]


def test_importing_a_day_again_replaces_its_rows(
    tmp_path: Path, make_run: MakeRun, database: Database
) -> None:
    file = tmp_path / "adi.csv"
    run = make_run(job.JOB, adi=str(file))
    for text in (FILE, FILE, FILE.replace("Linux", "Mac")):
        file.write_text(text)
        job.work(run)

    rows = ask(database, "SELECT os_name, adi FROM adi_raw ORDER BY 1")
    assert rows == [("Mac", 0), ("Windows", 1500)]


def test_another_source_of_the_day_stays(
    tmp_path: Path, make_run: MakeRun, database: Database
) -> None:
    for name, product in (("a.csv", "Firefox"), ("b.csv", "Thunderbird"), ("a.csv", "Fenix")):
        (tmp_path / name).write_text(FILE.replace("Firefox", product))
        job.work(make_run(job.JOB, adi=str(tmp_path / name)))

    rows = ask(database, "SELECT DISTINCT product FROM adi_raw ORDER BY 1")
    assert rows == [("Fenix",), ("Thunderbird",)]


def test_bad_lines_are_noted_and_left_out() -> None:
    text = "Product,Version,ADI\nFirefox,140.0,7\nFirefox,140.0\n,140.0,1\nFirefox,1,-2\n\n"
    text += f"Firefox,1,x\nFirefox,1,1.5\n{'F' * 101},1,1\nFirefox,1,{10**13}\nFirefox,1,²\n"

    installs = adi.parse("\ufeff" + text, DAY)

    assert installs.counts == {adi.Key("Firefox", "140.0", "", "", ""): 7}
    assert installs.notes == [
        "8 bad lines",
        "line 3: too few cells",
        "line 4: product or version is missing",
        "line 5: the number of installs is not valid",
        "line 7: the number of installs is not valid",
        "line 8: the number of installs is not valid",
        "line 9: a text is longer than 100 characters",
        "line 10: the number of installs is not valid",
        "line 11: the number of installs is not valid",
    ]


BAD_TABLES = [
    ("", "names no column product, version, adi"),
    ("<html>", "names no column product"),
    ("product,version\nFirefox,140.0\n", "names no column adi"),
    ("product,version,adi\n", "no lines for 2026-11-22"),
    ("day,product,version,adi\n2026-11-01,Firefox,1,1\n", "no lines for 2026-11-22"),
    ("product,version,adi\nFirefox,140.0,many\n", "no valid lines; line 2: the number of installs"),
    ('product,version,adi\n"Firefox,140.0,1\n', "is not CSV"),
]


def test_a_file_that_is_no_table_changes_nothing(
    tmp_path: Path, make_run: MakeRun, database: Database
) -> None:
    for text, message in BAD_TABLES:
        (tmp_path / "adi.csv").write_text(text)
        with pytest.raises(SourceFailed, match=f"no ADI for 2026-11-22: .*{message}"):
            job.work(make_run(job.JOB, adi=str(tmp_path / "adi.csv")))

    assert ask(database, ROWS) == []


def test_a_day_without_a_file_is_an_error_that_names_it(
    source: Source, make_run: MakeRun, tmp_path: Path
) -> None:
    with pytest.raises(SourceMissing, match="no ADI for 2026-11-22"):
        job.work(make_run(job.JOB, adi=f"{source.url}/{{day}}.csv"))
    with pytest.raises(SourceFailed, match=r"no ADI for 2026-11-22: .*No such file"):
        job.work(make_run(job.JOB, adi=str(tmp_path / "{day}.csv")))
