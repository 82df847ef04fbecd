"""The page of one crash: what crashed, why, and the evidence."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore, StoreUnavailable
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.visible import visible
from tests.accounts import user
from tests.builders import NOON, make_crash
from tests.processed import CORRUPT, LINUX, MAC, processed, stored
from tests.webapp.visitor import Visitor
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

UNKNOWN = "00000000-0000-4000-8000-000000261123"
PRIVATE = {
    "URL": "https://marker-url.example/secret",
    "Email": "marker-mail@example.com",
    "Comments": "marker comment of a user",
    "TelemetryEnvironment": '{"marker": "marker telemetry"}',
    "Undeclared": "marker of nobody's field",
}
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def words(text: str) -> str:
    """The visible text, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text.replace("<wbr>", ""))).split())


def test_the_page_answers_what_crashed_and_why(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, ReleaseChannel="beta", Version="140.0b3")

    page = ask(app, f"/report/index/{crash.crash_id}")

    text = words(page.text)
    assert page.status == 200
    assert "(anonymous namespace)::CrashFunction" in words(page.text.split("</h1>")[0])
    assert "Firefox 140.0b3 (beta) crashed in its parent process on Windows XP" in text
    assert "EXCEPTION_ACCESS_VIOLATION_WRITE at 0x00000045" in text
    assert "Build 20261120031153" in text
    assert "Submitted 2026-11-23 12:00 UTC" in text
    assert "c:\\test_app.cc:58" in text
    assert "5A9832E5287241C1838ED98914E9B7FF1" in text
    assert f'href="/api/ProcessedCrash/?crash_id={crash.crash_id}"' in page.text


