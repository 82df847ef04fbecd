"""`socorro export` and `socorro fakedata`, as people type them."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from socorro.crash import MAIN_DUMP
from socorro.postgres import Database, execute
from tests.builders import DUMPS
from tests.cli.conftest import Run
from tests.cli.test_submit import collector, spooled  # noqa: F401  (a fixture)
from tests.sql.rows import report

COUNTED = (
    "reports", "reports_clean", "reports_bad", "reports_duplicates", "top_crashers",
    "crash_counts", "adi", "hang_pairs", "product_versions", "product_version_builds",
    "signatures", "top_crasher_ranks", "changed_hours",
)  # fmt: skip
SMALL = ("fakedata", "--weeks", "1", "--crashes-per-day", "100", "--end", "2026-11-22")


@pytest.fixture
def line(home: Path, dsn: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without the files of search: tests/fakedata/test_computed.py writes some."""
    monkeypatch.setenv("SOCORRO_SEARCH_ENGINE", "elasticsearch")
    (home / "running.toml").write_text(f'database = "{dsn}"\n')
    return home


def _fails(result: Result, text: str) -> None:
    assert result.exit_code != 0
    assert text in result.output
    assert "Traceback" not in result.output


def test_a_history_goes_in_is_exported_and_comes_out(
    line: Path, database: Database, run: Run
) -> None:
    result = run(*SMALL)

    assert result.exit_code == 0, result.output
    assert "reports, 2026-11-16 to 2026-11-22; planted patterns: " in result.output
    assert "reports …" in result.stderr.splitlines()
    assert result.stdout.splitlines()[-1] == (
        "Look at http://127.0.0.1:8884/, or try `socorro top-crashers Firefox`,"
        " `socorro changes Firefox`, `socorro crash-rate Firefox`"
    )
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute("SELECT count(*), (SELECT count(*) FROM reports_clean) FROM reports")
        [(reports, clean)] = cursor.fetchall()
        cursor.execute(
            "SELECT sum(reports) FROM crash_counts JOIN product_versions"
            " USING (product_version_id) WHERE NOT is_rapid_beta"
        )
        assert cursor.fetchone() == (clean,)
    assert reports * 0.98 <= clean <= reports  # but for deferred ones that somebody viewed
    truth = json.loads((line / "fakedata" / "truth.json").read_text())
    assert truth["last_day"] == "2026-11-22"
    _fails(run(*SMALL), "remove it first (--remove)")

    exported = run("export", "--day", "2026-11-20", "--product", "Fenix")

    assert exported.exit_code == 0, exported.output
    names = sorted(path.name for path in (line / "extracts").rglob("*.gz"))
    assert names == ["20261120-fenix-crashdata.csv.gz", "20261120-pub-fenix-crashdata.csv.gz"]
    public = gzip.decompress((line / "extracts" / "public" / names[1]).read_bytes()).decode()
    assert public.count("URL (removed)") == public.count("\n") - 1 > 0
    assert "not counted yet" not in exported.output
    with database.transaction() as db:
        execute(db, "SELECT mark_hour('2026-11-20T07:05Z')")
    assert "2026-11-20 is not counted yet" in run("export", "--day", "2026-11-20").output
    assert "not counted yet" not in run("export", "--day", "2026-11-21").output

    assert "reports removed, 2026-11-16 to 2026-11-22" in run("fakedata", "--remove").output
    assert not (line / "fakedata" / "truth.json").exists()
    with database.transaction() as db, db.cursor() as cursor:
        for table in COUNTED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table
    assert "nothing to remove" in run("fakedata", "--remove").output


def test_export_says_what_is_wrong_in_one_line(line: Path, run: Run, tmp_path: Path) -> None:
    _fails(
        run("export", "--product", "Netscape"),
        "'Netscape' is not a product (choose from Firefox, Fenix",
    )
    _fails(run("export", "--day", "2999-01-01"), "not over yet")
    only = run("export", "--day", "2026-01-05", "--public", "--to", str(tmp_path / "there"))

    assert only.exit_code == 0, only.output
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["public"]


def test_crashes_without_a_product_are_exported_on_request(
    line: Path, database: Database, run: Run
) -> None:
    with database.transaction() as db:
        for product in ("", "", "Firefox"):
            report(db, datetime(2026, 1, 5, 12, tzinfo=UTC), product=product, signature="nameless")

    exported = run("export", "--day", "2026-01-05", "--product", "(no product)", "--public")

    assert exported.exit_code == 0, exported.output
    [file] = (line / "extracts").rglob("*.csv.gz")
    assert file.name == "20260105-pub-no_product-crashdata.csv.gz"
    assert gzip.decompress(file.read_bytes()).count(b"nameless") == 2


def test_export_removes_nothing_whatever_the_clock_says(line: Path, run: Run) -> None:
    old = line / "extracts" / "private" / "20200101-crashdata.csv.gz"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"x")

    exported = run("export", "--day", "2026-01-05")

    assert exported.exit_code == 0, exported.output
    assert old.exists()


def test_posts_go_through_the_front_door_with_real_dumps(
    line: Path,
    run: Run,
    collector: tuple[str, Path],  # noqa: F811
) -> None:
    url, home = collector

    small = ("--url", url, "--dumps", str(DUMPS / "rust-minidump"))
    result = run("fakedata", "--post", "12", "--end", "2026-11-22", *small)

    assert result.output == "12 crashes posted\n"
    posted = spooled(home).values()
    assert len(posted) == 12
    products = {str(annotations["ProductName"]) for annotations, _ in posted}
    assert products <= {"Firefox", "Fenix", "Thunderbird", "SeaMonkey"}
    assert all(dumps[MAIN_DUMP].startswith(b"MDMP") for _, dumps in posted)


def test_posting_needs_dumps_and_a_collector(line: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()

    _fails(run("fakedata", "--post", "3", "--dumps", str(tmp_path / "none")), "has no *.dmp files")
    _fails(
        run("fakedata", "--post", "3", "--url", "http://127.0.0.1:1/submit"),
        "no collector is listening",
    )
