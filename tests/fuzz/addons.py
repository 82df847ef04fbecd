"""Fuzz the reader of lists of add-ons."""

import sys

import atheris

with atheris.instrument_imports(include=["processor"]):
    from processor.pipeline import clean, run_rules
    from processor.rules.addons import LONGEST, MOST, addons


def one(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    outcome = run_rules((addons,), {"Add-ons": text}, {})
    listed = outcome.processed["addons"]
    assert len(listed) <= MOST
    for addon in listed:
        assert ":" in addon
        assert len(addon) <= 2 * LONGEST + 1
        assert clean(addon) == addon


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
