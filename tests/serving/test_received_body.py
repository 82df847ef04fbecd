"""A body that arrives in pieces of any size is what was sent, in memory and in a file."""

import os

import pytest

from socorro.serving.limits import IN_MEMORY
from socorro.serving.received_body import FLUSH, LARGE_PIECE, Budgets, ReceivedBody


@pytest.mark.parametrize("size", [0, 1, LARGE_PIECE, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 7])
@pytest.mark.parametrize(
    "lengths",
    [
        [LARGE_PIECE], [LARGE_PIECE - 1], [LARGE_PIECE - 1, LARGE_PIECE], [1, FLUSH, 1, 1],
        [FLUSH + 1], [10**6], [333],
    ],
)  # fmt: skip
def test_a_body_is_what_was_sent(size: int, lengths: list[int]) -> None:
    sent, budgets = os.urandom(size), Budgets()
    body, at, number = ReceivedBody(size, budgets), 0, 0
    while at < size:
        step = lengths[number % len(lengths)]
        body.write(sent[at : at + step])
        at, number = at + step, number + 1

    held = (budgets.memory.held, budgets.files.held)
    received = body.stream().read()
    again = body.stream().read()
    body.close()
    body.close()

    assert received == again == sent
    assert held[0] == (size if size <= IN_MEMORY else 0)
    assert (held[1] > 0) == (size > IN_MEMORY)
    assert (budgets.memory.held, budgets.files.held) == (0, 0)


@pytest.mark.parametrize(("length", "count"), [(LARGE_PIECE - 1, 0), (LARGE_PIECE, 10)])
def test_small_pieces_are_kept_as_one(length: int, count: int) -> None:
    # As objects of their own, bytes that come one by one would take many times their budget.
    body = ReceivedBody(IN_MEMORY, Budgets())

    for _ in range(10):
        body.write(b"x" * length)

    assert len(body._pieces) == count
