"""Which crash this is, and when it was submitted."""

from processor.pipeline import Change, View, rule
from socorro.crash import MAIN_DUMP


@rule(
    reads=("id", "submitted"),
    writes=("crash_id", "uuid", "submitted_timestamp", "date_processed"),
)
def identity(crash: View) -> Change:
    """Give the crash id and the time of submission, each under both names that clients use."""
    crash_id, submitted = crash.value("id"), crash.value("submitted").isoformat()
    return {
        "crash_id": crash_id,
        "uuid": crash_id,
        "submitted_timestamp": submitted,
        "date_processed": submitted,
    }


@rule(reads=("metadata",), writes=("dump_checksums", "minidump_sha256_hash"))
def checksums(crash: View) -> Change:
    """Copy the checksums of the dumps, as the collector computed them."""
    listed = crash.mapping("metadata").get("dump_checksums")
    sums = {
        name: value
        for name, value in (listed.items() if isinstance(listed, dict) else ())
        if isinstance(value, str)
    }
    return {"dump_checksums": sums, "minidump_sha256_hash": sums.get(MAIN_DUMP)}
