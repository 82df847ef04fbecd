"""Zips that were tampered with: each error is reported, and nothing else is read."""

import io
import random
import struct
import zipfile

import pytest

from socorro.symbols.archive import BadArchive, Limits, members
from socorro.symbols.intake import _unpacked
from socorro.symbols.symfile import BadSymbols
from tests.symbols.files import SYM, number, sym

LIMITS = Limits(members=100, unpacked=100_000_000)
CENTRAL = b"PK\x01\x02"


def zipped(method: int, is_large: bool = False) -> bytes:
    """Three symbol files, one with a name that needs UTF-8, and a folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for count in range(3):
            archive.writestr(f"lib{count}.so/{count}.sym", sym(number(count), filler=50))
        with archive.open("ü/é.sym", "w", force_zip64=is_large) as out:
            out.write(SYM)
        archive.writestr("folder/", b"")
    return file.getvalue()


SEEDS = (
    zipped(zipfile.ZIP_DEFLATED),
    zipped(zipfile.ZIP_STORED),
    zipped(zipfile.ZIP_DEFLATED, is_large=True),
)


def read(data: bytes) -> list[str]:
    """Read a zip to its end; return the errors, "" for each member without one."""
    errors = []
    try:
        for member in members(io.BytesIO(data), LIMITS):
            errors.append(member.refused)
            try:
                for _ in _unpacked(member.file):
                    pass
            except BadSymbols as error:
                errors[-1] = error.reason
    except BadArchive as error:
        errors.append(str(error))
    return errors


def changed(data: bytes, chance: random.Random) -> bytes:
    """Change bytes, mostly of headers; or leave some out; or cut the rest off."""
    whole = bytearray(data)
    heads = [place for place in range(len(data)) if data[place : place + 2] == b"PK"]
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        place = min(chance.choice(heads) + chance.randrange(60), len(whole) - 1)
        kind = chance.randrange(20) if len(whole) > 100 else 0
        if kind < 16:
            whole[place] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        elif kind < 19:
            del whole[place : place + chance.randrange(1, 50)]
        else:
            del whole[max(1, place) :]
    return bytes(whole)


def test_the_zips_of_these_tests_are_whole_before_they_are_changed() -> None:
    assert [read(seed) for seed in SEEDS] == [["", "", "", ""]] * 3


def test_any_change_of_a_zip_is_reported_as_an_error_of_it() -> None:
    chance = random.Random(7)

    readings = [read(changed(SEEDS[count % 3], chance)) for count in range(3000)]

    assert sum(any(errors) for errors in readings) > 1000
    for errors in readings:
        assert all(error.isprintable() for error in errors)


def field(data: bytes, offset: int, value: bytes) -> bytes:
    """Change a field of the first member, as the list at the end has it."""
    place = data.index(CENTRAL) + offset
    return data[:place] + value + data[place + len(value) :]


@pytest.mark.parametrize(
    ("offset", "value", "error"),
    [
        (42, struct.pack("<I", 2**32 - 2), "cannot be unpacked"),  # where it begins
        (8, struct.pack("<H", 1), "is encrypted"),
        (10, struct.pack("<H", 99), "unsupported compression method"),
        (16, b"\0\0\0\0", "cannot be unpacked: Bad CRC-32"),
    ],
)
def test_a_member_that_is_spoilt_does_not_spoil_the_others(
    offset: int, value: bytes, error: str
) -> None:
    first, *others = read(field(SEEDS[0], offset, value))

    assert error in first
    assert others == ["", "", ""]


def test_a_zip_that_begins_before_its_file_is_refused_member_by_member() -> None:
    cut = SEEDS[0][40:]  # so all members begin 40 bytes earlier than the list says

    assert "cannot be unpacked" in read(cut)[0]


def test_a_member_whose_name_is_no_text_is_refused() -> None:
    spoilt = SEEDS[0].replace("ü".encode(), b"\xff\xfe", 1)  # in front of the member only

    assert [bool(error) for error in read(spoilt)] == [False, False, False, True]


def test_a_member_without_a_name_is_one_all_the_same() -> None:
    data = SEEDS[1]
    place = data.index(CENTRAL)
    length = struct.unpack_from("<H", data, place + 28)[0]
    # Its name is said to be the beginning of its extra field.
    nameless = field(field(data, 28, struct.pack("<H", 0)), 30, struct.pack("<H", length))

    assert len(read(nameless)) >= 1
