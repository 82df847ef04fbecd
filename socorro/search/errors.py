"""How a search is refused: by parameter with a sentence for each, or for a protected field."""

from collections.abc import Mapping, Sequence
from types import TracebackType

MOST_ERRORS = 20
LONGEST_QUOTE = 80  # characters


class InvalidSearch(ValueError):
    """The search cannot be read. *errors* has the sentences by parameter, at most 20 in all."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__(" ".join(text for texts in errors.values() for text in texts))
        self.errors = errors


class ProtectedFields(PermissionError):
    """The search touches fields that the caller may not see; *fields* has their names, sorted."""

    def __init__(self, fields: Sequence[str]) -> None:
        what = "are protected fields" if len(fields) > 1 else "is a protected field"
        super().__init__(f"{', '.join(fields)} {what}: searching by it needs view_pii.")
        self.fields = tuple(fields)


class Errors:
    """Gathers sentences by parameter while the rest of a search is still read."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._count = 0

    def add(self, parameter: str, text: str) -> None:
        """Keep a sentence; those beyond the twentieth are left out, as are repeated ones."""
        name = shorten(parameter)
        if self._count < MOST_ERRORS and text not in self._texts.get(name, ()):
            self._texts.setdefault(name, []).append(text)
            self._count += 1

    def of(self, parameter: str) -> "_Keeping":
        """Return a context that keeps the text of a ValueError raised within, and ends it."""
        return _Keeping(self, parameter)

    def check(self) -> None:
        """Raise InvalidSearch when there is any."""
        if self._texts:
            raise InvalidSearch({name: tuple(texts) for name, texts in self._texts.items()})


class _Keeping:
    def __init__(self, errors: Errors, parameter: str) -> None:
        self._errors = errors
        self._parameter = parameter

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if isinstance(error, ValueError):
            self._errors.add(self._parameter, str(error))
            return True
        return False


def shorten(text: str) -> str:
    """Return the text, or its beginning when it is long; always text that can be encoded."""
    shown = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return shown.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def quote(text: str) -> str:
    """Return the text as errors show it, in single quotes."""
    return f"'{shorten(text)}'"