def test_a_crash_that_was_sent_again_names_its_other_reports(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    first, again = (
        processed(store, database, raw=make_crash(at, CrashEventID="one"))
        for at in (NOON, NOON + timedelta(days=40))
    )
    alone = processed(store, database)

    of_first, of_again, of_alone = (
        ask(app, f"/report/index/{raw.crash_id}").text for raw in (first, again, alone)
    )

    counted = "The crash is counted once, as the first report."
    assert f"Sent more than once: also as bp-{again.crash_id} 2027-01-02 12:00" in words(of_first)
    assert f"also as bp-{first.crash_id} 2026-11-23 12:00 , first" in words(of_again)
    assert f'href="/report/index/{first.crash_id}"' in of_again
    assert counted in words(of_first)
    assert counted in words(of_again)
    assert "Sent more than once" not in of_alone


def rows_of(text: str) -> list[str]:
    """The rows of the crashing thread."""
    section = text.split('id="stack"')[1].split("</section>")[0]
    bodies = re.findall(r"<tbody>(.*?)</tbody>", section, re.DOTALL)
    return re.findall(r"<tr[^>]*>.*?</tr>", "".join(bodies), re.DOTALL)


def test_frames_show_which_are_in_the_signature_and_why_others_are_not(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, MAC)

    inlined, first, second, *_, last = rows_of(ask(app, f"/report/index/{crash.crash_id}").text)

    assert 'class="skipped"' in inlined
    assert "core::ptr::write_volatile::<u8> …/src/ptr/mod.rs:1574" in words(inlined)
    assert re.search(r"ignored (irrelevant|above the sentinel): \w+\.txt:\d+", words(inlined))
    assert 'class="signature"' in first
    assert "part of the signature: sadness_generator::raise_segfault" in words(first)
    assert "class=" not in second.split("<td", 1)[0]
    assert words(last).endswith("libdyld.dylib@0x15f3c ? scan")


def test_other_threads_are_folded_and_those_with_equal_stacks_together(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, MAC)

    text = ask(app, f"/report/index/{crash.crash_id}").text

    threads = words(text.split('id="threads"')[1].split("</section>")[0])
    assert "10 threads (1 to 10) · 7 frames libsystem_kernel.dylib" in threads
    assert text.count("<summary>10 threads") == 1


def test_a_module_without_symbols_is_named_first(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, LINUX)

    text = ask(app, f"/report/index/{crash.crash_id}").text

    section = words(text.split('id="modules"')[1].split("</section>")[0])
    assert re.search(r"8 modules; symbols missing for \d", section)
    assert section.index("✕ missing") < section.index("not needed")


def test_a_corrupt_dump_has_an_explanation(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, CORRUPT)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert page.status == 200
    assert "▲ MissingThreadList." in words(page.text)
    assert "it was cut off or overwritten" in page.text


def test_a_damaged_dump_has_an_explanation_and_its_stack(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    change = {"mdsw_status_string": "DamagedMinidump", "success": False}
    crash = processed(store, database, LINUX, change=change)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert "▲ DamagedMinidump. Parts of the dump are damaged" in words(page.text)
    assert 'id="modules"' in page.text


@pytest.mark.parametrize("spelling", ["bp-{}", "{}/", "BP-{}", "{}".upper()])
def test_other_spellings_are_redirected_to_one_address(app: WsgiApp, spelling: str) -> None:
    crash_id = make_crash().crash_id

    answers = [
        ask(app, f"/report/index/{spelling.format(crash_id)}"),
        ask(app, f"/report/index/bp-{crash_id.upper()}"),
    ]

    for answer in answers:
        if answer.status == 301:
            assert answer.headers["Location"] == f"/report/index/{crash_id}"
    assert answers[1].status == 301


@pytest.mark.parametrize(
    "text", ["nonsense", UNKNOWN[:-1], UNKNOWN[:-6] + "261399", "%00", "x" * 3000, SCRIPT, "é"]
)
def test_an_invalid_crash_id_is_a_page_that_says_so(app: WsgiApp, text: str) -> None:
    page = ask(app, f"/report/index/{text}")

    assert page.status == 404
    assert "<script>alert" not in page.text


def test_an_unknown_crash_says_what_to_do(app: WsgiApp) -> None:
    page = ask(app, f"/report/index/{UNKNOWN}")

    assert page.status == 404
    assert f"There is no crash bp-{UNKNOWN}" in words(page.text)
    assert "reload this page" in page.text


def test_nothing_private_is_on_any_page(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, MAC, **PRIVATE)
    waiting = stored(store, make_crash(**PRIVATE))

    pages = [
        ask(app, address).text
        for address in (
            f"/report/index/{crash.crash_id}",
            f"/report/index/{waiting.crash_id}",
            "/",
            "/signature/?signature=sadness_generator::raise_segfault",
        )
    ]

    frame = store.get_processed(crash.crash_id)["json_dump"]["crashing_thread"]["frames"][0]
    registers = {value for name, value in frame["registers"].items() if name in ("rsp", "rbp")}
    assert registers
    for text in pages:
        assert "marker" not in text
        assert not [value for value in registers if value.removeprefix("0x").lstrip("0") in text]


def hostile(value: object) -> object:
    """The same shape with a script in place of every text that is not a number."""
    if isinstance(value, dict):
        return {key: hostile(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner) for inner in value]
    return SCRIPT if isinstance(value, str) and not value.startswith("0x") else value


def test_scripts_in_every_value_are_inert(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(
        store,
        database,
        MAC,
        ProductName=SCRIPT[:30],
        Version="<b>1",
        ReleaseChannel=SCRIPT,
        Notes=SCRIPT,
        GraphicsCriticalError=SCRIPT * 20,
    )
    document = store.get_processed(crash.crash_id)
    keep = {"crash_id", "uuid", "submitted_timestamp", "date_processed"}
    store.put_processed(
        crash.crash_id,
        {key: value if key in keep else hostile(value) for key, value in document.items()},
    )

    texts = [
        ask(app, address).text
        for address in (
            f"/report/index/{crash.crash_id}",
            "/",
            f"/?product={SCRIPT}&version={SCRIPT}",
            f"/signature/?signature={SCRIPT}",
        )
    ]

    assert texts[0].count("&lt;script&gt;alert(1)&lt;") > 100
    for text in texts:
        assert "<script>alert" not in text
        assert "<img" not in text


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"json_dump": None, "signature": None, "uptime": "soon", "throttle_rate": "all"},
        {"json_dump": {"threads": None, "modules": "many", "crashing_thread": 7}},
        {"json_dump": {"threads": [{"frames": [{}, {"inlines": [{}]}]}]}, "crashing_thread": 0},
        {"json_dump": {"threads": [{}]}, "crashing_thread": 99},
        {"json_dump": {"threads": [{"frames": [{"truncated": {"msg": "12 left out"}}]}]}},
        {"submitted_timestamp": "yesterday", "completed_datetime": "2026-11-23T12:00:00"},
        {"signature_trace": [{"frame": "x"}, {}], "processor_notes": [None, 1]},
    ],
)
def test_an_incomplete_document_is_still_a_page(
    app: WsgiApp, store: CrashStore, document: dict[str, object]
) -> None:
    crash = stored(store, make_crash())
    store.put_processed(crash.crash_id, document)

    assert ask(app, f"/report/index/{crash.crash_id}").status == 200


