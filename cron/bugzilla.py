"""Bugs from Bugzilla, by its REST interface or as a bug list in CSV."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from cron.bugs import Bug, signatures_in
from cron.fetch import Fetcher, SourceFailed
from socorro.fetch import shown

PAGE: Final = 500  # bugs
_MOST_PAGES: Final = 2000
_FIELDS: Final = (
    "id", "status", "resolution", "summary", "dupe_of", "cf_crash_signature", "last_change_time",
)  # fmt: skip
_COLUMNS: Final = {"bug_id", "bug_status", "resolution", "short_desc", "cf_crash_signature"}
_LARGEST_FIELD: Final = 10 * 2**20  # characters


def changed_bugs(fetcher: Fetcher, bugzilla: str, since: date) -> Iterator[Bug]:
    """Yield the bugs that changed from *since* on, page by page. Raises SourceFailed.

    Also those that name no signature: they may have named one earlier.
    """
    for page in range(_MOST_PAGES):
        bugs = _request(
            fetcher, bugzilla, chfieldfrom=str(since), order="bug_id",
            limit=PAGE, offset=page * PAGE,
        )  # fmt: skip
        yield from bugs
        if len(bugs) < PAGE:
            return
    raise SourceFailed(f"{shown(bugzilla)}: more than {_MOST_PAGES * PAGE:,} bugs changed")


def bugs_by_id(fetcher: Fetcher, bugzilla: str, bug_ids: Sequence[int]) -> Iterator[Bug]:
    """Yield those of these bugs that are public. Raises SourceFailed."""
    for start in range(0, len(bug_ids), PAGE):
        batch = ",".join(str(bug_id) for bug_id in bug_ids[start : start + PAGE])
        yield from _request(fetcher, bugzilla, id=batch)


def _request(fetcher: Fetcher, bugzilla: str, **query: object) -> list[Bug]:
    parameters = urlencode({**query, "include_fields": ",".join(_FIELDS)}, safe=",")
    url = f"{bugzilla.rstrip('/')}/rest/bug"
    body = fetcher.get(f"{url}?{parameters}")
    try:
        return [_bug(item) for item in json.loads(body)["bugs"]]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise SourceFailed(f"{shown(url)} is not a JSON list of bugs") from None


def _bug(item: dict[str, Any]) -> Bug:
    changed = item.get("last_change_time")
    signatures = item.get("cf_crash_signature")
    return Bug(
        _id(item["id"]),
        _text(item.get("status")),
        _text(item.get("resolution")),
        _text(item.get("summary")),
        signatures_in(_text(signatures)),
        _id(item["dupe_of"]) if item.get("dupe_of") is not None else None,
        datetime.fromisoformat(changed) if changed else None,
    )


def _id(value: object) -> int:
    number = int(value) if isinstance(value, (int, str)) else 0
    if not 0 < number < 2**53:
        raise ValueError("not a bug id")
    return number


def _text(value: object) -> str:
    """Return a text that Postgres can store: without NUL."""
    return value.replace("\0", "") if isinstance(value, str) else ""


def listed_bugs(fetcher: Fetcher, buglist: str, since: date) -> Iterator[Bug]:
    """Yield the bugs of a CSV bug list; its URL has {since} for the date. Raises SourceFailed."""
    url = buglist.replace("{since}", str(since))
    text = fetcher.text(url)
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        missing = _COLUMNS - set(reader.fieldnames or ())
        if missing:
            raise SourceFailed(
                f"{shown(url)} is not a bug list: no column {', '.join(sorted(missing))}"
            )
        for row in reader:
            if None in row or None in row.values():
                raise SourceFailed(f"{shown(url)}: line {reader.line_num} is cut short or too long")
            yield _bug_of_row(row)
    except (csv.Error, ValueError):
        raise SourceFailed(f"{shown(url)} is not CSV, or is cut short") from None


def _bug_of_row(row: dict[str, str]) -> Bug:
    resolution = _text(row["resolution"]).strip()
    changed = row.get("changeddate", "").strip()
    return Bug(
        _id(row["bug_id"].strip()),
        _text(row["bug_status"]),
        "" if resolution == "---" else resolution,
        _text(row["short_desc"]),
        signatures_in(_text(row["cf_crash_signature"])),
        None,
        datetime.strptime(changed, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if changed else None,
    )
