"""`socorro forget`: a person's crashes go from everywhere, and nothing else does."""

import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from cli.local.postgres import binaries
from monitor.chores import sweep
from socorro import folders_seen, jobs
from socorro.crash_id import resent
from socorro.jobs import LeaseLost
from socorro.jobs.reconcile import reconcile
from socorro.ledger import balance, read_rooms
from socorro.postgres import execute, value
from socorro.retention import RetentionConfig
from socorro.search.segments import layout
from socorro.search.segments.merge import Day, merge
from socorro.search.segments.writer import Writer, segments_of
from socorro.spool.spool import Spool
from tests.builders import NOON
from tests.forget.conftest import DAY, LATER, SECRETS, Places, ids, of_another, of_person
from tests.forget.everywhere import dump_of, forms_of, names_in

EMAIL_HASH = hashlib.sha256(b"ada.lovelace@analytical.example").hexdigest()
NEEDLES = [text.encode() for name, text in SECRETS.items() if name != "InstallTime"]


def traces(places: Places, *crash_ids: str) -> list[str]:
    """Where anything of the person, or of these ids, still is: in files and in the database."""
    needles = [*NEEDLES, *(form for crash_id in crash_ids for form in forms_of(crash_id))]
    dump = dump_of(str(binaries(None) / "pg_dump"), places.database.dsn)
    return names_in(places.home, needles) + [
        needle.decode("ascii", "replace") for needle in needles if needle in dump
    ]


def ledger(places: Places) -> tuple[bool, int, int]:
    """Whether the day is even, how many were accepted, and how many forgotten."""
    rooms = read_rooms(DAY, places.spool, places.store, places.database)
    day = balance(DAY, rooms, RetentionConfig(), DAY)
    total = day.deferred + day.waiting + day.running + day.failed + day.processed + day.expired
    assert day.stored == total + day.forgotten
    assert day.accepted + day.elsewhere == day.spooled + day.quarantined + day.stored
    return day.is_even, day.accepted, day.forgotten


def test_nothing_is_left_and_the_crashes_of_others_are_as_they_were(places: Places) -> None:
    person, other = places.processed(of_person()), places.processed(of_another())
    places.count_all()
    assert traces(places, person.crash_id)

    result = places.forget("--crash", person.crash_id)

    assert result.exit_code == 0, result.output
    assert traces(places, person.crash_id) == []
    assert ledger(places) == (True, 2, 1)
    assert places.store.get_processed(other.crash_id)["email"] == "b@other.example"
    statement = "SELECT reports FROM top_crashers WHERE day = %(day)s"
    with places.database.transaction() as db:
        assert value(db, statement, day=DAY) == 1
        assert value(db, "SELECT count(*) FROM reports_user_info") == 1
    assert len(names_in(places.home / "extracts", [other.crash_id.encode()])) == 4
    assert len(names_in(places.home / "search", [other.crash_id.encode()])) == 2


def test_a_dry_run_counts_what_is_there_and_leaves_it(places: Places) -> None:
    person = places.processed(of_person())
    before = traces(places, person.crash_id)

    result = places.run("forget", "--crash", person.crash_id, "--dry-run", "--json")

    answer = json.loads(result.stdout)
    present = {place["place"]: place["present"] for place in answer["places"]}
    assert answer["crashes"] == [person.crash_id]
    assert (present["crash store"], present["log of accepted crashes"]) == (2, 1)
    assert present["database"] == 3  # report, personal data, event
    assert traces(places, person.crash_id) == before


def test_an_address_finds_crashes_that_no_report_has(places: Places) -> None:
    chosen = [
        places.processed(of_person(1, Email=" ADA.lovelace@analytical.example ")),
        places.stored(of_person(2, deferred=True)),
        places.accepted(of_person(3)),
    ]
    [quarantined] = [one for one in places.spool.ready() if one.crash_id == chosen[2].crash_id]
    places.spool.quarantine(quarantined, "a test")
    other = places.processed(of_another())

    result = places.forget("--email-hash", EMAIL_HASH.upper(), "--json")

    assert json.loads(result.stdout)["crashes"] == ids(*chosen)
    assert result.exit_code == 0
    assert traces(places, *ids(*chosen)) == []
    assert places.store.stored([other.crash_id]) == [other.crash_id]
    assert ledger(places) == (True, 4, 3)


def test_an_install_time_on_two_systems_is_of_two_people(places: Places) -> None:
    person = places.processed(of_person(1, System="Linux"))
    stranger = places.processed(of_person(2, System="Windows NT"))

    refused = places.forget("--install", SECRETS["InstallTime"])
    result = places.forget("--install", "2025-10-09T08:53:25", "--system", "Linux", "--json")

    assert refused.exit_code == 1
    assert "Linux, Windows NT" in refused.output
    assert json.loads(result.stdout)["crashes"] == [person.crash_id]
    assert places.store.stored([stranger.crash_id]) == [stranger.crash_id]


def test_the_same_crash_under_another_id_goes_too(places: Places) -> None:
    first = of_person(deferred=True)
    again = resent(first.crash_id, DAY + timedelta(days=1), False)
    places.stored(first)

    result = places.forget("--crash", again, "--json")

    assert json.loads(result.stdout)["crashes"] == sorted([first.crash_id, again])
    assert traces(places, first.crash_id) == []


def test_a_forgotten_crash_that_is_sent_again_leaves_the_line_by_itself(places: Places) -> None:
    person = places.stored(of_person())
    places.forget("--crash", person.crash_id)

    places.stored(person)
    sweep(places.store, places.database, 100)

    with places.database.transaction() as db:
        assert jobs.find(db, person.crash_id) is None
    assert places.store.stored([person.crash_id]) == []
    assert ledger(places) == (True, 1, 1)


