"""Builds from pages and feeds of a real server into releases_raw."""

import json
from datetime import timedelta

import pytest

from cron.builds import BadBuild, parse_version
from cron.fetch import SourceFailed
from cron.job import JobFailed
from cron.jobs import release_feed, release_tree
from socorro.postgres import Database
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.cron.source import Answer, ReleaseTree, Source, apache_listing

LINUX, WINDOWS = "linux-x86_64", "win32"
BUILDS = """SELECT product, version, beta_number, build_id, release_channel, platform, repository
            FROM releases_raw ORDER BY build_id, platform"""


@pytest.fixture
def tree(source: Source) -> ReleaseTree:
    """Firefox: two betas, the second with two builds; a release; an ESR; two nightlies."""
    releases = ReleaseTree(source)
    candidates = "firefox/candidates/"
    releases.add(
        f"{candidates}141.0b2-candidates/build1/{LINUX}_info.txt", "buildID=20261101000000\n"
    )
    releases.add(
        f"{candidates}141.0b3-candidates/build1/{LINUX}_info.txt", "buildID=20261105000000\n"
    )
    releases.add(
        f"{candidates}141.0b3-candidates/build2/{LINUX}_info.txt", "buildID=20261106000000\n"
    )
    releases.add(
        f"{candidates}141.0b3-candidates/build2/{WINDOWS}_info.txt", "buildID=20261106000000"
    )
    releases.add(f"{candidates}141.0b3-candidates/build2/source/firefox.tar.xz", "not a text")
    releases.add(
        f"{candidates}140.0-candidates/build1/{LINUX}_info.txt", "a=b\nbuildID=20261001000000"
    )
    releases.add(
        f"{candidates}128.5.0esr-candidates/build1/{LINUX}_info.txt", "buildID=20261002000000"
    )
    releases.add(f"{candidates}archived/old.txt", "old")
    nightly = "firefox/nightly/2026/11/2026-11-2"
    releases.add(
        f"{nightly}2-03-11-53-mozilla-central/firefox-142.0a1.en-US.{LINUX}.txt",
        "20261122031153\nhttps://hg.mozilla.org/mozilla-central/rev/deadbeef\n",
    )
    releases.add(f"{nightly}2-03-11-53-mozilla-central/firefox-142.0a1.de.{LINUX}.txt", "no build")
    releases.add(f"{nightly}2-03-11-53-mozilla-central-debug/x-142.0a1.en-US.linux.txt", "no build")
    releases.add(
        f"{nightly}1-04-20-05-mozilla-aurora/firefox-141.0a2.en-US.{WINDOWS}.txt",
        "20261121042005 https://hg.mozilla.org/releases/mozilla-aurora/rev/f00",
    )
    releases.add(
        "firefox/nightly/latest-mozilla-central/firefox-142.0a1.en-US.linux.txt", "2026112203"
    )
    return releases


def test_builds_of_every_channel_are_read(
    source: Source, tree: ReleaseTree, make_run: MakeRun, database: Database
) -> None:
    done = release_tree.work(make_run(release_tree.JOB, release_tree=f"{source.url}/pub/"))

    assert done.rows == 7
    assert done.notes == []
    f = "Firefox"
    assert ask(database, BUILDS) == [
        (f, "140.0", 0, "20261001000000", "release", LINUX, "mozilla-release"),
        (f, "128.5.0", 0, "20261002000000", "esr", LINUX, "mozilla-esr128"),
        (f, "141.0", 2, "20261101000000", "beta", LINUX, "mozilla-beta"),
        (f, "141.0", 3, "20261106000000", "beta", LINUX, "mozilla-beta"),
        (f, "141.0", 3, "20261106000000", "beta", WINDOWS, "mozilla-beta"),
        (f, "141.0a2", 0, "20261121042005", "aurora", WINDOWS, "mozilla-aurora"),
        (f, "142.0a1", 0, "20261122031153", "nightly", LINUX, "mozilla-central"),
    ]


