"""Builds from a JSON feed into releases_raw. Two shapes of a build are understood, in a list:

    {"product": "Firefox", "version": "141.0b3", "build_id": "20260610093511",
     "channel": "beta", "platform": "linux-x86_64", "repository": "mozilla-beta"}

    {"source": {"product": "firefox", "repository": "https://hg…/mozilla-beta"},
     "build": {"id": "20260610093511"},
     "target": {"version": "141.0b3", "channel": "beta", "platform": "linux-x86_64"}}   (Buildhub)

The list may be the value of "builds", or be Buildhub's answer (hits.hits[]._source).
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
    """Say what is missing."""
    return "" if config.release_feed else "set SOCORRO_CRON_RELEASE_FEED"


def work(run: Run) -> Done:
    """Read the feed; keep all of its builds, but those of products that are not counted."""
    url = run.config.release_feed
    with Fetcher(run.config) as fetcher:
        listed = _listed(fetcher.get(url), url)
    with run.database.transaction() as db:
        known: dict[str, str] = {}
        for product in builds.products(db):
            known |= {product.release_folder.lower(): product.product}
            known |= {product.product.lower(): product.product}
        found, wrong = parse(listed, known)
        if listed and sum(wrong.values()) - wrong[OTHER] == len(listed):
            raise SourceFailed(f"{shown(url)}: none of its {len(listed):,} items is a build")
        notes = [f"{items:,} items left out: {why}" for why, items in sorted(wrong.items())]
        return Done(builds.save(db, found, "feed"), notes)


def parse(listed: list[Any], known: dict[str, str]) -> tuple[list[Build], Counter[str]]:
    """Return the builds of *known* products (in small letters -> name), and what was left out."""
    found, wrong = [], Counter[str]()
    for item in listed:
        try:
            told = _flat(item)
            product = known.get(told["product"].lower())
            if product is None:
                wrong[OTHER] += 1
                continue
            found.append(_build(product, told))
        except BadBuild as why:
            wrong[str(why)] += 1
    return found, wrong


def _build(product: str, told: dict[str, str]) -> Build:
    repository = told["repository"].rstrip("/").rpartition("/")[2]
    return make_build(
        product, told["version"], told["build_id"], told["channel"], told["platform"], repository
    )


def _flat(item: Any) -> dict[str, str]:
    """Return the texts of one build, "" for what is missing. Raises BadBuild."""
    if not isinstance(item, dict):
        raise BadBuild("no object")
    told: dict[str, Any] = dict(item)
    source, build, target = (item.get(name) for name in ("source", "build", "target"))
    if isinstance(source, dict) and isinstance(build, dict) and isinstance(target, dict):
        told = {**source, **target, "build_id": build.get("id")}
    names = ("product", "version", "build_id", "channel", "platform", "repository")
    texts = {name: told.get(name) for name in names}
    texts["channel"] = texts["channel"] or told.get("release_channel")
    return {name: text if isinstance(text, str) else "" for name, text in texts.items()}


def _listed(body: bytes, url: str) -> list[Any]:
    try:
        told = json.loads(body)
        if isinstance(told, dict) and "hits" in told:
            told = [hit["_source"] for hit in told["hits"]["hits"]]
        elif isinstance(told, dict):
            told = told["builds"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SourceFailed(f"{shown(url)} is no JSON list of builds") from None
    if not isinstance(told, list):
        raise SourceFailed(f"{shown(url)} is no JSON list of builds")
    return told


JOB = Job(
    name="release-feed",
    does="Reads new builds from a JSON feed.",
    period=hourly(5),
    work=work,
    off=off,
)
