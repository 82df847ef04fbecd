"""Long, guessed, repeated and further stacks of a report."""

import gzip
import re
from typing import Any

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import MAC, processed, stored
from tests.webapp.test_report import rows_of, words
from tests.wsgi import ask
from webapp.crashstats import cycles, modules, threads
from webapp.crashstats.plaintext import plaintext
from webapp.crashstats.sources import Links
from webapp.crashstats.stack import Thread, thread_of, traced


def frames(*functions: str, trust: str = "cfi", start: int = 0) -> list[dict[str, Any]]:
    return [
        {"frame": start + place, "function": function, "trust": trust, "module": "xul.dll"}
        for place, function in enumerate(functions)
    ]


def thread(*listed: dict[str, Any]) -> Thread:
    return thread_of(0, {"frames": list(listed)}, Links())


def test_equal_frames_are_one_row_with_their_number() -> None:
    inlined = {"inlines": [{"function": "inlined"}]}
    recursion = [frame | inlined for frame in frames(*["again"] * 240, start=1)]

    whole = thread(*frames("top"), *recursion, *frames("main", start=241))
    trace = [{"frame": 2, "action": "irrelevant"}, {"frame": 2, "action": "ends the signature"}]

    rows = whole._replace(calls=traced(whole.calls, trace)).sure

    assert [(call.number, call.function, call.times, call.role) for call in rows] == [
        (0, "top", 1, ""),
        (1, "inlined", 1, "skipped"),
        (1, "again", 240, "signature"),
        (241, "main", 1, ""),
    ]


def test_functions_that_call_each_other_are_folded_with_their_count_and_all_frames(
    app: WsgiApp, store: CrashStore
) -> None:
    listed = [*frames("top"), *frames(*["a", "b"] * 200, start=1), *frames("main", start=401)]
    crash = stored(store, make_crash())
    dump = {"crashing_thread": {"threads_index": 0, "frames": listed}, "threads": []}
    store.put_processed(crash.crash_id, {"signature": "a | b", "json_dump": dump})

    page = ask(app, f"/report/index/{crash.crash_id}").text

    stack = page.split('id="stack"')[1].split("</section>")[0]
    shown = re.sub(r'<tr class="raw">.*?</tr>', "", stack, flags=re.DOTALL)
    sentence = "The 2 frames above repeat: 200 times, frames 1 to 400"
    assert f"1 xul.dll a cfi 2 xul.dll b cfi ↻ {sentence} 401 xul.dll main cfi" in words(shown)
    assert stack.count('<tr class="raw">') == 398
    assert "400 xul.dll b cfi 401 xul.dll main" in words(stack)
    copied = words(page.split('id="as-text"')[1].split("</textarea>")[0])
    assert f"0 xul.dll top 1 xul.dll a 2 xul.dll b ({sentence}) 401 xul.dll main" in copied


def test_each_value_of_the_text_to_copy_is_on_one_line_whatever_is_in_it() -> None:
    hostile = "f\nSignature: forged\u202e\x1b[31m"
    [frame] = frames(hostile)
    stack = thread(frame | {"module": "x\ny.dll", "file": "a\nb.c", "line": 1})

    text = plaintext("http://x", {"signature": hostile, "reason": "r\ns"}, stack)

    starts = [line.partition(":")[0].partition(" ")[0] for line in text.splitlines()]
    assert starts == ["Crash", "Signature", "Reason", "", "Top", "", "0"]
    assert not set("\u202e\x1b") & set(text)


@pytest.mark.parametrize(
    ("functions", "times"),
    [("abab", [1, 1, 1, 1]), ("ababab", [3]), ("xabcabcabcab", [1, 3, 1, 1])],
)
def test_what_repeats_three_times_is_folded(functions: str, times: list[int]) -> None:
    listed = cycles.stretches(thread(*frames(*functions)).sure)

    assert [stretch.times for stretch in listed] == times


def test_a_repetition_that_is_in_the_signature_later_is_unfolded() -> None:
    whole = thread(*frames(*"ababab"))
    calls = traced(whole.calls, [{"frame": 2, "action": "prefix"}])

    [stretch] = cycles.stretches(whole._replace(calls=calls).sure)

    assert stretch.hides_signature


@pytest.mark.parametrize(
    ("trusts", "sure", "guessed"),
    [
        (("context", "cfi", "scan", "frame_pointer"), 2, 2),
        (("context", "cfi_scan", "cfi"), 1, 2),
        (("context", "cfi"), 2, 0),
        (("scan", "scan"), 2, 0),  # all of it: folded, there would be no stack
        (("", "none"), 2, 0),
    ],
)
def test_frames_are_guessed_from_the_first_scan_on(
    trusts: tuple[str, ...], sure: int, guessed: int
) -> None:
    listed = [
        frames(f"f{place}", trust=trust, start=place)[0] for place, trust in enumerate(trusts)
    ]

    shown = thread(*listed)

    assert (len(shown.sure), len(shown.guessed), shown.guessed_frames) == (sure, guessed, guessed)


