"""Limits of pages and settings, each at the limit and one beyond it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pydantic import ValidationError

from socorro import jobs
from socorro.crashstore.interface import CrashStore
from socorro.jobs.whereabouts import State, Whereabouts
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.accounts import user
from tests.builders import make_crash
from tests.processed import processed, stored
from tests.webapp.visitor import Visitor
from tests.wsgi import ask
from webapp.accounts.limits import SECONDS, SignInLimit
from webapp.config import WebappConfig, secret_key
from webapp.crashstats import modules, pending, plaintext, reading, sources, stack, threads
from webapp.crashstats.templatetags.crash import clipped

POSITIVE = (
    "threads",
    "asks_per_minute",
    "session_hours",
    "sign_ins_per_address",
    "sign_ins_per_name",
    "sign_ins_per_name_from_all",
)


@pytest.mark.parametrize("name", POSITIVE)
def test_counts_in_settings_are_at_least_one(tmp_path: Path, name: str) -> None:
    smallest: dict[str, Any] = {name: 1}
    assert getattr(WebappConfig(secret_key_file=tmp_path, **smallest), name) == 1

    for value in (0, -1):
        with pytest.raises(ValidationError, match="greater than 0"):
            WebappConfig(secret_key_file=tmp_path, **{name: value})


@pytest.mark.parametrize(("length", "is_accepted"), [(31, False), (32, True), (33, True)])
def test_the_key_has_at_least_32_characters(tmp_path: Path, length: int, is_accepted: bool) -> None:
    path = tmp_path / "key"
    path.write_text(f"  {'k' * length}\n")

    if is_accepted:
        assert secret_key(path) == "k" * length
    else:
        with pytest.raises(SystemExit, match=r"SECRET_KEY_FILE .*expected at least 32 characters"):
            secret_key(path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"SECRET_KEY_FILE .*/none: No such file"):
        secret_key(tmp_path / "none")


def test_attempts_are_allowed_up_to_the_limit_and_again_later() -> None:
    limit = SignInLimit(per_address=4, per_name=2, per_name_from_all=3)

    def waits(address: str, names: str, now: float = 0) -> list[bool]:
        return [limit.take(address, name, now) > 0 for name in names]

    assert waits("192.0.2.1", "aaa") == [False, False, True]  # two for one name
    assert waits("192.0.2.1", "bc") == [False, True]  # four of one address
    assert waits("192.0.2.2", "aa") == [False, True]  # three of all addresses
    assert waits("192.0.2.1", "d", now=SECONDS) == [False]


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize(
    ("address", "most"),
    [("/", 50), ("/signature/?signature=(anonymous%20namespace)::CrashFunction", 20)],
)
def test_a_page_has_so_many_reports(
    app: WsgiApp, store: CrashStore, database: Database, address: str, most: int, more: int
) -> None:
    now = datetime.now(UTC)
    for minute in range(most + more):
        processed(store, database, raw=make_crash(now - timedelta(minutes=minute)))

    text = ask(app, address).text

    assert text.count('href="/report/index/') == most
    assert ('rel="next"' in text) is bool(more)


@pytest.mark.parametrize(
    ("address", "limit", "shown"),
    [
        ("/signature/?signature={}", 255, '<h1 class="mono">{}</h1>'),
        ("/?product={}", 200, "<option selected>{}</option>"),
        ("/?version={}", 200, "<option selected>{}</option>"),
    ],
)
def test_text_in_an_address_is_cut_to_its_limit(
    app: WsgiApp, store: CrashStore, database: Database, address: str, limit: int, shown: str
) -> None:
    for length in (limit, limit + 1):
        text = ask(app, address.format("x" * length)).text

        assert shown.format("x" * limit) in text


@pytest.mark.parametrize("length", [255, 256])
def test_a_search_is_cut_to_the_length_of_a_signature(app: WsgiApp, length: int) -> None:
    answer = ask(app, f"/search/quick/?query={'x' * length}")

    assert f"/signature/?signature={'x' * 255}" in answer.text
    assert 'maxlength="255"' in ask(app, "/login/").text


@pytest.mark.parametrize(("length", "is_kept"), [(2000, True), (2001, False)])
def test_the_address_to_return_to_has_a_longest_length(
    app: WsgiApp, database: Database, length: int, is_kept: bool
) -> None:
    user(database)
    visitor = Visitor(app)
    path = "/" + "x" * (length - 1)

    answer = visitor.sign_in(next=path)

    assert answer.headers["Location"] == (path if is_kept else "/")


@pytest.mark.parametrize(("length", "status"), [(1000, 302), (1001, 403)])
def test_a_password_of_up_to_a_thousand_characters_is_checked(
    app: WsgiApp, monkeypatch: pytest.MonkeyPatch, database: Database, length: int, status: int
) -> None:
    from django.contrib.auth.hashers import ScryptPasswordHasher

    monkeypatch.setattr(ScryptPasswordHasher, "verify", lambda *_: True)  # any password is right
    user(database)

    assert Visitor(app).sign_in(password="p" * length).status == status


@pytest.mark.parametrize(("size", "status"), [(65_536, 403), (65_537, 400)])
def test_a_form_has_a_largest_size(app: WsgiApp, size: int, status: int) -> None:
    visitor = Visitor(app)
    [secret] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', visitor.get("/login/").text)
    start = f"csrfmiddlewaretoken={secret}&name=ann&password=".encode()

    answer = visitor.send("/login/", start + b"p" * (size - len(start)))

    assert answer.status == status
    assert ("Sign-in failed." in answer.text) == (status == 403)


@pytest.mark.parametrize(("ahead", "seconds"), [(499, 5), (500, 30), (501, 30)])
def test_pages_refresh_less_often_while_the_queue_is_long(ahead: int, seconds: int) -> None:
    crash = Whereabouts(State.WAITING, datetime.now(UTC), jobs.VIEWED, ahead)

    assert pending._refresh_seconds(crash) == seconds


def test_a_crash_is_moved_again_after_a_minute(
    app: WsgiApp, store: CrashStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, float] = {}
    monkeypatch.setattr(cache, "set", lambda key, _value, seconds: kept.update({key: seconds}))
    crash = stored(store, make_crash())

    ask(app, f"/report/index/{crash.crash_id}")

    assert kept == {f"moved-{crash.crash_id}": 60}


def frames(count: int, name: str = "f") -> list[dict[str, object]]:
    return [{"frame": number, "function": f"{name}{number}"} for number in range(count)]


def listed(*counts: int) -> threads.Others:
    """Threads with so many frames each, no stack like another."""
    all_threads = [{"frames": frames(count, f"t{place}_")} for place, count in enumerate(counts)]
    return threads.others({"threads": all_threads}, sources.Links(), None)


@pytest.mark.parametrize(("count", "hidden"), [(500, 0), (501, 1)])
def test_the_crashing_thread_shows_five_hundred_calls(count: int, hidden: int) -> None:
    thread = stack.thread_of(0, {"frames": frames(count)}, sources.Links())

    assert (len(thread.calls), thread.hidden) == (500, hidden)


@pytest.mark.parametrize(("count", "hidden"), [(200, 0), (201, 1)])
def test_other_threads_show_two_hundred_calls(count: int, hidden: int) -> None:
    [group] = listed(count).groups

    assert (len(group.thread.calls), group.thread.hidden) == (200, hidden)


@pytest.mark.parametrize(("count", "hidden"), [(500, 0), (501, 1)])
def test_a_report_shows_five_hundred_threads(count: int, hidden: int) -> None:
    others = listed(*[1] * count)

    assert (len(others.groups), others.hidden, others.total) == (500, hidden, count)


@pytest.mark.parametrize(("last", "hidden"), [(200, 0), (201, 1)])
def test_all_other_threads_together_show_three_thousand_calls(last: int, hidden: int) -> None:
    groups = listed(*[200] * 14, last).groups

    assert sum(len(group.thread.calls) for group in groups) == 3_000
    assert groups[-1].thread.hidden == hidden


@pytest.mark.parametrize(("count", "shown"), [(299, 299), (300, 300), (301, 300)])
def test_a_report_shows_three_hundred_modules_of_others(count: int, shown: int) -> None:
    loaded = modules.modules({"modules": [{"filename": "a.so"}] * count})

    assert (len(loaded.others), loaded.other_count) == (shown, count)


@pytest.mark.parametrize(("count", "shown"), [(199, 199), (200, 200), (201, 200)])
def test_a_report_shows_two_hundred_modules_of_the_program(count: int, shown: int) -> None:
    module = {"filename": "a.so", "loaded_symbols": True}
    loaded = modules.modules({"modules": [module] * count})

    assert (len(loaded.ours), loaded.our_count) == (shown, count)


@pytest.mark.parametrize(("count", "shown"), [(11, 11), (12, 12), (13, 12)])
def test_the_text_to_copy_has_twelve_frames(count: int, shown: int) -> None:
    thread = stack.thread_of(0, {"frames": frames(count)}, sources.Links())

    text = plaintext.plaintext("http://x", {}, thread)

    assert f"Top {shown} frames of the crashing thread:" in text
    assert len(text.splitlines()) == 4 + shown


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("a/b/c/" + "d" * 38, "a/b/c/" + "d" * 38),
        ("a/b/c/" + "d" * 39, "…/b/c/" + "d" * 39),
        ("b/c/" + "d" * 60, "b/c/" + "d" * 60),  # three names are never shortened
    ],
)
def test_a_path_over_44_characters_loses_its_first_folders(path: str, short: str) -> None:
    assert sources.Source(path, "").short == short


@pytest.mark.parametrize(("length", "is_folded"), [(300, False), (301, True)])
def test_a_value_over_300_characters_is_folded(length: int, is_folded: bool) -> None:
    assert ("<details>" in clipped("x" * length)) is is_folded


@pytest.mark.parametrize(("length", "note"), [(20_000, ""), (20_001, "1 more character")])
def test_a_page_carries_twenty_thousand_characters_of_a_value(length: int, note: str) -> None:
    text = clipped("x" * length)

    assert "x" * 20_000 in text
    assert "x" * 20_001 not in text
    assert ("more character" in text) is bool(note)
    assert note in text


@pytest.mark.parametrize(("count", "shown"), [(200, 200), (201, 200)])
def test_the_page_of_extracts_lists_two_hundred(
    app: WsgiApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, shown: int
) -> None:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    (tmp_path / "public").mkdir()
    for number in range(count):
        name = f"20261123-pub-p{number}-crashdata.csv.gz"
        for file in (name, f"{name}.sha256", name.replace(".csv.gz", ".columns.tsv")):
            (tmp_path / "public" / file).write_text("x")

    assert ask(app, "/extracts/").text.count(".csv.gz</a>") == shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (86399, "23 h 59 min"),
        (86400, "1 d"),
        (90000, "1 d 1 h"),
    ],
)
def test_a_duration_has_the_two_largest_units(seconds: int, text: str) -> None:
    assert reading.duration(seconds) == text
