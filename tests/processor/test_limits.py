"""Every limit of the processor, at its edge and one beyond."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from processor import builder, missing_symbols, row, stackwalk, symbols, worker
from processor.builder import AGAIN_SECONDS
from processor.child import NOTES_KEPT, STDERR_KEPT, Limits, run
from processor.config import ProcessorConfig
from processor.pipeline import (
    LONGEST_JSON,
    LONGEST_NOTE,
    MOST_NOTES,
    View,
    bounded,
    clean_all,
)
from processor.rules import addons, collector, hardware, java, notices, product, stacks, times
from processor.stackwalk import Walk, Walker
from processor.stackwalk_pipe import MOST_THREADS, parse
from processor.symbols import with_symbol_status
from socorro.crash import MAIN_DUMP
from socorro.postgres import Database, execute
from socorro.signature import java as java_names
from socorro.symbols import index_walker
from tests.builders import NOON
from tests.processor.test_indexed import Built
from tests.processor.test_missing_symbols import crash, module, names
from tests.processor.test_rules import run as run_rules
from tests.processor.test_stackwalk_pipe import HEADER
from tests.processor.test_symbols import TEST_APP

Fake = Callable[..., str]
NOW = int(NOON.timestamp())


@pytest.mark.parametrize(
    ("setting", "accepted", "refused"),
    [
        ("processes", 1, 0),
        ("threads", 1, 0),
        ("threads", 64, 65),
        ("batch", 1, 0),
        ("batch", 100, 101),
        ("attempts", 1, 0),
        ("alive_seconds", 1, 0.999),
        ("poll_seconds", 0.001, 0),
        ("stop_seconds", 0, -0.001),
        ("index_seconds", 0.001, 0),
        ("index_walk_memory", 2**26, 2**26 - 1),
        ("index_build_memory", 2**26, 2**26 - 1),
        ("index_build_seconds", 0.001, 0),
        ("walk_seconds", 0.001, 0),
        ("walk_seconds", 300, 300.001),  # half of the lease
        ("lease_seconds", 240, 239.999),  # twice the walk
        ("walk_memory", 2**26, 2**26 - 1),
        ("walk_output", 1, 0),
    ],
)
def test_a_setting_out_of_range_is_refused(setting: str, accepted: float, refused: float) -> None:
    assert getattr(ProcessorConfig(**{setting: accepted}), setting) == accepted
    with pytest.raises(ValidationError):
        ProcessorConfig(**{setting: refused})


def test_the_shortest_lease_is_a_second() -> None:
    assert ProcessorConfig(lease_seconds=1, walk_seconds=0.5).lease_seconds == 1
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        ProcessorConfig(lease_seconds=0.999, walk_seconds=0.1)


# The pipeline.


@pytest.mark.parametrize("count", [MOST_NOTES, MOST_NOTES + 1])
def test_a_hundred_notes_are_kept(count: int) -> None:
    notes = bounded(f"note {number}" for number in range(count))

    assert len(notes) == MOST_NOTES
    assert (notes[-1] == "2 more notes dropped") == (count > MOST_NOTES)


@pytest.mark.parametrize("length", [LONGEST_NOTE, LONGEST_NOTE + 1])
def test_a_note_has_300_characters(length: int) -> None:
    view = View((), {}, {}, frozenset())

    view.note("n" * length)

    assert len(view.notes[0]) == LONGEST_NOTE == 300


@pytest.mark.parametrize("length", [LONGEST_JSON, LONGEST_JSON + 1])
def test_json_of_a_mebicharacter_is_read(length: int) -> None:
    text = json.dumps("x" * (length - 2))

    value = View(("A",), {"A": text}, {}, frozenset()).json("A")

    assert len(text) == length
    assert (value is None) == (length > LONGEST_JSON)


@pytest.mark.parametrize(("depth", "kept"), [(254, 254), (255, 100)])
def test_nesting_of_more_than_254_levels_is_cut_to_100(depth: int, kept: int) -> None:
    assert str(clean_all(json.loads("[" * depth + "]" * depth))).count("[") == kept


@pytest.mark.parametrize("length", [200, 201])
def test_a_word_has_200_characters(length: int) -> None:
    assert View(("A",), {"A": "w" * length}, {}, frozenset()).word("A") == "w" * 200


# The rules.


@pytest.mark.parametrize("count", [addons.MOST, addons.MOST + 1])
def test_a_thousand_addons_are_listed(count: int) -> None:
    written, notes = run_rules(addons.addons, **{"Add-ons": ",".join(["a:1"] * count)})

    assert len(written["addons"]) == addons.MOST == 1000
    assert bool(notes) == (count > addons.MOST)


@pytest.mark.parametrize("length", [addons.LONGEST, addons.LONGEST + 1])
def test_the_id_and_version_of_an_addon_have_200_characters(length: int) -> None:
    written, _ = run_rules(addons.addons, **{"Add-ons": f"{'i' * length}:{'v' * length}"})

    assert written["addons"] == [f"{'i' * 200}:{'v' * 200}"]


@pytest.mark.parametrize("count", [collector.MOST_NOTES, collector.MOST_NOTES + 1])
def test_a_hundred_notes_of_the_collector_are_kept(count: int) -> None:
    metadata = {"collector_notes": ["note"] * count}

    written, _ = run_rules(collector.collector_notes, inputs={"metadata": metadata})

    assert len(written["collector_notes"]) == collector.MOST_NOTES == 100


@pytest.mark.parametrize(
    ("rate", "kept"), [(1e-9, 1e-9), (0, 1.0), (-1e-9, 1.0), (1, 1.0), (1.0000001, 1.0)]
)
def test_a_throttle_rate_is_over_0_and_at_most_1(rate: float, kept: float) -> None:
    written, notes = run_rules(collector.throttle, inputs={"metadata": {"throttle_rate": rate}})

    assert written["throttle_rate"] == kept
    assert (notes == []) == (0 < rate <= 1)


@pytest.mark.parametrize("more", [0, 1])
def test_twenty_inconsistencies_of_200_characters_are_kept(more: int) -> None:
    listed = ["i" * (200 + more)] * (hardware.MOST_INCONSISTENCIES + more)

    written, _ = run_rules(
        hardware.crash_inconsistencies,
        inputs={"json_dump": {"crash_info": {"crash_inconsistencies": listed}}},
    )

    assert written["crash_inconsistencies"] == ["i" * 200] * 20


@pytest.mark.parametrize("more", [0, 1])
def test_a_java_stack_has_a_thousand_lines(more: int) -> None:
    lines = ["a.B: text", *["\tat a.B.c(D.java:1)"] * (java_names.MOST_LINES - 1 + more)]

    written, _ = run_rules(java.java_stack_trace, JavaStackTrace="\n".join(lines))

    assert len(written["java_stack_trace"].split("\n")) == java_names.MOST_LINES == 1000


@pytest.mark.parametrize("more", [0, 1])
def test_a_line_of_a_java_stack_has_500_characters(more: int) -> None:
    start, end = "\tat a.B.c(", ".java:1)"
    blanks = " " * (java_names.LONGEST + more - len(start) - len(end) - 150)
    frame = f"{blanks}{start}{'D' * 150}{end}"

    written, notes = run_rules(java.java_stack_trace, JavaStackTrace=f"a.B: text\n{frame}")

    assert len(frame) == java_names.LONGEST + more == 500 + more
    assert (written["java_stack_trace"] is None) == bool(more) == bool(notes)


@pytest.mark.parametrize("more", [0, 1])
def test_java_exceptions_frames_and_names_are_bounded(more: int) -> None:
    frame = {"function": "f" * (java_names.LONGEST + more)}
    value = {"type": "T", "stacktrace": {"frames": [frame] * (java_names.MOST_FRAMES + more)}}
    values = [{"type": "T"}] * (java_names.MOST_EXCEPTIONS - 1 + more)

    written, _ = run_rules(
        java.java_exception, JavaException=json.dumps({"exception": {"values": [value, *values]}})
    )

    kept = written["java_exception"]["exception"]["values"]
    frames = kept[0]["stacktrace"]["frames"]
    assert (len(kept), len(frames), len(frames[0]["function"])) == (20, 500, 500)


@pytest.mark.parametrize("more", [0, 1])
def test_notices_are_bounded(more: int) -> None:
    crumbs = [{"m": number} for number in range(notices.MOST_BREADCRUMBS + more)]

    written, _ = run_rules(
        notices.moz_crash_reason,
        notices.breadcrumbs,
        notices.mac_notices,
        inputs={"json_dump": {"mac_boot_args": "b" * (1000 + more)}},
        MozCrashReason="MOZ_CRASH(".ljust(1000 + more, "r"),
        Breadcrumbs=json.dumps(crumbs),
    )

    assert written["moz_crash_reason"] == "MOZ_CRASH(".ljust(1000, "r")
    assert written["mac_boot_args"] == "b" * 1000
    assert written["breadcrumbs"] == crumbs[-500:]


@pytest.mark.parametrize("more", [0, 1])
def test_json_in_text_is_cut_with_a_note(more: int) -> None:
    def text_of(length: int, rest: int) -> str:
        return "t" * (length - rest + more)

    errors = [text_of(notices.LONGEST_ERRORS, len('[""]'))]
    info = {"records": [text_of(notices.LONGEST_CRASH_INFO, len('{"records": [""]}'))]}

    written, notes = run_rules(
        notices.mac_notices,
        notices.soft_errors,
        inputs={"json_dump": {"mac_crash_info": info, "soft_errors": errors}},
    )

    assert (len(written["soft_errors"]), len(written["mac_crash_info"])) == (4096, 16 * 1024)
    assert len([note for note in notes if "cut to" in note]) == 2 * more


@pytest.mark.parametrize("more", [0, 1])
def test_lists_of_modules_are_bounded(more: int) -> None:
    count = stacks.MOST_MODULES + more
    dump = {
        "crashing_thread": {"frames": [{"module": f"m{number}"} for number in range(count)]},
        "modules": [{"filename": f"m{number}", "missing_symbols": True} for number in range(count)],
    }

    written, _ = run_rules(
        stacks.modules_in_stack, stacks.missing_symbols, inputs={"json_dump": dump}
    )

    assert written["modules_in_stack"].split(";")[-1] == "m999/"
    assert written["missing_symbols"].split(";")[-1] == "m999"


@pytest.mark.parametrize("more", [0, 1])
def test_certificates_are_bounded(more: int) -> None:
    subjects = [f"{number:03}{'s' * (297 + more)}" for number in range(100 + more)]
    signed = {subject: ["m" * (300 + more)] for subject in subjects}
    signed[subjects[0]] *= stacks.MOST_MODULES + more

    written, _ = run_rules(stacks.module_certificates, ModuleSignatureInfo=json.dumps(signed))

    certificates = written["module_certificates"]
    assert [certificate["subject"] for certificate in certificates] == [
        subject[:300] for subject in subjects[:100]
    ]
    assert certificates[0]["modules"] == ["m" * 300] * 1000
    assert len(certificates) == stacks.MOST_CERTIFICATES


@pytest.mark.parametrize("length", [200, 201])
def test_a_distribution_has_200_characters(length: int) -> None:
    written, _ = run_rules(product.distribution_id, DistributionID="d" * length)

    assert written["distribution_id"] == "d" * 200


EARLIEST = int(times.EARLIEST.timestamp())
LATEST = NOW + int(times.AHEAD / timedelta(seconds=1))


@pytest.mark.parametrize(
    ("time", "accepted"),
    [(EARLIEST, True), (EARLIEST - 1, False), (LATEST, True), (LATEST + 1, False)],
)
def test_a_crash_time_is_between_1995_and_two_days_ahead(time: int, accepted: bool) -> None:
    written, notes = run_rules(times.crash_time, CrashTime=str(time))

    assert written["crash_time"] == (time if accepted else NOW)
    assert (notes == []) == accepted


# Walks.


@pytest.mark.parametrize("more", [0, 1])
def test_the_ends_of_stderr_and_the_starts_of_notes_are_kept(more: int) -> None:
    script = 'head -c $1 /dev/zero | tr "\\0" e >&2; head -c $2 /dev/zero | tr "\\0" n > $3'
    lengths = (str(STDERR_KEPT + more), str(NOTES_KEPT + more))

    result = run(["/bin/sh", "-c", script, "sh", *lengths, "{notes}"], Limits())

    assert (len(result.stderr), len(result.notes)) == (64 * 1024, 256 * 1024)


@pytest.mark.parametrize(("length", "killed"), [(100_000, ""), (100_001, "output")])
def test_output_up_to_its_limit_is_read(length: int, killed: str) -> None:
    result = run(["/bin/sh", "-c", f"head -c {length} /dev/zero"], Limits(output=100_000))

    assert result.killed == killed
    assert len(result.stdout) == (0 if killed else length)


@pytest.mark.parametrize("more", [0, 1])
def test_ten_lines_of_stderr_are_kept(fake: Fake, more: int) -> None:
    count = stackwalk.STDERR_LINES + more

    walk = Walker(fake(f"seq {count} >&2; echo '{{}}'")).walk(b"MDMP")

    assert walk.stderr.splitlines()[0] == str(1 + more)
    assert len(walk.stderr.splitlines()) == stackwalk.STDERR_LINES == 10


@pytest.mark.parametrize("more", [0, 1])
def test_4096_characters_of_stderr_are_kept(fake: Fake, more: int) -> None:
    walk = Walker(fake(f"head -c {4096 + more} /dev/zero | tr '\\0' e >&2; echo '{{}}'")).walk(
        b"MDMP"
    )

    assert walk.stderr == "e" * 4096


@pytest.mark.parametrize("length", [100, 101])
def test_a_walkers_version_has_100_characters(fake: Fake, length: int) -> None:
    walk = Walker(fake("echo '{}'", "v" * length)).walk(b"MDMP")

    assert walk.version == "v" * 100


@pytest.mark.parametrize(("length", "status"), [(61, "A" * 61), (62, "WalkerFailed")])
def test_a_walkers_kind_of_error_has_61_characters(fake: Fake, length: int, status: str) -> None:
    walk = Walker(fake(f"echo 'ERROR {'A' * length} - no' >&2; exit 1")).walk(b"MDMP")

    assert walk.status == status


@pytest.mark.parametrize(("thread", "read"), [(MOST_THREADS - 1, True), (MOST_THREADS, False)])
def test_ten_thousand_threads_are_read(thread: int, read: bool) -> None:
    dump, notes = parse(f"{HEADER}{thread}|0|main|f|||0x1\n".encode())

    assert dump["thread_count"] == (MOST_THREADS if read else 0)
    assert notes == ([] if read else ["stack walker: 1 line could not be read"])


@pytest.mark.parametrize(
    ("line", "address", "read"),
    [
        ("9" * 9, "0x1", {"line": 999_999_999}),
        ("9" * 10, "0x1", {"line": None}),
        ("", f"0x{'f' * 16}", {"offset": f"0x{'f' * 16}"}),
        ("", f"0x{'f' * 17}", {"offset": None}),
    ],
)
def test_numbers_of_too_many_digits_are_not_read(
    line: str, address: str, read: dict[str, Any]
) -> None:
    dump, _ = parse(f"{HEADER}0|0||||{line}|{address}\n".encode())

    [frame] = dump["threads"][0]["frames"]
    assert {name: frame[name] for name in read} == read


# Symbols.


@pytest.mark.parametrize("more", [0, 1])
def test_five_other_ids_are_listed(tmp_path: Path, more: int) -> None:
    for number in range(symbols.MOST_OTHERS + more):
        path = tmp_path / "m.pdb" / f"{number:032X}1" / "m.sym"
        path.parent.mkdir(parents=True)
        path.touch()

    assert len(_other_ids(tmp_path)) == symbols.MOST_OTHERS == 5


@pytest.mark.parametrize("more", [0, 1])
def test_a_thousand_other_ids_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    assert symbols.MOST_LOOKED_AT == 1000
    monkeypatch.setattr(symbols, "MOST_LOOKED_AT", 20)
    for number in range(19 + more):
        (tmp_path / "m.pdb" / f"{number:032X}1").mkdir(parents=True)
    last = tmp_path / "m.pdb" / f"{'F' * 32}1" / "m.sym"
    last.parent.mkdir()
    last.touch()

    assert len(_other_ids(tmp_path)) == 1 - more


def _other_ids(folder: Path) -> list[str]:
    module = {"filename": "m", "debug_file": "m.pdb", "debug_id": TEST_APP}
    dump = {"modules": [{**module, "missing_symbols": True}], "threads": []}
    walk = with_symbol_status(Walk("OK", dump), [folder])
    assert walk.json_dump
    ids: list[str] = walk.json_dump["modules"][0].get("other_debug_ids", [])
    return ids


@pytest.mark.parametrize("more", [0, 1])
def test_ten_modules_of_a_crash_miss_symbols(more: int) -> None:
    files = [f"m{number}" for number in range(missing_symbols.MOST_MODULES + more)]

    missed, naming = names(
        crash([module(name) for name in files], *files, made_by=tuple(range(len(files))))
    )

    assert (len(missed), naming) == (10, 10)


@pytest.mark.parametrize("length", [200, 201])
def test_the_names_of_a_module_have_200_characters(length: int) -> None:
    name = "n" * length
    processed = crash([module(name, debug_file="m.pdb", version="v" * length)], name)

    [missed] = missing_symbols.missing_symbols(processed).modules

    assert (missed.filename, missed.version) == ("n" * 200, "v" * 200)


@pytest.mark.parametrize(("age", "tried"), [(AGAIN_SECONDS - 1, 0), (AGAIN_SECONDS, 1)])
def test_an_index_that_failed_is_tried_again_after_ten_minutes(
    fake: Fake, tmp_path: Path, age: float, tried: int
) -> None:
    built, sym = Built(fake, tmp_path, "exit 1"), tmp_path / "a.sym"
    sym.touch()
    index_walker.request(built.folder, [sym])
    built.builder.build()
    built.now = age
    index_walker.request(built.folder, [sym])

    assert built.builder.build() == tried


def test_so_many_failures_are_remembered_and_no_more(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "_REMEMBERED", 2)
    built = Built(fake, tmp_path, "exit 1")
    paths = [tmp_path / f"{number}.sym" for number in range(3)]
    for path in paths:
        path.touch()
        index_walker.request(built.folder, [path])
        built.builder.build()

    index_walker.request(built.folder, paths[1:])
    kept = built.builder.build()
    index_walker.request(built.folder, paths[:1])

    assert kept == 0
    assert built.builder.build() == 1  # the oldest was forgotten


# Jobs and reports.


@pytest.mark.parametrize("more", [0, 1])
def test_ten_dumps_of_a_crash_are_walked(more: int) -> None:
    dumps = [f"{MAIN_DUMP}_{number:02}" for number in range(worker.MOST_DUMPS - 1 + more)]

    walked = worker._dumps_to_walk([MAIN_DUMP, *dumps])

    assert walked == [MAIN_DUMP, *dumps[:9]]


@pytest.mark.parametrize(("column", "kept"), row.TEXTS.items(), ids=lambda value: str(value))
def test_each_column_of_a_report_has_its_length(column: str, kept: tuple[str, int]) -> None:
    key, most = kept

    exact, quiet = row.to_row({key: "t" * most})
    longer, notes = row.to_row({key: "t" * (most + 1)})

    assert exact[column] == longer[column] == "t" * most
    assert quiet == []
    assert notes == [f"{column} cut to {most} characters in reports"]


@pytest.mark.parametrize(("column", "most"), row.PROTECTED.items())
def test_each_column_of_personal_data_has_its_length(column: str, most: int) -> None:
    assert row.user_info({column: "t" * most})[column] == "t" * most
    assert row.user_info({column: "t" * (most + 1)})[column] == "t" * most
    assert row.to_row({column: "t" * (most + 1)})[1] == [
        f"{column} cut to {most} characters in reports"
    ]


@pytest.mark.parametrize("column", row.INTEGERS)
@pytest.mark.parametrize(
    ("value", "kept"),
    [(2**31 - 1, True), (2**31, False), (-(2**31), True), (-(2**31) - 1, False)],
)
def test_numbers_fit_their_columns(column: str, value: int, kept: bool) -> None:
    columns, _ = row.to_row({column: value})

    assert columns[column] == (value if kept else None)


@pytest.mark.parametrize("more", [0, 1])
def test_a_field_of_8_kib_is_kept_in_the_report(more: int) -> None:
    overhead = len('{"theme":""}')
    large = {"theme": "t" * (row.LARGEST_FIELD - overhead + more), "vendor": "v"}

    columns, notes = row.to_row(large)

    assert ("theme" in columns["fields"]) == (more == 0)
    assert notes == (["theme is too large for reports"] if more else [])
    assert columns["fields"]["vendor"] == "v"


@pytest.mark.parametrize("more", [0, 1])
def test_fields_of_64_kib_are_kept_in_the_report(more: int) -> None:
    *first, last = sorted(
        ["abort_message", "crash_address_kind", "crashing_thread_name", "distribution_id",
         "last_error_value", "report_type", "signature_version", "vendor"]
    )  # fmt: skip
    full = {name: "t" * (row.LARGEST_FIELD - len(f'{{"{name}":""}}')) for name in first}
    braces = 2
    rest = "t" * (row.LARGEST_FIELD - braces - len(f'{{"{last}":""}}') + more)

    columns, notes = row.to_row({**full, last: rest})

    assert row.LARGEST_FIELDS == 8 * row.LARGEST_FIELD
    assert columns["fields"].keys() == ({*first} if more else {*first, last})
    assert notes == ([f"{last} is too large for reports"] if more else [])


@pytest.mark.parametrize("more", [0, 1])
def test_so_many_ids_of_modules_are_kept_in_memory(
    database: Database, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    monkeypatch.setattr(missing_symbols, "_MOST_REMEMBERED", 2)
    numbers, today = missing_symbols.ModuleNumbers(database), NOON.date()
    files = [f"m{number}" for number in range(2 + more)]
    missed = missing_symbols.missing_symbols(crash([module(name) for name in files], *files))
    first = numbers.of(missed.modules, today)
    with database.transaction() as db:
        execute(db, "DELETE FROM symbol_modules")

    again = numbers.of(missed.modules, today)

    assert (again == first) == (more == 0)  # else they are looked up again, and new
