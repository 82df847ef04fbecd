"""Fuzz what takes symbol files out of bodies: compression, encodings, tars and zips."""

import io
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["socorro.symbols"]):
    from socorro.symbols.config import SymbolsConfig
    from socorro.symbols.intake import Intake
    from socorro.symbols.store import SymbolStore

STORE = SymbolStore(Path(tempfile.mkdtemp(prefix="fuzz-")), 100_000)
INTAKE = Intake(STORE, SymbolsConfig(file_bytes=100_000, unpacked_bytes=10**6, zip_members=20))


def one(data: bytes) -> None:
    """The first byte sets the size of pieces."""
    step, body = (data[0] + 1 if data else 1), data[1:]
    if body.startswith(b"PK"):
        results = list(INTAKE.zip(io.BytesIO(body), "body"))
    else:
        pieces = (body[start : start + step] for start in range(0, len(body), step))
        results = list(INTAKE.stream(pieces, "body"))
    for result in results:
        assert bool(result.added) + bool(result.refused) + bool(result.passed_over) == 1
        if result.added:
            assert result.added.path.resolve().is_relative_to(STORE.folder.resolve())


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
