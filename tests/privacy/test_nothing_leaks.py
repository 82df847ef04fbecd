"""A marker in every protected annotation, in every shape, and in no public output.

The annotations are those that the schema declares protected: a new one is posted from the day when
it is declared. A rule that begins to read one is tried in every shape, too.
"""

import json
import re
from collections.abc import Iterator

import pytest

from processor.ruleset import RULESETS
from socorro.crash import OURS
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashStore
from socorro.fields import Field, fields
from socorro.postgres import Database
from socorro.rulesets import Ruleset
from socorro.serving.health import WsgiApp
from tests.accounts import user
from tests.builders import DUMPS, TEST_DUMP
from tests.collector.forms import dump, extra
from tests.collector.forms import fields as form_fields
from tests.privacy.conftest import Line, Output
from tests.privacy.marked_dump import in_folder
from tests.privacy.shapes import SHAPES, as_declared
from tests.webapp.visitor import Visitor

PUBLIC = {
    "ProductName": "Firefox", "Version": "140.0", "ReleaseChannel": "beta",
    "BuildID": "20261120031153",
}  # fmt: skip
UNDECLARED = Field("NobodyDeclaredThis", "string")
MARKER = re.compile(r"zq(\d{5})qz|731(\d{5})9713")  # in words, in numbers
STACK = DUMPS / "google-breakpad" / "exec_av_on_stack.dmp"
# Dropped by the collector: nobody has them.
DROPPED = {"TelemetryClientId", "TelemetrySessionId", "TelemetryServerURL"}


class Markers:
    """Numbered markers, and what each was put into."""

    def __init__(self) -> None:
        self._places: list[str] = []

    def make(self, place: str) -> str:
        """Return a new marker."""
        self._places.append(place)
        return f"zq{len(self._places) - 1:05}qz"

    def leaks(self, output: Output) -> list[str]:
        """Return where an output has markers from."""
        hits = sorted({int(word or number) for word, number in MARKER.findall(output.text.lower())})
        return [f"{output.name} has {self._places[hit]}" for hit in hits if hit < len(self._places)]


def protected_annotations() -> dict[str, Field]:
    """What the schema does not declare public, and a name that it does not declare."""
    declared = fields("raw_crash")
    listed = {name: field for name, field in declared.items() if name not in OURS}
    return {name: field for name, field in listed.items() if not field.public} | {
        UNDECLARED.name: UNDECLARED
    }


def read_by_rules() -> set[str]:
    """The protected annotations that rules read, but for those that are only copied."""
    rules = [rule for rule in RULESETS[Ruleset.DEFAULT] if rule.name != "annotations"]
    return {name for rule in rules for name in rule.reads} & protected_annotations().keys()


def posts(markers: Markers) -> Iterator[tuple[dict[str, str], bytes]]:
    """Annotations and dump of each crash."""
    protected, walked = protected_annotations(), TEST_DUMP.read_bytes()
    for shape, make in SHAPES.items():
        sent = {name: make(markers.make(f"{name}: {shape}")) for name in protected}
        yield {**PUBLIC, **sent}, walked
        for name in read_by_rules():
            yield {**PUBLIC, name: make(markers.make(f"{name} beside public ones: {shape}"))}, b""
    for name, field in protected.items():
        yield {name: markers.make(f"{name} alone")}, walked
        declared = as_declared(field, markers.make(f"{name} of a plugin hang: as declared"))
        yield {**PUBLIC, "PluginHang": "1", name: declared}, b""
    for folder in ("C:\\Users\\{}\\", "/home/{}/", "\\\\server\\{}\\"):
        path = folder.format(markers.make(f"a module in {folder}"))
        yield PUBLIC, in_folder(STACK.read_bytes(), path)


def post(line: Line, markers: Markers) -> list[CrashId]:
    """Post every crash, as form fields or as JSON; return their ids."""
    ids = []
    for number, (sent, content) in enumerate(posts(markers)):
        annotations = {"CrashEventID": f"event {number}", **sent}
        as_json = [extra(json.dumps(annotations))]
        segments = as_json if number % 2 else form_fields(**annotations)
        answer = line.collector.post(*segments, *([dump(content)] if content else []))
        ids.append(answer.crash_id)
    return ids


def test_no_public_output_has_a_marker(
    line: Line, store: CrashStore, capsys: pytest.CaptureFixture[str]
) -> None:
    markers = Markers()
    ids = post(line, markers)

    line.process()
    line.count()
    outputs = [*line.outputs(ids), Output("the log", capsys.readouterr().out)]

    assert [leak for output in outputs for leak in markers.leaks(output)] == []
    kept = store.get_raw(ids[0]).annotations.keys()
    assert protected_annotations().keys() - kept == DROPPED
    signatures = {store.get_processed(crash_id)["signature"] for crash_id in ids}
    assert signatures >= {
        "java.io.IOException: at a.b.C.d(C.java)",
        "a.b.Fault: at a.b.C",
        "(unloaded gone.dll)",
    }
    assert len(outputs) > 3 * len(ids)  # two documents and a page of each crash
    assert ids[0] in outputs[-1].text


def test_rules_read_these_protected_annotations() -> None:
    """Whoever adds one adds the shapes in which its rule reads it, in shapes.py."""
    assert read_by_rules() == {
        "Breadcrumbs", "JavaException", "JavaStackTrace", "MozCrashReason", "PHCBaseAddress",
        "PluginContentURL", "PluginUserComment", "TelemetryEnvironment",
    }  # fmt: skip


def test_a_marker_is_seen_where_there_is_one(
    line: Line, app: WsgiApp, store: CrashStore, database: Database
) -> None:
    """The other test would pass if markers got lost on their way."""
    markers = Markers()
    marker = markers.make("everything")
    sent = dict.fromkeys(protected_annotations(), f"text {marker}")
    ids = [line.collector.post(*form_fields(**{**PUBLIC, **sent, "Notes": marker})).crash_id]

    line.process()
    line.count()
    names = {leak.split(" ")[0] for output in line.outputs(ids) for leak in markers.leaks(output)}
    user(database, "ann", "Hackers")
    visitor = Visitor(app)
    visitor.sign_in()
    private = visitor.get(f"/report/index/{ids[0]}").text

    assert names >= {
        f"/report/index/{ids[0]}", f"/api/RawCrash/?crash_id={ids[0]}",
        f"/api/ProcessedCrash/?crash_id={ids[0]}", "20261123-pub-crashdata.csv.gz", "table",
    }  # fmt: skip
    assert private.count(marker) >= len(protected_annotations().keys() - DROPPED)


def test_nobody_sees_whether_the_user_wrote_something(line: Line) -> None:
    """Names of throttle rules and notes on what was cut say it, too."""
    sent = {
        "Comments": "text",
        "Email": "a@example.org",
        "URL": f"https://example.org/{'x' * 9999}",
    }
    twice = form_fields(**sent)  # each is noted, and what is too long
    ids = [line.collector.post(*form_fields(**PUBLIC), *twice, *twice).crash_id]

    line.process()
    line.count()
    texts = [output.text for output in line.outputs(ids) if ids[0] in output.name]

    assert len(texts) >= 3
    words = (
        "has_comments",
        "Comments:",
        "Email:",
        "URL:",
        "URL cut",
        "user_comments cut",
        "url cut",
    )
    assert [word for word in words for text in texts if word in text] == []
