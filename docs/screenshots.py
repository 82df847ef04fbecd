"""Takes the pictures of the README: `make screenshots`, from a running line with sample data.

    .venv/bin/python docs/screenshots.py http://127.0.0.1:8884

The first screen of each page, in Chromium, light and dark, into docs/pictures. The signature is the
first of the top crashers that names a function, the report the first that its page leads to.
"""

import os
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from playwright.sync_api import Page, ViewportSize, sync_playwright

FOLDER: Final = Path(__file__).parent / "pictures"
SIZE: Final[ViewportSize] = {"width": 1120, "height": 680}  # pixels
LARGEST: Final = 150_000  # bytes of a picture
SCHEMES: Final = ("light", "dark")
FIRST_SIGNATURE: Final = "main table a[href*='/signature/?'][href*='%3A%3A']"
FIRST_REPORT: Final = "main a[href*='/report/index/']"


def main(site: str) -> None:
    """Take all pictures. Ends with a message where the line has no data or a picture is large."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        page = browser.new_page(viewport=SIZE)
        for name, address in addresses(page, site).items():
            for scheme in SCHEMES:
                _take(page, address, scheme, FOLDER / f"{name}-{scheme}.png")
        browser.close()


def addresses(page: Page, site: str) -> dict[str, str]:
    """Return the pages to show, by name."""
    top = urljoin(site, "/topcrashers/?product=Firefox")
    signature = _first(page, top, FIRST_SIGNATURE)
    return {
        "overview": urljoin(site, "/home/product/Firefox"),
        "top-crashers": top,
        "signature": signature,
        "report": _first(page, signature, FIRST_REPORT),
        "changes": urljoin(site, "/changes/?product=Firefox"),
    }


def _first(page: Page, address: str, link: str) -> str:
    """Return where the first such link on a page leads to."""
    page.goto(address)
    links = page.locator(link).all()
    href = links[0].get_attribute("href") if links else None
    if not href:
        raise SystemExit(f"{address} has no {link}: is there sample data? (docs/fakedata.md)")
    return urljoin(address, href)


def _take(page: Page, address: str, scheme: str, path: Path) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    answer = page.goto(address, wait_until="networkidle")
    if answer is None or answer.status != 200:
        raise SystemExit(f"{address} answered {answer and answer.status}")
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.relative_to(FOLDER.parent)}  {size:,} bytes  {address}")
    if size > LARGEST:
        raise SystemExit(f"{path} is larger than {LARGEST:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8884")
