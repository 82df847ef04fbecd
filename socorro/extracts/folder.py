"""The folder of extracts: how files are named, found, and removed when they are old."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

from socorro.extracts.config import ExtractsConfig

Audience = Literal["public", "private"]

ENDING: Final = ".csv.gz"
USUAL: Final = "Firefox"  # its files do not name it
_NAME: Final = re.compile(
    r"(?P<day>\d{8})(?P<public>-pub)?(-(?P<product>[a-z0-9_]+))?-crashdata"
    r"(?P<ending>\.csv\.gz|\.csv\.gz\.sha256|\.columns\.tsv)",
    re.ASCII,
)


class Extract(NamedTuple):
    """One file that is there."""

    path: Path
    day: date
    audience: Audience
    product: str  # as file names spell it; "firefox" where they do not
    bytes: int


def path(to: Path, day: date, product: str, audience: Audience) -> Path:
    """Return where an extract lies: below a folder per audience."""
    public = "-pub" if audience == "public" else ""
    named = "" if product == USUAL else "-" + slug(product)
    return to / audience / f"{day:%Y%m%d}{public}{named}-crashdata{ENDING}"


def slug(product: str) -> str:
    """Return a product's name as file names spell it."""
    return re.sub(r"[^a-z0-9]+", "_", product.lower()).strip("_") or "unnamed"


def checksum(extract: Path) -> Path:
    """Return where its checksum lies, as `sha256sum -c` reads it."""
    return extract.with_name(f"{extract.name}.sha256")


def described(extract: Path) -> Path:
    """Return where its columns are described."""
    return extract.with_name(extract.name.removesuffix(ENDING) + ".columns.tsv")


def extracts(to: Path, audience: Audience) -> list[Extract]:
    """Return the extracts for an audience that are whole, newest first."""
    found = [each for each in _files(to / audience) if each.path.name.endswith(ENDING)]
    whole = [each for each in found if checksum(each.path).exists()]
    return sorted(whole, key=lambda each: (-each.day.toordinal(), each.product))


def find(to: Path, audience: Audience, name: str) -> Path | None:
    """Return a file of that name; None when there is none, or no extract is named so."""
    told = _NAME.fullmatch(name)
    if told is None or (told["public"] is not None) != (audience == "public"):
        return None
    there = to / audience / name
    return there if there.is_file() else None


def sweep(config: ExtractsConfig, today: date) -> list[Path]:
    """Remove what is kept no longer, and drafts of writers that were killed; return the names."""
    removed = []
    weeks = {"public": config.public_weeks, "private": config.private_weeks}
    for audience, kept in weeks.items():
        oldest = today - timedelta(weeks=kept)
        below = config.folder / audience
        old = [each.path for each in _files(below) if each.day < oldest]
        for there in [*old, *_dead_drafts(below, today)]:
            there.unlink(missing_ok=True)
            removed.append(there)
    return sorted(removed)


def prepare(below: Path) -> None:
    """Make a folder of an audience; the private one is entered by us and our group only."""
    below.mkdir(parents=True, exist_ok=True)
    if below.name == "private":
        below.chmod(0o750)


def write(there: Path, text: str, mode: int) -> None:
    """Write a small file, whole or not at all."""
    draft = there.with_name(f".{there.name}.new")
    with draft.open("w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.chmod(mode)
    draft.replace(there)


def sync(below: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(below, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(below: Path) -> Iterator[Extract]:
    for there in below.glob("*crashdata.*"):
        told = _NAME.fullmatch(there.name)
        try:
            day = datetime.strptime(told["day"], "%Y%m%d").date() if told else None  # noqa: DTZ007
            size = there.stat().st_size
        except (ValueError, FileNotFoundError):
            continue
        if told and day:
            audience: Audience = "public" if told["public"] else "private"
            yield Extract(there, day, audience, told["product"] or USUAL.lower(), size)


def _dead_drafts(below: Path, today: date) -> Iterator[Path]:
    for there in below.glob(".*.new"):
        touched = datetime.fromtimestamp(there.stat().st_mtime, UTC).date()
        if touched < today - timedelta(days=1):
            yield there
