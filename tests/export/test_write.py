"""Extracts of a day: their bytes, checksums and descriptions."""

import gzip
import hashlib
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.fakedata import history
from cli.fakedata.world import World
from socorro import fields
from socorro.extracts import columns, folder, lines
from socorro.extracts import write as writer
from socorro.extracts.columns import COLUMNS, value_of
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.write import write
from socorro.fields.declaration import Field
from socorro.postgres import Connection, Database, execute
from tests.export.conftest import DAY, NOON, add_report, crash_id

LINK = "https://crashes.example/report/index/"
PRIVATE, PUBLIC = "private/20261123-crashdata.csv.gz", "public/20261123-pub-crashdata.csv.gz"

GOLDEN = """\
quill::Flush	https://games.example/play?level=1	{link}{one}	202611231158	202611231200	3600	Firefox	140.0	20261120031153		Windows NT	10.0.26100	amd64 | family 6 model 142 stepping 10 | 8	0x0000000000000008	12,9000	It crashed. | Twice.	77	yes	\\N	quill/flush.cpp	checked	11.1.102.55	\\N	EXCEPTION_ACCESS_VIOLATION_READ	parent	C:\\notes	90000	\\N	release	{{id}}
'@0x0	\\N	{link}{two}	\\N	202611231200	\\N	Firefox	140.0	\\N		Linux	6.8.0 x86_64	\\N	\\N	\\N	\\N	\\N		\\N	\\N	not	\\N	\\N	\\N	\\N	\\N	\\N	{one}	\\N	\\N
'=1+1	about:blank	{link}{three}	\\N	202611231305	\\N	Firefox	140.0	\\N		Linux	? ?arch?	\\N	\\N	\\N	'=cmd	\\N		\\N	\\N	[unknown]	\\N	\\N	\\N	\\N	\\N	\\N	\\N	\\N	\\N
"""  # noqa: E501


def _fill(db: Connection) -> None:
    """Three reports of Firefox, one of another product, one of another day."""
    add_report(
        db, 1, {"url": "https://games.example/play?level=1", "email": "a@b.example",
                "user_comments": "It crashed.\r\nTwice."},
        crash_time=NOON - timedelta(minutes=2), last_crash=3600, build_id="20261120031153",
        os_name="Windows NT", os_version="10.0.26100", cpu_arch="amd64",
        cpu_info="family 6 model 142 stepping 10 | 8", address="0x0000000000000008", uptime=77,
        topmost_filenames="quill/flush.cpp", addons_checked=True, flash_version="11.1.102.55",
        reason="EXCEPTION_ACCESS_VIOLATION_READ", process_type="parent", app_notes="C:\\notes",
        install_age=90000, release_channel="release", product_id="{id}",
    )  # fmt: skip
    add_report(
        db, 2, at=NOON + timedelta(seconds=5), signature="@0x0", os_name="Linux",
        os_version="0.0.0 Linux 6.8.0 #1 SMP x86_64", addons_checked=False,
    )  # fmt: skip
    add_report(
        db, 3, {"url": "about:blank", "user_comments": "=cmd", "email": "nobody"},
        at=NOON + timedelta(minutes=65), signature="=1+1", os_name="Linux",
    )  # fmt: skip
    add_report(db, 4, product="Thunderbird")
    add_report(db, 5, at=NOON - timedelta(days=1))
    execute(db, "INSERT INTO bugs (bug_id) VALUES (9000), (12), (13)")
    execute(
        db,
        "INSERT INTO bug_signatures (bug_id, signature, until) VALUES"
        " (9000, 'quill::Flush', NULL), (12, 'quill::Flush', NULL), (13, 'quill::Flush', now())",
    )
    execute(
        db,
        "INSERT INTO reports_duplicates (submitted_at, crash_id, duplicate_of, first_crash_time)"
        " VALUES (%(at)s, %(one)s, %(one)s, %(at)s), (%(later)s, %(two)s, %(one)s, %(at)s)",
        at=NOON, later=NOON + timedelta(seconds=5), one=crash_id(1), two=crash_id(2),
    )  # fmt: skip


