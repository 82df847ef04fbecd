"""Similar: which signatures have stacks like those of a signature, or like that of a crash."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from socorro.crash_id import BadCrashId, CrashId, parse
from socorro.postgres import Connection
from socorro.queries import bugs
from socorro.queries import similar as query
from socorro.queries.similar import KeptStack, Places, State
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.questions.one_bug import Witness, merge_advice, split_of, usual
from socorro.questions.signature_counts import nearest_listed
from socorro.questions.words import plural

if TYPE_CHECKING:
    from socorro.stats.similar import Index, Match, Shared, Stack

MOST: Final = 100  # signatures of one answer
COMPARED: Final = 20  # stacks of the signature, those with the most crashes
NAMED: Final = 10  # frames of one row
MOST_BUGS: Final = 10_000
SAMPLE: Final = 200  # frequent signatures, whose places are the usual ones
TRIES: Final = 3  # while the job replaces the index
NEAREST: Final = 5
RUN: Final = "`socorro cron run --job similar`"

_INDEXES: dict[tuple[str, Any], "Index"] = {}  # the last one; some 40 MB for 100,000 stacks


class Subject(NamedTuple):
    """What others are compared with: the stacks of a signature, or of one crash."""

    signature: str
    crash_id: CrashId | None
    stacks: Sequence[KeptStack]  # none for a crash
    query: Sequence["Stack"]


class Row(NamedTuple):
    """One similar signature, with the numbers behind it."""

    match: "Match"
    stack: KeptStack
    shared: Sequence["Shared"]
    frames: int  # of the query's stack
    witness: Witness | None
    bugs: Sequence[int]
    advice: str


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the signatures that are most like the one of the question, or like its crash."""
    for _ in range(TRIES):
        state = query.state(db)
        if state is None:
            return Answer("Similar", [], _about(None, None), [_no_index()])
        index = _index(db, state)
        reply = index and _answer(db, state, index, values)
        latest = query.state(db)
        if reply and latest and latest.made_at == state.made_at:
            return reply
    note = Note("not_counted_yet", "the index of similar stacks is being replaced: ask again")
    return Answer("Similar", [], _about(None, None), [note])


def _index(db: Connection, state: State) -> "Index | None":
    from socorro.stats.similar import Index  # numpy takes a tenth of a second to load

    key = (db.dsn, state.made_at)
    if key not in _INDEXES:
        text = query.index(db, state.made_at)
        if not text:
            return None
        _INDEXES.clear()
        _INDEXES[key] = Index.read(text)
    return _INDEXES[key]


def _answer(db: Connection, state: State, index: "Index", values: Mapping[str, Any]) -> Answer:
    subject = _subject(db, values["signature"])
    without = None if subject.crash_id else subject.signature
    matches = index.match(subject.query, values["limit"], without)
    rows = _rows(db, state, index, subject, matches)
    split = split_of(index, subject.stacks, state.shares)
    notes = [*(_explanation(row) for row in rows if values["why"]), *_notes(state, subject, rows)]
    if split and (split.advice or values["why"]):
        notes.insert(0, Note("two_bugs", split.advice or split.numbers))
    return Answer(
        title=_title(state, subject),
        rows=[_cells(row) for row in rows],
        about={**_about(state, subject), "parts": split.document() if split else None},
        notes=notes,
    )


def _subject(db: Connection, text: str) -> Subject:
    from socorro.stats.similar import Stack

    try:
        crash_id = parse(text)
    except BadCrashId:
        stacks = query.of_signature(db, text, MOST)
        if not stacks and not query.is_signature(db, text):
            raise Unknown("signature", _unknown(db, text)) from None
        compared = [Stack(stack.frames, text, stack.crash_count) for stack in stacks[:COMPARED]]
        return Subject(text, None, stacks, compared)
    crash = query.of_crash(db, crash_id)
    if crash is None:
        raise Unknown("signature", f"crash {crash_id} is not processed, or does not exist")
    stack = Stack(crash.frames or "", crash.signature)
    return Subject(crash.signature, crash_id, (), [stack] if crash.frames else [])


