"""Addresses of 2012 and parameters of today's top crashers lead on by 301."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from socorro.serving.health import WsgiApp
from tests.wsgi import ask
from webapp.crashstats import old_addresses

SUCCESSORS = [
    ("/products/Firefox", "/home/product/Firefox"),
    ("/products/Firefox/versions/10.0", "/home/product/Firefox?version=10.0"),
    ("/products/Firefox/builds", "/builds/?product=Firefox"),
    ("/products/Firefox/versions/12.0a1/builds", "/builds/?product=Firefox&version=12.0a1"),
    ("/products/Firefox/builds.rss", "/feeds/builds.rss?product=Firefox"),
    ("/products/Firefox/topchangers", "/topcrashers/?product=Firefox&sort=change"),
    ("/products/Firefox/versions/10.0/topchangers.csv",
     "/topcrashers/?product=Firefox&version=10.0&sort=change&format=csv"),
    ("/products/Firefox/topchangers.rss", "/feeds/changes.rss?product=Firefox"),
    ("/home/products/Firefox", "/home/product/Firefox"),
    ("/home/products/Firefox/versions/10.0;11.0a2",
     "/home/product/Firefox?version=10.0&version=11.0a2"),
    ("/home/products/Fire fox", "/home/product/Fire%20fox"),
    ("/topcrasher/byversion/Firefox/10.0/14/plugin",
     "/topcrashers/?product=Firefox&version=10.0&days=14&type=plugin"),
    ("/topcrasher/byversion/Firefox/10.0/14/all",
     "/topcrashers/?product=Firefox&version=10.0&days=14"),
    ("/topcrasher/byos/Firefox/10.0/Windows/7/browser",
     "/topcrashers/?product=Firefox&version=10.0&os=win&days=7&type=browser"),
    ("/topcrasher/products/Firefox/versions/10.0/date_range_type/build/crash_type/browser"
     "/os_name/Mac OS X/result_count/300",
     "/topcrashers/?product=Firefox&version=10.0&by=build&type=browser&os=mac&limit=300"),
    ("/topcrasher/byurl/Firefox/10.0", "/sites/?product=Firefox&version=10.0&group=url"),
    ("/topcrasher/bydomain/Firefox/10.0", "/sites/?product=Firefox&version=10.0"),
    ("/topchangers/products/Firefox/versions/10.0",
     "/topcrashers/?product=Firefox&version=10.0&sort=change"),
    ("/hangreport/byversion/Firefox/10.0", "/hangs/?product=Firefox&version=10.0"),
    ("/hangreport/products/Firefox/versions/10.0", "/hangs/?product=Firefox&version=10.0"),
    ("/daily?p=Firefox&v[]=10.0&v[]=11.0&hang_type=any",
     "/home/product/Firefox?version=10.0&version=11.0"),
    ("/crash_trends/products/Firefox/versions/12.0a1", "/builds/?product=Firefox&version=12.0a1"),
    ("/builds/products/Firefox", "/builds/?product=Firefox"),
    ("/explosive/products/Firefox", "/changes/?product=Firefox"),
    ("/report/list?signature=a|b&range_value=2&range_unit=weeks&product=Firefox"
     "&version=Firefox:10.0",
     "/signature/?signature=a|b&product=Firefox&version=10.0&days=14"),
    ("/report/pending/bp-1", "/report/index/bp-1"),
    ("/query/query?product=Firefox&version=ALL:ALL&range_value=1&range_unit=weeks"
     "&date=11/22/2012 10:00:00&query_type=starts_with&query=js::&reason=SIGSEGV&do_query=1",
     "/search/?signature=^js::&reason=~SIGSEGV&product=Firefox&date=>=2012-11-15"
     "&date=<2012-11-23"),
    ("/status/revision", "/status/"),
    ("/monitoring/cron/", "/status/"),
    ("/crontabber-state/", "/status/"),
    ("/products_list/", "/"),
    ("/your-crashes/", "/profile/"),
    ("/dumps/1.jsonz", "/rawdumps/1/processed.json"),
]  # fmt: skip
NOWHERE = ["/", "/wp-login.php", "/topcrashes/", "/report/", "/" + "a/" * 50]


def split(address: str) -> tuple[str, list[tuple[str, str]]]:
    url = urlsplit(address)
    return url.path, sorted(parse_qsl(url.query))


@pytest.fixture
def every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_addresses, "resolve", lambda _path: None)


@pytest.mark.parametrize(("old", "new"), SUCCESSORS)
def test_an_old_address_leads_to_its_successor(every_page: None, old: str, new: str) -> None:
    path, _, query = old.partition("?")
    address = old_addresses.successor(unquote(path), parse_qsl(query))

    assert address is not None
    assert split(address) == split(new)


@pytest.mark.parametrize("path", NOWHERE)
def test_other_addresses_stay_unknown(every_page: None, path: str) -> None:
    assert old_addresses.successor(path, []) is None


def test_an_old_address_is_answered_with_301_and_unknown_ones_with_404(app: WsgiApp) -> None:
    old = ask(app, "/hangreport/byversion/Firefox/10.0")
    hostile = ask(app, "/hangreport/byversion/a\r\nX-Evil: y/<script>")

    assert old.status == 301
    assert old.headers["Location"] == "/hangs/?product=Firefox&version=10.0"
    assert hostile.headers["Location"] == "/hangs/?product=a%0D%0AX-Evil%3A+y&version=%3Cscript%3E"
    assert ask(app, "/products/a/b/c/d/e/f").status == 301
    assert ask(app, "/nothing/of/the/kind").status == 404


def test_only_what_exists_is_a_successor(app: WsgiApp) -> None:
    assert old_addresses._existing("/no/such/page/", []) is None
    assert old_addresses._existing("/hangs/", []) == "/hangs/"
