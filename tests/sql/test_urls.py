"""URLs without what is private in them."""

from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.postgres import Database, rows

FILE = "local_file_detected_BLOCKED"
USER = "username_detected_BLOCKED"
NOT_HTTP = "non_http_url_detected_BLOCKED"
NO_DOMAIN = "invalid_domain_detected_BLOCKED"

PAGES = [  # what a client sends, what is kept of it, its domain
    ("http://example.com", "http://example.com", "example.com"),
    ("http://example.com/", "http://example.com", "example.com"),
    ("https://example.com/a/b/", "https://example.com/a/b", "example.com"),
    ("https://example.com/a//", "https://example.com/a", "example.com"),
    ("http://example.com/a?q=joe", "http://example.com/a", "example.com"),
    ("http://example.com/a/?q=joe", "http://example.com/a", "example.com"),
    ("http://example.com/a&b=c", "http://example.com/a", "example.com"),
    ("http://example.com/a=b", "http://example.com/a", "example.com"),
    ("http://example.com/a;jsessionid=4F", "http://example.com/a", "example.com"),
    ("http://example.com/a#joe", "http://example.com/a", "example.com"),
    ("http://example.com?q=joe@example.com", "http://example.com", "example.com"),
    ("HTTP://WWW.Example.COM/Path", "http://www.example.com/Path", "www.example.com"),
    ("http://example.com:8080/a", "http://example.com:8080/a", "example.com"),
    ("http://example.com:80/a", "http://example.com/a", "example.com"),
    ("https://example.com:443", "https://example.com", "example.com"),
    ("http://example.com./a", "http://example.com/a", "example.com"),
    ("http:/example.com/a", "http://example.com/a", "example.com"),
    ("http:////example.com/a", "http://example.com/a", "example.com"),
    ("http://192.0.2.7/a", "http://192.0.2.7/a", "192.0.2.7"),
    ("http://bücher.example/a", "http://bücher.example/a", "bücher.example"),
    ("https://video.example/@channel/1", "https://video.example/@channel/1", "video.example"),
    (" \thttp://exam\nple.com/a ", "http://example.com/a", "example.com"),
    ("chrome://browser/content/x.xul?a", "chrome://browser/content/x.xul", "chrome://browser"),
    ("CHROME://browser/", "chrome://browser", "chrome://browser"),
    ("chrome:///", NOT_HTTP, NOT_HTTP),
    ("chrome://?x", NOT_HTTP, NOT_HTTP),
    ("file:///home/joe/letter.html", FILE, FILE),
    ("FILE:///C:/joe", FILE, FILE),
    ("filesystem:http://example.com/a", FILE, FILE),
    ("http://joe@example.com/", USER, USER),
    ("http://joe:secret@example.com/", USER, USER),
    ("http://joe.smith:pa;ss?@example.com/", NO_DOMAIN, NO_DOMAIN),
    ("http://joe.smith:pa;ss@example.com/", USER, USER),
    ("http://example.com@joe.example/", USER, USER),
    ("http://example.com/unsubscribe/joe@example.com", USER, USER),
    ("http://example.com/unsubscribe/joe%40example.com", USER, USER),
    ("javascript:alert(1)", NOT_HTTP, NOT_HTTP),
    ("data:text/html,joe", NOT_HTTP, NOT_HTTP),
    ("ftp://example.com/a", NOT_HTTP, NOT_HTTP),
    ("moz-extension://0b1c/page.html", NOT_HTTP, NOT_HTTP),
    ("view-source:http://example.com/", NOT_HTTP, NOT_HTTP),
    ("C:\\Users\\joe\\a.html", NOT_HTTP, NOT_HTTP),
    ("www.example.com", NOT_HTTP, NOT_HTTP),
    ("http://", NO_DOMAIN, NO_DOMAIN),
    ("http://localhost/a", NO_DOMAIN, NO_DOMAIN),
    ("http://joes-computer:8080/a", NO_DOMAIN, NO_DOMAIN),
    ("http://[::1]/a", NO_DOMAIN, NO_DOMAIN),
    ("http://joe%40example.com/", NO_DOMAIN, NO_DOMAIN),
    ("http://.com/", NO_DOMAIN, NO_DOMAIN),
    ("about:blank", None, None),
    ("About:config?filter=joe", None, None),
    ("", None, None),
    (" \n", None, None),
    (None, None, None),
]


class Cleaned(NamedTuple):
    url: str | None
    domain: str | None


def cleaned(database: Database, url: str | None) -> Cleaned:
    with database.transaction() as db:
        statement = "SELECT clean_url(%(url)s), url_domain(clean_url(%(url)s))"
        [row] = rows(db, statement, Cleaned, url=url)
    return row


def test_a_url_is_cut_to_its_page_or_blocked(database: Database) -> None:
    pages = {url: tuple(cleaned(database, url)) for url, _, _ in PAGES}

    assert pages == {url: (page, domain) for url, page, domain in PAGES}


PIECES = st.sampled_from(
    ["http", "https", "file", "chrome", ":", "/", "//", "://", "joe", "example", ".com", ".", "@",
     "%40", "?", "&", "=", ";", "#", "\\", ":80", ":8", " ", "\n", "é", "🐄"]
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(url=st.lists(PIECES, max_size=14).map("".join))
def test_what_is_kept_holds_no_query_no_user_and_is_clean_already(
    database: Database, url: str
) -> None:
    page, domain = cleaned(database, url)

    if page is not None and not page.endswith("_BLOCKED"):
        assert not set(page) & set("?&=;# \n")
        assert page == page.rstrip("/")
        assert tuple(cleaned(database, page)) == (page, domain)
        assert page.startswith("chrome://") or "@" not in page.split("/")[2]


def test_a_url_that_never_ends_is_cut(database: Database) -> None:
    page, domain = cleaned(database, "http://example.com/" + "é" * 3000)

    assert page is not None
    assert (len(page), domain) == (500, "example.com")