def test_threads_are_together_when_the_page_shows_the_same_of_them() -> None:
    waiting = frames("wait", "run")
    other_line = [frame | {"line": 7} for frame in waiting]
    listed = [
        {"frames": waiting, "thread_name": "Worker"},
        {"frames": frames("crash")},
        {"frames": waiting, "thread_name": "Timer"},
        {"frames": waiting},
        {"frames": other_line},
    ]

    others = threads.others({"threads": listed}, Links(), 1)

    assert [group.title for group in others.groups] == [
        "3 threads (0, 2 to 3) · Worker, Timer",
        "Thread 4",
    ]
    assert (others.total, others.hidden) == (4, 0)


def test_modules_of_the_program_are_those_of_its_signer() -> None:
    listed = [
        {"filename": "app.exe", "cert_subject": "Maker"},
        {"filename": "lib.dll", "cert_subject": "Maker"},
        {"filename": "system.dll", "cert_subject": "System", "loaded_symbols": True},
        {"filename": "injected.dll", "missing_symbols": True},
    ]
    unsigned = [
        {"filename": "app", "missing_symbols": True},
        {"filename": "lib.so", "loaded_symbols": True},
        {"filename": "libc.so"},
    ]

    signed, by_symbols = (
        modules.modules({"modules": modules_, "main_module": 0}) for modules_ in (listed, unsigned)
    )

    assert [module.filename for module in signed.ours] == ["app.exe", "lib.dll"]
    assert [module.filename for module in by_symbols.ours] == ["app", "lib.so"]
    assert (signed.other_count, by_symbols.other_count) == (2, 1)


PLUGIN = "upload_file_minidump_browser"
DOCUMENT: dict[str, Any] = {
    "signature": "guess",
    "json_dump": {
        "crashing_thread": {
            "threads_index": 0,
            "frames": [*frames("top"), *frames("guess", trust="scan", start=1)],
        },
        "threads": [],
        "unloaded_modules": [{"filename": "gone.dll", "code_id": "5A98"}],
    },
    "signature_trace": [{"frame": 1, "name": "guess", "action": "ends the signature"}],
    PLUGIN: {
        "mdsw_status_string": "OK",
        "json_dump": {"threads": [{"frames": frames("of_the_browser")}, {"frames": []}]},
    },
    "java_exception": {
        "exception": {
            "values": [
                {
                    "type": "IOException",
                    "module": "java.io",
                    "value": "marker: a message",
                    "stacktrace": {
                        "frames": [
                            {"module": "org.example", "function": "read", "filename": "A.java",
                             "lineno": 5, "in_app": True},
                            {"module": "java.lang", "function": "run", "in_app": False},
                        ]
                    },
                },
                {"type": "Error", "module": "java.lang"},
            ]
        }
    },
}  # fmt: skip


def test_java_further_dumps_unloaded_modules_and_a_guess_that_made_the_signature(
    app: WsgiApp, store: CrashStore
) -> None:
    crash = stored(store, make_crash())
    store.put_processed(crash.crash_id, DOCUMENT)

    page = ask(app, f"/report/index/{crash.crash_id}").text

    text = words(page)
    assert '<details class="guessed" open><summary>1 more frame, guessed' in page
    assert len(rows_of(page)) == 2
    assert "java.io.IOException Frames, innermost first (1 of 2)" in text
    assert "0 org.example.read A.java:5 1 java.lang.run" in text
    assert "Caused by java.lang.Error" in text
    assert "marker" not in page
    assert "browser · thread 0 of_the_browser" in text
    assert "1 other thread is in the raw data" in text
    assert "Unloaded modules · 1" in text
    assert "gone.dll 5A98" in text


def test_an_ordinary_page_is_small(app: WsgiApp, store: CrashStore, database: Database) -> None:
    crash = processed(store, database, MAC, GraphicsCriticalError="a b " * 200)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert len(gzip.compress(page.body)) < 20_000


def test_a_crash_with_very_many_threads_and_modules_has_a_bounded_page(
    app: WsgiApp, store: CrashStore
) -> None:
    listed = [{"frames": frames(*(f"f{place}_{n}" for n in range(60)))} for place in range(520)]
    loaded = [
        {"filename": f"m{place}.dll", "debug_id": f"{place * 7919:033X}", "loaded_symbols": True}
        for place in range(20_000)
    ]
    crash = stored(store, make_crash())
    store.put_processed(
        crash.crash_id,
        {"json_dump": {"threads": listed, "modules": loaded}, "addons": ["a@b:1"] * 1000},
    )

    page = ask(app, f"/report/index/{crash.crash_id}")

    text = words(page.text)
    assert "200 of 20,000; all are in the raw data" in text
    assert "60 more frames are in the raw data" in text
    assert "20 more threads are in the raw data" in text
    assert "200 of 1,000; all are in the raw data" in text
    assert len(page.body) < 1_500_000
    assert len(gzip.compress(page.body)) < 100_000
