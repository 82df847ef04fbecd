"""Every declared page. That its table, CSV, REST and command say the same is tested for each."""

from webapp.crashstats import sites
from webapp.frame.declared import Page

PAGES: tuple[Page, ...] = (
    sites.DOMAINS_PAGE,
    sites.URLS_PAGE,
)
