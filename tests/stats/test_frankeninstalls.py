"""Foreign modules: rules at their edges, and what must not matter."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.score import frankeninstalls as score
from socorro.stats.frankeninstalls import Count, Foreign, belongs_to_builds, find_foreign


def counts(*rows: tuple[str, str, int], file: str = "core.dll", arch: str = "amd64") -> list[Count]:
    """Counts by (build, id, installs)."""
    return [Count(build, arch, file, debug_id, installs) for build, debug_id, installs in rows]


BUILDS = counts(("new", "N", 900), ("old", "O", 400), ("older", "P", 100))
MIXED = [*BUILDS, *counts(("new", "O", 4))]


def names(foreign: Sequence[Foreign]) -> list[tuple[str, str, str | None, str]]:
    return [(one.build, one.debug_id, one.owner, one.rule) for one in foreign]


def test_an_id_that_another_build_has_far_more_often_is_foreign() -> None:
    [one] = find_foreign(MIXED)

    assert one == Foreign(
        "new", "core.dll", "O", "old", "share", 4, pytest.approx(4 / 904), pytest.approx(1)
    )


@pytest.mark.parametrize(("installs", "is_foreign"), [(10, True), (11, False)])
def test_five_times_as_often_is_enough(installs: int, is_foreign: bool) -> None:
    table = [*BUILDS, *counts(("small", "S", 40), ("small", "O", installs))]

    assert bool(find_foreign(table)) == is_foreign


@pytest.mark.parametrize(("installs", "is_foreign"), [(4, False), (5, True)])
def test_a_build_with_five_installs_can_be_the_owner(installs: int, is_foreign: bool) -> None:
    table = [*BUILDS, *counts(("new", "Q", 3), ("small", "Q", installs))]

    assert bool(find_foreign(table)) == is_foreign


def test_symbols_find_what_shares_cannot() -> None:
    half = [*BUILDS, *counts(("old", "P", 180), ("new", "gone", 20))]
    uploaded = {("core.dll", debug_id) for debug_id in ("N", "O", "P")}

    assert names(find_foreign(half)) == []
    assert names(find_foreign(half, uploaded)) == [
        ("old", "P", "older", "symbols"), ("new", "gone", None, "symbols"),
    ]  # fmt: skip


def test_symbols_of_a_library_that_no_build_changes_say_nothing() -> None:
    libc = counts(
        ("new", "debian", 60), ("new", "fedora", 40), ("old", "debian", 70), ("old", "fedora", 30),
        file="libc.so.6",
    )  # fmt: skip

    assert find_foreign(libc, {("libc.so.6", "debian"), ("libc.so.6", "fedora")}) == []


def test_both_architectures_of_a_build_are_its_own() -> None:
    both = [*BUILDS, *counts(("new", "N32", 90), ("old", "O32", 60), arch="x86")]
    uploaded = {("core.dll", debug_id) for debug_id in ("N", "O", "P", "N32", "O32")}

    assert find_foreign(both, uploaded) == []


def test_a_library_of_the_system_is_of_no_build_however_its_versions_are_spread() -> None:
    system = counts(
        ("new", "10", 700), ("new", "11", 200), ("old", "10", 300), ("old", "11", 90),
        ("older", "10", 50), ("older", "11", 50), ("older", "7", 12), ("new", "7", 1),
        file="ntdll.dll",
    )  # fmt: skip

    assert find_foreign(system) == []


def test_a_library_that_is_updated_everywhere_in_the_week_is_of_no_build() -> None:
    hook = counts(
        ("monday", "v1", 100), ("tuesday", "v1", 99), ("tuesday", "v2", 1), ("wednesday", "v2", 99),
        ("wednesday", "v1", 1), ("thursday", "v2", 100), file="hook.dll",
    )  # fmt: skip

    assert find_foreign(hook) == []


def test_a_file_in_many_languages_is_of_its_build() -> None:
    words = counts(
        *((build, f"{build} {language}", 20 // (language + 1) + 1)
          for build in ("new", "old", "older") for language in range(12)),
        file="words.dll",
    )  # fmt: skip
    mixed = [*words, *counts(("new", "old 0", 1), file="words.dll")]

    assert find_foreign(words) == []
    assert names(find_foreign(mixed)) == [("new", "old 0", "old", "share")]


@pytest.mark.parametrize(
    "table",
    [
        [],
        counts(("new", "N", 1000), ("new", "O", 1)),  # nothing to compare with
        counts(("new", "N", 1), ("old", "O", 1), ("new", "O", 1)),  # two crashes
        counts(("new", "", 900), ("old", "O", 400), ("new", "O", 4)),
        counts(("", "N", 900), ("old", "O", 400), ("", "O", 4)),
        counts(("new", "N", 0), ("old", "O", 400), ("new", "O", 0)),
    ],
)
def test_where_nothing_can_be_compared_nothing_is_said(table: list[Count]) -> None:
    assert find_foreign(table) == []


def test_files_of_builds_are_told_from_others_by_pairs() -> None:
    assert belongs_to_builds({"A": {"a": 10}, "B": {"b": 10}})
    assert not belongs_to_builds({"A": {"a": 3}, "B": {"b": 3}})  # too few pairs
    assert not belongs_to_builds({"A": {"a": 10, "b": 10}})
    assert not belongs_to_builds({str(n): {"ab"[n % 2]: 1} for n in range(40)})  # an id an install


TABLES = st.lists(
    st.builds(
        Count, st.sampled_from("abc"), st.sampled_from(["x86", "amd64"]), st.sampled_from("fg"),
        st.sampled_from("ABCD"), st.integers(0, 300),
    ),
    max_size=30,
)  # fmt: skip
UPLOADED = st.sets(st.tuples(st.sampled_from("fg"), st.sampled_from("ABCD")))


@given(TABLES, UPLOADED, st.randoms())
def test_neither_order_nor_pieces_nor_names_matter(table, uploaded, random) -> None:
    answer = find_foreign(table, uploaded)
    pieces = [
        one._replace(installs=part)
        for one in table
        for part in (one.installs // 3, one.installs - one.installs // 3)
    ]
    random.shuffle(pieces)
    renamed = [one._replace(debug_id=f"x{one.debug_id}", file=f"y{one.file}") for one in table]

    assert find_foreign(pieces, uploaded) == answer
    assert find_foreign(renamed, {(f"y{file}", f"x{code}") for file, code in uploaded}) == [
        one._replace(debug_id=f"x{one.debug_id}", file=f"y{one.file}") for one in answer
    ]


@given(TABLES, UPLOADED)
def test_what_is_foreign_was_seen_and_its_owner_has_it_more_often(table, uploaded) -> None:
    seen = {(one.build, one.file, one.debug_id) for one in table if one.installs}
    for one in find_foreign(table, uploaded):
        assert (one.build, one.file, one.debug_id) in seen
        assert 0 < one.share <= 1
        if one.owner is not None:
            assert one.owner != one.build
            assert one.owner_share > one.share
        if one.rule == "share":
            assert one.owner_share >= 5 * one.share


def test_in_small_worlds_mixes_are_recognised_in_every_hard_case() -> None:
    bars = list(score.bars(quick=True))

    assert len(bars) > 1
    assert [bar for bar in bars if not bar.met] == []
    assert [speed for speed in score.speeds(quick=True) if speed.seconds < 0] == []
