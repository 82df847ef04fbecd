"""What crashed: product, version, channel, build."""

import re
from typing import Any

from processor.pipeline import Change, View, rule

ESR = "esr"
NO_CHANNEL = "unknown"
BETAS = ("beta", "aurora")
NO_BETA_NUMBER = "The version has no beta number"
# Makers of Firefox packages.
DISTRIBUTIONS = (
    "mozilla", "mozilla-deb", "mozilla-flatpak", "mozilla-rpm", "mozilla-snap", "archlinux",
    "canonical", "debian", "fedora", "freebsd", "gentoo", "manjaro", "mint", "nixos", "opensuse",
    "redhat", "suse", "ubuntu",
)  # fmt: skip

_MAJOR = re.compile(r"[vV]?(\d{1,6})(?:\D|$)", re.ASCII)


@rule(reads=("ProductName", "ProductID"), writes=("product", "product_id"))
def product(crash: View) -> Change:
    """Name the product; a crash without one is kept, and later counted as bad."""
    name = crash.word("ProductName")
    if not name:
        crash.note("ProductName is missing")
    return {"product": name or "", "product_id": crash.word("ProductID")}


@rule(
    reads=("Version", "BuildID", "ReleaseChannel", "TelemetryEnvironment", "feed_version"),
    writes=("version", "build", "release_channel"),
)
def version(crash: View) -> Change:
    """Give version, build and channel; an ESR's version ends in "esr".

    All betas of a release send the version 140.0. The version that users see, 140.0b3, is in the
    environment that newer clients send, and the release feed may know the build. Otherwise the
    version stays as it is.
    """
    version, build = crash.word("Version"), crash.word("BuildID")
    channel = (crash.word("ReleaseChannel") or NO_CHANNEL).lower()
    if not version:
        crash.note("Version is missing")
    elif channel == ESR and not version.endswith(ESR):
        version += ESR
    elif channel in BETAS and version.replace(".", "").isdigit():
        displayed = _displayed(crash)
        if re.fullmatch(re.escape(version) + r"[ab]\d{1,3}", displayed, re.ASCII):
            version = displayed
        elif beta := crash.text("feed_version"):
            version = beta
        else:
            crash.note(NO_BETA_NUMBER)
    if build is not None and not build.isascii():
        crash.note("BuildID has non-ASCII characters")
    return {"version": version or "", "build": build, "release_channel": channel}


@rule(reads=("version",), writes=("major_version",))
def major_version(crash: View) -> Change:
    """Give the number before the first dot."""
    match = _MAJOR.match(crash.text("version") or "")
    return {"major_version": int(match[1]) if match else None}


@rule(reads=("DistributionID", "TelemetryEnvironment"), writes=("distribution_id",))
def distribution_id(crash: View) -> Change:
    """Name the distribution; "mozilla" when the environment names no other.

    The environment is protected, so it can only say which of the DISTRIBUTIONS this one is.
    """
    distribution = crash.word("DistributionID")
    if distribution is None and (partner := _environment(crash, "partner")):
        partner_id = partner.get("distributionId") or "mozilla"
        distribution = partner_id if partner_id in DISTRIBUTIONS else None
        if distribution is None:
            crash.note("The distribution in TelemetryEnvironment is not a known one")
    return {"distribution_id": distribution}


@rule(reads=("ProcessType",), writes=("process_type",))
def process_type(crash: View) -> Change:
    """Say which type of process crashed; the main process sends no type."""
    process = (crash.word("ProcessType") or "parent").lower()
    return {"process_type": "parent" if process in ("main", "default", "browser") else process}


def _displayed(crash: View) -> str:
    version = _environment(crash, "build").get("displayVersion")
    return version if isinstance(version, str) else ""


def _environment(crash: View, section: str) -> dict[str, Any]:
    environment = crash.json("TelemetryEnvironment")
    values = environment.get(section) if isinstance(environment, dict) else None
    return values if isinstance(values, dict) else {}