def test_a_very_long_stack_and_value_are_clipped(app: WsgiApp, store: CrashStore) -> None:
    crash = stored(store, make_crash(GraphicsCriticalError="g" * 100_000))
    frames = [{"frame": number, "function": f"recursion{number}"} for number in range(1000)]
    dump = {"crashing_thread": {"threads_index": 0, "frames": frames}, "threads": []}
    store.put_processed(crash.crash_id, {"json_dump": dump, "crashing_thread": 0})

    text = ask(app, f"/report/index/{crash.crash_id}").text

    assert "500 more frames" in text
    assert "recursion499" in text
    assert "recursion500" not in text
    assert len(text) < 300_000


def test_a_hung_shutdown_shows_the_thread_that_the_signature_is_about(
    app: WsgiApp, store: CrashStore
) -> None:
    watchdog = [{"frame": 0, "function": "RunWatchdog"}]
    threads = [{"frames": [{"frame": 0, "function": "waits"}]}, {"frames": watchdog}]
    document = {
        "json_dump": {
            "crashing_thread": {"threads_index": 1, "frames": watchdog},
            "threads": threads,
        },
        "crashing_thread": 1,
        "signature_thread": 0,
        "signature_trace": [{"frame": 0, "name": "waits", "action": "ends the signature"}],
        "hang_type": 1,
        "hang": "ui",
        "report_type": "hang",
    }
    crash, other = stored(store, make_crash()), stored(store, make_crash(BuildID="20261121"))
    store.put_processed(crash.crash_id, document)
    store.put_processed(other.crash_id, {**document, "signature_thread": 9})

    page = ask(app, f"/report/index/{crash.crash_id}").text
    wrong = ask(app, f"/report/index/{other.crash_id}").text

    [row] = rows_of(page)
    assert "waits" in row
    assert "Main thread 0" in words(page)
    assert "The shutdown watchdog (thread 1) ended the process" in words(page)
    assert "Top 1 frames of the main thread:" in page
    assert "ui hang" in words(page)
    assert "An unnamed program hung" in words(page)
    assert "RunWatchdog" in words(page.split('id="threads"')[1])
    assert "RunWatchdog" in rows_of(wrong)[0]
    assert "Crashing thread 1" in words(wrong)


def test_very_many_threads_are_clipped_too(app: WsgiApp, store: CrashStore) -> None:
    crash = stored(store, make_crash())
    threads = [
        {"frames": [{"frame": number, "function": f"f{thread}_{number}"} for number in range(400)]}
        for thread in range(200)
    ]
    store.put_processed(crash.crash_id, {"json_dump": {"threads": threads}})

    text = ask(app, f"/report/index/{crash.crash_id}").text

    assert text.count('<td class="function">') == 3_000
    assert words(text).count("200 more frames are in the raw data") == 15
    assert words(text).count("400 more frames are in the raw data") == 185
    assert len(text) < 1_500_000