def _read(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", newline="\n") as lines:
        return [line.removesuffix("\n").split("\t") for line in lines]


def _write(database: Database, to: Path, day: date = DAY, product: str = "Firefox") -> None:
    write(database, to, day, product, ("private", "public"), LINK)


@pytest.mark.parametrize("block", [1, 2, writer.BLOCK])
def test_a_small_day_byte_for_byte(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(writer, "BLOCK", block)
    monkeypatch.setattr(writer, "WAITING", block)
    with reports.transaction() as db:
        _fill(db)

    _write(reports, tmp_path)

    ids = {"one": crash_id(1), "two": crash_id(2), "three": crash_id(3), "link": LINK}
    golden = GOLDEN.format(**ids)
    assert gzip.decompress((tmp_path / PRIVATE).read_bytes()) == columns.HEADER + golden.encode()
    public = _read(tmp_path / PUBLIC)[1:]
    for row, shown in zip(golden.splitlines(), public, strict=True):
        cells = row.split("\t")
        cells[1], cells[15], cells[17] = "URL (removed)", "", ""
        assert shown == cells


def test_a_crash_that_was_sent_again_is_a_duplicate_of_its_first_report(
    reports: Database, tmp_path: Path
) -> None:
    with reports.transaction() as db:
        _fill(db)
        execute(
            db,
            "INSERT INTO reports_resent (submitted_at, crash_id, event, first_submitted_at,"
            " first_crash_id) SELECT submitted_at, crash_id, %(one)s, %(at)s, %(one)s"
            " FROM reports WHERE crash_id IN (%(one)s, %(three)s)",
            one=crash_id(1), three=crash_id(3), at=NOON,
        )  # fmt: skip

    _write(reports, tmp_path)

    column = [column.name for column in columns.COLUMNS].index("duplicate_of")
    first, _, again = _read(tmp_path / PUBLIC)[1:]
    assert (first[column], again[column]) == ("\\N", crash_id(1))


def test_the_same_day_gives_the_same_bytes(reports: Database, tmp_path: Path) -> None:
    with reports.transaction() as db:
        _fill(db)

    _write(reports, tmp_path / "one")
    _write(reports, tmp_path / "two")

    for name in (PRIVATE, PUBLIC):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_checksum_and_description_come_with_each_file(reports: Database, tmp_path: Path) -> None:
    _write(reports, tmp_path)

    for name in (PRIVATE, PUBLIC):
        path = tmp_path / name
        checksum = folder.checksum(path).read_text()
        assert checksum == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        done = subprocess.run(
            ["sha256sum", "-c", f"{path.name}.sha256"], cwd=path.parent, capture_output=True
        )
        assert done.returncode == 0
        assert len(folder.described(path).read_text().splitlines()) == 31
    assert (tmp_path / PRIVATE).stat().st_mode & 0o777 == 0o640
    assert (tmp_path / PRIVATE).parent.stat().st_mode & 0o777 == 0o750


def test_an_empty_day_writes_both_files(reports: Database, tmp_path: Path) -> None:
    _write(reports, tmp_path, day=date(2026, 1, 1), product="SeaMonkey")

    for audience, name in (
        ("private", "20260101-seamonkey-crashdata.csv.gz"),
        ("public", "20260101-pub-seamonkey-crashdata.csv.gz"),
    ):
        assert gzip.decompress((tmp_path / audience / name).read_bytes()) == columns.HEADER


def test_the_public_file_holds_nothing_protected_and_follows_the_schema(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "url": "https://secret.example/",
        "email": "secret@b.example",
        "user_comments": "secret",
    }
    with reports.transaction() as db:
        add_report(db, 1, secrets, app_notes="newly secret", reason="SIGSEGV")
        add_report(db, 2, None, app_notes=None)
    declared = {**fields.fields("processed_crash")}
    declared["app_notes"] = Field("app_notes", "string", public=False)
    declared["a_field_added_today"] = Field("a_field_added_today", "string", public=False)
    monkeypatch.setattr(fields, "field_of", lambda _, name: declared.get(name))
    added = columns.Column("branch", "a_field_added_today", "Of today.", blank="removed")
    changed = [added if column.name == "branch" else column for column in COLUMNS]
    monkeypatch.setattr(columns, "COLUMNS", tuple(changed))

    _write(reports, tmp_path)

    shown = _read(tmp_path / PUBLIC)
    names = shown[0]
    assert [row[names.index("app_notes")] for row in shown[1:]] == ["", ""]
    assert [row[names.index("branch")] for row in shown[1:]] == ["removed", "removed"]
    assert [row[names.index("reason")] for row in shown[1:]] == ["SIGSEGV", "\\N"]
    assert "secret" not in gzip.decompress((tmp_path / PUBLIC).read_bytes()).decode()
    assert "newly secret" in gzip.decompress((tmp_path / PRIVATE).read_bytes()).decode()
    beside = folder.described(tmp_path / PUBLIC).read_text()
    assert "\tapp_notes\ttext\tapp_notes\tremoved\t" in beside


SAME = {
    "signature": "signature", "last_crash": "last_crash", "product": "product",
    "version": "version", "build": "build_id", "os_name": "os_name", "address": "address",
    "uptime_seconds": "uptime", "topmost_filenames": "topmost_filenames",
    "flash_version": "flash_version", "hangid": "hang_id", "reason": "reason",
    "process_type": "process_type", "app_notes": "app_notes", "install_age": "install_age",
    "release_channel": "release_channel", "productid": "product_id",
}  # fmt: skip


def test_the_private_extract_read_back_equals_the_reports_row_by_row(
    database: Database, tmp_path: Path
) -> None:
    history.load(database, World(5, DAY, DAY, 800))

    _write(database, tmp_path)

    same = ", ".join(f"reports.{name}" for name in SAME.values())
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(
            f"SELECT {same}, url, user_comments, email, reports.crash_id::text, submitted_at"
            " FROM reports LEFT JOIN reports_user_info USING (crash_id, submitted_at)"
            " WHERE product = 'Firefox' ORDER BY submitted_at, crash_id"
        )
        stored = cursor.fetchall()
    [names, *written] = _read(tmp_path / PRIVATE)
    assert len(written) == len(stored) > 400
    for row, (*values, url, comments, email, crash, at) in zip(written, stored, strict=True):
        cells = dict(zip(names, (value_of(text) for text in row), strict=True))
        assert [cells[name] for name in SAME] == [None if v is None else str(v) for v in values]
        assert cells["url"] == url
        assert cells["uuid_url"] == LINK + crash
        assert cells["date_processed"] == f"{at:%Y%m%d%H%M}"
        assert cells["email"] == ("yes" if email else "")
        assert cells["user_comments"] == _as_written(comments)


def _as_written(comments: str | None) -> str | None:
    """What of a comment a cell keeps, by the words of docs/extracts.md."""
    if comments is None:
        return None
    return comments.replace("\r", "").replace("\n", " | ").replace("\t", " ")


def test_nothing_is_left_of_an_extract_that_failed(
    reports: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reports.transaction() as db:
        add_report(db, 1)
    monkeypatch.setattr(lines, "masked", lambda *_: 1 / 0)

    with pytest.raises(Exception, match="division by zero"):
        _write(reports, tmp_path)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_installs_of_the_version_and_system_are_written(reports: Database, tmp_path: Path) -> None:
    with reports.transaction() as db:
        add_report(db, 1, os_name="Linux", release_channel="release")
        add_report(db, 2, os_name="Windows NT", release_channel="release")
        execute(
            db,
            "INSERT INTO product_versions (product, version, release_channel, release_version,"
            " version_sort, build_date, sunset_date, source) VALUES"
            " ('Firefox', '140.0', 'release', '140.0', 'x', '2026-11-01', '2027-01-01', 'people')",
        )
        execute(
            db,
            "INSERT INTO adi SELECT product_version_id, '2026-11-23', 3, 5000"
            " FROM product_versions",
        )

    _write(reports, tmp_path)

    [names, linux, windows] = _read(tmp_path / PRIVATE)
    assert [row[names.index("adu_count")] for row in (linux, windows)] == ["5000", "\\N"]


def test_old_extracts_are_swept_and_others_stay(tmp_path: Path) -> None:
    config = ExtractsConfig(folder=tmp_path, public_weeks=2, private_weeks=1)
    old = [
        "private/20261101-crashdata.csv.gz",
        "private/20261101-crashdata.csv.gz.sha256",
        "private/20261101-crashdata.columns.tsv",
        "public/20261101-pub-crashdata.csv.gz",
    ]
    kept = [
        PRIVATE,
        PUBLIC,
        "public/20261112-pub-crashdata.csv.gz",
        "public/notes.txt",
        "private/20269999-crashdata.csv.gz",
    ]
    for name in (*old, *kept):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")

    removed = folder.sweep(config, date(2026, 11, 24))

    assert [str(path.relative_to(tmp_path)) for path in removed] == sorted(old)
    assert all((tmp_path / name).exists() for name in kept)


def test_each_product_has_files_of_its_own_in_the_folder(tmp_path: Path) -> None:
    names = {
        "Firefox": "20261123-crashdata.csv.gz",
        "Otter Browser": "20261123-otter_browser-crashdata.csv.gz",
        "C++": "20261123-c-crashdata.csv.gz",
        "C#": "20261123-c_04022884-crashdata.csv.gz",
        "../../etc": "20261123-etc_74ccf3c5-crashdata.csv.gz",
        "プレーヤー": "20261123-unnamed_2ad95a7b-crashdata.csv.gz",
        "(no product)": "20261123-no_product-crashdata.csv.gz",
    }

    paths = {product: folder.path(tmp_path, NOON.date(), product, "private") for product in names}

    assert {path.parent for path in paths.values()} == {tmp_path / "private"}
    assert {product: path.name for product, path in paths.items()} == names
    folder.prepare(tmp_path / "private")
    for path in paths.values():
        path.touch()
        folder.checksum(path).touch()
    assert {extract.path for extract in folder.extracts(tmp_path, "private")} == {*paths.values()}
