"""Alerts, changes and builds as Atom and RSS, for everybody: titles, sentences and links."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.views.decorators.http import require_safe

from socorro.alerts import Kind, recent
from socorro.alerts.events import LONGEST_PRODUCT, cut
from socorro.alerts.message import link, title
from socorro.questions.builds import BUILDS_QUESTION
from socorro.questions.changes import QUESTION as CHANGES_QUESTION
from socorro.questions.words import midnight
from webapp.context import context_of
from webapp.crashstats import errors
from webapp.frame import cells
from webapp.frame.asked import Content, ask
from webapp.frame.declared import Page, Row

MOST: Final = 50  # entries
LONGEST_TEXT: Final = 1_500  # characters
CACHED_SECONDS: Final = 60
_NOT_IN_XML: Final = re.compile("[\ufffe\uffff]")  # of what visible() leaves
FORMATS: Final = {"atom": Atom1Feed, "rss": Rss201rev2Feed}
# A change is in the feed for a week, so that readers who look once a day miss none.
CHANGES_FEED: Final = Page("changes", CHANGES_QUESTION, (), {"days": "7", "limit": "1000"})
BUILDS_FEED: Final = Page("builds", BUILDS_QUESTION, (), {"days": "7", "limit": f"{MOST}"})
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


@require_safe
def builds(request: HttpRequest, form: str) -> HttpResponse:
    """Return recent builds of a product, each against the build before, newest first."""
    content = ask(request, BUILDS_FEED)
    if isinstance(content, HttpResponse) or content.problems:
        return errors.bad_request(request)
    text = "Builds, how they crash, and whether that is worse than the build before."
    channel = Channel(f"Builds: {content.product}", content.links.to("builds"), text)
    return _feed(request, form, channel, list(_builds(content)))


def _builds(content: Content) -> Iterator[Entry]:
    """Yield builds with a date; one that turns out to be worse is another entry."""
    for row in content.rows:
        if row["build_date"] is None:
            continue
        name = f"{row['product']} {row['version']}"
        worse = "worse" if row["verdict"] == "worse" else ""
        words = (name, row["release_channel"], row["build_id"], worse)
        yield Entry(
            f"{name}: build {row['build_id']}{', worse than the one before' if worse else ''}",
            content.links.to("builds", product=row["product"], version=row["version"], days=None),
            _build_text(row),
            f"build:{hashlib.sha256(chr(0).join(words).encode()).hexdigest()[:32]}",
            row["built_at"] or midnight(row["build_date"]),
        )


def _build_text(row: Row) -> str:
    rate = "" if row["rate"] is None else f", {cells.number(row['rate'], 3)} per 100 ADI"
    text = f"{row['release_channel']}: {row['estimated_count']:,.0f} crashes{rate}"
    if row["verdict"] is None:
        return text
    interval = "" if row["high"] is None else f" to {cells.number(row['high'], 2)}"
    ratio = "" if row["ratio"] is None else f"{cells.number(row['ratio'], 2)} times, "
    if row["low"] is None:
        return f"{text}; {row['verdict']}, against {row['before']}"
    return (
        f"{text}; {row['verdict']}: {ratio}95 % interval from {cells.number(row['low'], 2)}"
        f"{interval}, against {row['before']}"
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
            # Readers take it for HTML.
            description=escape(_text(entry.text), quote=False),
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
