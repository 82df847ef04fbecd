"""Annotations of crashes that go through the front door, around real dumps."""

from collections.abc import Iterator
from random import Random
from typing import Final

from cli.fakedata import words
from cli.fakedata.trains import PRODUCT_IDS
from cli.fakedata.world import World, sums

SYSTEMS: Final = {
    "Windows NT": "WINNT",
    "Mac OS X": "Darwin",
    "Linux": "Linux",
    "Android": "Android",
}


def annotations(world: World, rng: Random, count: int) -> Iterator[dict[str, str]]:
    """Yield what clients of the last day send; each crash is one of its own."""
    cells = world.cells(world.last)
    hosts = words.domains(rng, 40)
    urls, comments = words.addresses(rng, hosts, 200), words.comments(rng, 100)
    for number, cell in enumerate(rng.choices(cells, cum_weights=sums(cells), k=count)):
        build = cell.build
        fields = {
            "ProductName": build.product,
            "ProductID": PRODUCT_IDS[build.product],
            "Version": build.announced_version,
            "BuildID": build.build_id,
            "ReleaseChannel": build.channel,
            "OS": SYSTEMS[cell.os_name],
            "UptimeTS": str(rng.randrange(1, 20_000)),
            "SecondsSinceLastCrash": str(rng.randrange(60, 500_000)),
            "Notes": "posted by socorro fakedata",
            "CrashEventID": f"{world.seed:08x}-fake-{number:08x}-{rng.getrandbits(64):016x}",
        }
        if rng.random() < 0.5:
            fields["URL"] = rng.choice(urls)
        if rng.random() < 0.2:
            fields["Comments"] = rng.choice(comments)
            fields["Email"] = words.email(rng)
        yield fields
