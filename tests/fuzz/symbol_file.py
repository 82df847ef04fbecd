"""Fuzz the checker of symbol files."""

import sys

import atheris

with atheris.instrument_imports(include=["socorro"]):
    from socorro.symbols.symfile import BadSymbols, Checker, Facts


def verdict(data: bytes, step: int) -> Facts | str:
    checker = Checker(1_000_000)
    try:
        for start in range(0, len(data), step):
            checker.feed(data[start : start + step])
            if step % 2:
                checker._check_kept()
        return checker.finish()
    except BadSymbols as error:
        return str(error)


def one(data: bytes) -> None:
    """The first byte sets the size of pieces, which the verdict must not depend on."""
    step = data[0] + 1 if data else 1
    whole = verdict(data[1:], 1_000_000)
    if isinstance(whole, Facts):
        assert len(whole.module.path.parts) == 3
        assert ".." not in whole.module.path.parts
        assert whole.functions + whole.publics + whole.stacks < max(1, data.count(b"\n"))
    else:
        assert whole.isprintable()
        assert len(whole) < 600
    pieces = verdict(data[1:], step)
    # In pieces a file may be refused for an earlier error than as a whole, but never accepted.
    assert isinstance(pieces, Facts) == isinstance(whole, Facts)
    if isinstance(whole, Facts):
        assert pieces == whole


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