def _unknown(db: Connection, text: str) -> str:
    nearest = query.containing(db, text, NEAREST)
    listed = f" (signatures with it: {'; '.join(nearest)})" if nearest else nearest_listed(db, text)
    return f"no signature {text!r}{listed}"


def _rows(
    db: Connection, state: State, index: "Index", subject: Subject, matches: Sequence["Match"]
) -> list[Row]:
    from socorro.stats.similar import views

    stacks = query.by_id(db, [match.stack for match in matches])
    others = [stacks[match.stack].signature for match in matches if match.stack in stacks]
    places = query.places(db, [subject.signature, *others])
    named = _bugs(db, [subject.signature, *others])
    usual_log = 0.0 if subject.crash_id else _usual(db, state, subject, places)
    rows = []
    for match in matches:
        if stack := stacks.get(match.stack):
            names = subject.query[match.query].names
            witness = None if subject.crash_id else _witness(state, places, subject, stack)
            both = sorted(named[subject.signature] & named[stack.signature])
            shared = index.shared(names, stack.frames)
            same = stack.signature == subject.signature
            advice = "" if same else merge_advice(match, len(shared), witness, both, usual_log)
            frames = len(views(names)[0])
            rows.append(Row(match, stack, shared, frames, witness, both, advice))
    return rows


def _usual(db: Connection, state: State, subject: Subject, places: Mapping[str, Places]) -> float:
    others = [name for name in query.frequent(db, SAMPLE) if name not in places]
    sample = list(query.places(db, others).values())
    return usual(places[subject.signature], sample, state.shares)


def _witness(
    state: State, places: Mapping[str, Places], subject: Subject, stack: KeptStack
) -> Witness:
    return Witness.of(places[subject.signature], places[stack.signature], state.shares)


def _bugs(db: Connection, signatures: Sequence[str]) -> dict[str, set[int]]:
    named: dict[str, set[int]] = {signature: set() for signature in signatures}
    for bug in bugs.of_signatures(db, signatures, MOST_BUGS):
        if bug.signature in named:
            named[bug.signature].add(bug.bug_id)
    return named


def _cells(row: Row) -> list[Any]:
    match, stack, witness = row.match, row.stack, row.witness
    most = sorted(row.shared, key=lambda frame: -frame.share)[:NAMED]
    frames = sorted(most, key=lambda frame: frame.place)
    return [
        stack.signature,
        match.probability,
        match.low,
        match.high,
        _likeness(match),
        match.first,
        match.second,
        [frame.name for frame in frames],
        [f"{frame.place}={frame.other_place}" for frame in frames],
        match.stacks,
        match.crash_count,
        stack.crash_id,
        witness and math.exp(witness.systems),
        witness and math.exp(witness.builds),
        list(row.bugs),
        _reason(row),
        row.advice,
    ]


def _likeness(match: "Match") -> float:
    return min(1.0, max(0.0, ((match.first + match.second) / 2 + 1) / 2))


def _reason(row: Row) -> str:
    if not row.shared:
        return "no frame is the same; only offsets in memory are"
    places = [str(frame.place) for frame in row.shared]
    shown = f"{', '.join(places[:-1])} and {places[-1]}" if len(places) > 1 else places[0]
    are, frames = ("are", "frames") if len(places) > 1 else ("is", "frame")
    top = max(row.shared, key=lambda frame: frame.share)
    return f"{frames} {shown} of {row.frames} {are} the same, above all {top.name}"


def _explanation(row: Row) -> Note:
    match, witness = row.match, row.witness
    text = (
        f"{row.stack.signature}: likeness {match.first:.2f} by module and {match.second:.2f} by"
        f" offset; probability {match.probability:.2f} ({match.low:.2f} to {match.high:.2f} over"
        f" the stacks compared), {plural(match.stacks, 'stack')} of"
        f" {plural(match.crash_count, 'crash')}"
    )
    if witness:
        text += f"; for one bug, {witness.numbers}"
    return Note("why", text)


