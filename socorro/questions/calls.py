"""A question with its parameters as others ask it: a path of REST, a line of the terminal."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from socorro.questions.interface import Parameter, Question

# Commands take these without dashes.
ARGUMENTS = ("signature", "build", "old_build", "new_build", "product", "version")


def texts(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the texts of values that are no defaults, by parameter, in order of declaration."""
    items = {parameter.name: _listed(values.get(parameter.name)) for parameter in parameters}
    return {
        parameter.name: items[parameter.name]
        for parameter in parameters
        if items[parameter.name] not in ([], [parameter.default])
    }


def path(
    question: Question, values: Mapping[str, Any], parameters: Sequence[Parameter] | None = None
) -> str:
    """Return the path of a REST call; *parameters* are those of the question, unless given."""
    query = urlencode(texts(parameters or question.parameters, values), doseq=True)
    return f"/api/{question.name}/{'?' if query else ''}{query}"


def command(question: Question, values: Mapping[str, Any]) -> str:
    """Return the command line that prints the same answer, quoted for a shell."""
    words: list[str] = []
    arguments: list[str] = []
    flags = {
        parameter.name
        for parameter in question.parameters
        if parameter.schema.get("type") == "boolean"
    }
    for name, items in texts(question.parameters, values).items():
        option = f"--{name.replace('_', '-')}"
        if name in ARGUMENTS:
            arguments += items
        elif name in flags:
            words.append(option)
        else:
            words += [word for item in items for word in (option, item)]
    if any(argument.startswith("-") for argument in arguments):
        arguments.insert(0, "--")
    return shlex.join(["socorro", question.command, *words, *arguments])


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
