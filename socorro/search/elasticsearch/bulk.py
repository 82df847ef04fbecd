"""Writes documents in bulk, and repairs those that Elasticsearch refuses, field by field."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import orjson
from elasticsearch import Elasticsearch

from socorro import metrics
from socorro.search.elasticsearch.client import DAMAGED
from socorro.search.elasticsearch.mapping import OF_LONG, REMOVED, index_name
from socorro.search.elasticsearch.values import time_of, without
from socorro.search.interface import SearchUnavailable

Document = Mapping[str, Any]

ROUNDS = 5  # of repairing one document; what is refused then is counted and left out
_BATCH = 200  # documents, of 10 kB or so: a request has at most 100 MB
_BAD_REQUEST = 400

# "failed to parse field [uptime] of type [long] in document with id …", or of a sub-field:
# 'Document contains at least one immense term in field="signature.words" (…'
_OFFENDER = re.compile(r'field \[([^\]]+)\]|field="([^"]+)"')
_NEEDED = ("crash_id", "submitted_timestamp")


class Fed(NamedTuple):
    """What became of rows: how many are in the index, and which were not as they should be.

    *repaired* counts those that lost a field; *refused* are the crash ids of those left out.
    """

    indexed: int = 0
    repaired: int = 0
    refused: tuple[str, ...] = ()

    def plus(self, more: "Fed") -> "Fed":
        """Return the sum of both."""
        return Fed(
            self.indexed + more.indexed, self.repaired + more.repaired, self.refused + more.refused
        )


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Return documents in lists that fit one request."""
    rest = iter(documents)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def index_of(prefix: str, document: Document) -> str:
    """Return the index that a document belongs in."""
    return index_name(prefix, time_of(document["submitted_timestamp"]))


def write(client: Elasticsearch, prefix: str, documents: list[Document]) -> Fed:
    """Write documents; those refused lose the field that the error names, up to ROUNDS times."""
    count, lost = len(documents), set()
    refused: list[str] = []
    for number in range(ROUNDS + 1):
        again: list[Document] = []
        for document, reason in _refused(client, prefix, documents):
            rest = repaired(document, reason) if number < ROUNDS else None
            if rest:
                again.append(rest)
                lost.add(document["crash_id"])
            else:
                refused.append(document["crash_id"])
        documents = again
        if not documents:
            break
    fed = Fed(count - len(refused), len(lost.difference(refused)), tuple(refused))
    if fed.repaired:
        metrics.search_faulty_documents.labels("repaired").inc(fed.repaired)
    if fed.refused:
        metrics.search_faulty_documents.labels("refused").inc(len(fed.refused))
    return fed


def repaired(document: Document, reason: str) -> Document | None:
    """Return a refused document without the field that the error names; None if it names none."""
    match = _OFFENDER.search(reason)
    path = (match[1] or match[2]).split(".") if match else [""]
    name = path[1] if path[0] in OF_LONG and len(path) > 1 else path[0]
    if name not in document or name in _NEEDED:
        return None
    return without(document, [name]) | {REMOVED: [*document.get(REMOVED, ()), name]}


def _refused(
    client: Elasticsearch, prefix: str, documents: list[Document]
) -> Iterator[tuple[Document, str]]:
    """Write documents; yield those refused, and the error. Raises SearchUnavailable."""
    lines: list[bytes] = []
    for document in documents:
        action = {"_index": index_of(prefix, document), "_id": document["crash_id"]}
        lines += [orjson.dumps({"index": action}), _dumped(document)]
    answer = client.bulk(operations=lines)  # type: ignore[arg-type]  # lines of JSON, too
    if not answer["errors"]:
        return
    for document, item in zip(documents, answer["items"], strict=True):
        outcome = item["index"]
        if "error" not in outcome:
            continue
        if outcome["status"] != _BAD_REQUEST:  # full, read-only, too busy: later, as it is
            raise SearchUnavailable(DAMAGED)
        yield document, str(outcome["error"].get("reason", ""))


def _dumped(document: Document) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # an integer of more than 64 bits, for example: the server refuses it
        return json.dumps(document).encode()
