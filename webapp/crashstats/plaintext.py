"""A report as plain text: what belongs in a bug report, and no more."""

from collections.abc import Iterator

from socorro.visible import visible
from webapp.crashstats.reading import Document, text
from webapp.crashstats.stack import Thread

FRAMES = 12


def plaintext(url: str, processed: Document, crashing: Thread | None, frames: int = FRAMES) -> str:
    """Return signature, versions, reason and the first *frames*, ready to paste.

    Each value is on one line, whatever is in it.
    """
    lines = [f"{label}: {visible(value)}" for label, value in _facts(url, processed) if value]
    if crashing and crashing.calls and frames:
        title = "crashing thread" if crashing.crashed else "main thread"
        lines += ["", f"Top {min(frames, len(crashing.calls))} frames of the {title}:", ""]
        lines += _frames(crashing, frames)
    return "\n".join(lines) + "\n"


def _facts(url: str, processed: Document) -> Iterator[tuple[str, str]]:
    product = _words(" ", text(processed, "product"), text(processed, "version"))
    reason, address = text(processed, "reason"), text(processed, "address")
    system = _words(" ", text(processed, "os_name"), text(processed, "os_version"))
    yield "Crash report", url
    yield "Signature", text(processed, "signature")
    yield (
        "Product",
        _words(", ", product, text(processed, "release_channel"), text(processed, "build")),
    )
    yield "System", _words(", ", system, text(processed, "cpu_arch"))
    yield "Reason", f"{reason} at {address}" if reason and address else reason
    yield "Crash message", text(processed, "moz_crash_reason")


def _frames(thread: Thread, most: int) -> Iterator[str]:
    for number, call in enumerate(thread.calls[:most]):
        place = call.source.text if call.source else ""
        yield visible(_words("  ", str(number), call.module or "?", call.function, place))


def _words(between: str, *words: str) -> str:
    return between.join(filter(None, words))
