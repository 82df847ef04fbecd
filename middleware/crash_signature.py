"""Signatures of stacks that a client sends: computed as the processor does, nothing is stored."""

from collections.abc import Mapping
from typing import Any, Final

from middleware.body import Body, BodyRule
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.reply import CRASH_DATA, Refused, Reply, bad_request, error_reply, json_reply
from middleware.route import Route
from middleware.schemas import TEXT, TEXTS, hits
from socorro import quick_json
from socorro.signature.crash_data import CrashData, read
from socorro.signature.generate import generate

MOST_BYTES: Final = 2**20
MOST_JOBS: Final = 100
MOST_FRAMES: Final = 10_000  # of all jobs


def crash_signature(_context: Context, _caller: Caller, values: Values) -> Reply:
    """Answer with the signature of each job, in their order."""
    crashes = [_crash(job) for job in _jobs(values["body"])]
    if sum(len(crash.frames) + len(crash.first_thread) for crash in crashes) > MOST_FRAMES:
        raise bad_request({"jobs": f"more than {MOST_FRAMES:,} frames in all"})
    listed = [_document(crash) for crash in crashes]
    return json_reply({"hits": listed, "total": len(listed)}, CRASH_DATA)


def _jobs(body: Body) -> list[Mapping[str, Any]]:
    """Return the jobs of a body. Raises Refused."""
    if body.encoding not in ("", "identity"):
        text = "Unsupported Content-Encoding (the body is not compressed)"
        raise Refused(error_reply("415 Unsupported Media Type", text))
    try:
        document = quick_json.loads(b"".join(iter(body.read, b"")))
    except (ValueError, RecursionError):
        raise bad_request({"body": "is not JSON"}) from None
    jobs = document.get("jobs") if isinstance(document, dict) else None
    if not isinstance(jobs, list) or not all(isinstance(job, dict) for job in jobs):
        raise bad_request({"jobs": "expected a list of objects"})
    if len(jobs) > MOST_JOBS:
        raise bad_request({"jobs": f"more than {MOST_JOBS}"})
    return jobs


def _crash(job: Mapping[str, Any]) -> CrashData:
    """Return the input of one signature: of a processed crash, or of bare threads.

    Clients of crash-stats send threads, their number in crashing_thread, and os beside what else
    they know; the names of the rest are those of a processed crash.
    """
    if isinstance(job.get("json_dump"), dict):
        return read(job, {})
    threads, number = job.get("threads"), job.get("crashing_thread")
    dump: dict[str, Any] = {"threads": threads}
    if isinstance(threads, list) and isinstance(number, int) and 0 <= number < len(threads):
        dump["crashing_thread"] = threads[number]
    elif isinstance(threads, list) and threads and number is None:
        dump["crashing_thread"] = threads[0]
    status = {"mdsw_status_string": "OK"} if threads else {}
    return read({**status, "os_name": job.get("os"), **job, "json_dump": dump}, {})


def _document(crash: CrashData) -> dict[str, Any]:
    signature = generate(crash)
    return {
        "signature": signature.signature,
        "proto_signature": signature.proto_signature,
        "notes": list(signature.notes),
        "signature_version": signature.version,
    }


_FRAMES = {"type": "array", "items": {"type": "object"}}
_THREAD = {"type": "object", "properties": {"frames": _FRAMES}}
_JOB = {
    "type": "object",
    "properties": {
        "os": {"type": ["string", "null"], "description": "Windows NT, Mac OS X, Linux, Android"},
        "crashing_thread": {"type": ["integer", "null"], "description": "Its place in threads"},
        "threads": {"type": "array", "items": _THREAD},
        "reason": {"type": ["string", "null"]},
    },
}
_BODY = {
    "type": "object",
    "required": ["jobs"],
    "properties": {"jobs": {"type": "array", "items": _JOB, "maxItems": MOST_JOBS}},
}

ROUTES = (
    Route(
        name="CrashSignature",
        summary="Signatures of stacks",
        description=(
            'The body is {"jobs": [...]}: each job has threads with frames (module, function, '
            "file, line, offset), crashing_thread and os, and may have further fields of a "
            "processed crash (reason, abort_message, java_stack_trace, oom_allocation_size); or it "
            f"is a processed crash with its json_dump. At most {MOST_JOBS} jobs with "
            f"{MOST_FRAMES:,} frames in all. Nothing is stored."
        ),
        parameters=(),
        answer=crash_signature,
        content_types=("application/json",),
        method="POST",
        body=BodyRule("JSON with jobs", MOST_BYTES, ("application/json",), schema=_BODY),
        schema=hits(signature=TEXT, proto_signature=TEXT, notes=TEXTS, signature_version=TEXT),
    ),
)
