"""Posted as clients post it, and counted under the names that clients give: nothing is left out."""

import json

import pytest

from processor.process import process
from processor.row import to_row
from socorro.crash import RawCrash
from socorro.postgres import Database
from tests.collector.conftest import Collecting
from tests.collector.forms import dump, extra, part
from tests.sql.rows import count, query, report

COLUMNS = ("product", "version", "release_channel", "build_id", "signature")
COUNTED = """
    SELECT product, version, release_channel, build_id
    FROM reports_clean JOIN product_versions USING (product_version_id)
    """
ROWS = [
    ({"ProductName": "AT&T Player", "Version": "1.0.0+45"},
     ("AT&T Player", "1.0.0+45", "unknown", None)),
    ({"ProductName": "My App (x64)", "Version": "1.2.3 (456)", "ReleaseChannel": "Playtest"},
     ("My App (x64)", "1.2.3 (456)", "playtest", None)),
    ({"ProductName": "Foo/Bar", "Version": "v1.2.3", "BuildID": "build-77"},
     ("Foo/Bar", "v1.2.3", "unknown", "build-77")),
    ({"ProductName": "C#Builder", "Version": "4.27.2-18319896+++UE4+Release-4.27"},
     ("C#Builder", "4.27.2-18319896+++UE4+Release-4.27", "unknown", None)),
    ({"ProductName": "@scope/app", "Version": "Nightly 200326 06:01", "ReleaseChannel": "release"},
     ("@scope/app", "Nightly 200326 06:01", "release", None)),
    ({"ProductName": "it's", "Version": "2026.11.20261129", "BuildID": "19700101000000"},
     ("it's", "2026.11.20261129", "unknown", "19700101000000")),
    ({"prod": "Игра", "ver": "1.0 beta 2", "channel": "early access"},
     ("Игра", "1.0 beta 2", "early access", None)),
    ({"ProductName": "firefox", "Version": "1.2.3.4.5"},
     ("firefox", "1.2.3.4.5", "unknown", None)),
]  # fmt: skip


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(("sent", "expected"), ROWS)
def test_what_is_posted_is_counted_under_its_own_names(
    collector: Collecting, database: Database, sent: dict[str, str],
    expected: tuple[str | None, ...], as_json: bool,
) -> None:  # fmt: skip
    segments = [extra(json.dumps(sent))] if as_json else [part(k, v) for k, v in sent.items()]

    raw, _ = collector.crash(*segments, dump(b"MDMP"))
    row, _ = to_row(process(RawCrash.from_json(raw.to_json()), {}))
    with database.transaction() as db:
        columns = {name: row[name] for name in COLUMNS}
        report(db, raw.submitted, crash_id=raw.crash_id, **columns)
        count(db)

        assert query(db, COUNTED) == [expected]
        assert query(db, "SELECT reason FROM reports_bad") == []
