"""Single places: logs, extracts, drafts, documents; and that no table is left out."""

import gzip
import hashlib
import os
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

from socorro.crashstore.archive import pack
from socorro.crashstore.filesystem import FilesystemStore
from socorro.extracts import folder, parquet
from socorro.extracts.columns import COLUMNS, HEADER
from socorro.forget.database import SQL
from socorro.forget.extracts import ExtractsPlace
from socorro.forget.place import Going
from socorro.forget.search import ElasticsearchPlace
from socorro.ledger import Rooms, balance
from socorro.postgres import Database, column
from socorro.retention import RetentionConfig
from socorro.search.elasticsearch.feeder import Feeder
from socorro.spool.accepted import AcceptedLogs, Proven
from socorro.spool.entry import append
from tests.builders import NOON, make_crash
from tests.crashmover.spooled import DUMPS
from tests.forget.conftest import DAY
from tests.forget.everywhere import names_in
from tests.search.rows import make_row

TOKEN = "a" * 36
KEPT = RetentionConfig()
NAMES = [column.name for column in COLUMNS]


def test_an_id_in_the_log_is_overwritten_while_others_are_appended(tmp_path: Path) -> None:
    logs, (gone, stays) = AcceptedLogs(tmp_path), (make_crash().crash_id, make_crash().crash_id)
    append(logs.log_of(DAY), [gone, stays, gone])
    with logs.log_of(DAY).open("ab") as collector:
        logs.erase(DAY, {gone: TOKEN})
        collector.write(b"\n" + stays.encode())

    assert logs.ids(DAY) == [stays, stays]
    assert logs.erased(DAY) == {TOKEN}


def test_counts_of_a_log_that_a_kill_left_beside_it_do_not_count_besides(tmp_path: Path) -> None:
    logs, crash_id = AcceptedLogs(tmp_path), make_crash().crash_id
    append(logs.log_of(DAY), [crash_id])
    content = logs.log_of(DAY).read_bytes()
    logs.prune(DAY, Proven(1, 0, hashlib.sha256(content).hexdigest()))
    logs.log_of(DAY).write_bytes(content)  # killed before it was removed

    logs.erase(DAY, {crash_id: TOKEN})

    assert logs.proven(DAY) is None


@pytest.mark.parametrize(
    ("rooms", "accepted", "elsewhere", "expired"),
    [
        (Rooms(forgotten=frozenset({TOKEN}), erased=frozenset({TOKEN})), 1, 0, 0),
        (Rooms(forgotten=frozenset({TOKEN})), 0, 1, 0),  # it came through another machine
        (Rooms(forgotten=frozenset({TOKEN}), proven=Proven(3, 0, "")), 3, 0, 2),
    ],
)
def test_a_forgotten_crash_counts_once(
    rooms: Rooms, accepted: int, elsewhere: int, expired: int
) -> None:
    day = balance(DAY, rooms, KEPT, DAY)

    assert day.is_even
    assert (day.accepted, day.elsewhere, day.expired, day.forgotten) == (
        accepted, elsewhere, expired, 1,
    )  # fmt: skip
    assert day.accepted + day.elsewhere == day.stored


def test_what_a_killed_put_left_goes_with_the_crash(tmp_path: Path) -> None:
    raw = make_crash(NOON, DUMPS, Comments="my diary")
    store = FilesystemStore.created(tmp_path / "store", now=lambda: time.time() + 3600)
    draft = tmp_path / "store/drafts/00"
    draft.write_bytes(pack(raw, DUMPS))
    index = tmp_path / "store/waiting/261123"
    index.mkdir()
    os.link(draft, index / f"115959.000000.{raw.crash_id}")

    store.delete(raw.crash_id)

    assert names_in(tmp_path, [b"my diary", raw.crash_id.encode()]) == []


def test_a_draft_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    raw = make_crash(NOON, DUMPS)
    store = FilesystemStore.created(tmp_path / "store")
    draft = tmp_path / "store/drafts/00"
    draft.write_bytes(pack(raw, DUMPS))

    store.delete(raw.crash_id)

    assert draft.exists()


def test_every_column_that_holds_crash_ids_is_searched(database: Database) -> None:
    statement = """
        SELECT relname || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE atttypid IN ('uuid'::regtype, 'uuid[]'::regtype) AND attnum > 0
          AND relkind IN ('r', 'p') AND NOT relispartition
          AND relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)
    """
    with database.transaction() as db:
        holding = column(db, statement)

    clauses = SQL["traces"].split("UNION ALL")
    searched = {re.findall(r"count\(\*\) FROM (\w+)", clause)[0]: clause for clause in clauses}
    missing = [
        f"{table}.{name}"
        for table, name in (pair.split(".") for pair in holding)
        if not re.search(rf"\b{name}\b", searched[table])
    ]
    assert sorted(missing) == [
        "reports_events.event",
        "reports_resent.event",
    ]  # they go with their rows


def test_only_the_lines_of_the_crash_leave_an_extract(tmp_path: Path) -> None:
    gone, stays = make_crash(NOON).crash_id, make_crash(NOON).crash_id
    path = folder.path(tmp_path, DAY + timedelta(days=1), "Firefox", "private")
    folder.prepare(path.parent)
    lines = [line_of(gone), line_of(stays, duplicate_of=gone)]
    path.write_bytes(gzip.compress(HEADER + "".join(lines).encode()))
    parquet.write(path, 0o640)
    place, going = ExtractsPlace(tmp_path), Going({gone: TOKEN})
    assert place.count(going) == 4

    place.remove(going)

    with gzip.open(path, "rb") as content:
        assert content.read() == HEADER + line_of(stays).encode()
    assert place.count(going) == 0
    assert names_in(tmp_path, [gone.encode()]) == []
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert folder.checksum(path).read_text() == f"{digest}  {path.name}\n"


def line_of(crash_id: str, duplicate_of: str = "\\N") -> str:
    """A line of an extract with little in it."""
    cells = dict.fromkeys(NAMES, "\\N")
    cells |= {"uuid_url": f"https://x.example/{crash_id}", "duplicate_of": duplicate_of}
    return "\t".join(cells.values()) + "\n"


@pytest.mark.elasticsearch
def test_only_the_documents_of_the_crash_leave_elasticsearch(
    elasticsearch_url: str, elasticsearch_prefix: str
) -> None:
    rows = [make_row(number, NOON + timedelta(seconds=number)) for number in range(3)]
    feeder = Feeder(elasticsearch_url, elasticsearch_prefix)
    feeder.feed(rows)
    feeder.close()
    place = ElasticsearchPlace(elasticsearch_url, elasticsearch_prefix)
    gone, stays = (Going({row["crash_id"]: TOKEN for row in some}) for some in (rows[:1], rows[1:]))
    assert place.count(gone) == 1

    place.remove(gone)

    assert (place.count(gone), place.count(stays)) == (0, 2)
