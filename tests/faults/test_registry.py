"""The list of faults is whole: names, promises, what they need, how they are selected."""

import subprocess
import sys

import pytest

from tests.faults.registry import Fault, Need, Registry, in_line_order, load_all
from tests.faults.trial import Trial
from tests.system.line import CHECKOUT

REGISTRY = load_all()


def does_nothing(trial: Trial) -> None:
    """Nothing."""


def says_nothing(trial: Trial) -> None: ...


def registry(*faults: Fault) -> Registry:
    registered = Registry()
    for fault in faults:
        registered.add(fault)
    return registered


@pytest.mark.parametrize("fault", REGISTRY.faults.values(), ids=list(REGISTRY.faults))
def test_every_fault_says_what_it_does_and_ends_in_time(fault: Fault) -> None:
    assert fault.does.endswith(".")
    assert fault.expectation.recover_seconds < fault.limit_seconds <= 900
    assert fault.posts >= 1


def test_a_name_can_be_declared_once() -> None:
    registered = registry(Fault("a", does_nothing))

    with pytest.raises(ValueError, match="two faults"):
        registered.add(Fault("a", does_nothing))


def test_a_fault_without_a_docstring_is_refused() -> None:
    with pytest.raises(ValueError, match="no docstring"):
        registry(Fault("a", says_nothing))


@pytest.mark.parametrize(
    ("patterns", "quick", "names"),
    [
        ((), False, ["store-away", "store-empty", "kill"]),
        ((), True, ["kill"]),
        (("store-*",), False, ["store-away", "store-empty"]),
        (("store-*",), True, ["store-away", "store-empty"]),
        (("kill", "store-empty"), False, ["store-empty", "kill"]),
    ],
)
def test_faults_are_selected_by_name_or_pattern(
    patterns: tuple[str, ...], quick: bool, names: list[str]
) -> None:
    registered = registry(
        Fault("store-away", does_nothing),
        Fault("store-empty", does_nothing),
        Fault("kill", does_nothing, quick=True),
    )

    assert [fault.name for fault in registered.select(patterns, quick)] == names


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(LookupError, match="nothing-like-it"):
        REGISTRY.select(["nothing-like-it"])


def test_faults_that_can_share_a_line_follow_one_another() -> None:
    a, b = {"A": "1"}, {"A": "2"}
    settings = {"w": a, "x": b, "y": a, "z": b}
    faults = [Fault(name, does_nothing, settings=chosen) for name, chosen in settings.items()]

    assert [fault.name for fault in in_line_order(faults)] == ["w", "y", "x", "z"]


@pytest.mark.parametrize(
    ("need", "is_met"),
    [
        (Need("sh", "dash"), True),
        (Need("no-such-program", "none"), False),
        (Need("/bin/*sh", "dash"), True),
        (Need("/no/such/*.so", "none"), False),
    ],
)
def test_a_need_is_a_program_or_a_file(need: Need, is_met: bool) -> None:
    assert need.is_met == is_met
    assert Fault("a", does_nothing, needs=(need,)).missing() == ([] if is_met else [need])


def test_the_command_lists_every_fault_and_refuses_unknown_names() -> None:
    command = [sys.executable, "-m", "tests.faults"]
    options = {"cwd": CHECKOUT, "capture_output": True, "text": True}

    listed = subprocess.run([*command, "--list"], **options)
    refused = subprocess.run([*command, "--only", "nothing"], **options)

    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(REGISTRY.faults)
    assert listed.returncode == 0
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no fault is called nothing" in refused.stderr
