"""The jobs that look at modules on stacks, on a small generated week and on hostile ones."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.fakedata.rows import REPORT_COLUMNS, DayRows
from cli.fakedata.truth import truth_of
from cli.fakedata.world import World
from cron.job import Done, JobFailed
from cron.jobs import frankeninstalls, suspicious_modules
from socorro.postgres import Database
from socorro.search.interface import TooSlow
from socorro.search.segments import layout
from socorro.search.segments.limits import Limits
from socorro.stack_modules import mixes, stacks, suspects, tables
from socorro.stack_modules.config import MixesConfig
from socorro.stack_modules.symbols import Uploaded
from socorro.symbols.store import SymbolStore
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.sql.rows import report

DAY = NOON.date()
ONE_DAY = timedelta(days=1)
RUN = NOON + ONE_DAY  # the slot is that of DAY
Row = dict[str, Any]
Put = Callable[..., Path]


def rows_of(world: World) -> Iterator[Row]:
    """The reports of a generated history as rows of search, all at noon of their day."""
    for day in world.days:
        day_rows = DayRows(world, day)
        for line in (line for hour in range(24) for line in day_rows.hour(hour)):
            cells = dict(zip(REPORT_COLUMNS, line[:-1].split("\t"), strict=True))
            fields = json.loads(cells["fields"].replace("\\\\", "\\"))
            crashed = datetime.fromisoformat(cells["crash_time"])
            yield {
                **{name: cells[name] for name in ("product", "release_channel", "os_name")},
                **{name: cells[name] for name in ("crash_id", "cpu_arch", "signature")},
                "build": cells["build_id"],
                "submitted_timestamp": NOON + (day - DAY),
                "install_time": int(crashed.timestamp()) - int(cells["install_age"]),
                "modules_in_stack": fields.get("modules_in_stack"),
            }


def write(root: Path, rows: list[Row]) -> Path:
    """Write rows into a file for each day."""
    for at in sorted({row["submitted_timestamp"] for row in rows}):
        of_day = [row for row in rows if row["submitted_timestamp"] == at]
        layout.write(layout.hour_file(root, "public", at), of_day, "public")
    return root


@pytest.fixture(scope="module")
def world() -> World:
    return World(1, DAY - 6 * ONE_DAY, DAY, 1000)


@pytest.fixture(scope="module")
def week(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The column files of a generated week; do not write to them."""
    return write(tmp_path_factory.mktemp("week"), list(rows_of(world)))


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write crashes by (build, modules, installs), one per install unless *again* says more."""

    def written(*groups: tuple[str, str, int], again: int = 1, **columns: Any) -> Path:
        rows = [
            {
                "product": "Firefox", "release_channel": "release", "os_name": "Windows NT",
                "cpu_arch": "amd64", "signature": "boom", "submitted_timestamp": NOON,
                "crash_id": f"{place:08}-{number:04}-{once:04}-0000-000000261123", "build": build,
                "modules_in_stack": modules, "install_time": 10_000 * place + number, **columns,
            }
            for place, (build, modules, installs) in enumerate(groups)
            for number in range(installs)
            for once in range(again)
        ]  # fmt: skip
        return write(tmp_path / "files", rows)

    return written


MIXED = (("2", "core.dll/N", 60), ("1", "core.dll/O", 40), ("2", "core.dll/O;ntdll.dll/S", 3))


def read(root: Path, **more: Any) -> stacks.Stacks:
    """What one reading says of itself."""
    with stacks.read_stacks(root, DAY, DAY, **more) as scanned:
        return scanned


def mixes_of(root: Path, **more: Any) -> mixes.Mixes:
    with stacks.read_stacks(root, DAY, DAY) as scanned:
        return mixes.find_mixes(scanned, frozenset(), **more)


def test_a_planted_mix_and_a_family_are_listed_and_nothing_else(
    week: Path, world: World, make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_SEARCH_FOLDER", str(week))
    truth = truth_of(world)
    [mix], [family] = truth["frankeninstalls"], truth["malware"]
    jobs = (frankeninstalls.JOB, suspicious_modules.JOB)

    for _ in range(2):  # the second replaces what the first wrote
        done = [job.work(make_run(job, RUN)) for job in jobs]

    assert done[0].rows > 2
    assert done[1].rows == 1
    assert ask(
        database,
        "SELECT mixed.signature, product, release_channel, build_id, filename, of_build, rule"
        " FROM mixed_installs AS mixed JOIN foreign_modules USING (day, product, place)"
        " WHERE mixed.signature <> ''",
    ) == [
        (mix["signature"], "Firefox", "release", mix["build"], mix["module"],
         mix["module_of_build"], "share")
    ]  # fmt: skip
    [(names, ids, points, signature)] = ask(
        database, "SELECT names, debug_ids, points, signature FROM suspicious_modules"
    )
    assert set(names) <= set(family["modules"])
    assert (ids, points, signature) == ([family["debug_id"]], 6.5, family["signature"])
    scans = ask(database, "SELECT kind, day, first_day, one_in FROM module_scans ORDER BY kind")
    assert scans == [
        (job.name, DAY, DAY - timedelta(days=6), 1) for job in jobs
    ]  # fmt: skip
    assert ask(database, "SELECT bool_and(notes::text LIKE '%missing%') FROM module_scans") == [
        (True,)  # only the hours at noon have files
    ]


def test_installs_are_counted_once_however_often_they_crash(put: Put) -> None:
    [whole, boom] = mixes_of(put(*MIXED, again=3)).signatures

    assert (whole.signature, whole.installs, whole.crashes) == ("", 103, 309)
    assert (whole.mixed_installs, whole.mixed_crashes, whole.place) == (3, 9, 0)
    assert boom == whole._replace(signature="boom")


def test_a_module_has_its_evidence(put: Put) -> None:
    [module] = mixes_of(put(*MIXED, distribution_id="vendor")).modules

    assert module.foreign.owner == "1"
    assert module.foreign.share == pytest.approx(3 / 63)
    assert (module.installs, module.crashes) == (3, 3)
    assert (module.signature, module.distribution) == (("boom", 3), ("vendor", 3))


def test_an_excused_module_is_no_mix_and_is_noted(put: Put) -> None:
    answer = mixes_of(put(*MIXED), excused=["core.dll/O"])

    assert answer.modules == []
    assert [one.mixed_installs for one in answer.signatures] == [0]
    assert answer.notes == ["excused by SOCORRO_MIXES_EXCUSED: 1"]


@pytest.mark.parametrize("text", ["core.dll", "/A1", "core.dll/"])
def test_what_is_excused_is_a_file_and_a_debug_id(text: str) -> None:
    assert MixesConfig(excused=["core.dll/A1"]).excused == ["core.dll/A1"]
    with pytest.raises(ValueError, match="is not file/debug id"):
        MixesConfig(excused=[text])


def test_symbols_of_a_dll_are_those_of_its_pdb(tmp_path: Path) -> None:
    store = SymbolStore(tmp_path, 10**6)
    store.add([b"MODULE windows x86_64 5A9832E5287241C1838ED98914E9B7FF1 core.pdb\n"])
    uploaded = Uploaded(store)

    assert ("core.dll", "5A9832E5287241C1838ED98914E9B7FF1") in uploaded
    assert ("core.dll", "5A9832E5287241C1838ED98914E9B7FF2") not in uploaded
    assert ("../core.dll", "no id") not in uploaded
    assert "core.dll" not in uploaded


def test_where_install_times_tell_nothing_apart_crashes_are_counted(put: Put) -> None:
    many = (("2", "core.dll/N", 600), ("1", "core.dll/O", 400), ("2", "core.dll/O", 3))

    assert mixes_of(put(*many, install_time=1)).signatures[0].installs == 1003
    assert mixes_of(put(*MIXED, install_time=1)).signatures[0].installs == 1
    assert mixes_of(put(*MIXED, install_time=None)).signatures[0].installs == 103


@pytest.mark.parametrize(("most", "one_in"), [(103, 1), (102, 2), (1, 103)])
def test_of_many_crashes_a_sample_is_read(put: Put, most: int, one_in: int) -> None:
    scanned = read(put(*MIXED), most=most)

    assert scanned.one_in == one_in
    assert (scanned.crashes == 103) == (one_in == 1)


@pytest.mark.parametrize(("count", "modules"), [(100, 100), (101, 100), (20_000, 100)])
def test_the_first_hundred_modules_of_a_stack_are_read(put: Put, count: int, modules: int) -> None:
    text = ";".join(f"{number}.dll/A" for number in range(count))

    with stacks.read_stacks(put(("1", text, 1)), DAY, DAY) as scanned:
        assert scanned.rows("SELECT count(*) FROM stack_modules") == [(modules,)]


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("", []), (";;", []), ("/A", []), ("core.dll", []), ("core.dll/", [("core.dll", "")]),
        ("a/b.dll/A;a/b.dll/A", [("a/b.dll", "A")]), ("x" * 198 + "/A", [("x" * 198, "A")]),
        ("x" * 199 + "/A", []), (("y" * 7997) + "/A;b/B", []), ("ß'$1.dll/A", [("ß'$1.dll", "A")]),
    ],
)  # fmt: skip
def test_what_is_no_module_is_left_out(put: Put, text: str, modules: list[tuple[str, str]]) -> None:
    with stacks.read_stacks(put(("1", text, 1)), DAY, DAY) as scanned:
        assert scanned.rows("SELECT file, debug_id FROM modules") == modules


def test_a_damaged_file_is_left_out_and_the_others_are_read(put: Put) -> None:
    root = put(*MIXED)
    bad = layout.hour_file(root, "public", NOON + timedelta(hours=1))
    bad.write_bytes(b"PAR1 no")

    scanned = read(root)

    assert scanned.crashes == 103
    assert [note[:22] for note in scanned.notes] == ["Crashes submitted 2026"]


def test_too_little_memory_or_time_is_said_in_words(put: Put) -> None:
    root = put(*MIXED)

    with pytest.raises(TooSlow, match="reading took more than 1MB of memory"):
        read(root, limits=Limits(memory="1MB", threads=1, seconds=60))
    with (
        pytest.raises(TooSlow, match=r"reading took longer than 0 seconds"),
        stacks.read_stacks(root, DAY, DAY, limits=Limits(threads=1, seconds=0)) as scanned,
    ):
        scanned.rows("SELECT count(*) FROM range(10000000000) AS a, range(1000) AS b")


@pytest.mark.parametrize("job", [frankeninstalls.JOB, suspicious_modules.JOB])
def test_before_the_first_crash_there_is_nothing_to_do(make_run: MakeRun, job: Any) -> None:
    assert job.work(make_run(job, RUN)) == Done(0, ["no crashes yet"])


@pytest.mark.parametrize("job", [frankeninstalls.JOB, suspicious_modules.JOB])
def test_what_cannot_be_read_fails_the_job_in_words(
    week: Path, make_run: MakeRun, job: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_SEARCH_FOLDER", str(week))
    monkeypatch.setattr(mixes, "MOST_COUNTS", 1)
    monkeypatch.setattr(suspects, "MOST_SIGHTINGS", 1)

    with pytest.raises(JobFailed, match="more than 1 modules"):
        job.work(make_run(job, RUN))


def test_beyond_their_limits_lists_are_cut_with_a_note(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = put(*MIXED, ("2", "core.dll/P", 1), ("1", "core.dll/P", 20))

    for name, note in (
        ("MOST_FOREIGN", "1 foreign module was left out"),
        ("MOST_SIGNATURES", "only the first 1 signatures are kept"),
    ):
        assert len(mixes_of(root).notes) == 0
        monkeypatch.setattr(mixes, name, 1)
        assert mixes_of(root).notes == [note]
        monkeypatch.undo()
    monkeypatch.setattr(mixes, "MOST_COUNTS", 5)
    assert mixes_of(root).modules
    monkeypatch.setattr(mixes, "MOST_COUNTS", 4)
    with pytest.raises(TooSlow, match="more than 4 modules by build"):
        mixes_of(root)


ODD = "qzkvwxjp.dll/A;xkqzvbjw.dll/A;wqxjzkvp.dll/A;qqxjzkvp.dll/B;zzvkwjqx.dll/B;kkxzvqjw.dll/B"


def test_suspects_have_limits_with_notes(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    root = put(("1", ODD, 20))

    def listed() -> tuple[int, list[str]]:
        with stacks.read_stacks(root, DAY, DAY) as scanned:
            answer, notes = suspects.find_suspects(scanned, DAY, lambda _product, _names: {})
        return len(answer), notes

    assert listed() == (2, [])
    monkeypatch.setattr(suspects, "MOST_SUSPECTS", 1)
    assert listed() == (1, ["Firefox: 1 module was left out"])
    monkeypatch.setattr(suspects, "MOST_CANDIDATES", 1)
    note = "Firefox: 1 candidate was left out, with the fewest points"
    assert listed() == (1, [note])
    monkeypatch.setattr(suspects, "MOST_SIGHTINGS", 6)
    assert listed() == (1, [note])
    monkeypatch.setattr(suspects, "MOST_SIGHTINGS", 5)
    with pytest.raises(TooSlow, match="more than 5 modules"):
        listed()


def test_certificates_come_from_crashes_that_say_who_signed_what(database: Database) -> None:
    signed = {"module_certificates": [{"subject": "A", "modules": ["Good.dll", "half.dll"]}]}
    stack = {"modules_in_stack": "good.dll/A;Bad.dll/B;half.dll/C"}
    other = {"module_certificates": [{"subject": "A", "modules": ["good.dll"]}]}
    with database.transaction() as db:
        for fields in (signed | stack, other | stack, stack):
            report(db, NOON, fields=json.dumps(fields))
        names = ["good.dll", "bad.dll", "half.dll", "absent.dll"]
        states = tables.certificates(db, "Firefox", names, DAY, DAY)
        nobody = tables.certificates(db, "Fenix", names, DAY, DAY)

    assert states == {"good.dll": True, "bad.dll": False, "half.dll": True}
    assert nobody == {}


def test_scans_are_kept_for_four_hundred_days(
    week: Path, make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_SEARCH_FOLDER", str(week))
    for days in (399, 400, 401):
        ask(
            database,
            "INSERT INTO module_scans VALUES (%s, 'suspicious-modules', %s, 1, 1, '{}')",
            *[DAY - timedelta(days=days)] * 2,
        )

    suspicious_modules.JOB.work(make_run(suspicious_modules.JOB, RUN))

    ages = ask(database, "SELECT %s - day FROM module_scans ORDER BY day", DAY)
    assert ages == [(400,), (399,), (0,)]


def test_days_without_crashes_have_no_mixes_and_no_suspects(put: Put) -> None:
    later = DAY + 30 * ONE_DAY
    with stacks.read_stacks(put(*MIXED), later, later) as scanned:
        answer = mixes.find_mixes(scanned, frozenset())
        nothing = suspects.find_suspects(scanned, later, lambda _product, _names: {})

    assert (scanned.crashes, scanned.first_day) == (0, None)
    assert answer == mixes.Mixes([], [], [])
    assert nothing == ([], [])
