"""What distinguishes a crash: a change of it would count crashes twice that are stored already."""

from uuid import UUID

import hypothesis
import pytest
from hypothesis import strategies as st

from socorro.crash import MAIN_DUMP
from socorro.crash_event import EVENT_ID, NO_BYTES, PROGRAM, event_key, identity

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CRASH = {
    "ProductName": "Firefox",
    "Version": "140.0",
    "BuildID": "20261120031153",
    "ReleaseChannel": "nightly",
    "CrashEventID": "4e1a2c9b-7a6f-4c1e-9e69-5ddc6a4f0d10",
}
texts = st.text(max_size=20)


def test_the_number_of_an_event_stays_as_it_is_stored() -> None:
    assert event_key(CRASH, {MAIN_DUMP: SHA}) == UUID("48b5602f-9c2f-a1f1-ed59-ff309f30f697")


@hypothesis.given(st.dictionaries(st.sampled_from([*CRASH, "Comments", "URL"]), texts), st.data())
def test_no_order_matters(annotations: dict[str, str], data: st.DataObject) -> None:
    dumps = {MAIN_DUMP: SHA, f"{MAIN_DUMP}_browser": NO_BYTES}
    shuffled = dict(data.draw(st.permutations(list(annotations.items()))))
    dumps_again = dict(data.draw(st.permutations(list(dumps.items()))))

    assert event_key(annotations, dumps) == event_key(shuffled, dumps_again)


@hypothesis.given(st.dictionaries(texts, texts), st.dictionaries(texts, texts))
def test_nothing_but_event_and_program_matters(
    some: dict[str, str], others: dict[str, str]
) -> None:
    for annotations in (some, others):  # names that other clients have for these, too
        for name in ("_productName", "prod", "product", "_version", "ver", "version", "channel"):
            annotations.pop(name, None)

    assert identity({**some, **CRASH}, {}) == identity({**others, **CRASH}, {})


@pytest.mark.parametrize("name", [EVENT_ID, *PROGRAM])
@pytest.mark.parametrize("end", [" ", "\r\n", "\t", "\n", "\N{NO-BREAK SPACE}"])
def test_blanks_at_the_ends_do_not_matter(name: str, end: str) -> None:
    padded = {**CRASH, name: f"{end}{CRASH[name]}{end}"}

    assert identity(padded, {}) == identity(CRASH, {})
    assert identity({**CRASH, name: end}, {MAIN_DUMP: SHA}) == identity(
        {key: text for key, text in CRASH.items() if key != name}, {MAIN_DUMP: SHA}
    )


@pytest.mark.parametrize(
    "dumps",
    [{}, {MAIN_DUMP: NO_BYTES}, {"memory_report": SHA}, {"upload_file": SHA}],
    ids=["none", "no bytes", "attachment", "nearly a dump"],
)
def test_a_program_alone_distinguishes_no_crash(dumps: dict[str, str]) -> None:
    program = {name: CRASH[name] for name in PROGRAM}

    assert identity(program, dumps) is event_key(program, dumps) is None
