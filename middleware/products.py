"""Products, their versions, and the operating systems that counts tell apart."""

from datetime import UTC, datetime
from typing import Any, Final

from middleware.body import form
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter, choice
from middleware.reply import CRASH_DATA, LISTS, Reply, bad_request, json_reply
from middleware.route import Route
from middleware.schemas import DAY, NUMBER, TEXT, TRUE_OR_FALSE, WHOLE, described, hits, optional
from socorro import log
from socorro.accounts.permissions import FEATURE_VERSIONS
from socorro.queries import products
from socorro.queries.products import Choice, ProductVersion, UnknownVersions

MOST_VERSIONS: Final = 1000
MOST_FORM_BYTES: Final = 64 * 1024


def listed_products(context: Context, _caller: Caller, _values: Values) -> Reply:
    """Answer with the products in the order of the pages, each with its channels."""
    with context.database.transaction() as db:
        listed = [product._asdict() for product in products.products(db)]
    return json_reply({"hits": listed, "total": len(listed)}, LISTS)


def versions(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the versions that fit, newest first within each product."""
    picked = Choice(
        values["product"],
        values["version"],
        values["release_channel"],
        _YES_NO[values["featured"]],
        _YES_NO[values["current"]],
    )
    today = datetime.now(UTC).date()
    with context.database.transaction() as db:
        total = products.count_versions(db, picked, today)
        page = products.versions(db, picked, today, values["limit"], values["offset"])
    listed = [_document(version) for version in page]
    return json_reply({"hits": listed, "total": total}, CRASH_DATA)


def feature(context: Context, caller: Caller, values: Values) -> Reply:
    """Feature these versions of a product, and no others of it."""
    product, names = values["product"], list(dict.fromkeys(values["versions"]))
    try:
        with context.database.transaction() as db:
            products.feature(db, product, names)
            picked = Choice([product], featured=True)
            today = datetime.now(UTC).date()
            page = products.versions(db, picked, today, MOST_VERSIONS)
    except UnknownVersions as error:
        raise bad_request({error.parameter: str(error)}) from None
    log.get().info("versions featured", token=caller.token_id, versions=len(page))
    listed = [_document(version) for version in page]
    return json_reply({"hits": listed, "total": len(listed)}, CRASH_DATA)


def platforms(context: Context, _caller: Caller, _values: Values) -> Reply:
    """Answer with the operating systems."""
    with context.database.transaction() as db:
        listed = [platform._asdict() for platform in products.platforms(db)]
    return json_reply({"hits": listed, "total": len(listed)}, LISTS)


def _document(version: ProductVersion) -> dict[str, Any]:
    dates = {
        "start_date": version.start_date.isoformat(),
        "end_date": version.end_date.isoformat(),
    }
    return {**version._asdict(), **dates}


def _number(least: int, most: int) -> Any:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"expected a number from {least} to {most}")

    return read


_YES_NO: Final = {"any": None, "true": True, "false": False}
_PRODUCT = Parameter("product", "Product", required=True)
_PAGE = (
    Parameter(
        "limit",
        "Maximum number of versions",
        _number(1, MOST_VERSIONS),
        {"type": "integer", "minimum": 1, "maximum": MOST_VERSIONS, "default": MOST_VERSIONS},
        default=str(MOST_VERSIONS),
    ),
    Parameter(
        "offset",
        "Number of versions to skip",
        _number(0, 10**6),
        {"type": "integer", "minimum": 0, "maximum": 10**6, "default": 0},
        default="0",
    ),
)
_VERSION_SCHEMA = hits(
    product=TEXT,
    version=TEXT,
    release_channel=TEXT,
    start_date=described(DAY, "Day of its first build, or of its first crash"),
    end_date=described(DAY, "Last day on which it counts as current"),
    is_featured=TRUE_OR_FALSE,
    is_rapid_beta=described(TRUE_OR_FALSE, "It counts all betas of a version together"),
    has_builds=described(TRUE_OR_FALSE, "It is counted by build date as well"),
    throttle=described(optional(NUMBER), "Share of its crashes that is processed"),
)

ROUTES = (
    Route(
        name="Products",
        summary="Products",
        description="The products that are counted, in the order of the pages.",
        parameters=(),
        answer=listed_products,
        content_types=("application/json",),
        schema=hits(
            product=TEXT,
            release_channels={"type": "array", "items": TEXT},
            version_count=described(WHOLE, "Number of versions that are counted"),
        ),
    ),
    Route(
        name="Versions",
        summary="Versions of products",
        description="The versions that are counted, newest first within each product.",
        parameters=(
            Parameter("product", "Product", many=True),
            Parameter("version", "Version, such as 159.0b6", many=True),
            Parameter("release_channel", "Release channel, such as beta", many=True),
            choice("featured", "Featured versions only, or the others", tuple(_YES_NO)),
            choice("current", "Current versions only, or the others", tuple(_YES_NO)),
            *_PAGE,
        ),
        answer=versions,
        content_types=("application/json",),
        schema=_VERSION_SCHEMA,
    ),
    Route(
        name="Versions",
        summary="Feature versions",
        description=(
            "Features these versions of a product, and no others of it; with none, no version of "
            "it is featured. The answer lists them."
        ),
        parameters=(),
        answer=feature,
        content_types=("application/json",),
        method="PUT",
        needs=FEATURE_VERSIONS,
        body=form(
            "A form",
            MOST_FORM_BYTES,
            _PRODUCT,
            Parameter("versions", "Version to feature, such as 159.0b", many=True),
        ),
        schema=_VERSION_SCHEMA,
    ),
    Route(
        name="Platforms",
        summary="Operating systems",
        description="The operating systems that counts tell apart, with their short names.",
        parameters=(),
        answer=platforms,
        content_types=("application/json",),
        schema=hits(code=described(TEXT, "Short name, such as win"), name=TEXT),
    ),
)
