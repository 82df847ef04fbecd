"""The address of each page."""

from django.urls import path, re_path

from webapp.accounts import oidc, profile, signin, tokens
from webapp.crashstats import (
    about,
    api,
    builds,
    changes,
    compare,
    dictionary,
    downloads,
    errors,
    extracts,
    failed_jobs,
    feeds,
    hangs,
    home,
    module_lists,
    pages,
    report,
    reprocess,
    sites,
    status,
    symbols,
    top_crashers,
)
from webapp.search import feed, quick
from webapp.search import page as search_page
from webapp.signature import page as signature_page

urlpatterns = [
    path("", home.home, name="home"),
    path("home/product/<str:product>", home.home, name="product_home"),
    path("report/index/<str:crash_id_text>", report.report, name="report"),
    path("report/index/<str:crash_id_text>/", report.report, name="report_slash"),
    path("report/index/<str:crash_id_text>/reprocess", reprocess.reprocess, name="reprocess"),
    path("signature/", signature_page.signature, name="signature"),
    path("topcrashers/", top_crashers.top_crashers, name="top_crashers"),
    path("sites/", sites.sites, name="sites"),
    path("builds/", builds.builds, name="builds"),
    path("compare/", compare.compare, name="compare"),
    path("hangs/", hangs.hangs, name="hangs"),
    path("modules/suspicious/", module_lists.suspicious, name="suspicious_modules"),
    path("modules/frankeninstalls/", module_lists.mixed, name="frankeninstalls"),
    path("symbols/missing/", symbols.missing, name="missing_symbols"),
    path("status/", status.status, name="status"),
    path("status/failed/", failed_jobs.failed, name="failed_jobs"),
    path("extracts/", extracts.extracts, name="extracts"),
    re_path(
        "^extracts/(?P<audience>public|private)/(?P<name>[^/]+)$", extracts.extract, name="extract"
    ),
    path("changes/", changes.changes, name="changes"),
    re_path("^feeds/changes[.](?P<form>atom|rss)$", feeds.changes, name="changes_feed"),
    re_path("^feeds/builds[.](?P<form>atom|rss)$", feeds.builds, name="builds_feed"),
    re_path("^feeds/alerts[.](?P<form>atom|rss)$", feeds.alerts, name="alerts_feed"),
    path("search/", search_page.search, name="search"),
    path("search/quick/", quick.quick, name="quick_search"),
    path("search/feed.atom", feed.feed, name="search_feed"),
    path("search/custom/", search_page.custom, name="search_custom"),
    path("search/results/", search_page.results, name="search_results"),
    path("search/query/", search_page.custom, name="search_query"),
    path("search/fields/", search_page.fields, name="search_fields"),
    path("documentation/about/", about.about, name="about"),
    path("documentation/datadictionary/", dictionary.dictionary, name="dictionary"),
    path("documentation/datadictionary/<str:kind>/<str:name>", dictionary.field, name="field"),
    path("rawdumps/<str:crash_id_text>.json", downloads.raw_crash, name="raw_crash"),
    path(
        "rawdumps/<str:crash_id_text>/processed.json", downloads.processed, name="processed_crash"
    ),
    path("rawdumps/<str:crash_id_text>/<str:name>.dmp", downloads.dump, name="dump"),
    path("login/", signin.sign_in, name="login"),
    path("logout/", signin.sign_out, name="logout"),
    path("oidc/authenticate/", oidc.begin, name="oidc_authenticate"),
    path("oidc/callback/", oidc.callback, name="oidc_callback"),
    path("profile/", profile.profile, name="profile"),
    path("api/", api.api, name="api"),
    path("api/tokens/", tokens.tokens_page, name="tokens"),
    path("robots.txt", pages.robots, name="robots"),
    path("favicon.ico", pages.favicon, name="favicon"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.failed
