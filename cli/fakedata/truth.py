"""The truth file: what was planted, in words and numbers that detectors can be scored with."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from cli.fakedata.plants import EMPTY_SHARE, EMPTY_SHARE_LATER, Plant

if TYPE_CHECKING:
    from cli.fakedata.world import World

FORMAT: Final = 1
EXPLOSIVE: Final = ("fast", "slow", "low", "past")
SECTIONS: Final = {  # first word of a plant's name -> section of the file
    "regression": "regressions", "frankeninstall": "frankeninstalls", "malware": "malware",
    "correlated": "correlations", "simpson": "simpsons_paradoxes", "domain": "domains",
    "flaky": "flaky_hardware",
}  # fmt: skip


def bugs(plants: Iterable[Plant]) -> list[tuple[int, str]]:
    """Return which planted bugs, by number, name which signatures."""
    named = {plant.name: plant.signature.text for plant in plants if plant.signature}
    one = [(0, named[f"one_bug-{number}"]) for number in (1, 2, 3)]
    return [*one, (1, named["two_bugs-1"]), (2, named["two_bugs-2"])]


def truth(world: "World", first_bug: int) -> dict[str, Any]:
    """Return the whole file as a mapping."""
    found: dict[str, Any] = {
        "format": FORMAT,
        "seed": world.seed,
        "first_day": str(world.first),
        "last_day": str(world.last),
        "crashes_per_day": world.per_day,
        "explosive": [],
        "null_signature_shifts": [_null_shift(world)],
        **{section: [] for section in SECTIONS.values()},
        "bugs": _bugs(world.plants, first_bug),
    }
    for plant in world.plants:
        kind = plant.name.split("-")[0]
        if kind in EXPLOSIVE:
            found["explosive"].append(_told(plant))
        elif kind in SECTIONS:
            found[SECTIONS[kind]].append(_told(plant))
    return found


def _told(plant: Plant) -> dict[str, Any]:
    return {
        "name": plant.name,
        "signature": plant.signature.text if plant.signature else None,
        "product": plant.product,
        "channel": plant.channel,
        "os_names": sorted(plant.where),
        **plant.told,
        "crashes": sum(plant.counts.values()),
        "crashes_by_day": {str(day): count for day, count in plant.counts.items() if count},
    }


def _null_shift(world: "World") -> dict[str, Any]:
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


def _bugs(plants: Sequence[Plant], first_bug: int) -> dict[str, Any]:
    named = {plant.name: plant for plant in plants}
    one = [named[f"one_bug-{number}"] for number in (1, 2, 3)]
    two = [named[f"two_bugs-{number}"] for number in (1, 2)]
    return {
        "one_bug_under_several_signatures": [
            {"bug_id": first_bug, "signatures": [_told(plant) for plant in one]}
        ],
        "several_bugs_under_one_signature": [
            {"bug_ids": [first_bug + 1, first_bug + 2], "parts": [_told(plant) for plant in two]}
        ],
    }
