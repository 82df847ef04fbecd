"""Which page is where."""

from django.urls import path

from webapp.crashstats import dictionary, errors, home, pages, report, search, symbols

urlpatterns = [
    path("", home.home, name="home"),
    path("report/index/<str:given>", report.report, name="report"),
    path("report/index/<str:given>/", report.report, name="report_slash"),
    path("signature/", search.signature, name="signature"),
    path("symbols/missing/", symbols.missing, name="missing_symbols"),
    path("search/quick/", search.quick, name="quick_search"),
    path("documentation/datadictionary/", dictionary.dictionary, name="dictionary"),
    path("documentation/datadictionary/<str:kind>/<str:name>", dictionary.field, name="field"),
    path("robots.txt", pages.robots, name="robots"),
    path("favicon.ico", pages.favicon, name="favicon"),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.failed
