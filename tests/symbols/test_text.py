"""Symbol files in other encodings and with other line ends come in as UTF-8 with line feeds."""

import codecs
from collections.abc import Iterator

import pytest

from socorro.symbols.dump import Kind, kind_of
from socorro.symbols.store import SymbolStore
from socorro.symbols.symfile import BadSymbols
from socorro.symbols.text import as_walkers_read, is_symbols
from tests.symbols.files import CFI, CRASHER, FILE, FUNC, SYM, put, sym

NAMES = sym(lines=[FILE, FUNC.replace("boom", "bum \N{SNOWMAN} \U0001f600"), CFI])
TEXT = NAMES.decode()
ENCODED = {
    "PowerShell's": codecs.BOM_UTF16_LE + TEXT.replace("\n", "\r\n").encode("utf-16-le"),
    "UTF-16, big end first": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16, big end first, without a mark": TEXT.encode("utf-16-be"),
    "UTF-32": codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
    "UTF-32, big end first": codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
    "UTF-8 with a mark": codecs.BOM_UTF8 + NAMES,
    "UTF-8 with a mark and CRLF": codecs.BOM_UTF8 + NAMES.replace(b"\n", b"\r\n"),
    "CRLF": NAMES.replace(b"\n", b"\r\n"),
    "CR": NAMES.replace(b"\n", b"\r"),
    "CR in UTF-16": TEXT.replace("\n", "\r").encode("utf-16"),
    "mixed": b"".join(
        line + (b"\n", b"\r\n", b"\r")[count % 3]
        for count, line in enumerate(NAMES.splitlines())
    ),
}  # fmt: skip


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 2**20])
@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_any_encoding_and_line_end_comes_in(store: SymbolStore, data: bytes, size: int) -> None:
    added = store.add(cut(data, size))

    assert added.path.read_bytes().replace(b"\r\n", b"\n") == NAMES
    assert (added.facts.functions, added.facts.stacks) == (1, 2)
    assert is_symbols(data[:32])


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_it_is_a_symbol_file_whatever_its_name(tmp_path: object, data: bytes) -> None:
    assert kind_of(put(tmp_path / "out.txt", data)) is Kind.SYMBOLS  # type: ignore[operator]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (TEXT.encode("utf-16")[:-1], "is UTF-16 and cannot be converted to UTF-8 (after line 6)"),
        (TEXT.encode("utf-16") + b"\0\xd8A\0\n\0", "is UTF-16 and cannot be converted"),
        (TEXT.encode("utf-32") + b"\0\xd8\0\0", "is UTF-32 and cannot be converted"),
        (
            SYM + "PUBLIC 1 0 f\n".encode("utf-16-le"),
            "line 9: is not UTF-8 text, perhaps UTF-16 from here on",
        ),  # >> appends
        ("<html>\n".encode("utf-16"), "line 1: '<html>' is not a MODULE record"),
        (codecs.BOM_UTF16_LE, "is empty"),
        (codecs.BOM_UTF8, "is empty"),
        (TEXT.encode("utf-16") * 2, "line 8: unknown record: '\\ufeffMODULE Linux"),
    ],
    ids=range(8),
)
def test_text_that_cannot_be_converted_is_refused_with_its_encoding(
    store: SymbolStore, data: bytes, error: str
) -> None:
    with pytest.raises(BadSymbols) as caught:
        store.add([data])

    assert error in str(caught.value)
    assert not store.has(CRASHER)


def test_the_limit_is_for_what_is_kept() -> None:
    data = SYM.decode().encode("utf-16")

    kept = b"".join(as_walkers_read([data]))

    assert len(kept) == len(SYM) < len(data) / 2


def test_a_run_of_carriage_returns_takes_no_memory() -> None:
    pieces = as_walkers_read([b"MODULE x", *[b"\r" * 1000] * 1000])

    assert b"".join(pieces).count(b"\n") == 1
