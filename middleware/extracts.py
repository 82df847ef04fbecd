"""The daily extracts: which files there are, and where they are downloaded."""

from collections.abc import Mapping
from typing import Any, Final

from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.reply import CRASH_DATA, Reply, json_reply
from middleware.route import Route
from middleware.schemas import DAY, TEXT, WHOLE, described, hits, optional
from socorro.accounts.permissions import VIEW_PRIVATE_EXTRACTS
from socorro.config import load
from socorro.extracts import folder
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience, Extract
from socorro.extracts.row_counts import row_counts

MOST: Final = 10_000


def listed(_context: Context, caller: Caller, _values: Values) -> Reply:
    """Answer with the extracts that this caller may download, the newest first."""
    audiences: tuple[Audience, ...] = ("public",)
    if VIEW_PRIVATE_EXTRACTS in caller.permissions:
        audiences = ("public", "private")
    to = load(ExtractsConfig).folder
    extracts = [extract for audience in audiences for extract in folder.extracts(to, audience)]
    extracts.sort(key=lambda extract: (-extract.day.toordinal(), extract.product))
    shown = extracts[:MOST]
    documents = [
        _document(extract, rows) for extract, rows in zip(shown, row_counts(shown), strict=True)
    ]
    return json_reply({"hits": documents, "total": len(extracts)}, CRASH_DATA)


def _document(extract: Extract, rows: int | None) -> Mapping[str, Any]:
    parquet = folder.parquet(extract.path)
    is_whole = folder.checksum(parquet).exists()  # older ones have none
    place = f"/extracts/{extract.audience}/"
    return {
        "day": extract.day.isoformat(),
        "product": extract.product,
        "audience": extract.audience,
        "bytes": extract.bytes,
        "rows": rows,
        "csv": place + extract.path.name,
        "checksum": place + folder.checksum(extract.path).name,
        "columns": place + folder.described(extract.path).name,
        "parquet": place + parquet.name if is_whole else None,
    }


_PATH: Final = "below the address of the pages"
ROUTES = (
    Route(
        name="Extracts",
        summary="Daily extracts of crashes",
        description=(
            "The files for analysts, one a day and product, the newest first; private ones only "
            f"with {VIEW_PRIVATE_EXTRACTS}."
        ),
        parameters=(),
        answer=listed,
        content_types=("application/json",),
        permissions=(VIEW_PRIVATE_EXTRACTS,),
        schema=hits(
            day=described(DAY, "UTC day of submission"),
            product=described(TEXT, "Product, as file names spell it"),
            audience={"type": "string", "enum": ["public", "private"]},
            bytes=described(WHOLE, "Size of the CSV file, compressed"),
            rows=described(optional(WHOLE), "Reports in it; null: without a Parquet file"),
            csv=described(TEXT, f"Path of the CSV file, {_PATH}"),
            checksum=described(TEXT, f"Path of its SHA-256, {_PATH}"),
            columns=described(TEXT, f"Path of the description of its columns, {_PATH}"),
            parquet=described(optional(TEXT), f"Path of the Parquet file, {_PATH}"),
        ),
    ),
)
