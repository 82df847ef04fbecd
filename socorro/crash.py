"""The raw crash: what a client sent, and the few fields that the collector adds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from socorro import quick_json
from socorro.crash_id import CrashId, parse

MAIN_DUMP = "upload_file_minidump"
VERSION = 2
OURS = ("uuid", "submitted_timestamp", "version", "metadata")
# Of these, names that clients use for something else: the document has their value in metadata.
SHARED = frozenset({"version"})  # a client's own values of the others are dropped
_SENT = "sent"

Processed = dict[str, Any]  # a processed crash: snake_case keys, fields/processed_crash.yaml


class BadRawCrash(ValueError):
    """The bytes are not a raw crash."""


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
        checksums = self.metadata.get("dump_checksums", {})
        return checksums if isinstance(checksums, dict) else {}

    def document(self) -> dict[str, Any]:
        """Return the JSON object that is stored and served."""
        sent = {name: self.annotations[name] for name in SHARED if name in self.annotations}
        return {
            **self.annotations,
            "uuid": self.crash_id,
            "submitted_timestamp": self.submitted.astimezone(UTC).isoformat("T", "microseconds"),
            "version": VERSION,
            "metadata": {**self.metadata, _SENT: sent} if sent else dict(self.metadata),
        }

    def to_json(self) -> bytes:
        """Return the raw crash as UTF-8 JSON with sorted keys; the same crash, the same bytes."""
        document = self.document()
        try:
            return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # half a surrogate pair
            return json.dumps(document, sort_keys=True).encode("ascii")

    @classmethod
    def from_json(cls, text: bytes) -> "RawCrash":
        """Read what `to_json` wrote. Raises BadRawCrash for anything else."""
        try:
            document = quick_json.loads(text)
            submitted = datetime.fromisoformat(document.pop("submitted_timestamp"))
            crash_id = parse(document.pop("uuid"))
            metadata = document.pop("metadata")
            document.pop("version")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise BadRawCrash(f"not a raw crash ({type(error).__name__})") from None
        if submitted.tzinfo is None or not isinstance(metadata, dict):
            raise BadRawCrash("not a raw crash (time zone or metadata missing)")
        sent = metadata.pop(_SENT, None)
        if isinstance(sent, dict):
            document |= {name: sent[name] for name in SHARED if name in sent}
        annotations = {key: _text(value) for key, value in document.items()}
        return cls(crash_id, submitted.astimezone(UTC), annotations, metadata)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