def test_the_newest_versions_of_each_channel_are_looked_for(
    source: Source, tree: ReleaseTree, make_run: MakeRun, database: Database
) -> None:
    settings = {"release_tree": f"{source.url}/pub/", "release_versions": 1}

    release_tree.work(make_run(release_tree.JOB, **settings))

    versions = ask(database, "SELECT DISTINCT version, beta_number FROM releases_raw ORDER BY 1, 2")
    assert versions == [("128.5.0", 0), ("140.0", 0), ("141.0", 3), ("141.0a2", 0), ("142.0a1", 0)]


def test_a_second_look_reads_new_files_only_and_changes_nothing_else(
    source: Source, tree: ReleaseTree, make_run: MakeRun, database: Database
) -> None:
    settings = {"release_tree": f"{source.url}/pub"}
    release_tree.work(make_run(release_tree.JOB, **settings))
    before = ask(database, BUILDS)
    source.requests.clear()
    path = f"firefox/candidates/140.0-candidates/build2/{LINUX}_info.txt"
    tree.add(path, "buildID=20261003000000")

    later = NOON + timedelta(hours=1)
    done = release_tree.work(make_run(release_tree.JOB, later, NOON, **settings))

    assert done.rows == 1
    assert {*ask(database, BUILDS)} - {*before} == {
        ("Firefox", "140.0", 0, "20261003000000", "release", LINUX, "mozilla-release")
    }
    assert [path for path in source.requests if path.endswith(".txt")] == [f"/pub/{path}"]


def test_a_tree_that_was_down_for_three_days_is_caught_up_with(
    source: Source, tree: ReleaseTree, make_run: MakeRun, database: Database
) -> None:
    settings = {"release_tree": f"{source.url}/pub/"}
    release_tree.work(make_run(release_tree.JOB, NOON, **settings))
    for day in (24, 25, 26):
        name = f"2026-11-{day}-03-00-00-mozilla-central/firefox-142.0a1.en-US.{LINUX}.txt"
        tree.add(f"firefox/nightly/2026/11/{name}", f"202611{day}030000\n")

    down = make_run(
        release_tree.JOB, NOON + timedelta(days=2), NOON, release_tree="http://127.0.0.1:9"
    )
    with pytest.raises(JobFailed, match="cannot be reached"):
        release_tree.work(down)
    done = release_tree.work(make_run(release_tree.JOB, NOON + timedelta(days=3), NOON, **settings))

    assert done.rows == 3


def test_apaches_pages_of_2012_are_read_too(
    source: Source, make_run: MakeRun, database: Database
) -> None:
    at = "/pub/firefox/nightly/"
    source.put("/pub/firefox/", apache_listing(["nightly/", "releases/"]))
    source.put(at, apache_listing(["2012/", "10.0b5-candidates/", "../", "?C=S;O=A"]))
    source.put(f"{at}10.0b5-candidates/", apache_listing(["build1/"]))
    source.put(f"{at}10.0b5-candidates/build1/", apache_listing(["linux-i686_info.txt", "win32/"]))
    source.put(f"{at}10.0b5-candidates/build1/linux-i686_info.txt", "buildID=20120118081945\n")

    release_tree.work(make_run(release_tree.JOB, release_tree=f"{source.url}/pub/"))

    assert ask(database, BUILDS) == [
        ("Firefox", "10.0", 5, "20120118081945", "beta", "linux-i686", "mozilla-beta")
    ]


@pytest.mark.parametrize(
    ("path", "answer", "message"),
    [
        ("candidates/", Answer(status=503), "answered 503"),
        ("", Answer(b"<h1>Please sign in</h1>"), "lists neither candidates nor nightly"),
        ("candidates/141.0b3-candidates/build2/win32_info.txt", Answer(status=500), "answered 500"),
    ],
)
def test_a_tree_that_breaks_halfway_leaves_nothing_of_that_product(
    source: Source, tree: ReleaseTree, make_run: MakeRun, database: Database, path: str,
    answer: Answer, message: str,
) -> None:  # fmt: skip
    tree.add(f"thunderbird/candidates/140.0-candidates/build1/{LINUX}_info.txt", "buildID=20261001")
    tree.add(f"seamonkey/candidates/2.53-candidates/build1/{LINUX}_info.txt", "buildID=2026100200")
    source.pages[f"/pub/firefox/{path}"] = answer

    with pytest.raises(JobFailed, match=message):
        release_tree.work(make_run(release_tree.JOB, release_tree=f"{source.url}/pub/"))

    assert [row[:4] for row in ask(database, BUILDS)] == [("SeaMonkey", "2.53", 0, "2026100200")]


