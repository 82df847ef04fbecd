"""A report as plain text: what belongs in a bug report, and no more."""

from webapp.crashstats.reading import Document, text
from webapp.crashstats.stack import Thread

FRAMES = 12


def plaintext(url: str, processed: Document, crashing: Thread | None) -> str:
    """Return signature, versions, reason and the first frames, ready to paste."""
    product = " ".join(
        filter(None, (text(processed, "product"), text(processed, "version")))
    )  # fmt: skip
    build, channel = text(processed, "build"), text(processed, "release_channel")
    reason, address = text(processed, "reason"), text(processed, "address")
    system = " ".join(filter(None, (text(processed, "os_name"), text(processed, "os_version"))))
    facts = (
        ("Crash report", url),
        ("Signature", text(processed, "signature")),
        ("Product", ", ".join(filter(None, (product, channel, build)))),
        ("System", ", ".join(filter(None, (system, text(processed, "cpu_arch"))))),
        ("Reason", f"{reason} at {address}" if reason and address else reason),
    )
    lines = [f"{label}: {value}" for label, value in facts if value]
    if crashing and crashing.calls:
        title = "crashing thread" if crashing.crashed else "main thread"
        lines += ["", f"Top {min(FRAMES, len(crashing.calls))} frames of the {title}:", ""]
        for number, call in enumerate(crashing.calls[:FRAMES]):
            place = call.source.text if call.source else ""
            columns = (str(number), call.module or "?", call.function, place)
            lines.append("  ".join(filter(None, columns)))
    return "\n".join(lines) + "\n"
