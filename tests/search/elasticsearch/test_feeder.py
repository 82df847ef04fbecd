"""Feeding Elasticsearch: hours are exact, again and again; refused rows are repaired or counted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from socorro import metrics
from socorro.search.elasticsearch.bulk import ROUNDS, Fed, repaired
from socorro.search.elasticsearch.engine import ElasticsearchEngine
from socorro.search.elasticsearch.feeder import Feeder
from socorro.search.elasticsearch.mapping import LONGEST, REMOVED
from socorro.search.interface import Permitted, Query, SearchUnavailable
from tests.moved import moves
from tests.search.rows import DAY, FIELD, HOUR, MONDAY, WEEK, columns, condition, make_row

pytestmark = pytest.mark.elasticsearch

PROTECTED = Permitted(protected=True)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def feeder(elasticsearch_url: str, elasticsearch_prefix: str) -> Iterator[Feeder]:
    feeder = Feeder(elasticsearch_url, elasticsearch_prefix)
    yield feeder
    feeder.close()


@pytest.fixture
def engine(elasticsearch_url: str, elasticsearch_prefix: str) -> Iterator[ElasticsearchEngine]:
    engine = ElasticsearchEngine(elasticsearch_url, elasticsearch_prefix)
    yield engine
    engine.close()


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url) as client:
        yield client


def hits(engine: ElasticsearchEngine, *names: str, **values: Any) -> list[dict[str, Any]]:
    query = Query(MONDAY - 4 * WEEK, MONDAY + 4 * WEEK, columns=columns(*names), **values)
    return [dict(hit) for hit in engine.search(query, PROTECTED).hits]


def test_an_hour_has_exactly_the_rows_of_its_last_feeding(
    feeder: Feeder, engine: ElasticsearchEngine
) -> None:
    last = MONDAY + HOUR - timedelta(microseconds=1)
    feeder.feed_hour(MONDAY - HOUR, [make_row(8, MONDAY - HOUR, uptime=8)])
    feeder.feed_hour(MONDAY + HOUR, [make_row(9, MONDAY + HOUR, uptime=9)])
    rows = [make_row(number, MONDAY, uptime=number) for number in range(3)]

    assert feeder.feed_hour(MONDAY, [*rows, make_row(3, last)]) == Fed(indexed=4)
    assert feeder.feed_hour(MONDAY, rows) == Fed(indexed=3)
    assert feeder.feed_hour(MONDAY, [make_row(0, MONDAY, uptime=7), rows[1]]) == Fed(indexed=2)

    assert sorted(hit["uptime"] for hit in hits(engine, "uptime")) == [1, 7, 8, 9]

    assert feeder.feed_hour(MONDAY, []) == Fed()
    assert sorted(hit["uptime"] for hit in hits(engine, "uptime")) == [8, 9]


def test_a_row_of_another_hour_is_a_mistake(feeder: Feeder) -> None:
    with pytest.raises(ValueError, match="was not submitted in the hour of"):
        feeder.feed_hour(MONDAY, [make_row(0, MONDAY + HOUR)])


def test_a_document_loses_the_fields_that_do_not_fit_and_says_so(
    feeder: Feeder, engine: ElasticsearchEngine, client: Elasticsearch, elasticsearch_prefix: str
) -> None:
    bad = {"uptime": "lots", "safe_mode": "maybe", "hang_type": 2**63, "install_age": 1.5}
    rows = [make_row(0, product="a", **bad), make_row(1, product="b", uptime=1)]

    assert feeder.feed_hour(MONDAY, rows) == Fed(indexed=2, repaired=1)

    assert hits(engine, "product", *bad) == [
        {"product": "a"} | dict.fromkeys(bad),
        {"product": "b"} | dict.fromkeys(bad) | {"uptime": 1},
    ]
    document = client.get(index=f"{elasticsearch_prefix}-2026-w48", id=rows[0]["crash_id"])
    assert sorted(document["_source"][REMOVED]) == sorted(bad)


def test_a_document_with_more_bad_fields_than_rounds_is_left_out_and_counted(
    feeder: Feeder, engine: ElasticsearchEngine
) -> None:
    numbers = [name for name, field in FIELD.items() if field.type == "integer"]
    most = make_row(0, **dict.fromkeys(numbers[:ROUNDS], "x"))
    too_many = make_row(1, **dict.fromkeys(numbers[: ROUNDS + 1], "x"))

    with (
        moves(metrics.search_faulty_documents, outcome="repaired"),
        moves(metrics.search_faulty_documents, outcome="refused"),
    ):
        fed = feeder.feed_hour(MONDAY, [most, too_many, make_row(2)])
    with moves(metrics.search_faulty_documents, 0):
        feeder.feed_hour(MONDAY + HOUR, [make_row(3, MONDAY + HOUR)])

    assert fed == Fed(indexed=2, repaired=1, refused=(too_many["crash_id"],))
    assert len(hits(engine, "crash_id")) == 3


@pytest.mark.parametrize(
    ("reason", "removed"),
    [
        ("failed to parse field [uptime] of type [long] in document", "uptime"),
        ('immense term in field="signature.words" (whose', "signature"),
        ('immense term in field="whole.signature" (whose', "signature"),
        ("failed to parse field [submitted_timestamp] of type [long]", None),
        ("failed to parse field [other] of type [long]", None),
        ("no reason at all", None),
        ("", None),
    ],
)
def test_an_error_names_the_field_to_remove(reason: str, removed: str | None) -> None:
    document = {
        "crash_id": "x", "submitted_timestamp": 0, "uptime": "lots", "signature": "s",
        "whole": {"signature": "s"}, "long_fields": ["signature"],
    }  # fmt: skip

    rest = repaired(document, reason)

    if removed is None:
        assert rest is None
    else:
        assert rest is not None
        assert removed not in rest
        assert rest[REMOVED] == [removed]
        assert ("signature" in rest["whole"]) == (removed != "signature")


def test_texts_of_any_length_and_any_word_are_taken(
    feeder: Feeder, engine: ElasticsearchEngine
) -> None:
    lengths = (LONGEST, LONGEST + 1, 40_000)
    texts = [letter * length for letter in ("x", "Ⱥ", "🔥", "x y ") for length in lengths]
    rows = [
        make_row(number, app_notes=text, processor_notes=["short", text])
        for number, text in enumerate(texts)
    ]

    assert feeder.feed_hour(MONDAY, rows) == Fed(indexed=len(texts))

    assert [hit["app_notes"] for hit in hits(engine, "app_notes")] == texts
    only = condition("processor_notes", "words", "y x")
    assert len(hits(engine, "crash_id", filter=only)) == 3


def test_weeks_are_dropped_whole_when_they_are_over(
    feeder: Feeder, engine: ElasticsearchEngine, client: Elasticsearch, elasticsearch_prefix: str
) -> None:
    client.indices.create(index=f"{elasticsearch_prefix}-other")
    feeder.feed([make_row(0, MONDAY - DAY), make_row(1, MONDAY), make_row(2, MONDAY + WEEK)])

    assert feeder.drop_weeks(MONDAY - timedelta(microseconds=1)) == []
    assert feeder.drop_weeks(MONDAY) == [f"{elasticsearch_prefix}-2026-w47"]
    assert feeder.drop_weeks(MONDAY) == []

    assert [hit["submitted_timestamp"] for hit in hits(engine, "submitted_timestamp")] == [
        MONDAY,
        MONDAY + WEEK,
    ]
    feeder.feed([make_row(0, MONDAY - DAY)])
    assert len(hits(engine, "crash_id")) == 3


def test_personal_data_is_removed_and_the_rest_stays(
    feeder: Feeder, engine: ElasticsearchEngine, client: Elasticsearch, elasticsearch_prefix: str
) -> None:
    personal = {"url": "https://a.example", "email": "a@b.c", "user_comments": "w" * 20_000}
    other = {"app_notes": "n" * 20_000, "throttle_rule": "everything"}
    rows = [make_row(number, MONDAY + number * HOUR, **personal, **other) for number in range(3)]
    feeder.feed(rows)

    assert feeder.remove_personal(MONDAY + HOUR) == 1
    assert feeder.remove_personal(MONDAY + HOUR) == 0

    cleaned, *rest = hits(engine, *personal, *other)
    assert cleaned == dict.fromkeys(personal) | other
    assert rest == [personal | other] * 2
    document = client.get(index=f"{elasticsearch_prefix}-2026-w48", id=rows[0]["crash_id"])
    assert "wwww" not in str(document)
    assert "a@b.c" not in str(document)


def test_an_index_with_other_types_is_named(
    feeder: Feeder, client: Elasticsearch, elasticsearch_prefix: str
) -> None:
    index = f"{elasticsearch_prefix}-2026-w48"
    client.indices.create(index=index, mappings={"properties": {"uptime": {"type": "keyword"}}})

    with pytest.raises(SearchUnavailable, match=f"the index {index} has other types of fields"):
        feeder.feed_hour(MONDAY, [make_row(0)])


def test_an_index_that_takes_nothing_makes_an_hour_late_only(
    feeder: Feeder, engine: ElasticsearchEngine, client: Elasticsearch, elasticsearch_prefix: str
) -> None:
    rows = [make_row(number, uptime=number) for number in range(2)]
    feeder.feed_hour(MONDAY, rows)
    index = f"{elasticsearch_prefix}-2026-w48"

    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
    with pytest.raises(SearchUnavailable):
        feeder.feed_hour(MONDAY, [make_row(0, uptime=7)])
    assert [hit["uptime"] for hit in hits(engine, "uptime")] == [0, 1]

    client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None})
    feeder.feed_hour(MONDAY, [make_row(0, uptime=7)])
    assert [hit["uptime"] for hit in hits(engine, "uptime")] == [7]


def test_without_a_server_nothing_but_unavailable_is_raised() -> None:
    feeder, engine = Feeder(NOWHERE), ElasticsearchEngine(NOWHERE)

    for call in (
        lambda: feeder.feed_hour(MONDAY, [make_row(0)]),
        lambda: feeder.drop_weeks(MONDAY),
        lambda: feeder.remove_personal(MONDAY),
        lambda: engine.search(Query(MONDAY, MONDAY + DAY), PROTECTED),
        engine.check,
    ):
        with pytest.raises(SearchUnavailable) as error:
            call()
        assert "127.0.0.1" not in str(error.value)
