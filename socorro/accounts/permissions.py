"""Permissions by name, and what each lets a user do. Groups in schema auth hold them."""

from collections.abc import Mapping
from typing import Final

VIEW_PII: Final = "view_pii"
VIEW_RAWDUMP: Final = "view_rawdump"
REPROCESS_CRASHES: Final = "reprocess_crashes"
RUN_LONG_QUERIES: Final = "run_long_queries"
UPLOAD_SYMBOLS: Final = "upload_symbols"
VIEW_PRIVATE_EXTRACTS: Final = "view_private_extracts"
FEATURE_VERSIONS: Final = "feature_versions"

DESCRIPTIONS: Final[Mapping[str, str]] = {
    VIEW_PII: "See protected fields: address visited, e-mail, comments",
    VIEW_RAWDUMP: "Download minidumps and raw crashes",
    REPROCESS_CRASHES: "Reprocess crashes",
    RUN_LONG_QUERIES: "Run long queries",
    UPLOAD_SYMBOLS: "Upload symbols",
    VIEW_PRIVATE_EXTRACTS: "Download extracts with protected fields",
    FEATURE_VERSIONS: "Feature versions",
}
PERMISSIONS: Final = tuple(DESCRIPTIONS)
