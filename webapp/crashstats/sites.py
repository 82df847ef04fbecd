"""Sites: on which pages of the web, or domains, programs crash."""

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from socorro.questions.urls import DOMAINS_QUESTION, URLS_QUESTION
from webapp.frame import cells
from webapp.frame.asked import ask
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links


def _domain(row: Row, links: Links) -> SafeString:
    return cells.link(row["domain"], links.to("sites", group="url", domain=row["domain"]))


DOMAINS_PAGE = Page(
    route="sites",
    question=DOMAINS_QUESTION,
    looks=(
        Look("domain", "Domain", _domain),
        Look("crash_count", "Crashes", title="Processed crashes that came with a page of it"),
        Look("percent", "Share, %", title="Of the crashes that came with a page"),
        Look("pages", "Pages", title="Pages that are named", folds=True),
    ),
)
URLS_PAGE = Page(
    route="sites",
    question=URLS_QUESTION,
    looks=(
        Look("url", "Page"),
        Look("domain", "Domain", _domain, folds=True),
        Look("crash_count", "Crashes", title="Processed crashes that came with this page"),
        Look("percent", "Share, %", title="Of the crashes that came with a page"),
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
        first=content.rows[0] if content.rows else None,
        other=content.links.here(group=None if by_url else "url", domain=None, offset=None),
    )
