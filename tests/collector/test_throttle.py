"""The shipped rules decide as the documentation says; tables of one's own work the same."""

import hypothesis
import pytest
from hypothesis import strategies as st

from collector.throttle import Rule, Verdict, decide
from collector.throttle_rules import ACCEPT_ALL, DEFAULT, find_table
from tests.collector.tables import MINE

RELEASE = {"ProductName": "Firefox", "Version": "10.0.2", "ReleaseChannel": "release"}
ALMOST_ONE = 1 - 2**-48


@pytest.mark.parametrize(
    ("changes", "rule", "rate"),
    [
        ({}, "is_firefox_release", 0.1),
        ({"ReleaseChannel": "default"}, "is_firefox_release", 0.1),
        ({"ReleaseChannel": ""}, "is_firefox_release", 0.1),
        ({"Version": ""}, "is_firefox_release", 0.1),
        ({"Version": "pre"}, "is_firefox_release", 0.1),
        ({"Throttleable": "1"}, "is_firefox_release", 0.1),
        ({"Throttleable": "0"}, "throttleable_0", 1.0),
        ({"Throttleable": "00"}, "is_firefox_release", 0.1),
        ({"Comments": "my cows"}, "has_comments", 1.0),
        ({"Comments": " \n"}, "is_firefox_release", 0.1),
        ({"Comments": ""}, "is_firefox_release", 0.1),
        ({"PluginHang": "1", "PluginUserComment": "it hung"}, "has_comments", 1.0),
        ({"HangID": "h", "PluginUserComment": "it hung"}, "has_comments", 1.0),
        ({"PluginUserComment": "it hung"}, "is_firefox_release", 0.1),
        ({"ProcessType": "gpu"}, "is_rare_process", 1.0),
        ({"ProcessType": "RDD\r\n"}, "is_rare_process", 1.0),
        ({"ProcessType": "socket"}, "is_rare_process", 1.0),
        ({"ProcessType": "utility"}, "is_rare_process", 1.0),
        ({"ProcessType": "content"}, "is_firefox_release", 0.1),
        ({"ProcessType": "plugin"}, "is_firefox_release", 0.1),
        ({"PHCKind": "FreedPage"}, "has_phc", 1.0),
        ({"PHCBaseAddress": "1234"}, "has_phc", 1.0),
        ({"PHCAllocStack": "1,2"}, "has_phc", 1.0),
        ({"PHCKind": " "}, "is_firefox_release", 0.1),
        ({"ReleaseChannel": "nightly"}, "is_nightly", 1.0),
        ({"ReleaseChannel": "nightly-oak"}, "is_nightly", 1.0),
        ({"ReleaseChannel": "NIGHTLY"}, "is_nightly", 1.0),
        ({"ReleaseChannel": "aurora"}, "is_aurora_beta_esr", 1.0),
        ({"ReleaseChannel": "beta"}, "is_aurora_beta_esr", 1.0),
        ({"ReleaseChannel": "esr"}, "is_aurora_beta_esr", 1.0),
        ({"ReleaseChannel": "beta-oak"}, "is_firefox_release", 0.1),
        ({"Version": "13.0a1"}, "has_letter_in_version", 1.0),
        ({"Version": "12.0b3"}, "has_letter_in_version", 1.0),
        ({"Version": "10.0.2esr"}, "has_letter_in_version", 1.0),
        ({"Version": "4.0pre"}, "has_letter_in_version", 1.0),
        ({"ProductName": "Thunderbird"}, "accept_everything", 1.0),
        ({"ProductName": "FennecAndroid"}, "accept_everything", 1.0),
        ({"ProductName": "firefox"}, "accept_everything", 1.0),
        ({"ProductName": ""}, "accept_everything", 1.0),
    ],
)
@pytest.mark.parametrize("draw", [0.0, 0.09, 0.1, ALMOST_ONE])
def test_the_default_table(changes: dict[str, str], rule: str, rate: float, draw: float) -> None:
    decision = decide(DEFAULT, {**RELEASE, **changes}, draw)

    kept = draw < rate
    assert decision == (Verdict.ACCEPT if kept else Verdict.DEFER, rule, rate)


@hypothesis.given(
    st.dictionaries(
        st.sampled_from(["ProductName", "Version", "ReleaseChannel", "HangID", "Hang", "Comments",
                         "ProcessType", "PluginHang", "Throttleable"]),
        st.sampled_from(["", "0", "1", "Firefox", "release", "plugin", "10.0"]) | st.text(),
    ),
    st.floats(0, ALMOST_ONE),
)  # fmt: skip
def test_no_shipped_rule_rejects_anything(annotations: dict[str, str], draw: float) -> None:
    for table in (DEFAULT, ACCEPT_ALL):
        decision = decide(table, annotations, draw)

        assert decision.verdict is not Verdict.REJECT
        assert 0 < decision.rate <= 1


def test_everything_is_accepted_by_accept_all() -> None:
    assert decide(ACCEPT_ALL, RELEASE, ALMOST_ONE).verdict is Verdict.ACCEPT


def test_the_first_rule_that_applies_decides() -> None:
    assert decide(MINE, {"Version": "1.0", "ProductName": "Half"}, 0.9) == (
        Verdict.REJECT, "too_old", 1.0
    )  # fmt: skip


def test_what_no_rule_applies_to_is_deferred() -> None:
    assert decide((), RELEASE, 0.0) == (Verdict.DEFER, "no_rule_applies", 1.0)


@pytest.mark.parametrize("rate", [0, -0.1, 1.1, float("nan")])
def test_a_rate_must_be_a_share_of_something(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Rule("name", lambda _: True, rate=rate)


@pytest.mark.parametrize("name", ["", "Rule", "a rule", "a\nb", "a-b"])
def test_a_rule_name_must_fit_an_answer(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Rule(name, lambda _: True)


def test_tables_are_found_by_name_and_by_place() -> None:
    assert find_table("default") is DEFAULT
    assert find_table("accept_all") is ACCEPT_ALL
    assert find_table("tests.collector.tables.MINE") == MINE


@pytest.mark.parametrize(
    "name",
    [
        "", "nothing", ".", "no.such.MODULE", "tests.collector.tables.NOT_THERE",
        "tests.collector.tables.NO_RULES", "tests.collector.tables.TWICE", "os.sep", "os.getpid",
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="rules"):
        find_table(name)
