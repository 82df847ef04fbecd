"""Fuzz the dropping of bad lines, and the joining of two symbol files."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["socorro.symbols"]):
    from socorro.symbols.joining import joined
    from socorro.symbols.store import facts_of
    from socorro.symbols.symfile import BadSymbols, Checker

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
HEAD = b"MODULE Linux x86_64 000102030405060708090A0B0C0D0E0F1 crasher\n"


def good_lines(name: str, data: bytes) -> Path | None:
    """Write the good lines of a file; None when there are too many bad ones."""
    checker = Checker(1_000_000, drop_bad_lines=True)
    try:
        text = checker.feed(HEAD + data) + checker.rest()
        facts = checker.finish()
    except BadSymbols:
        return None
    path = FOLDER / name
    path.write_bytes(text)
    assert facts == facts_of(path)
    return path


def one(data: bytes) -> None:
    """NUL parts the two files."""
    first, _, second = data.partition(b"\0")
    paths = [good_lines(name, text) for name, text in (("first", first), ("second", second))]
    if None in paths:
        return
    main, other = (path for path in paths if path)
    both = FOLDER / "both"
    try:
        both.write_bytes(b"".join(joined(main, other)))
    except BadSymbols:
        return
    facts = facts_of(both)
    assert facts.covers(facts_of(main))
    assert facts.covers(facts_of(other))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
