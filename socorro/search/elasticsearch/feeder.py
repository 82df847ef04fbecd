"""Feeds Elasticsearch hour by hour, from rows of reports.

Documents are named by crash id, so an hour that is fed again changes nothing. Each run marks what
it writes; when all of an hour is written, documents of that hour with another mark are removed:
their crashes have gone. A run that is killed, or an outage, leaves in the hour what was in it, or
more: the next run does all of it again, so it is late and no more.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, BadRequestError, Elasticsearch

from socorro.search.catalog import USER_INFO, catalog
from socorro.search.elasticsearch import bulk
from socorro.search.elasticsearch.bulk import Document, Fed
from socorro.search.elasticsearch.client import AWAY, DAMAGED, connect
from socorro.search.elasticsearch.filters import Clause, all_of, either
from socorro.search.elasticsearch.mapping import (
    ESTIMATED,
    FED,
    end_of_week,
    index_name,
    mapping,
    template,
)
from socorro.search.elasticsearch.values import document_of, microseconds, without
from socorro.search.interface import SearchField, SearchUnavailable

Row = Mapping[str, Any]

_BATCH = 200  # documents written again at once
_SECONDS = 60.0  # for one request
_HOUR = timedelta(hours=1)


class Feeder:
    """Writes the weekly indices that begin with *prefix*.

    Every method raises SearchUnavailable when Elasticsearch is away or does not take more.
    """

    def __init__(
        self,
        server: Elasticsearch | str,
        prefix: str = "socorro",
        replicas: int = 0,
        fields: Mapping[str, SearchField] | None = None,
    ) -> None:
        client = connect(server) if isinstance(server, str) else server
        self._client = client.options(request_timeout=_SECONDS)
        self._prefix, self._replicas = prefix, replicas
        self._fields = fields or catalog()
        self._prepared: set[str] = set()

    def feed_hour(self, hour: datetime, rows: Iterable[Row]) -> Fed:
        """Let the index have exactly these crashes for an hour (its aware UTC start).

        Rows have the fields by name, and `estimated`. ValueError: one is of another hour.
        """
        run = secrets.token_hex(8)
        index = index_name(self._prefix, hour)
        with _errors_of_feeding():
            fed = self._write(self._document(_of_hour(row, hour), run) for row in rows)
            if self._client.indices.exists(index=index):
                self._client.indices.refresh(index=index)
                self._remove_others(index, hour, run)
        return fed

    def feed(self, rows: Iterable[Row]) -> Fed:
        """Write rows of any hours; nothing is removed."""
        run = secrets.token_hex(8)
        with _errors_of_feeding():
            fed = self._write(self._document(row, run) for row in rows)
            self._client.indices.refresh(index=f"{self._prefix}-*")
        return fed

    def is_empty(self) -> bool:
        """Return whether there is no index at all."""
        with _errors_of_feeding():
            return not self._weeks()

    def drop_weeks(self, before: datetime) -> list[str]:
        """Drop the indices of weeks that were over *before*; return their names."""
        with _errors_of_feeding():
            old = [name for name, end in self._weeks() if end <= before]
            for name in old:
                self._client.indices.delete(index=name, ignore_unavailable=True)
        self._prepared.difference_update(old)
        return old

    def remove_personal(self, before: datetime) -> int:
        """Remove URL, e-mail and comments of crashes submitted *before*; return of how many.

        Documents are written again without them, unless they were written meanwhile: the feeder
        did that, with what reports still has.
        """
        names = [name for name in USER_INFO if name in self._fields]
        personal = either({"exists": {"field": name}} for name in names)
        period: Clause = {"range": {"submitted_timestamp": {"lt": microseconds(before)}}}
        with _errors_of_feeding():
            return sum(
                self._write_without(index, names, all_of([period, personal]))
                for index, _ in self._weeks()
            )

    def count_crashes(self, crash_ids: Sequence[str]) -> int:
        """Return how many documents there are of these crashes."""
        with _errors_of_feeding():
            names = [name for name, _ in self._weeks()]
            if not names:
                return 0
            self._client.indices.refresh(index=names)
            return int(self._client.count(index=names, query=_of_crashes(crash_ids))["count"])

    def remove_crashes(self, crash_ids: Sequence[str]) -> None:
        """Remove the documents of these crashes, and merge the segments that had them."""
        with _errors_of_feeding():
            for name, _ in self._weeks():
                removed = self._client.delete_by_query(
                    index=name, query=_of_crashes(crash_ids), conflicts="proceed", refresh=True
                )
                if removed["deleted"]:
                    self._client.indices.forcemerge(index=name, only_expunge_deletes=True)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _document(self, row: Row, run: str) -> Document:
        document = document_of(self._fields.values(), row)
        weight = row.get(ESTIMATED) or 1 / (row.get("throttle_rate") or 1)
        return document | {ESTIMATED: float(weight), FED: run}

    def _write(self, documents: Iterable[Document]) -> Fed:
        fed = Fed()
        for batch in bulk.batches(documents):
            for index in {bulk.index_of(self._prefix, document) for document in batch}:
                self._prepare(index)
            fed = fed.plus(bulk.write(self._client, self._prefix, batch))
        return fed

    def _prepare(self, index: str) -> None:
        """Create an index, or add the fields that are new to it."""
        if index in self._prepared:
            return
        fields = self._fields.values()
        body = template(self._prefix, fields, self._replicas)
        self._client.indices.put_index_template(name=self._prefix, body=body)
        try:
            if self._client.indices.exists(index=index):
                self._client.indices.put_mapping(index=index, body=mapping(fields))
            else:
                self._client.indices.create(index=index)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise SearchUnavailable(
                    f"the index {index} has other types of fields than this version:"
                    " delete it, then run `socorro search rebuild`"
                ) from None
        self._prepared.add(index)

    def _remove_others(self, index: str, hour: datetime, run: str) -> None:
        bounds = {"gte": microseconds(hour), "lt": microseconds(hour + _HOUR)}
        period = {"range": {"submitted_timestamp": bounds}}
        query = {"bool": {"filter": [period], "must_not": [{"term": {FED: run}}]}}
        self._client.delete_by_query(index=index, query=query, conflicts="proceed", refresh=True)

    def _weeks(self) -> list[tuple[str, datetime]]:
        """Return the weekly indices, and when their weeks end."""
        names = self._client.indices.get(index=f"{self._prefix}-*", filter_path="*.aliases")
        weeks = []
        for name in sorted(names):
            try:
                weeks.append((name, end_of_week(name.removeprefix(f"{self._prefix}-"))))
            except ValueError:  # an index of another prefix, as that of "socorro-test"
                continue
        return weeks

    def _write_without(self, index: str, names: list[str], query: Clause) -> int:
        """Write documents again without some fields; return how many."""
        count = 0
        while True:
            answer = self._client.search(
                index=index, query=query, size=_BATCH, seq_no_primary_term=True
            )
            hits = answer["hits"]["hits"]
            if not hits:
                return count
            lines: list[Mapping[str, Any]] = []
            for hit in hits:
                action = {
                    "_index": index,
                    "_id": hit["_id"],
                    "if_seq_no": hit["_seq_no"],
                    "if_primary_term": hit["_primary_term"],
                }
                lines += [{"index": action}, without(hit["_source"], names)]
            outcomes = self._client.bulk(operations=lines, refresh=True)["items"]
            done = sum("error" not in outcome["index"] for outcome in outcomes)
            if not done:
                raise SearchUnavailable(DAMAGED)
            count += done


def index_rows(server: Elasticsearch | str, prefix: str, rows: Iterable[Row]) -> Fed:
    """Write rows of any hours, for tests and measurements; nothing is removed."""
    return Feeder(server, prefix).feed(rows)


def _of_hour(row: Row, hour: datetime) -> Row:
    if not hour <= row["submitted_timestamp"] < hour + _HOUR:
        raise ValueError(f"{row['crash_id']} was not submitted in the hour of {hour}")
    return row


def _of_crashes(crash_ids: Sequence[str]) -> Clause:
    return {"terms": {"crash_id": list(crash_ids)}}


@contextmanager
def _errors_of_feeding() -> Iterator[None]:
    try:
        yield
    except TransportError:
        raise SearchUnavailable(AWAY) from None
    except ApiError:
        raise SearchUnavailable(DAMAGED) from None
