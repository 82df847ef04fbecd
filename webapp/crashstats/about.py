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


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Explain the numbers; each section has an anchor that estimates link to."""
    return render(request, "crashstats/about.html", {"sections": SECTIONS})
