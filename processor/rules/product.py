"""What crashed: product, version, channel, build."""

import re
from typing import Any

from processor.pipeline import Change, View, rule

ESR = "esr"
NO_CHANNEL = "unknown"
BETAS = ("beta", "aurora")

_MAJOR = re.compile(r"(\d{1,6})(?:\D|$)", re.ASCII)


@rule(reads=("ProductName", "ProductID"), writes=("product", "product_id"))
def product(crash: View) -> Change:
    """Name the product; a crash without one is kept, and counted as bad later."""
    name = crash.word("ProductName")
    if not name:
        crash.note("ProductName is missing")
    return {"product": name or "", "product_id": crash.word("ProductID")}


@rule(
    reads=("Version", "BuildID", "ReleaseChannel", "TelemetryEnvironment"),
    writes=("version", "build", "release_channel"),
)
def version(crash: View) -> Change:
    """Tell version, build and channel; an ESR's version ends in "esr".

    All betas of a release call themselves 140.0; the version that users see, 140.0b3, is in the
    environment that newer clients send. When it is not, the version stays as it is.
    """
    told, build = crash.word("Version"), crash.word("BuildID")
    channel = (crash.word("ReleaseChannel") or NO_CHANNEL).lower()
    if not told:
        crash.note("Version is missing")
    elif channel == ESR and not told.endswith(ESR):
        told += ESR
    elif channel in BETAS and told.replace(".", "").isdigit():
        seen = _displayed(crash)
        if re.fullmatch(re.escape(told) + r"[ab]\d{1,3}", seen, re.ASCII):
            told = seen
        else:
            crash.note("the version does not tell which beta it is")
    if build is not None and not build.isascii():
        crash.note("BuildID holds other characters than ASCII")
    return {"version": told or "", "build": build, "release_channel": channel}


@rule(reads=("version",), writes=("major_version",))
def major_version(crash: View) -> Change:
    """Tell the number before the first dot."""
    found = _MAJOR.match(crash.text("version") or "")
    return {"major_version": int(found[1]) if found else None}


@rule(reads=("DistributionID", "TelemetryEnvironment"), writes=("distribution_id",))
def distribution_id(crash: View) -> Change:
    """Name the distribution; mozilla when the environment says that there is no other."""
    told = crash.word("DistributionID")
    if told is None:
        partner = _environment(crash, "partner")
        found = partner.get("distributionId", "mozilla") if partner else None
        told = (found or "mozilla") if partner and isinstance(found, str | None) else None
    return {"distribution_id": told[:200] if told else None}


@rule(reads=("ProcessType",), writes=("process_type",))
def process_type(crash: View) -> Change:
    """Say which process crashed; the first one of a program does not tell its type."""
    told = (crash.word("ProcessType") or "parent").lower()
    return {"process_type": "parent" if told in ("main", "default", "browser") else told}


def _displayed(crash: View) -> str:
    found = _environment(crash, "build").get("displayVersion")
    return found if isinstance(found, str) else ""


def _environment(crash: View, section: str) -> dict[str, Any]:
    told = crash.json("TelemetryEnvironment")
    found = told.get(section) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else {}
