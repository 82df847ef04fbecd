"""Makes product versions of the builds in releases_raw."""

from cron.job import Job, procedure
from cron.period import hourly

JOB = Job(
    name="versions",
    does="Makes product versions of new builds; crashes of new builds are counted again.",
    period=hourly(8),
    work=procedure("SELECT update_product_versions()"),
    needs=("release-tree", "release-feed"),
)
