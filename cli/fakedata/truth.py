"""The truth file: what was planted, in words and numbers that detectors can be scored with.

docs/fakedata.md describes it.
"""

from collections.abc import Sequence
from typing import Any, Final

from cli.fakedata.plants import EMPTY_SHARE, EMPTY_SHARE_LATER, Plant
from cli.fakedata.world import FIRST_BUG, World

FORMAT: Final = 1
EXPLOSIVE: Final = ("fast", "slow", "low", "past")
SECTIONS: Final = {  # first word of a plant's name -> section of the file
    "regression": "regressions", "frankeninstall": "frankeninstalls", "malware": "malware",
    "correlated": "correlations", "simpson": "simpsons_paradoxes", "domain": "domains",
    "flaky": "flaky_hardware",
}  # fmt: skip


def truth_of(world: World) -> dict[str, Any]:
    """Return what was planted in a world."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "seed": world.seed,
        "first_day": str(world.first),
        "last_day": str(world.last),
        "crashes_per_day": world.per_day,
        "explosive": [],
        "null_signature_shifts": [_null_shift(world)],
        **{section: [] for section in SECTIONS.values()},
        "bugs": _bugs(world.plants),
    }
    for plant in world.plants:
        kind = plant.name.split("-")[0]
        if kind in EXPLOSIVE:
            document["explosive"].append(_facts(plant))
        elif kind in SECTIONS:
            document[SECTIONS[kind]].append(_facts(plant))
    return document


def _facts(plant: Plant) -> dict[str, Any]:
    return {
        "name": plant.name,
        "signature": plant.signature.text if plant.signature else None,
        "product": plant.product,
        "channel": plant.channel,
        "os_names": sorted(plant.systems),
        **plant.facts,
        "crashes": sum(plant.counts.values()),
        "crashes_by_day": {str(day): count for day, count in plant.counts.items() if count},
    }


def _null_shift(world: World) -> dict[str, Any]:
    before, after = world.null_shift
    return {
        "product": before.product,
        "channel": before.channel,
        "version_before": before.version,
        "version_after": after.version,
        "build_after": after.build_id,
        "share_before": EMPTY_SHARE,
        "share_after": EMPTY_SHARE_LATER,
    }


def _bugs(plants: Sequence[Plant]) -> dict[str, Any]:
    named = {plant.name: plant for plant in plants}
    one = [named[f"one_bug-{number}"] for number in (1, 2, 3)]
    two = [named[f"two_bugs-{number}"] for number in (1, 2)]
    return {
        "one_bug_under_several_signatures": [
            {"bug_id": FIRST_BUG, "signatures": [_facts(plant) for plant in one]}
        ],
        "several_bugs_under_one_signature": [
            {"bug_ids": [FIRST_BUG + 1, FIRST_BUG + 2], "parts": [_facts(plant) for plant in two]}
        ],
    }