def _notes(state: State, subject: Subject, rows: Sequence[Row]) -> list[Note]:
    notes = []
    if not subject.query:
        what = f"crash {subject.crash_id}" if subject.crash_id else subject.signature
        text = f"no stack of {what} to compare: {_span(state)}; {RUN} reads them now"
        notes.append(Note("nothing_matches", text))
    elif not rows:
        notes.append(Note("nothing_matches", "no other stack has a frame in common"))
    if not state.complete:
        text = "the index is full: older hours are not in it"
        notes.append(Note("index_full", text))
    if state.left_out:
        text = (
            f"{plural(state.left_out, 'crash')} of rare stacks of common signatures are not in it"
        )
        notes.append(Note("index_full", text))
    return notes


def _no_index() -> Note:
    text = f"no index of similar stacks yet: the scheduled job `similar` makes it each hour; {RUN}"
    return Note("not_counted_yet", text)


def _title(state: State, subject: Subject) -> str:
    what = f"crash {subject.crash_id}" if subject.crash_id else subject.signature
    stacks = plural(len(subject.query), "stack")
    return (
        f"Similar to {what}: {stacks} against {state.stacks:,} of"
        f" {plural(state.signatures, 'signature')}, {_span(state)}"
    )


def _span(state: State) -> str:
    if state.since is None or state.until is None:
        return "no crashes yet"
    return f"{state.since:%Y-%m-%d %H:%M} to {state.until:%Y-%m-%d %H:%M} UTC"


def _about(state: State | None, subject: Subject | None) -> dict[str, Any]:
    about: dict[str, Any] = {"signature": None, "crash_id": None, "parts": None}
    if subject:
        about.update(signature=subject.signature, crash_id=subject.crash_id)
        about["stacks"] = len(subject.stacks) or len(subject.query)
        about["crash_count"] = sum(stack.crash_count for stack in subject.query)
    if state:
        names = ("made_at", "since", "until")
        about["index"] = {name: getattr(state, name) for name in names}
        about["index"].update(
            stacks=state.stacks, signatures=state.signatures, crash_count=state.crash_count
        )
    return about


COLUMNS = (
    columns.text("signature", "Signature"),
    columns.number("probability", "Probability that both have one bug, by their stacks"),
    columns.number("low", "The least of it over the stacks compared"),
    columns.number("high", "The greatest of it over the stacks compared"),
    columns.number("likeness", "Share of both stacks that is in common, rare frames first"),
    columns.number("by_module", "Likeness from -1 to 1, frames without a name by module"),
    columns.number("by_offset", "Likeness from -1 to 1, frames without a name by offset"),
    columns.texts("frames", "Frames in common, those that count most, from the top"),
    columns.texts("places", "Their places in either stack: 2=3"),
    columns.count("stacks", "Distinct stacks of the signature in the index"),
    columns.count("crash_count", "Processed crashes with these stacks"),
    columns.text("crash_id", "A crash with the most similar stack"),
    columns.number(
        "systems_factor", "How much systems and reasons speak for one bug; below 1: for two", True
    ),
    columns.number("builds_factor", "How much builds speak for one bug; below 1: for two", True),
    columns.counts("bugs", "Bugs that name both signatures"),
    columns.text("reason", "Why they are alike"),
    columns.text("advice", "Whether they may be one bug, when something else than stacks says so"),
)
QUESTION = Question(
    name="Similar",
    command="similar",
    summary="Signatures with similar stacks",
    description=(
        "Stacks are alike when they share frames, rare ones near the top first. The probability of "
        "one bug was fitted to crashes with known bugs: elsewhere it is an order first. Nothing is "
        "merged or split by itself; advice needs a second witness (systems and reasons, builds, a "
        "bug that names both)."
    ),
    parameters=(
        parameters.text("signature", "Signature, or the id of a processed crash", required=True),
        parameters.integer("limit", "Maximum number of signatures", 1, MOST, 10),
        parameters.EXPLAIN,
    ),
    columns=COLUMNS,
    answer=answer,
)
