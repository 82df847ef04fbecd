"""Permissions: the page about access says of each what the code says."""

import re
from pathlib import Path

from socorro.accounts.permissions import DESCRIPTIONS
from socorro.accounts.users import groups
from socorro.postgres import Database

PAGE = Path(__file__).parents[2] / "docs" / "access.md"


def test_the_page_has_every_permission_its_description_and_its_groups(database: Database) -> None:
    with database.transaction() as db:
        held = {
            name: [group.name for group in groups(db) if name in group.permissions]
            for name in DESCRIPTIONS
        }

    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)

    assert {name: text for name, text, _ in rows} == DESCRIPTIONS
    assert {name: names.split(", ") for name, _, names in rows} == held