@pytest.mark.parametrize(
    ("file", "link"),
    [
        (
            "hg:hg.mozilla.org/mozilla-central:dom/base/nsDocument.cpp:2f2a3e5b",
            "https://hg.mozilla.org/mozilla-central/annotate/2f2a3e5b/dom/base/nsDocument.cpp#l7",
        ),
        (
            "git:github.com/rust-lang/rust:library/core/src/ptr/mod.rs:fdca237d",
            "https://github.com/rust-lang/rust/blob/fdca237d/library/core/src/ptr/mod.rs#L7",
        ),
        ("hg:evil.example/mozilla-central:a.cpp:2f2a", None),
        ("hg:hg.mozilla.org/../x:a.cpp:2f2a", None),
        ("javascript:alert(1)", None),
        ("/usr/src/a.cpp", None),
    ],
)
def test_source_code_is_linked_on_known_hosts_only(
    app: WsgiApp, store: CrashStore, file: str, link: str | None
) -> None:
    crash = stored(store, make_crash())
    frames = [{"frame": 0, "function": "f", "file": file, "line": 7}]
    dump = {"crashing_thread": {"threads_index": 0, "frames": frames}}
    store.put_processed(crash.crash_id, {"json_dump": dump, "crashing_thread": 0})

    text = ask(app, f"/report/index/{crash.crash_id}").text

    links = re.findall(r'<a class="source" href="([^"]*)"', text)
    assert links == ([link] if link else [])


def test_the_text_to_copy_fits_a_bug_report(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database)

    page = ask(app, f"/report/index/{crash.crash_id}").text

    pasted = html.unescape(page.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0])
    assert pasted.splitlines()[:2] == [
        f"Crash report: http://127.0.0.1/report/index/{crash.crash_id}",
        "Signature: (anonymous namespace)::CrashFunction",
    ]
    assert "1  test_app.exe  main  c:\\test_app.cc:65" in pasted


class _Broken(FilesystemStore):
    error: Exception

    def get_processed(self, _crash_id: object) -> dict[str, object]:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"), [(StoreUnavailable("marker"), 503), (KeyError("marker of a user"), 500)]
)
def test_a_failure_is_a_page_with_the_request_id_and_no_details(
    app: WsgiApp,
    database: Database,
    store: FilesystemStore,
    config: WebappConfig,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    status: int,
) -> None:
    broken = _Broken(store._root)
    broken.error = error
    app = application(Context(database, broken, config), "k" * 40)

    page = ask(app, f"/report/index/{UNKNOWN}")

    output = capsys.readouterr()
    assert page.status == status
    assert page.headers["X-Request-Id"] in page.text
    assert page.headers["X-Request-Id"] in output.out + output.err
    assert "marker" not in page.text + output.out + output.err
    assert ("Retry-After" in page.headers) == (status == 503)


def test_an_unavailable_database_is_a_503(
    app: WsgiApp, store: CrashStore, config: WebappConfig
) -> None:
    nowhere = Database("host=127.0.0.1 port=1 dbname=socorro")
    app = application(Context(nowhere, store, config), "k" * 40)

    assert ask(app, "/").status == 503


def test_a_report_whose_raw_crash_is_gone_is_still_a_page(
    app: WsgiApp, store: FilesystemStore, database: Database, config: WebappConfig
) -> None:
    crash = processed(store, database)

    class Forgetful(FilesystemStore):
        def get_raw(self, _crash_id: object) -> object:
            return super().get_raw(UNKNOWN)

    app = application(Context(database, Forgetful(store._root), config), "k" * 40)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert page.status == 200
    assert "the raw crash has been deleted" in page.text


def test_when_the_crash_was_submitted_is_shown_in_utc(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, raw=replace(make_crash(NOON), submitted=NOON))

    text = words(ask(app, f"/report/index/{crash.crash_id}").text)

    assert "2026-11-23 12:00 UTC" in text


def signature_section(page: str) -> str:
    return words(page.split('<section id="signature"')[1].split("</section>")[0])