def test_a_forgotten_crash_does_not_come_back_with_a_backup_of_the_store(places: Places) -> None:
    person = places.processed(of_person(deferred=True))
    copy = shutil.copytree(places.home / "crashstore", places.home.parent / "backup")
    places.forget("--crash", person.crash_id)

    shutil.copytree(copy, places.home / "crashstore", dirs_exist_ok=True)
    reconcile(places.store, places.database, DAY)

    assert places.store.stored([person.crash_id]) == []


def test_a_processor_that_is_late_cannot_bring_it_back(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = of_person()
    job = places.claimed(person)
    folder = places.home / "crashstore/crashes" / person.crash_id[-6:] / person.crash_id[:2]
    (folder / "neighbour").touch()  # else the folder goes with its last crash
    results = []

    def forget_just_now(_text: bytes) -> None:
        results.append(places.forget("--crash", person.crash_id))

    # Between its look at the raw crash and its writing of the processed one.
    monkeypatch.setattr("socorro.crashstore.filesystem.check_processed", forget_just_now)
    with pytest.raises(LeaseLost):
        places.save(job, person)

    assert [result.exit_code for result in results] == [0]
    assert traces(places, person.crash_id) == []


def test_a_processor_that_ends_meanwhile_ends_its_job(places: Places) -> None:
    person = of_person()
    job = places.claimed(person)
    with places.database.transaction() as db:
        execute(db, "INSERT INTO forgotten SELECT 'x', forgotten_token(left(%(id)s, 29)), now()",
                id=person.crash_id)  # fmt: skip

    with pytest.raises(LeaseLost):
        places.save(job, person)

    with places.database.transaction() as db:
        assert jobs.find(db, person.crash_id) is None
        assert value(db, "SELECT count(*) FROM reports") == 0


def test_a_place_that_is_away_is_named_and_the_next_run_ends_it(places: Places) -> None:
    person = places.processed(of_person())
    marker = places.home / "crashstore" / "marker"
    content = marker.read_text()
    marker.unlink()
    (places.home / "list").write_text(f"\nbp-{person.crash_id}\n")

    away = places.forget("--file", str(places.home / "list"))
    marker.write_text(content)
    (places.home / "list").unlink()
    again = places.forget("--crash", person.crash_id)

    assert away.exit_code == 1
    assert "the crash store does not answer" in away.output
    assert again.exit_code == 0, again.output
    assert traces(places, person.crash_id) == []


def test_a_spool_that_is_not_mounted_is_not_taken_for_none(places: Places) -> None:
    person = places.processed(of_person())
    Spool(places.spool.root, home=places.home).require()  # as a collector: the home remembers it
    places.spool.root.rename(places.home / "elsewhere")

    away = places.forget("--crash", person.crash_id)
    (places.home / "elsewhere").rename(places.spool.root)
    again = places.forget("--crash", person.crash_id)

    assert away.exit_code == 1
    assert "the spool is away" in away.output
    assert again.exit_code == 0, again.output


@pytest.mark.parametrize("name", ["extracts", "search"])
@pytest.mark.parametrize("is_seen", [True, False])
def test_a_folder_that_is_not_mounted_is_not_taken_for_an_empty_one(
    places: Places, name: str, is_seen: bool
) -> None:
    person = places.processed(of_person())
    places.count_all()
    folder = places.home / name
    if is_seen:
        in_use = folder / "segments" if name == "search" else folder
        folders_seen.remember(in_use, name)  # as the clock does; then not even the folder is left
    folder.rename(places.home / "elsewhere")
    if not is_seen:
        folder.mkdir()  # a mount point

    away = places.forget("--crash", person.crash_id, "--json")
    shutil.rmtree(folder, ignore_errors=True)
    (places.home / "elsewhere").rename(folder)
    again = places.forget("--crash", person.crash_id)

    assert away.exit_code == 1
    [problem] = [one for one in json.loads(away.stdout)["places"] if one["problem"]]
    assert problem["place"].startswith(name)
    assert "is its disk mounted?" in problem["problem"]
    assert again.exit_code == 0, again.output
    assert traces(places, person.crash_id) == []


def test_rows_that_a_newer_file_hides_go_from_the_file_of_their_day(places: Places) -> None:
    person = places.processed(of_person())
    places.processed(of_another())
    places.count_all()
    root = places.home / "search" / "segments"
    writer, midnight = Writer(root), NOON.replace(hour=0)
    segments = segments_of(layout.folder(root, "public", NOON))
    merge(root, Day(midnight, layout.places(segments)), writer)
    writer.write_hour(places.database, NOON, LATER)  # the file of the day has its rows, too
    assert len(names_in(layout.folder(root, "public", NOON), [person.crash_id.encode()])) == 2

    result = places.forget("--crash", person.crash_id)

    assert result.exit_code == 0, result.output
    assert names_in(root, [person.crash_id.encode()]) == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "expected one of"),
        (("--install", "1", "--email-hash", EMAIL_HASH), "expected one of"),
        (("--email-hash", "a@b.example"), "64 hexadecimal digits"),
        (("--install", "yesterday"), "is not a time"),
        (("--crash", "42"), "not a crash id"),
    ],
)
def test_wrong_arguments_are_refused(home: Path, run, words: tuple[str, ...], text: str) -> None:  # type: ignore[no-untyped-def]
    result = run("forget", *words)

    assert result.exit_code == 2
    assert text in result.output
