"""Reads the texts of parameters, alike for commands and for REST."""

from collections.abc import Mapping, Sequence
from typing import Any

from socorro.questions.interface import Parameter


class BadParameters(ValueError):
    """Texts that cannot be read: *errors* says what is wrong, by parameter."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {error}" for name, error in errors.items()))
        self.errors = errors


def read(parameters: Sequence[Parameter], texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the value of each parameter: None, or [] for one with many, where it is absent.

    Empty texts count as absent. Raises BadParameters, which names all that are missing, repeated
    or invalid.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for parameter in parameters:
        try:
            values[parameter.name] = _value(parameter, texts.get(parameter.name, ()))
        except ValueError as error:
            errors[parameter.name] = str(error)
    if errors:
        raise BadParameters(errors)
    return values


def _value(parameter: Parameter, texts: Sequence[str]) -> Any:
    texts = [text for text in texts if text]
    if not texts and parameter.default is not None:
        texts = [parameter.default]
    if not texts and parameter.required:
        raise ValueError("this parameter is required")
    if any("\0" in text for text in texts):
        raise ValueError("contains a NUL character")
    if parameter.many:
        if len(texts) > parameter.most:
            raise ValueError(f"given more than {parameter.most} times: leave some out")
        return [parameter.read(text) for text in texts]
    if len(texts) > 1:
        raise ValueError("given more than once")
    return parameter.read(texts[0]) if texts else None
