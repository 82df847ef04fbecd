"""The folder of extracts: names of files, looking them up, removing old ones."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

from socorro.extracts.config import ExtractsConfig
from socorro.no_product import NO_PRODUCT

Audience = Literal["public", "private"]

ENDING: Final = ".csv.gz"
PARQUET: Final = ".parquet"
USUAL: Final = "Firefox"  # its files do not name it
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ._+-]*")
_NAME: Final = re.compile(
    r"(?P<day>\d{8})(?P<public>-pub)?(-(?P<product>[a-z0-9_]+))?-crashdata"
    r"(?P<ending>(\.csv\.gz|\.parquet)(\.sha256)?|\.columns\.tsv)",
    re.ASCII,
)


class Extract(NamedTuple):
    """One file of the folder."""

    path: Path
    day: date
    audience: Audience
    product: str  # as file names spell it; "firefox" where they do not
    bytes: int


def path(to: Path, day: date, product: str, audience: Audience) -> Path:
    """Return the path of an extract: each audience has its folder."""
    public = "-pub" if audience == "public" else ""
    named = "" if product == USUAL else "-" + slug(product)
    return to / audience / f"{day:%Y%m%d}{public}{named}-crashdata{ENDING}"


def slug(product: str) -> str:
    """Return a product's name as file names spell it.

    A name with other characters than letters, digits and those that part words gets a checksum, so
    that "C++" and "C#" have files of their own.
    """
    name = re.sub(r"[^a-z0-9]+", "_", product.lower()).strip("_") or "unnamed"
    if product == NO_PRODUCT or _PLAIN.fullmatch(product):
        return name
    return f"{name}_{hashlib.sha256(product.encode()).hexdigest()[:8]}"


def parquet(extract: Path) -> Path:
    """Return the path of its Parquet file."""
    return extract.with_name(extract.name.removesuffix(ENDING) + PARQUET)


def checksum(extract: Path) -> Path:
    """Return the path of its checksum, which `sha256sum -c` reads."""
    return extract.with_name(f"{extract.name}.sha256")


def described(extract: Path) -> Path:
    """Return the path of the description of its columns."""
    return extract.with_name(extract.name.removesuffix(ENDING) + ".columns.tsv")


def extracts(to: Path, audience: Audience) -> list[Extract]:
    """Return the complete extracts for an audience, newest first."""
    named = [extract for extract in _files(to / audience) if extract.path.name.endswith(ENDING)]
    whole = [extract for extract in named if checksum(extract.path).exists()]
    return sorted(whole, key=lambda extract: (-extract.day.toordinal(), extract.product))


def missing(
    extracts: Sequence[Extract], products: Sequence[str], today: date, most: int
) -> list[tuple[date, str]]:
    """Return days of the last *most* that are over, and products, without an extract, newest first.

    Days before the first extract of a product are not missing.
    """
    days = [today - timedelta(days=back) for back in range(1, most + 1)]
    absent = []
    for product in products:
        present = {extract.day for extract in extracts if extract.product == slug(product)}
        since = min(present, default=today)
        absent += [(day, slug(product)) for day in days if day > since and day not in present]
    return sorted(absent, key=lambda one: (-one[0].toordinal(), one[1]))


def find(to: Path, audience: Audience, name: str) -> Path | None:
    """Return the file of that name; None when it does not exist or is no extract's name."""
    match = _NAME.fullmatch(name)
    if match is None or (match["public"] is not None) != (audience == "public"):
        return None
    file = to / audience / name
    return file if file.is_file() else None


def sweep(config: ExtractsConfig, today: date) -> list[Path]:
    """Remove old extracts, and drafts of writers that were killed; return their paths."""
    removed = [extract.path for extract in expired(config, today)]
    for audience in _weeks(config):
        removed += _dead_drafts(config.folder / audience, today)
    for file in removed:
        file.unlink(missing_ok=True)
    return sorted(removed)


def expired(config: ExtractsConfig, today: date) -> list[Extract]:
    """Return the files that are older than extracts are kept, in order of their paths."""
    old = []
    for audience, kept in _weeks(config).items():
        oldest = today - timedelta(weeks=kept)
        old += [file for file in _files(config.folder / audience) if file.day < oldest]
    return sorted(old)


def days(config: ExtractsConfig) -> set[date]:
    """Return the days of which there are files."""
    return {file.day for audience in _weeks(config) for file in _files(config.folder / audience)}


def _weeks(config: ExtractsConfig) -> dict[str, int]:
    return {"public": config.public_weeks, "private": config.private_weeks}


def prepare(below: Path) -> None:
    """Create a folder of an audience; only we and our group may enter the private one."""
    below.mkdir(parents=True, exist_ok=True)
    if below.name == "private":
        below.chmod(0o750)


def _files(below: Path) -> Iterator[Extract]:
    for file in below.glob("*crashdata.*"):
        match = _NAME.fullmatch(file.name)
        if match is None:
            continue
        try:
            day = datetime.strptime(match["day"], "%Y%m%d").date()  # noqa: DTZ007
            size = file.stat().st_size
        except (ValueError, FileNotFoundError):
            continue
        audience: Audience = "public" if match["public"] else "private"
        yield Extract(file, day, audience, match["product"] or USUAL.lower(), size)


def _dead_drafts(below: Path, today: date) -> Iterator[Path]:
    for draft in below.glob(".*crashdata.*"):  # as files.replacing names them
        touched = datetime.fromtimestamp(draft.stat().st_mtime, UTC).date()
        if touched < today - timedelta(days=1):
            yield draft
