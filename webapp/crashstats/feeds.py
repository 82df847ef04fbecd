"""Alerts as Atom and RSS. Everybody may read them: titles, signatures, sentences and links."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.views.decorators.http import require_safe

from socorro.alerts import Kind, recent
from socorro.alerts.events import LONGEST_PRODUCT, cut
from socorro.alerts.message import Alert, link, title
from webapp.context import context_of
from webapp.crashstats import errors

MOST: Final = 50  # entries
CACHED_SECONDS: Final = 60
_NOT_IN_XML: Final = re.compile("[\ufffe\uffff]")  # of what visible() leaves
FORMATS: Final = {"atom": Atom1Feed, "rss": Rss201rev2Feed}


@require_safe
def alerts(request: HttpRequest, form: str) -> HttpResponse:
    """Return the latest alerts, newest first; of one product and kind where the address says so."""
    product, kind = request.GET.get("product", ""), request.GET.get("kind", "")
    if kind and kind not in tuple(Kind):
        return errors.bad_request(request)
    with context_of(request).database.transaction() as db:
        latest = recent.latest(db, MOST, cut(product, LONGEST_PRODUCT), kind)
    response = HttpResponse(content_type=FORMATS[form].content_type)
    response["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    _feed(request, form, latest).write(response, "utf-8")
    return response


def _feed(request: HttpRequest, form: str, latest: list[Alert]) -> Atom1Feed | Rss201rev2Feed:
    site = request.build_absolute_uri("/").rstrip("/")
    feed = FORMATS[form](
        title="Socorro alerts",
        link=f"{site}/",
        description="Explosions, new top crashers, worse builds, fixes that did not hold.",
        language="en",
        feed_url=f"{site}{request.get_full_path()}",
    )
    for alert in latest:
        feed.add_item(
            title=_text(title(alert)),
            link=link(alert, site),
            description=_text(alert.sentence),
            unique_id=f"urn:socorro:alert:{alert.alert}",
            unique_id_is_permalink=False,
            pubdate=alert.noted_at,
            updateddate=alert.noted_at,
        )
    return feed


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
