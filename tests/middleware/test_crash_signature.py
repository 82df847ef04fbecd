"""CrashSignature: signatures of stacks that a client sends, as the processor makes them."""

import json
from typing import Any

import pytest

from middleware.crash_signature import MOST_BYTES, MOST_FRAMES, MOST_JOBS
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from tests.builders import make_crash
from tests.middleware.resources import Rest
from tests.processed import MAC, processed
from tests.wsgi import Answer

JSON = "application/json"


@pytest.fixture
def rest(store: CrashStore) -> Rest:
    """It needs no database."""
    return Rest(Database("host=127.0.0.1 port=1 dbname=nothing"), store)


def send(rest: Rest, document: Any) -> Answer:
    return rest.send_body("CrashSignature", json.dumps(document).encode(), JSON)


def thread(*functions: str) -> dict[str, Any]:
    frames = [
        {"frame": number, "module": "xul.dll", "function": function}
        for number, function in enumerate(functions)
    ]
    return {"frames": frames}


def signatures(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["hits"])
    return [hit["signature"] for hit in answer.json()["hits"]]


def test_threads_have_the_signature_of_the_one_that_crashed(rest: Rest) -> None:
    job = {
        "os": "Linux",
        "crashing_thread": 1,
        "threads": [thread("Wait()"), thread("Foo::bar(int)", "main")],
    }

    answer = send(rest, {"jobs": [job, {**job, "crashing_thread": 0}]})

    assert signatures(answer) == ["Foo::bar", "Wait"]
    assert answer.json()["hits"][0]["proto_signature"] == "Foo::bar | main"
    assert answer.json()["hits"][0]["signature_version"]


def test_what_else_is_known_counts_too(rest: Rest) -> None:
    stack = {"os": "Linux", "crashing_thread": 0, "threads": [thread("Foo")]}

    answer = send(
        rest,
        {
            "jobs": [
                {**stack, "abort_message": "no such thing"},
                {**stack, "oom_allocation_size": 1024},
                {"java_exception": None, "java_stack_trace": "a.B: c\n\tat d.E.f(E.java:1)"},
            ]
        },
    )

    abort, small, java = signatures(answer)
    assert abort.startswith("Abort | no such thing")
    assert small == "OOM | small"
    assert java.startswith("a.B: at d.E.f")


def test_a_processed_crash_keeps_its_signature(
    rest: Rest, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, MAC, raw=make_crash())
    document = store.get_processed(crash.crash_id)

    assert signatures(send(rest, {"jobs": [document]})) == [document["signature"]]


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"threads": None},
        {"threads": "x", "crashing_thread": "y", "os": 7},
        {"threads": [], "crashing_thread": 0},
        {"threads": [1, None], "crashing_thread": 1},
        {"threads": [{"frames": [None, 1, {"function": 1}, {"function": "\ud800"}]}]},
        {"threads": [thread("a")], "crashing_thread": -1},
        {"threads": [thread("a")], "crashing_thread": 10**30},
        {"json_dump": {"crashing_thread": []}},
        {"java_stack_trace": "\0"},
    ],
)
def test_any_job_has_a_signature(rest: Rest, job: object) -> None:
    [signature] = signatures(send(rest, {"jobs": [job]}))

    assert signature


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[" * 100_000, "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "jobs"),
        (b"7", "jobs"),
        (b"{}", "jobs"),
        (b'{"jobs": {}}', "jobs"),
        (b'{"jobs": [1]}', "jobs"),
    ],
)
def test_a_body_that_is_wrong_is_refused(rest: Rest, body: bytes, field: str) -> None:
    answer = rest.send_body("CrashSignature", body, JSON)

    assert (answer.status, list(answer.json()["errors"])) == (400, [field])


def test_jobs_frames_and_bytes_are_limited(rest: Rest) -> None:
    def frames(count: int) -> dict[str, Any]:
        return {"crashing_thread": 1, "threads": [{}, {"frames": [{}] * count}]}

    assert send(rest, {"jobs": [{}] * MOST_JOBS}).status == 200
    assert list(send(rest, {"jobs": [{}] * (MOST_JOBS + 1)}).json()["errors"]) == ["jobs"]
    assert send(rest, {"jobs": [frames(MOST_FRAMES)]}).status == 200
    assert send(rest, {"jobs": [frames(MOST_FRAMES), frames(1)]}).status == 400
    body = b'{"jobs": []}'
    assert rest.send_body("CrashSignature", body.ljust(MOST_BYTES), JSON).status == 200
    assert rest.send_body("CrashSignature", body.ljust(MOST_BYTES + 1), JSON).status == 413


def test_other_bodies_are_no_json(rest: Rest) -> None:
    assert rest.send_body("CrashSignature", b"jobs=1", "text/plain").status == 415
