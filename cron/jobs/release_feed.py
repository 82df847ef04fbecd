"""Builds from a JSON feed into releases_raw: a list of builds, each in one of two shapes.

    {"product": "Firefox", "version": "141.0b3", "build_id": "20260610093511",
     "channel": "beta", "platform": "linux-x86_64", "repository": "mozilla-beta"}

    {"source": {"product": "firefox", "repository": "https://hg…/mozilla-beta"},
     "build": {"id": "20260610093511"},
     "target": {"version": "141.0b3", "channel": "beta", "platform": "linux-x86_64"}}   (Buildhub)

The list may also be the value of "builds", or in Buildhub's answer (hits.hits[]._source).
"""

import json
from collections import Counter
from typing import Any, Final

from cron import builds
from cron.builds import BadBuild, Build, make_build
from cron.config import CronConfig
from cron.fetch import Fetcher, SourceFailed
from cron.job import Done, Job, Run
from cron.period import hourly
from socorro.fetch import shown

OTHER: Final = "of another product"


def off(config: CronConfig) -> str:
    """Return which setting is missing, "" when none is."""
    return "" if config.release_feed else "set SOCORRO_CRON_RELEASE_FEED"


def work(run: Run) -> Done:
    """Read the feed; save its builds of the products that are counted."""
    url = run.config.release_feed
    with Fetcher(run.config) as fetcher:
        listed = _listed(fetcher.get(url), url)
    with run.database.transaction() as db:
        products: dict[str, str] = {}
        for product in builds.products(db):
            products |= {product.release_folder.lower(): product.product}
            products |= {product.product.lower(): product.product}
        feed, left_out = parse(listed, products)
        if listed and sum(left_out.values()) - left_out[OTHER] == len(listed):
            raise SourceFailed(f"{shown(url)}: none of its {len(listed):,} items is a build")
        notes = [f"{items:,} left out: {reason}" for reason, items in sorted(left_out.items())]
        return Done(builds.save(db, feed, "feed"), notes)


def parse(listed: list[Any], products: dict[str, str]) -> tuple[list[Build], Counter[str]]:
    """Return the builds of *products*, and how many items were left out for which reason.

    *products* maps names in small letters to a product.
    """
    feed, left_out = [], Counter[str]()
    for item in listed:
        try:
            fields = _flat(item)
            product = products.get(fields["product"].lower())
            if product is None:
                left_out[OTHER] += 1
                continue
            feed.append(_build(product, fields))
        except BadBuild as error:
            left_out[str(error)] += 1
    return feed, left_out


def _build(product: str, fields: dict[str, str]) -> Build:
    repository = fields["repository"].rstrip("/").rpartition("/")[2]
    return make_build(
        product, fields["version"], fields["build_id"], fields["channel"], fields["platform"],
        repository,
    )  # fmt: skip


def _flat(item: Any) -> dict[str, str]:
    """Return the texts of one build, "" for what is missing. Raises BadBuild."""
    if not isinstance(item, dict):
        raise BadBuild("not an object")
    fields: dict[str, Any] = dict(item)
    source, build, target = (item.get(name) for name in ("source", "build", "target"))
    if isinstance(source, dict) and isinstance(build, dict) and isinstance(target, dict):
        fields = {**source, **target, "build_id": build.get("id")}
    names = ("product", "version", "build_id", "channel", "platform", "repository")
    texts = {name: fields.get(name) for name in names}
    texts["channel"] = texts["channel"] or fields.get("release_channel")
    return {name: text if isinstance(text, str) else "" for name, text in texts.items()}


def _listed(body: bytes, url: str) -> list[Any]:
    try:
        listed = json.loads(body)
        if isinstance(listed, dict) and "hits" in listed:
            listed = [hit["_source"] for hit in listed["hits"]["hits"]]
        elif isinstance(listed, dict):
            listed = listed["builds"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SourceFailed(f"{shown(url)} is not a JSON list of builds") from None
    if not isinstance(listed, list):
        raise SourceFailed(f"{shown(url)} is not a JSON list of builds")
    return listed


JOB = Job(
    name="release-feed",
    does="Reads new builds from a JSON feed.",
    period=hourly(5),
    work=work,
    off=off,
)
