"""The names of the rulesets: jobs carry them, the processor knows their rules."""

from enum import StrEnum


class Ruleset(StrEnum):
    """Which rules process a crash (`processor.ruleset`)."""

    DEFAULT = "default"  # all, from the raw crash and a new walk
    REGENERATE_SIGNATURE = "regenerate_signature"  # from the processed crash: no walk
    STORED = "stored"  # the processed crash as it is, for a report that was lost: no walk, no rule
    BETA_VERSION = "beta_version"  # the same; the release feed knows the build now
