"""What is planted in the sample data, said by the command that a person would use; nothing else."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.stories.conftest import Sample

pytestmark = [pytest.mark.stories, pytest.mark.timeout(0)]

QUIET_DAYS = 20


def texts(answer: dict[str, Any], code: str = "") -> str:
    """Return the sentences of an answer, those of a *code* only."""
    return "\n".join(note["text"] for note in answer["notes"] if code in ("", note["code"]))


def story(sample: Sample, kind: str, name: str = "") -> dict[str, Any]:
    """Return the first planted pattern of a kind, or the one of that name."""
    return next(one for one in sample.truth[kind] if name in ("", one.get("name")))


def planted(sample: Sample, product: str, day: str) -> set[str]:
    """Return the signatures of a product that really rose by a day."""
    rises = [one for one in sample.truth["explosive"] if one["from"] <= day]
    return {
        one["signature"]
        for one in (*rises, *sample.truth["regressions"])
        if one["product"] == product
    }


@pytest.mark.parametrize("name", ["fast-1", "fast-2", "fast-3", "slow-1", "slow-2", "low-1"])
def test_an_explosion_is_said_with_what_was_expected(sample: Sample, name: str) -> None:
    rise = story(sample, "explosive", name)

    said = texts(sample.ask("explosive", rise["product"], "--limit", "1000"), "explosion")

    [sentence] = [line for line in said.splitlines() if line.startswith(rise["signature"] + ":")]
    assert "installs crashed" in sentence
    assert "were expected" in sentence


def test_nothing_else_is_said_to_explode_on_the_days_before(sample: Sample) -> None:
    """Of the alarms of all these days at most one in twenty may be false."""
    last = date.fromisoformat(sample.truth["last_day"])
    alarms, false = 0, []
    for back in range(2, QUIET_DAYS + 2):  # the day before has the shift of signatures, too
        day = f"{last - timedelta(days=back)}"
        for product in ("Firefox", "Fenix", "Thunderbird", "SeaMonkey"):
            rows = sample.ask("explosive", product, "--day", day, "--limit", "1000")["rows"]
            alarms += len(rows)
            true = planted(sample, product, day)
            false += [(day, row["signature"]) for row in rows if row["signature"] not in true]

    assert alarms >= QUIET_DAYS / 2
    assert len(false) <= alarms / 20, false


def test_the_build_that_brought_a_crash_and_its_fix(sample: Sample) -> None:
    regression = story(sample, "regressions")
    bad, good = regression["first_bad_build"], regression["first_good_build"]

    answer = sample.ask("regression", regression["signature"])
    fix = sample.ask("fixed", regression["signature"], good)

    assert (answer["bad_first"], answer["good_first"]) == (bad, good)
    assert f"began in {bad}; fixed in {good}" in texts(answer, "verdict")
    assert "fixed" in texts(fix)


def test_installs_that_mix_two_builds(sample: Sample) -> None:
    mixed = story(sample, "frankeninstalls")

    rows = sample.ask("frankeninstalls", mixed["product"])["rows"]

    assert [(row["signature"], row["filename"]) for row in rows] == [
        (mixed["signature"], mixed["module"])
    ]


def test_malware_under_random_names(sample: Sample) -> None:
    malware = story(sample, "malware")

    rows = sample.ask("suspicious-modules")["rows"]

    assert [row["signature"] for row in rows] == [malware["signature"]]
    assert rows[0]["name"] in malware["modules"]


def test_a_module_that_goes_with_a_signature(sample: Sample) -> None:
    module = story(sample, "correlations")

    rows = sample.ask("correlations", module["signature"])["rows"]

    assert rows[0]["state"] == "kept"
    assert rows[0]["value"] == module["module"]


def test_a_module_that_only_seems_to_is_explained_by_the_system(sample: Sample) -> None:
    seeming = story(sample, "simpsons_paradoxes")

    rows = sample.ask("correlations", seeming["signature"])["rows"]

    [row] = [row for row in rows if row["value"] == seeming["module"]]
    assert (row["state"], row["cause"]) == ("explained", "os_version")


def test_one_bug_under_several_signatures(sample: Sample) -> None:
    [bug] = sample.truth["bugs"]["one_bug_under_several_signatures"]
    first, *others = [one["signature"] for one in bug["signatures"]]

    rows = sample.ask("similar", first)["rows"]

    advised = {row["signature"] for row in rows if row["advice"]}
    assert advised == set(others)


def test_two_bugs_under_one_signature(sample: Sample) -> None:
    [bugs] = sample.truth["bugs"]["several_bugs_under_one_signature"]

    answer = sample.ask("similar", bugs["parts"][0]["signature"])

    assert "may be two bugs" in texts(answer, "two_bugs")


def test_machines_with_broken_memory(sample: Sample) -> None:
    rows = sample.ask("hardware-suspects")["rows"]

    microcodes = {one["cpu_microcode_version"] for one in sample.truth["flaky_hardware"]}
    assert {row["cpu_microcode_version"] for row in rows} == microcodes
    assert len(rows) == len(microcodes)


def test_a_beta_with_more_crashes_without_a_signature(sample: Sample) -> None:
    shift = story(sample, "null_signature_shifts")

    said = texts(sample.ask("null-signatures", shift["product"], shift["version_after"]))

    assert "crashes without a useful signature: up" in said
    assert shift["version_after"] in said


def test_the_site_that_goes_with_a_signature(sample: Sample) -> None:
    site = story(sample, "domains")

    rows = sample.ask("signature-urls", site["signature"])["rows"]

    assert site["domain"] in rows[0]["url"]
