"""What crashes have in common: planted causes, common causes, and what must make no difference."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socorro.stats import correlations
from socorro.stats.correlations import Answer, Correlator, Crashes, Finding, Item
from socorro.stats.shares import difference, discoveries, p_values, standardised

SIZE = 3000
PLANTED = 7  # the signature


def crashes(seed: int = 1, **columns: np.ndarray) -> Crashes:
    """Crashes on two versions of a system, with attributes that go with nothing, and *columns*."""
    random = np.random.default_rng(seed)
    system = (random.random(SIZE) < 0.4).astype(np.int64)
    signatures = random.integers(10, 30, SIZE)
    signatures[:150] = PLANTED
    system[:150] = random.random(150) < 0.9
    tables = {f"usual{number}": random.random(SIZE) < 0.3 for number in range(10)}
    tables |= columns
    tables["old_spooler"] = np.where(system == 1, random.random(SIZE) < 0.6, False)
    return pack({"os_version": system}, signatures, tables)


def pack(
    contexts: dict[str, np.ndarray], signatures: np.ndarray, tables: dict[str, np.ndarray]
) -> Crashes:
    rows = [np.flatnonzero(table) for table in tables.values()]
    columns = [np.full(len(some), number) for number, some in enumerate(rows)]
    items = [Item("module", name) for name in tables]
    return Crashes(signatures, np.concatenate(rows), np.concatenate(columns), items, contexts)


def hook(share: float = 0.86) -> np.ndarray:
    random = np.random.default_rng(2)
    return np.where(np.arange(SIZE) < 150, random.random(SIZE) < share, random.random(SIZE) < 0.04)


def separator() -> np.ndarray:
    """On every crash of the planted signature, and on no other."""
    return np.asarray(crashes().signatures == PLANTED)


def by_name(answer: Answer) -> dict[str, Finding]:
    return {item.value: finding for finding in answer.findings for item in finding.names}


def numbers(finding: Finding) -> tuple[object, ...]:
    return (*finding[1:-1], [check[1:] for check in finding.checks])


def test_the_planted_cause_is_first_and_nothing_else_is_claimed() -> None:
    answer = Correlator(crashes(hook=hook())).of(PLANTED)

    kept = [finding for finding in answer.findings if finding.state == "kept"]
    assert [finding.names for finding in kept] == [(Item("module", "hook"),)]
    assert answer.findings[0] == kept[0]
    assert kept[0].low < kept[0].difference < kept[0].high
    assert kept[0].left == pytest.approx(kept[0].difference, abs=0.05)
    assert answer.tested == 12


def test_what_only_goes_with_the_system_is_explained_by_it() -> None:
    spooler = by_name(Correlator(crashes()).of(PLANTED))["old_spooler"]

    assert spooler.difference > 0.2
    assert spooler.state == "explained"
    assert spooler.checks[0].within == "os_version"
    assert spooler.checks[0].low < 0 < spooler.checks[0].high


def test_what_separates_the_signature_from_all_others_explains_nothing() -> None:
    findings = by_name(Correlator(crashes(hook=hook(), zz=separator())).of(PLANTED))

    assert findings["zz"].difference == 1
    assert findings["hook"].state == "kept"
    assert [check.within for check in findings["hook"].checks] == ["os_version"]


def test_columns_that_are_alike_are_one_finding() -> None:
    again = hook()
    again[[0, 3000 - 1]] ^= True

    findings = by_name(Correlator(crashes(hook=hook(), hook_id=again)).of(PLANTED))

    assert findings["hook"] is findings["hook_id"]
    assert findings["hook"].names == (Item("module", "hook"), Item("module", "hook_id"))


def test_columns_that_differ_with_the_signature_only_are_two_findings() -> None:
    random = np.random.default_rng(3)
    elsewhere = (random.random(SIZE) < 0.5) & ~separator()
    mixed = elsewhere | separator()

    findings = by_name(Correlator(crashes(old=elsewhere, old_glue=mixed)).of(PLANTED))

    assert findings["old"] is not findings["old_glue"]
    assert findings["old"].difference < 0 < findings["old_glue"].difference


def test_a_rarer_attribute_is_a_finding_too() -> None:
    finding = by_name(Correlator(crashes(common=~hook())).of(PLANTED))["common"]

    assert finding.state == "kept"
    assert finding.difference < -0.7
    assert finding.low < finding.difference < finding.high


def test_little_that_is_left_is_weak() -> None:
    random = np.random.default_rng(4)
    system = crashes().contexts["os_version"] == 1
    chance = np.where(system, 0.45, 0.15) + np.where(np.arange(SIZE) < 150, 0.14, 0)

    finding = by_name(Correlator(crashes(half=random.random(SIZE) < chance)).of(PLANTED))["half"]

    assert 0.05 < finding.left < 0.15 < finding.difference
    assert finding.state == "weak"


@pytest.mark.parametrize("seed", [1, 2])
def test_order_makes_no_difference(seed: int) -> None:
    data = crashes(hook=hook(), zz=separator())
    random = np.random.default_rng(seed)
    rows, pairs = random.permutation(SIZE), random.permutation(len(data.rows))
    places = np.argsort(rows)
    shuffled = Crashes(
        data.signatures[rows], places[data.rows][pairs], data.columns[pairs], data.items,
        {name: codes[rows] for name, codes in data.contexts.items()},
    )  # fmt: skip

    assert Correlator(shuffled).of(PLANTED) == Correlator(data).of(PLANTED)


def test_names_and_codes_make_no_difference() -> None:
    data = crashes(hook=hook())
    renamed = replace(
        data,
        items=[Item("other", f"{99 - number}") for number, _ in enumerate(data.items)],
        signatures=(data.signatures + 13) % 30,
        contexts={"os_version": 5 - data.contexts["os_version"]},
    )

    one, other = Correlator(data).of(PLANTED), Correlator(renamed).of((PLANTED + 13) % 30)

    assert [numbers(finding) for finding in one.findings] == [
        numbers(finding) for finding in other.findings
    ]


def test_a_signature_without_crashes_or_without_others_has_no_findings() -> None:
    data = crashes()
    alone = replace(data, signatures=np.full(SIZE, 3))

    assert Correlator(data).of(99) == Answer([], 0)
    assert Correlator(alone).of(3) == Answer([], 0)


@pytest.mark.parametrize(("columns", "more"), [(100, 0), (101, 1)])
def test_a_hundred_differences_are_judged(columns: int, more: int) -> None:
    random = np.random.default_rng(5)
    planted = np.arange(SIZE) < 150
    tables = {
        f"c{number}": np.where(planted, random.random(SIZE) < 0.6, random.random(SIZE) < 0.1)
        for number in range(columns)
    }

    answer = Correlator(
        pack({}, np.where(planted, 1, 0).astype(np.int64), tables)
    ).of(1)  # fmt: skip

    assert answer.more == more
    assert sum(len(finding.names) for finding in answer.findings) == correlations.MOST


@pytest.mark.parametrize(("having", "is_finding"), [(4, False), (5, True)])
def test_a_finding_needs_five_installs(having: int, is_finding: bool) -> None:
    table = np.zeros(SIZE, dtype=bool)
    table[:having] = True
    signatures = np.where(np.arange(SIZE) < 8, 1, 0).astype(np.int64)

    answer = Correlator(pack({}, signatures, {"rare": table, "none": ~table})).of(1)

    assert ("rare" in by_name(answer)) == is_finding


@pytest.mark.parametrize("values", [200, 201])
def test_the_rarest_values_of_a_context_are_one_stratum(values: int) -> None:
    codes = np.arange(values).repeat(2)

    few = correlations._few(codes)

    assert few.max() == correlations.MOST_VALUES - 1
    assert np.bincount(few).max() == (2 if values == correlations.MOST_VALUES else 4)


COUNTS = st.tuples(st.integers(1, 500), st.integers(1, 5000)).flatmap(
    lambda sizes: st.tuples(
        st.integers(0, sizes[0]), st.just(sizes[0]), st.integers(0, sizes[1]), st.just(sizes[1])
    )
)


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_an_interval_has_its_estimate_and_narrows_with_more_data(
    counts: tuple[int, int, int, int],
) -> None:
    value, low, high = difference(*counts)
    again, closer_low, closer_high = difference(*(4 * count for count in counts))

    assert -1 <= low <= value <= high <= 1
    assert again == pytest.approx(value)
    assert closer_high - closer_low < high - low


def test_the_interval_is_that_of_newcombes_paper() -> None:
    value, low, high = difference(56, 70, 48, 80)  # his example (a), method 10

    assert (value, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_chance_is_chi_square_or_fishers_where_few_are_expected() -> None:
    common = p_values(np.array([30]), 100, np.array([200]), 1000)
    tea = p_values(np.array([3]), 4, np.array([1]), 4)
    always = p_values(np.array([4]), 4, np.array([4]), 4)

    assert common == pytest.approx([0.01905], abs=1e-5)
    assert tea == pytest.approx([34 / 70])
    assert always == [1.0]


def test_false_discoveries_are_bounded_over_all_that_was_tested() -> None:
    p = np.array([0.00001, 0.0004, 0.00005, 0.5])

    assert discoveries(p, tested=40).tolist() == [True, True, True, False]
    assert discoveries(p, tested=400).tolist() == [True, False, True, False]
    assert discoveries(p[:0], tested=40).tolist() == []


def test_strata_that_cannot_be_compared_are_not_judged() -> None:
    share = [np.array(counts) for counts in ((50, 0), (99, 1), (0, 9), (0, 900))]
    some = [np.array(counts) for counts in ((50, 0), (80, 20), (30, 9), (200, 900))]

    assert standardised("x", *share) is None
    check = standardised("x", *some)
    assert check is not None
    assert check.low < check.left < check.high
