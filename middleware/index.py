"""The index of the REST interface: a page for people, JSON for programs."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from middleware.parameters import Parameter
from middleware.reply import DESCRIPTION, Reply, json_reply
from middleware.routes import Route
from socorro import __version__

HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
STYLE_PATH = "/api/index.css"

_HERE = Path(__file__).parent
_PAGE = Template((_HERE / "index.html").read_text())
_STYLE = (_HERE / "index.css").read_bytes()
_RESOURCE = Template(
    """<section><h2 id="$name"><code>$method $path</code></h2><p>$summary. $description</p>
<table><caption>Parameters</caption><thead><tr><th scope="col">Name</th>
<th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>$parameters</tbody></table></section>"""
)
_PARAMETER = Template(
    '<tr><th scope="row"><code>$name</code></th><td>$type</td><td>$description</td></tr>'
)


def page(routes: Sequence[Route], environ: Mapping[str, Any]) -> Reply:
    """List the resources, in HTML when the client accepts it (browsers do)."""
    if "text/html" in environ.get("HTTP_ACCEPT", ""):
        body = _PAGE.substitute(version=escape(__version__), routes="".join(map(_row, routes)))
        return Reply("200 OK", body.encode(), HTML, (DESCRIPTION,))
    resources = {
        route.operation: {"path": route.path, "method": route.method, "summary": route.summary}
        for route in routes
    }
    return json_reply({"openapi": "/api/openapi.json", "resources": resources}, DESCRIPTION)


def style() -> Reply:
    """Answer with the style sheet of the index page."""
    return Reply("200 OK", _STYLE, CSS, (DESCRIPTION,))


def _row(route: Route) -> str:
    return _RESOURCE.substitute(
        name=escape(route.operation),
        method=route.method,
        path=escape(route.path),
        summary=escape(route.summary),
        description=escape(f"{route.description} {_needs(route)}"),
        parameters="".join(
            map(_parameter, (*route.parameters, *(route.body.form if route.body else ())))
        ),
    )


def _needs(route: Route) -> str:
    text = f"Needs a token with {route.needs}." if route.needs else ""
    if route.body:
        text += f" Body: {route.body.description}, at most {route.body.most_bytes:,} bytes."
    return text.strip()


def _parameter(parameter: Parameter) -> str:
    type_ = " or ".join(parameter.schema.get("enum", ())) or str(parameter.schema["type"])
    type_ += ", repeated" if parameter.many else ""
    required = "Required. " if parameter.required else ""
    return _PARAMETER.substitute(
        name=escape(parameter.name),
        type=escape(type_),
        description=escape(required + parameter.description),
    )
