"""Text in the charset that a part declares. Pure.

Labels are looked up here, never in Python's registry of codecs: that one also has codecs that are
no charsets, some of them slow, and remembers each label that a stranger makes up.
"""

from encodings.aliases import aliases
from typing import Final, NamedTuple

UTF_8: Final = "utf_8"

# As Python names them. Clients that declare ASCII and send more mean UTF-8.
_CODECS: Final = frozenset(
    {
        UTF_8, "utf_16", "utf_16_le", "utf_16_be", "latin_1", "mac_roman", "koi8_r", "koi8_u",
        *(f"iso8859_{number}" for number in range(2, 17) if number != 12),
        *(f"cp{number}" for number in (437, 850, 852, 866, 874, 932, 949, 950, *range(1250, 1259))),
        "shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "gb2312", "gbk", "gb18030", "big5",
    }
)  # fmt: skip
_CODEC_OF: Final = {
    **{label: codec for label, codec in aliases.items() if codec in _CODECS},
    **{label: UTF_8 for label, codec in aliases.items() if codec == "ascii"},
    **{codec: codec for codec in _CODECS},
    "ascii": UTF_8,
}


class Decoded(NamedTuple):
    """A text, and what was wrong with its bytes; "" when nothing was."""

    text: str
    problem: str = ""


def decode(value: bytes | memoryview, label: str = "") -> Decoded:
    """Return the text of *value*, whose part declares the charset *label*; "" is UTF-8."""
    codec = _CODEC_OF.get(label.strip().lower().replace("-", "_").replace(" ", "_"))
    if codec is None and label:
        return Decoded(str(value, UTF_8, "replace"), "unknown charset, read as UTF-8")
    codec = codec or UTF_8
    try:
        return Decoded(str(value, codec))
    except UnicodeDecodeError:
        charset = codec.replace("_", "-").upper()
        return Decoded(str(value, codec, "replace"), f"invalid {charset} was replaced")
