"""Every question. Commands, REST, OpenAPI and the reference page come from this table."""

from socorro.questions import (
    bad_reports,
    builds,
    changes,
    comparisons,
    correlations,
    crash_rates,
    explosions,
    flash_versions,
    gates,
    hangs,
    hardware_suspects,
    regressions,
    similar,
    top_crashers,
    urls,
)
from socorro.questions.interface import Question

QUESTIONS: tuple[Question, ...] = (
    top_crashers.QUESTION,
    crash_rates.QUESTION,
    explosions.QUESTION,
    changes.QUESTION,
    builds.BUILDS_QUESTION,
    builds.TRENDS_QUESTION,
    urls.URLS_QUESTION,
    urls.DOMAINS_QUESTION,
    hangs.QUESTION,
    comparisons.NULL_QUESTION,
    comparisons.COMPARE_QUESTION,
    flash_versions.QUESTION,
    gates.QUESTION,
    regressions.REGRESSION_QUESTION,
    regressions.FIXED_QUESTION,
    similar.QUESTION,
    hardware_suspects.QUESTION,
    bad_reports.QUESTION,
    correlations.QUESTION,
)
