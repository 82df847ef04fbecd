"""The raw crash: what a client sent, with the little that the collector adds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from socorro import quick_json
from socorro.crash_id import BadCrashId, CrashId, parse

MAIN_DUMP = "upload_file_minidump"
VERSION = 2
OURS = ("uuid", "submitted_timestamp", "version", "metadata")  # a client's own are dropped

Processed = dict[str, Any]  # a processed crash: snake_case keys, fields/processed_crash.yaml


class BadRawCrash(ValueError):
    """The bytes are no raw crash."""


@dataclass(frozen=True)
class RawCrash:
    """Annotations under their own names, crash id, time of submission, collector metadata."""

    crash_id: CrashId
    submitted: datetime
    annotations: Mapping[str, str]
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dump_checksums(self) -> Mapping[str, str]:
        """SHA-256 (hex) of each dump, by dump name."""
        found = self.metadata.get("dump_checksums", {})
        return found if isinstance(found, dict) else {}

    def document(self) -> dict[str, Any]:
        """Return the JSON object that is stored and served."""
        return {
            **self.annotations,
            "uuid": self.crash_id,
            "submitted_timestamp": self.submitted.astimezone(UTC).isoformat("T", "microseconds"),
            "version": VERSION,
            "metadata": dict(self.metadata),
        }

    def to_json(self) -> bytes:
        """Return the raw crash as UTF-8 JSON with sorted keys; the same crash, the same bytes."""
        found = self.document()
        try:
            return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # half a surrogate pair
            return json.dumps(found, sort_keys=True).encode("ascii")

    @classmethod
    def from_json(cls, text: bytes) -> "RawCrash":
        """Read what to_json wrote. Raises BadRawCrash when it is anything else."""
        try:
            found = quick_json.loads(text)
            submitted = datetime.fromisoformat(found.pop("submitted_timestamp"))
            crash_id = parse(found.pop("uuid"))
            metadata = found.pop("metadata")
            found.pop("version")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError, BadCrashId) as why:
            raise BadRawCrash(f"not a raw crash ({type(why).__name__})") from None
        if submitted.tzinfo is None or not isinstance(metadata, dict):
            raise BadRawCrash("not a raw crash (time zone or metadata missing)")
        annotations = {key: _text(value) for key, value in found.items()}
        return cls(crash_id, submitted.astimezone(UTC), annotations, metadata)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
