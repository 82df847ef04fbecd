"""What the numbers of the pages mean: sampling, estimates, ADI, intervals. Reads nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

SECTIONS = (
    ("sampling", "Sampling"),
    ("estimates", "Estimated crashes"),
    ("adi", "ADI and rates"),
    ("days", "Days"),
    ("intervals", "Intervals"),
    ("changes", "Changes and explosions"),
    ("installs", "Installs"),
    ("not-counted", "What is not counted"),
    ("signatures", "Signatures"),
    ("protected", "Protected data"),
)

# Which section explains a column, by its name in all answers; tables lead there by their headings.
OF_COLUMNS = {
    "estimated_count": "estimates",
    "today_estimated": "estimates",
    "previous_estimated": "estimates",
    "trend": "estimates",
    "rate": "adi",
    "old_rate": "adi",
    "new_rate": "adi",
    "difference": "adi",
    "series": "adi",
    "ratio": "intervals",
    "weekday_ratio": "intervals",
    "verdict": "intervals",
    "expected": "changes",
}


def section_of(column: str, heading: str) -> str:
    """Return the section that explains a column of a table, by its name and heading; or ""."""
    return "intervals" if "interval" in heading else OF_COLUMNS.get(column, "")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Explain the numbers; each section has an anchor that estimates link to."""
    return render(request, "crashstats/about.html", {"sections": SECTIONS})
