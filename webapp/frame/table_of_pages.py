"""Every declared page. That its table, CSV, REST and command say the same is tested for each."""

from webapp.crashstats import (
    builds,
    changes,
    compare,
    hangs,
    module_lists,
    overview,
    sites,
    symbols,
    top_crashers,
)
from webapp.frame.declared import Page
from webapp.signature import tables as signature

PAGES: tuple[Page, ...] = (
    overview.PRODUCTS_PAGE,
    overview.PAGE,
    top_crashers.PAGE,
    sites.DOMAINS_PAGE,
    sites.URLS_PAGE,
    builds.BUILDS_PAGE,
    builds.AGES_PAGE,
    compare.PAGE,
    hangs.PAGE,
    module_lists.MIXED_PAGE,
    module_lists.SUSPICIOUS_PAGE,
    symbols.PAGE,
    *changes.PAGES,
    *signature.TABLES,
)
