"""How reliable a stack is."""

from typing import Any

import pytest

from socorro.signature.quality import quality


def frame(**more: Any) -> dict[str, Any]:
    return {"module": "app", "function": "f", "trust": "cfi", **more}


GOOD, GUESS = frame(), frame(trust="scan")
UNNAMED, LOST = frame(function=None), frame(function=None, module=None)
PUBLIC, UNTOLD = frame(function_offset="0x2000"), frame(trust=None)


@pytest.mark.parametrize(
    ("frames", "score"),
    [
        ([], 0),
        ([GOOD], 100),
        ([GOOD, GUESS], 80),
        ([GOOD, PUBLIC], 80),
        ([GOOD, UNNAMED], 80),  # symbols that do not name it change nothing
        ([UNNAMED], 60),
        ([PUBLIC], 60),
        ([frame(function=None, trust="scan")], 20),
        ([LOST, GOOD], 80),  # the crash itself may be anywhere
        ([GOOD, LOST], 60),  # a caller may not
        ([UNTOLD], 100),
        ([UNTOLD, frame(function=None, trust=None)], 67),
        ([GOOD, {"truncated": {"msg": "5 frames truncated"}}, GOOD], 90),
        ([GOOD] * 40 + [GUESS] * 40, 100),  # the signature looks no further
    ],
)
def test_the_score_follows_its_formula(frames: list[dict[str, Any]], score: int) -> None:
    assert quality({"frames": frames}).score == score


def test_the_values_behind_the_score_are_returned() -> None:
    measured = quality({"frames": [GOOD, GUESS, LOST], "truncated": True})

    assert measured._asdict() == {
        "score": 53, "frames": 3, "trusted": 0.67, "named": 0.67, "corrupt": True,
        "truncated": True,
    }  # fmt: skip


@pytest.mark.parametrize("frames", [None, 5, "x", {}, [None, 5, "x"]])
def test_frames_that_are_none_count_as_no_stack(frames: Any) -> None:
    assert quality({"frames": frames}).score == 0
