"""The sentence at the top of a page: one of the notes of its answer."""

from collections.abc import Sequence

from socorro.questions.interface import Note


def lead(notes: Sequence[Note], *codes: str) -> tuple[str, list[Note]]:
    """Return the note that comes first by *codes*, as a sentence, and the other notes."""
    sentence = next((note for code in codes for note in notes if note.code == code), None)
    if sentence is None:
        return "", list(notes)
    text = sentence.text.rstrip(".")
    return f"{text[:1].upper()}{text[1:]}.", [note for note in notes if note is not sentence]
