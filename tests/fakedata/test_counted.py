"""What detectors and lists say of a small generated history: a whole run of it."""

from datetime import date, timedelta

import pytest

from cli.fakedata import history
from cli.fakedata.world import World
from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.counts.counting import count_days
from socorro.postgres import Connection, Database
from socorro.queries import versions
from socorro.queries.explosive import explosive

LAST = date(2026, 11, 23)
FILLED = (
    "reports_clean", "reports_duplicates", "hang_pairs", "top_crashers", "top_crashers_build",
    "top_crasher_ranks", "crash_counts", "crash_counts_build", "adi", "adi_build", "explosiveness",
    "rank_changes", "null_signature_facts", "flash_counts", "build_counts", "url_counts",
)  # fmt: skip


@pytest.fixture
def world(database: Database) -> World:
    """Eleven days of 500 crashes a day, counted and derived."""
    world = World(1, LAST - timedelta(days=10), LAST, 500)
    history.load(database, world)
    count_days(database, world.days)
    list(derived.update(database, LAST + timedelta(days=1), UrlsConfig(fewest_installs=1)))
    return world


def _count(db: Connection, table: str) -> int:
    with db.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def test_every_table_is_filled_and_fast_explosions_are_on_top(
    database: Database, world: World
) -> None:
    with database.transaction() as db:
        empty = [table for table in FILLED if not _count(db, table)]
        bad = _count(db, "reports_bad")
        everything = [
            version for name in versions.products(db) for version in versions.versions(db, name)
        ]
        explosions = explosive(db, everything, LAST, most=1000)

    assert empty == []
    assert bad == 0
    planted = {
        plant.signature.text for plant in world.plants
        if plant.name.startswith("fast") and plant.signature
    }  # fmt: skip
    ranked = list(dict.fromkeys(row.signature for row in explosions))
    assert len(planted) == 4
    assert set(ranked[:4]) == planted