def test_a_file_without_a_build_id_is_named_and_looked_at_again(
    source: Source, make_run: MakeRun, database: Database
) -> None:
    tree, settings = ReleaseTree(source), {"release_tree": f"{source.url}/pub/"}
    path = f"firefox/candidates/140.0-candidates/build1/{LINUX}_info.txt"
    tree.add(path, "<html>half a file")

    first = release_tree.work(make_run(release_tree.JOB, **settings))
    tree.add(path, "buildID=20261001000000\n")
    second = release_tree.work(make_run(release_tree.JOB, **settings))

    assert first.notes == [f"/pub/{path}: not a build id"]
    assert (first.rows, second.rows) == (0, 1)


def test_a_server_without_any_product_is_no_tree(source: Source, make_run: MakeRun) -> None:
    with pytest.raises(JobFailed, match="has no folder of any product"):
        release_tree.work(make_run(release_tree.JOB, release_tree=f"{source.url}/pub/"))


SIMPLE = {
    "product": "Firefox", "version": "141.0b3", "build_id": "20261106000000", "channel": "beta",
    "platform": LINUX, "repository": "mozilla-beta",
}  # fmt: skip
BUILDHUB = {
    "source": {"product": "firefox", "repository": "https://hg.mozilla.org/releases/mozilla-beta"},
    "build": {"id": "20261106000000", "date": "2026-11-06T00:00:00Z"},
    "target": {"version": "141.0b3", "channel": "beta", "platform": LINUX, "locale": "en-US"},
}


def test_a_feed_of_either_shape_is_read(
    source: Source, make_run: MakeRun, database: Database
) -> None:
    run = make_run(release_feed.JOB, release_feed=f"{source.url}/builds.json")
    added = []
    hits = {"hits": {"hits": [{"_source": BUILDHUB}]}}
    for feed in ([SIMPLE], {"builds": [SIMPLE]}, [BUILDHUB], hits):
        source.put("/builds.json", json.dumps(feed))
        added.append(release_feed.work(run).rows)

    assert added == [1, 0, 0, 0]
    assert ask(database, BUILDS) == [
        ("Firefox", "141.0", 3, "20261106000000", "beta", LINUX, "mozilla-beta")
    ]


def test_items_of_a_feed_that_are_no_builds_are_counted_and_left_out(
    source: Source, make_run: MakeRun, database: Database
) -> None:
    bad = [
        {**SIMPLE, "product": "Fridge"}, {**SIMPLE, "version": "latest"}, "text", 7, None,
        {**SIMPLE, "build_id": "yesterday"}, {**SIMPLE, "platform": ""}, {**SIMPLE, "build_id": 1},
        {**SIMPLE, "version": "140.0", "channel": "moonlight"},
    ]  # fmt: skip
    source.put("/builds.json", json.dumps([*bad, SIMPLE]))

    done = release_feed.work(make_run(release_feed.JOB, release_feed=f"{source.url}/builds.json"))

    assert done.rows == 1
    assert done.notes == [
        "2 left out: not a build id",
        "1 left out: not a counted channel (nightly, aurora, beta, release, esr)",
        "1 left out: not a version (expected e.g. 141.0b3)",
        "3 left out: not an object",
        "1 left out: of another product",
        "1 left out: the platform is missing",
    ]


BAD_FEEDS = ["", "<html>", '[{"product": "Fire', "{}", '{"hits": 7}', "7", "[1, 2]", "[" * 100_000]


def test_a_feed_that_is_none_is_one_clear_error(
    source: Source, make_run: MakeRun, database: Database
) -> None:
    for body in BAD_FEEDS:
        source.put("/builds.json", body)
        with pytest.raises(
            SourceFailed, match=r"is not a JSON list|none of its 2 items is a build"
        ):
            release_feed.work(make_run(release_feed.JOB, release_feed=f"{source.url}/builds.json"))

    assert ask(database, BUILDS) == []


@pytest.mark.parametrize("text", ["", "140", "latest", "140.0b", "140.0b3esr", "140.0a3", "1.0\n"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(BadBuild):
        parse_version(text)
