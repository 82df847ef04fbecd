"""The routes of SuperSearch, and what describes them: parameters and answers."""

from collections.abc import Mapping
from typing import Any, Final

from middleware.body import form
from middleware.parameters import Parameter
from middleware.route import Route
from middleware.search import LARGEST_FORM, super_search, super_search_fields
from socorro.accounts.permissions import VIEW_PII
from socorro.search.web_query import LIMITS

_MANY: Final = {"type": "string"}

PARAMETERS: Final = (
    Parameter(
        "q",
        "A boolean expression, ANDed with the filters: (product:=Firefox AND NOT signature:~OOM) "
        "OR reason:^EXCEPTION_STACK",
    ),
    Parameter(
        "filters",
        "Any field of SuperSearchFields is a parameter, repeated for several values: "
        "product=Firefox&version=159.0b&date=>=2026-11-01. A value may begin with an operator: = ~ "
        "^ $ @ > >= < <=, and ! before it negates; __null__ is no value",
        schema={"type": "object", "additionalProperties": {"type": "string"}},
    ),
    Parameter("_columns", "Fields of each hit", schema=_MANY, many=True, most=50),
    Parameter(
        "_sort", "Fields to sort by; - in front: descending", schema=_MANY, many=True, most=5
    ),
    Parameter(
        "_results_number",
        "Maximum number of hits",
        schema={"type": "integer", "minimum": 0, "maximum": LIMITS.hits, "default": 100},
    ),
    Parameter(
        "_results_offset",
        "Hits to skip",
        schema={"type": "integer", "minimum": 0, "maximum": LIMITS.offset, "default": 0},
    ),
    Parameter("_next", "Continue behind the hits of an answer: its _next"),
    Parameter(
        "_facets",
        "Fields to count by; _cardinality.<field>: how many different values",
        schema=_MANY,
        many=True,
        most=50,
    ),
    Parameter(
        "_facets_size",
        "Maximum number of values of each facet",
        schema={"type": "integer", "minimum": 0, "maximum": LIMITS.terms, "default": 50},
    ),
    Parameter("_aggs.product", "Fields to count by within each product; any field, two deep"),
    Parameter("_histogram.date", "Fields to count by within each interval; any date or number"),
    Parameter("_histogram_interval.date", "Length of the intervals: 10m, 1h, 1d, 1w, or a number"),
    Parameter(
        "format",
        "JSON, or the hits as CSV",
        schema={"type": "string", "enum": ["json", "csv"], "default": "json"},
    ),
    Parameter(
        "_return_query",
        "1: answer with the query, without searching",
        schema={"type": "string", "enum": ["0", "1"], "default": "0"},
    ),
)

_TERMS: Final[Mapping[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["term", "count"],
        "properties": {
            "term": {"type": ["string", "number", "boolean"]},
            "count": {"type": "integer", "minimum": 0},
            "estimated": {"type": "number", "description": "Corrected for throttling"},
            "facets": {"type": "object"},
        },
    },
}
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "The answer; with _return_query only `query`",
    "properties": {
        "hits": {"type": "array", "items": {"type": "object"}},
        "total": {"type": "integer", "minimum": 0},
        "estimated": {"type": "number"},
        "facets": {
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    _TERMS,
                    {
                        "type": "object",
                        "required": ["value"],
                        "properties": {"value": {"type": "integer", "minimum": 0}},
                    },
                ]
            },
        },
        "errors": {"type": "array", "description": "What the answer may lack, hour by hour"},
        "_next": {"type": "string", "description": "Where the next page begins"},
        "query": {"type": "object"},
    },
}
FIELDS_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": {"type": "object", "required": ["name"]},
}

ROUTES: Final = (
    Route(
        name="SuperSearch",
        summary="Search crashes",
        description=(
            "Crashes that match a search, and counts of them by any field; docs/search.md explains "
            "it. Without a date: the last 7 days. Protected fields may be searched, shown, sorted "
            f"and counted by with {VIEW_PII} only."
        ),
        parameters=PARAMETERS,
        answer=super_search,
        content_types=("application/json", "text/csv"),
        permissions=(VIEW_PII,),
        schema=SCHEMA,
        reads_itself=True,
    ),
    Route(
        name="SuperSearch",
        summary="Search crashes, with a form",
        description="The same parameters as those of GET, in a form: for searches that are long.",
        parameters=(),
        answer=super_search,
        content_types=("application/json", "text/csv"),
        permissions=(VIEW_PII,),
        method="POST",
        body=form("Parameters of the search", LARGEST_FORM, *PARAMETERS),
        schema=SCHEMA,
        reads_itself=True,
    ),
    Route(
        name="SuperSearchFields",
        summary="Fields of SuperSearch",
        description="Type, operators and permission of each field, by name.",
        parameters=(),
        answer=super_search_fields,
        content_types=("application/json",),
        schema=FIELDS_SCHEMA,
    ),
)
