"""Alerts and changes as Atom and RSS, for everybody: titles, signatures, sentences and links."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.views.decorators.http import require_safe

from socorro.alerts import Kind, recent
from socorro.alerts.events import LONGEST_PRODUCT, cut
from socorro.alerts.message import link, title
from socorro.questions.words import midnight
from webapp.context import context_of
from webapp.crashstats import errors
from webapp.crashstats.changes import CHANGES
from webapp.frame.asked import Content, ask
from webapp.frame.declared import Page

MOST: Final = 50  # entries
LONGEST_TEXT: Final = 1_500  # characters
CACHED_SECONDS: Final = 60
_NOT_IN_XML: Final = re.compile("[\ufffe\uffff]")  # of what visible() leaves
FORMATS: Final = {"atom": Atom1Feed, "rss": Rss201rev2Feed}
# A change is in the feed for a week, so that readers who look once a day miss none.
CHANGES_FEED: Final = Page("changes", CHANGES, (), {"days": "7", "limit": "1000"})
TITLES: Final = {
    "exploded": "Explosion",
    "new": "New signature",
    "back": "Signature came back",
    "gone": "Signature is gone",
}


class Entry(NamedTuple):
    """One entry: *path* is an address of this site, *name* makes it the same when read again."""

    title: str
    path: str
    text: str
    name: str
    moment: datetime


class Channel(NamedTuple):
    """What a feed is: *path* is the page that shows the same."""

    title: str
    path: str
    text: str


@require_safe
def alerts(request: HttpRequest, form: str) -> HttpResponse:
    """Return the latest alerts, newest first; of one product and kind where the address says so."""
    product, kind = request.GET.get("product", ""), request.GET.get("kind", "")
    if kind and kind not in tuple(Kind):
        return errors.bad_request(request)
    with context_of(request).database.transaction() as db:
        latest = recent.latest(db, MOST, cut(product, LONGEST_PRODUCT), kind)
    entries = [
        Entry(title(alert), link(alert, ""), alert.sentence, f"alert:{alert.alert}", alert.noted_at)
        for alert in latest
    ]
    text = "Explosions, new top crashers, worse builds, fixes that did not hold."
    return _feed(request, form, Channel("Socorro alerts", "/", text), entries)


@require_safe
def changes(request: HttpRequest, form: str) -> HttpResponse:
    """Return what exploded, is new, came back or is gone in a product, the latest first."""
    content = ask(request, CHANGES_FEED)
    if isinstance(content, HttpResponse) or content.problems:
        return errors.bad_request(request)
    entries = sorted(_changes(content), key=lambda entry: entry.moment, reverse=True)
    text = "Signatures that exploded, are new, came back or are gone."
    channel = Channel(f"Changes: {content.product}", content.links.to("changes"), text)
    return _feed(request, form, channel, entries[:MOST])


def _changes(content: Content) -> Iterator[Entry]:
    product = content.product
    for row in content.rows:
        signature = row["signature"]
        words = (row["kind"], product, row["channel"] or "", f"{row['since']}", signature)
        yield Entry(
            f"{TITLES[row['kind']]} in {product}: {signature}",
            content.links.to("signature", product=product, signature=signature, days=None),
            row["sentence"],
            f"change:{hashlib.sha256(chr(0).join(words).encode()).hexdigest()[:32]}",
            midnight(row["since"]),
        )


def _feed(
    request: HttpRequest, form: str, channel: Channel, entries: Sequence[Entry]
) -> HttpResponse:
    site = request.build_absolute_uri("/").rstrip("/")
    feed = FORMATS[form](
        title=_text(channel.title),
        link=f"{site}{channel.path}",
        description=channel.text,
        language="en",
        feed_url=f"{site}{request.get_full_path()}",
    )
    for entry in entries:
        feed.add_item(
            title=_text(entry.title),
            link=f"{site}{entry.path}",
            description=_text(entry.text),
            unique_id=f"urn:socorro:{entry.name}",
            unique_id_is_permalink=False,
            pubdate=entry.moment,
            updateddate=entry.moment,
        )
    response = HttpResponse(content_type=FORMATS[form].content_type)
    response["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    feed.write(response, "utf-8")
    return response


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", cut(text, LONGEST_TEXT))
