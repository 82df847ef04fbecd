"""Sites: on which pages of the web, or domains, programs crash."""

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.questions.urls import DOMAINS_QUESTION, URLS_QUESTION
from webapp.frame import cells
from webapp.frame.asked import ask
from webapp.frame.declared import Cell, Look, Page, Row
from webapp.frame.state import Links


def _domain(row: Row, links: Links) -> SafeString:
    return cells.link(row["domain"], links.to("sites", group="url", domain=row["domain"]))


def _with_more(cell: Cell) -> Cell:
    """Return the cell of the first column, with what narrow screens fold below it."""

    def first(row: Row, links: Links) -> SafeString:
        more = cells.under(_change(row, links), _signature(row, links))
        return format_html("{}{}", cell(row, links), more)

    return first


def _page(row: Row, _links: Links) -> SafeString:
    return cells.text(row["url"])


def _change(row: Row, _links: Links) -> SafeString | str:
    if row["before_count"] is None:
        return ""
    change = cells.change(row["crash_count"] - row["before_count"])
    return format_html('{}&nbsp;<span class="quiet">from&nbsp;{}</span>', change,
                       cells.number(row["before_count"], 0))  # fmt: skip


def _signature(row: Row, links: Links) -> SafeString | str:
    if row["signature"] is None:
        return ""
    return cells.link(row["signature"], links.to("signature", signature=row["signature"]))


MORE = (
    Look("before_count", "Change", _change, folds=True, kind="number",
         title="Against as many days before"),
    Look("signature", "Top signature", _signature, folds=True, kind="signature",
         title="Of those that several people had there"),
)  # fmt: skip
DOMAINS_PAGE = Page(
    route="sites",
    question=DOMAINS_QUESTION,
    looks=(
        Look("domain", "Domain", _with_more(_domain)),
        Look("crash_count", "Crashes", title="Processed crashes that came with a page of it"),
        Look("percent", "Share, %", title="Of the crashes that came with a page"),
        Look("pages", "Pages", title="Pages that are named", folds=True),
        *MORE,
    ),
)
URLS_PAGE = Page(
    route="sites",
    question=URLS_QUESTION,
    looks=(
        Look("url", "Page", _with_more(_page)),
        Look("domain", "Domain", _domain, folds=True),
        Look("crash_count", "Crashes", title="Processed crashes that came with this page"),
        Look("percent", "Share, %", title="Of the crashes that came with a page"),
        *MORE,
    ),
    key="url",
)


def sites(request: HttpRequest) -> HttpResponse:
    """List domains, or pages with group=url."""
    by_url = request.GET.get("group") == URLS_PAGE.key or "domain" in request.GET
    content = ask(request, URLS_PAGE if by_url else DOMAINS_PAGE)
    if isinstance(content, HttpResponse):
        return content
    return content.render(
        request,
        "crashstats/sites.html",
        by_url=by_url,
        domain=request.GET.get("domain", ""),
        first=content.rows[0] if content.rows else None,
        other=content.links.here(group=None if by_url else "url", domain=None, offset=None),
    )
