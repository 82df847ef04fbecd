"""What a backup does with each table of the database: the one declaration.

A crash in the crash store brings its report back, and reports bring back what is counted of them.
So a backup has no reports. It has what people and other systems entered, what jobs concluded on
days that are over, and the counts: those of days whose crashes were removed after their retention
cannot be counted again. Counts are sums of differences (docs/counts.md), so a day comes back from
the backup or from its crashes, never from both: which days, is decided when they are restored.

A table that is not declared here fails a test, and `socorro backup create` as well.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple


class How(Enum):
    """How the rows of a table come back."""

    WHOLE = "from the backup"
    OLD_DAYS = "days without stored crashes from the backup, others are counted again"
    REBUILT = "not in the backup"


class Table(NamedTuple):
    """A table, how its rows come back, and what it has (or who makes it again)."""

    name: str  # "alerts", "auth.tokens"
    how: How
    content: str


def _declared(how: How, content: str, names: str) -> Iterator[Table]:
    yield from (Table(name, how, content) for name in names.split())


# In the order of loading: what is referred to comes first.
TABLES: Final[tuple[Table, ...]] = (
    *_declared(
        How.WHOLE,
        "users, groups, permissions, tokens",
        "auth.django_content_type auth.auth_permission auth.auth_group auth.auth_group_permissions"
        " auth.auth_user auth.auth_user_groups auth.auth_user_user_permissions auth.tokens"
        " auth.identities",
    ),
    *_declared(
        How.WHOLE,
        "settings in the database: products, channels, limits, codes",
        "products release_channels release_channel_matches product_release_channels count_settings"
        " operating_systems crash_types uptime_levels",
    ),
    *_declared(
        How.WHOLE,
        "versions and builds; featured versions are set by people",
        "product_versions product_version_builds releases_raw release_files",
    ),
    *_declared(How.WHOLE, "what is ranked together, by the numbers of ranks", "version_groups"),
    *_declared(
        How.WHOLE,
        "active daily installs",
        "adi_raw adi adi_build",
    ),
    *_declared(How.WHOLE, "bugs, and when they named which signature", "bugs bug_signatures"),
    *_declared(
        How.WHOLE,
        "first crashes of signatures, and the numbers that counts have",
        "signatures signature_products signatures_to_check flash_versions urls symbol_modules",
    ),
    *_declared(
        How.OLD_DAYS,
        "counts by day: sums of differences",
        "top_crashers top_crashers_build crash_counts crash_counts_build install_counts"
        " install_counts_build",
    ),
    *_declared(
        How.WHOLE,
        "derived of a day; replaced when the day is counted again",
        "hang_pairs hang_halves explosiveness rank_changes null_signature_facts build_counts"
        " flash_counts url_counts url_signatures explosion_days explosions",
    ),
    *_declared(
        How.WHOLE,
        "conclusions of nightly jobs, with their evidence",
        "module_list correlation_lines correlation_signatures correlations hardware_scans"
        " hardware_suspects module_scans mixed_installs foreign_modules suspicious_modules",
    ),
    *_declared(
        How.WHOLE,
        "alerts, what was sent, and muted signatures",
        "alerts alert_deliveries alert_mutes",
    ),
    *_declared(
        How.WHOLE,
        "what happened, and how far jobs got",
        "signature_moves ledger_days server_status cron_jobs cron_log retention_stands"
        " dropped_weeks fakedata",
    ),
    *_declared(
        How.WHOLE,
        "crashes that were forgotten on request stay away: keyed hashes, and their key",
        "forgotten_key forgotten",
    ),
    # Last: loading counts and installs marks their days.
    *_declared(
        How.WHOLE, "days that wait to be derived or counted", "days_without_installs days_to_derive"
    ),
    *_declared(
        How.REBUILT,
        "from the crash store, by `socorro rebuild` and the processors",
        "jobs reports reports_user_info reports_events missed_symbols reports_resent changed_hours",
    ),
    *_declared(
        How.REBUILT,
        "counted from reports by the clock",
        "hours_to_count reports_clean reports_bad reports_duplicates",
    ),
    *_declared(
        How.REBUILT,
        "summed from the counts by the clock; until then queries sum them",
        "top_crasher_rankings top_crasher_ranks",
    ),
    *_declared(How.REBUILT, "search notes the hours of reports again", "search_hours"),
    *_declared(
        How.REBUILT,
        "the job `similar` makes them anew from the files of search",
        "similar_stacks similar_index similar_state",
    ),
    *_declared(How.REBUILT, "people sign in again", "auth.django_session"),
)

BACKED_UP: Final = tuple(table for table in TABLES if table.how is not How.REBUILT)
OLD_DAYS: Final = frozenset(table.name for table in TABLES if table.how is How.OLD_DAYS)

# What people, crashes and sources outside fill first: with rows in one, a database is in use.
SIGNS_OF_USE: Final = (
    "auth.auth_user", "reports", "jobs", "signatures", "top_crashers", "adi_raw", "releases_raw",
    "bugs", "alert_mutes", "fakedata",
)  # fmt: skip
