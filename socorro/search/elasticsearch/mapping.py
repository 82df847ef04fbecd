"""The indices of Elasticsearch: one a week, with an explicit mapping made from the catalog.

A text lies in its index three times: as it is (equality, regular expressions, counts, order), in
lower case (`.lower`: contains, begins, ends) and by words (`.words`).

Lucene refuses terms over 32,766 bytes. A text of more than LONGEST characters is represented by a
key (its beginning, length and hash), by which it is counted, sorted and equal; `whole` has it whole
and by words, `pieces` in pieces that overlap, `head` and `tail` its beginning and end, `length` its
length. Searches look there for documents that name the field in `long_fields`. A list with one such
item is there with all its items.

Times are whole microseconds since 1970: Elasticsearch's own `date` keeps milliseconds, Postgres
microseconds, and an interval must have the same crashes in it everywhere.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from socorro.search.interface import SearchField

LONGEST: Final = 8_000  # characters, of 4 bytes each at most
OVERLAP: Final = 4_000  # of pieces: a text up to this is whole in one of them
LARGEST, SMALLEST = 2**63 - 1, -(2**63)  # of integers
LARGEST_WINDOW: Final = 1_100_000  # offset + number of hits
ITEM_GAP: Final = 100_000  # between the words of two items of a list
TEXTS = ("keyword", "text")
WEEKS_BY_NAME = 60  # more than retention keeps; a longer period asks the alias
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ESTIMATED: Final = "estimated"  # how many crashes a report stands for
REMOVED: Final = "removed_fields"  # names of fields that did not fit their type
FED: Final = "fed"  # which run of the feeder wrote the document
EXTREME: Final = "extreme"  # object, by name of the field: it has the largest or smallest integer
LONG_FIELDS: Final = "long_fields"  # names of the fields with a text of more than LONGEST
WHOLE, PIECES, HEAD, TAIL, LENGTH = "whole", "pieces", "head", "tail", "length"
OF_LONG: Final = (WHOLE, PIECES, HEAD, TAIL, LENGTH)  # objects, by name of the field

_SAME_TIME = {"date_processed": "submitted_timestamp"}
_TYPES = {"integer": "long", "date": "long", "number": "double", "boolean": "boolean"}


def column(field: SearchField) -> str:
    """Return the name of a field in documents."""
    return _SAME_TIME.get(field.name, field.name)


def index_type(field: SearchField) -> str:
    """Return the type that the index has for a field."""
    return _TYPES.get(field.type, "keyword")


def week_of(time: datetime) -> str:
    """Return the week of a time, UTC: 2026-w48 is the one that ISO 8601 calls 2026-W48."""
    year, week, _ = time.astimezone(UTC).isocalendar()
    return f"{year:04}-w{week:02}"


def end_of_week(week: str) -> datetime:
    """Return when a week ends: the Monday after it, UTC. ValueError when it is no week."""
    year, _, number = week.partition("-w")
    monday = datetime.fromisocalendar(int(year), int(number), 1).replace(tzinfo=UTC)
    return monday + timedelta(weeks=1)


def index_name(prefix: str, time: datetime) -> str:
    """Return the index of crashes that were submitted at a time."""
    return f"{prefix}-{week_of(time)}"


def indices(prefix: str, start: datetime, end: datetime) -> list[str]:
    """Return the indices of [start, end), or the alias of all when they are many."""
    if end - start > timedelta(weeks=WEEKS_BY_NAME):
        return [prefix]
    names = []
    while start < end:
        names.append(index_name(prefix, start))
        start += timedelta(weeks=1)
    if names and names[-1] != (last := index_name(prefix, end - timedelta(microseconds=1))):
        names.append(last)
    return names


def template(prefix: str, fields: Iterable[SearchField], replicas: int) -> dict[str, Any]:
    """Return the index template: every weekly index is created by it."""
    return {
        "index_patterns": [f"{prefix}-*-w*"],
        # Above a site's own template for everything, below nobody's: ours alone has these names.
        "priority": 500,
        "template": {
            "aliases": {prefix: {}},
            "settings": {
                "number_of_shards": 1,  # terms counted within one shard are exact
                "number_of_replicas": replicas,
                "max_result_window": LARGEST_WINDOW,
                "max_regex_length": 10_000,
                "mapping.total_fields.limit": 3000,
                "analysis": _ANALYSIS,
            },
            "mappings": mapping(fields),
        },
    }


def mapping(fields: Iterable[SearchField]) -> dict[str, Any]:
    """Return the mapping of a weekly index; what it does not name is kept, but not searched."""
    every = {column(field): field for field in fields}
    texts = {name: field for name, field in every.items() if field.type in TEXTS}
    integers = [name for name, field in every.items() if field.type == "integer"]
    pieces = dict.fromkeys(texts, _FIND)
    return {
        "dynamic": False,
        "properties": {
            **{name: _property(field) for name, field in every.items()},
            WHOLE: {"properties": {name: _words(field) for name, field in texts.items()}},
            PIECES: {"properties": pieces},
            HEAD: {"properties": pieces},
            TAIL: {"properties": pieces},
            LENGTH: {"properties": {name: {"type": "long"} for name in texts}},
            EXTREME: {"properties": {name: {"type": "long"} for name in integers}},
            LONG_FIELDS: {"type": "keyword"},
            ESTIMATED: {"type": "double"},
            REMOVED: {"type": "keyword"},
            FED: {"type": "keyword", "doc_values": False},
        },
    }


# A word is as long as letters, digits and underscores stand together, cut where Lucene would refuse
# it. Analyzers of the stock modules are spelled out by their tokenizer, which all servers have.
_ANALYSIS: Mapping[str, Any] = {
    "normalizer": {"lower": {"type": "custom", "filter": ["lowercase"]}},
    "tokenizer": {
        "words": {
            "type": "pattern",
            "pattern": rf"[\p{{L}}\p{{N}}_]{{1,{LONGEST}}}",
            "group": 0,
        }
    },
    "analyzer": {"words": {"type": "custom", "tokenizer": "words", "filter": ["lowercase"]}},
}


_LOWER: Final = {"type": "keyword", "normalizer": "lower", "doc_values": False}
_FIND: Final = {"type": "keyword", "doc_values": False, "fields": {"lower": _LOWER}}


def _property(field: SearchField) -> Mapping[str, Any]:
    if field.type == "boolean":
        return {"type": "boolean"}
    if field.type not in TEXTS:
        return {"type": index_type(field), "coerce": False}
    return {"type": "keyword", "fields": {"lower": _LOWER, "words": _words(field)}}


def _words(field: SearchField) -> Mapping[str, Any]:
    words = {"type": "text", "analyzer": "words", "norms": False, "index_options": "docs"}
    if field.is_list:  # whose words must be in one item
        return words | {"index_options": "positions", "position_increment_gap": ITEM_GAP}
    return words
