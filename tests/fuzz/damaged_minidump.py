"""Fuzz the repair of damaged minidumps."""

import sys

import atheris

with atheris.instrument_imports(include=["processor.dump_repair", "processor.dump_streams"]):
    from processor.dump_repair import lacks, repaired
    from processor.dump_streams import read


def one(data: bytes) -> None:
    lacks(data, {})
    repair = repaired(data)
    if repair is None:
        return
    assert read(repair.dump)
    assert repair.dump[32 : len(data)] == data[32:]
    assert all(problem.isprintable() and len(problem) < 80 for problem in repair.problems)
    repaired(repair.dump)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
