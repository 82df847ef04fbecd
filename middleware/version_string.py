"""The version of a build: 159.0b6 for a beta that calls itself 159.0."""

from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter
from middleware.reply import LISTS, Reply, json_reply
from middleware.route import Route
from middleware.schemas import TEXT, hits
from socorro.queries import products


def version_string(context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the versions that the release feed has for a build: one, or none."""
    product, channel, build_id = values["product"], values["channel"], values["build_id"]
    with context.database.transaction() as db:
        versions = products.versions_of_build(db, product, channel, build_id)
    listed = [{"version_string": version} for version in versions]
    return json_reply({"hits": listed, "total": len(listed)}, LISTS)


ROUTES = (
    Route(
        name="VersionString",
        summary="Version of a build",
        description="The version that the release feed has for a build of a product and channel.",
        parameters=(
            Parameter("product", "Product", required=True),
            Parameter("channel", "Release channel, such as beta", required=True),
            Parameter("build_id", "Build id, such as 20261110093000", required=True),
        ),
        answer=version_string,
        content_types=("application/json",),
        cached=True,
        schema=hits(version_string=TEXT),
    ),
)
