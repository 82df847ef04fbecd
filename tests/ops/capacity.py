"""The plan of docs/capacity.md is what the simulation prints."""

from pathlib import Path

from bench.capacity import filled
from bench.capacity_plan import Site, line_cost, plan
from tests.ops.registry import Figures, check

PAGE = Path(__file__).parents[2] / "docs/capacity.md"


@check("capacity-page", quick=True)
def page_is_current(figures: Figures) -> None:
    """Each table of docs/capacity.md is what its options print."""
    page = PAGE.read_text()
    assert filled(page) == page, 'run: make capacity BENCH="--write docs/capacity.md"'
    figures.say("one core", round(60_000 / line_cost(Site(1), "file")), "crashes a minute")
    for rate in (2_300, 23_000):
        figures.say(f"{rate:,} a minute", plan(Site(rate)).machines, "machines")
