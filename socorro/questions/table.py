"""Every question. Commands, REST, OpenAPI and the reference page come from this table."""

from socorro.questions import crash_rates, top_crashers
from socorro.questions.interface import Question

QUESTIONS: tuple[Question, ...] = (
    top_crashers.QUESTION,
    crash_rates.QUESTION,
)
