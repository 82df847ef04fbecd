"""A report as plain text: what belongs in a bug report, and no more."""

from collections.abc import Iterator

from socorro.visible import visible
from webapp.crashstats.cycles import stretches
from webapp.crashstats.reading import Document, text
from webapp.crashstats.stack import Call, Thread, rows

FRAMES = 12


def plaintext(url: str, processed: Document, crashing: Thread | None, frames: int = FRAMES) -> str:
    """Return signature, versions, reason and the first *frames*, ready to paste.

    Each value is on one line, whatever is in it.
    """
    lines = [f"{label}: {visible(value)}" for label, value in _facts(url, processed) if value]
    if crashing and crashing.calls and frames:
        title = "crashing thread" if crashing.crashed else "main thread"
        listed = list(_frames(crashing, frames))
        count = sum(not line.startswith("(") for line in listed)
        lines += ["", f"Top {count} frames of the {title}:", "", *listed]
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
    left = most
    for stretch in stretches(rows(thread.calls)):
        yield from map(_call, stretch.calls[:left])
        left -= len(stretch.calls)
        if stretch.repeats and left >= 0:
            yield f"({stretch.sentence})"
        if left <= 0:
            return


def _call(call: Call) -> str:
    number = str(call.number) if call.number >= 0 else "…"
    place = call.source.text if call.source else ""
    times = f"\N{MULTIPLICATION SIGN} {call.times:,}" if call.times > 1 else ""
    inlined = "(inlined)" if call.is_inlined else ""
    name = _words(" ", call.function, times, inlined)
    return visible(_words("  ", number, call.module or "?", name, place))


def _words(between: str, *words: str) -> str:
    return between.join(filter(None, words))
