"""Hangs: which pairs of browser and plugin crashes belong together?"""

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.questions.hangs import QUESTION
from webapp.frame import cells
from webapp.frame.asked import ask
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links


def _signature(name: str, links: Links) -> SafeString:
    return cells.link(name, links.to("signature", signature=name))


def _browser(row: Row, links: Links) -> SafeString:
    under = cells.under(_plugin(row, links), ", ".join(row["flash_versions"]), _latest(row, links))
    return format_html("{}{}", _signature(row["browser_signature"], links), under)


def _plugin(row: Row, links: Links) -> SafeString:
    return _signature(row["plugin_signature"], links)


def _latest(row: Row, links: Links) -> SafeString:
    return format_html(
        "{}, {}",
        cells.link("browser", links.to("report", row["browser_crash_id"]), row["browser_crash_id"]),
        cells.link("plugin", links.to("report", row["plugin_crash_id"]), row["plugin_crash_id"]),
    )


PAGE = Page(
    route="hangs",
    question=QUESTION,
    looks=(
        Look("browser_signature", "Browser signature", _browser, kind="signature"),
        Look("plugin_signature", "Plugin signature", _plugin, folds=True, kind="signature"),
        Look("pair_count", "Hangs", title="With both crashes"),
        Look("flash_versions", "Flash", folds=True, title="Versions of the plugin crashes"),
        Look("browser_crash_id", "Latest reports", _latest, folds=True, orders=False),
    ),
    defaults={"limit": "50"},
)


def hangs(request: HttpRequest) -> HttpResponse:
    """List pairs of signatures of hangs, most hangs first."""
    content = ask(request, PAGE)
    if isinstance(content, HttpResponse):
        return content
    return content.render(
        request,
        "crashstats/hangs.html",
        first=content.rows[0] if content.rows else None,
        is_cut=len(content.rows) == content.values["limit"],
        hang_count=sum(row["pair_count"] for row in content.rows),
    )
