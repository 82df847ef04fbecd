"""What somebody may be allowed to do; groups and users in schema auth hold these by name."""

from typing import Final

VIEW_PII: Final = "view_pii"
VIEW_RAWDUMP: Final = "view_rawdump"
REPROCESS_CRASHES: Final = "reprocess_crashes"
RUN_LONG_QUERIES: Final = "run_long_queries"
UPLOAD_SYMBOLS: Final = "upload_symbols"
VIEW_PRIVATE_EXTRACTS: Final = "view_private_extracts"

PERMISSIONS: Final = (
    VIEW_PII, VIEW_RAWDUMP, REPROCESS_CRASHES, RUN_LONG_QUERIES, UPLOAD_SYMBOLS,
    VIEW_PRIVATE_EXTRACTS,
)  # fmt: skip