def test_the_page_shows_how_the_signature_was_built(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, MAC)

    section = signature_section(ask(app, f"/report/index/{crash.crash_id}").text)

    assert re.search(r"Stack quality \d+ of 100 · \d+ frames, \d+ % trusted, \d+ % named", section)
    assert re.search(r"0 core::ptr::write_volatile::<T> irrelevant \w+\.txt:\d+", section)
    assert "0 ● sadness_generator::raise_segfault ends the signature" in section


def test_the_page_names_the_rules_that_changed_the_signature(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, OOMAllocationSize="300000")

    section = signature_section(ask(app, f"/report/index/{crash.crash_id}").text)

    before = "(anonymous namespace)::CrashFunction"
    assert f"{before} OOM | large | {before}" in section


def test_a_crash_without_a_stack_has_a_quality_of_nothing(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, CORRUPT)

    section = signature_section(ask(app, f"/report/index/{crash.crash_id}").text)

    assert "Stack quality 0 of 100 · no frames" in section


def test_symbols_of_another_build_are_listed_with_the_available_builds(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, LINUX)
    document = store.get_processed(crash.crash_id)
    other, complete, unavailable, *_ = document["json_dump"]["modules"]
    other |= {"symbol_status": "other id", "other_debug_ids": ["A" * 33, "B" * 33]}
    complete |= {"symbol_status": "found"}
    unavailable |= {"symbol_status": "unavailable"}
    store.put_processed(crash.crash_id, document)

    page = ask(app, f"/report/index/{crash.crash_id}").text

    section = words(page.split('id="modules"')[1].split("</section>")[0])
    assert f"✕ other build · available: {'A' * 33} {'B' * 33}" in section
    assert "✕ unavailable · a symbol server did not answer" in section
    assert (
        "symbols found for 1, missing for 1, unavailable for 1, of another build for 1" in section
    )
    assert 'href="/symbols/missing/"' in page


HIDDEN = "\0\x01\x1b[31m\x7f\x85\x9b\u061c\u200b\u200f\u2028\u202e\u2066\ufeff\U000e0041\r"


def test_hidden_characters_of_a_crash_are_seen_wherever_a_page_shows_them(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    text = f"x{HIDDEN}y"
    crash = processed(
        store,
        database,
        change={"reason": text[:1] + text[2:], "app_notes": text[:1] + text[2:]},
        GraphicsCriticalError=text,
        Add0n=text,
        Notes=text,
    )

    page = ask(app, f"/report/index/{crash.crash_id}").text

    assert visible(page, lines=True) == page
    assert "x␀␁␛[31m␡⟨U+0085⟩⟨U+009B⟩⟨U+061C⟩" in page
    assert "⟨U+202E⟩" in page.split("<textarea")[1].split("</textarea>")[0]  # to copy


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.characters() | st.sampled_from(HIDDEN), max_size=60))
def test_whatever_a_visitor_asks_for_the_page_has_no_hidden_character(
    app: WsgiApp, text: str
) -> None:
    query = quote(text, errors="replace")

    for address in (f"/signature/?signature={query}", f"/?product={query}", f"/{query}"):
        page = ask(app, address)

        if page.headers["Content-Type"].startswith("text/html"):
            assert visible(page.text, lines=True) == page.text
            if "Content-Length" in page.headers:
                assert int(page.headers["Content-Length"]) == len(page.body)


def test_the_throttle_rule_is_shown_only_to_who_may_see_comments(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    """has_comments, is_aurora_beta_esr, …: a rule's name says what the user sent."""
    crash = processed(store, database, raw=make_crash(metadata={"throttle_rule": "has_comments"}))
    user(database, "ann", "Hackers")
    visitor = Visitor(app)
    address = f"/report/index/{crash.crash_id}"

    public = visitor.get(address).text
    visitor.sign_in()
    private = visitor.get(address).text

    assert "has_comments" not in public
    assert "Sampling 100 %" in words(public)
    assert "has_comments" in private
