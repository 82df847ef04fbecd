"""Builds in a release tree, by its pages: https://archive.mozilla.org/pub/ and its like.

    <folder>/candidates/141.0b3-candidates/build2/linux-x86_64_info.txt     buildID=20260610…
    <folder>/nightly/141.0b3-candidates/…                                   (there until 2013)
    <folder>/nightly/2026/11/2026-11-23-03-11-53-mozilla-central/
        firefox-142.0a1.en-US.linux-x86_64.txt                build id, and where the source is

A page is the list of a folder that a web server makes: links. Of candidates, the newest build of
each of the newest versions of a channel is read; of nightlies, those since the last run.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from cron.builds import BadBuild, Build, Product, make_build, parse_version
from cron.fetch import Fetcher, SourceFailed, SourceMissing
from socorro.fetch import shown

_THREADS: Final = 4
_CANDIDATES: Final = re.compile(r"(\d[\w.]{0,30})-candidates/")
_BUILD: Final = re.compile(r"build(\d{1,4})/")
_INFO: Final = re.compile(r"([\w.-]{1,60})_info\.txt")
_NIGHTLY: Final = re.compile(r"(\d{4}-\d\d-\d\d)-(?:\d\d-){0,3}([\w.-]{1,80})/")
_NIGHTLY_FILE: Final = re.compile(
    r"[\w-]{1,40}?-(\d[\w.]{0,30}?)\.(?:en-US|multi)\.([\w.-]{1,60})\.txt"
)
_MOST_LINKS: Final = 100_000  # of one page


@dataclass
class TreeBuilds:
    """Builds of the tree, the files they were read from, and notes about unusable files."""

    builds: list[Build] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TreeQuery:
    """What to read from a tree; *read_before* returns which of some files were read earlier."""

    tree: str
    versions: int
    since: date
    today: date
    read_before: Callable[[list[str]], set[str]]


@dataclass(frozen=True)
class _File:
    """A file that has a build id, and what its path says about the build."""

    url: str
    version: str
    channel: str
    platform: str
    repository: str


def find_builds(fetcher: Fetcher, query: TreeQuery, product: Product) -> TreeBuilds | None:
    """Return the new builds of a product; None when it has no folder. Raises SourceFailed."""
    folder = urljoin(f"{query.tree.rstrip('/')}/", f"{product.release_folder}/")
    try:
        below = set(_links(fetcher, folder))
    except SourceMissing:
        return None
    if not below & {"candidates/", "nightly/"}:
        raise SourceFailed(f"{shown(folder)} lists neither candidates nor nightly")
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            files = [*_candidates(fetcher, query, folder, below, pool)]
            if "nightly/" in below:
                files += _nightlies(fetcher, query, f"{folder}nightly/", pool)
            old = query.read_before([file.url for file in files])
            return _read(fetcher, product, [file for file in files if file.url not in old], pool)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _candidates(
    fetcher: Fetcher, query: TreeQuery, folder: str, below: set[str], pool: ThreadPoolExecutor
) -> Iterator[_File]:
    """Yield the files of the newest build of each of the newest versions."""
    folders = {}
    for parent in ("nightly/", "candidates/"):
        for name in _links(fetcher, folder + parent) if parent in below else ():
            match = _CANDIDATES.fullmatch(name)
            if match and _is_version(match[1]):
                folders[match[1]] = folder + parent + name
    newest = _newest(folders, query.versions)

    def files(version: str) -> list[_File]:
        return list(_files_of_version(fetcher, version, folders[version]))

    for files_of_version in pool.map(files, newest):
        yield from files_of_version


def _files_of_version(fetcher: Fetcher, version: str, folder: str) -> Iterator[_File]:
    builds = [(int(match[1]), match[0]) for match in _matches(_BUILD, _links(fetcher, folder))]
    if not builds:
        return
    newest = folder + max(builds)[1]
    number, channel = version.removesuffix("esr"), parse_version(version).channel
    repository = {
        "beta": "mozilla-beta",
        "esr": f"mozilla-esr{number.partition('.')[0]}",
    }.get(channel, "mozilla-release")
    for info in _matches(_INFO, _links(fetcher, newest)):
        yield _File(newest + info[0], version, channel, info[1], repository)


def _nightlies(
    fetcher: Fetcher, query: TreeQuery, nightly: str, pool: ThreadPoolExecutor
) -> Iterator[_File]:
    """Yield the files of the nightlies of the days from *since* on."""
    folders = [
        (month + match[0], match[2])
        for month in _months(nightly, query.since, query.today)
        for match in _matches(_NIGHTLY, _links_or_none(fetcher, month))
        if match[1] >= str(query.since) and not match[2].endswith("-debug")
    ]

    def files(folder: tuple[str, str]) -> list[_File]:
        url, repository = folder
        return [
            _File(url + match[0], match[1], "", match[2], repository)
            for match in _matches(_NIGHTLY_FILE, _links_or_none(fetcher, url))
            if re.search(r"a[12]$", match[1])
        ]

    for files_of_folder in pool.map(files, folders):
        yield from files_of_folder


def _months(nightly: str, since: date, today: date) -> Iterator[str]:
    day = since.replace(day=1)
    while day <= today:
        yield f"{nightly}{day:%Y/%m}/"
        day = (day + timedelta(days=32)).replace(day=1)


def _read(
    fetcher: Fetcher, product: Product, files: list[_File], pool: ThreadPoolExecutor
) -> TreeBuilds:
    """Read build ids from files; a file without one is noted, and read again by the next run."""
    tree = TreeBuilds()

    def text(file: _File) -> str | None:
        try:
            return fetcher.text(file.url)
        except SourceMissing:
            return None  # it was moved since its folder was listed

    for file, content in zip(files, pool.map(text, files), strict=True):
        if content is None:
            continue
        try:
            build = make_build(
                product.product, file.version, _build_id(content), file.channel, file.platform,
                file.repository,
            )  # fmt: skip
        except BadBuild as error:
            tree.notes.append(f"{urlsplit(file.url).path[:200]}: {error}")
            continue
        tree.builds.append(build)
        tree.files.append(file.url)
    return tree


def _build_id(text: str) -> str:
    """Return the build id in a file: `buildID=…` on a line of its own, else its first word."""
    named = re.search(r"^\s*buildid\s*=\s*(\d+)\s*$", text[:10_000], re.IGNORECASE | re.MULTILINE)
    first = text[:100].split(maxsplit=1)
    return named[1] if named else (first[0] if first else "")


def _is_version(text: str) -> bool:
    try:
        parse_version(text)
    except BadBuild:
        return False
    return True


def _newest(versions: Iterable[str], most: int) -> list[str]:
    """Return the *most* newest versions of each channel: a current ESR is older than many betas."""
    by_channel: dict[str, list[str]] = {}
    for version in sorted(versions, key=_newness, reverse=True):
        by_channel.setdefault(parse_version(version).channel, []).append(version)
    return [version for versions in by_channel.values() for version in versions[:most]]


def _newness(version: str) -> tuple[list[int], int]:
    parsed = parse_version(version)
    numbers = [int(number) for number in re.findall(r"\d+", parsed.version)]
    return numbers, parsed.beta_number or 1000


def _matches(pattern: re.Pattern[str], names: Iterable[str]) -> Iterator[re.Match[str]]:
    for name in names:
        if match := pattern.fullmatch(name):
            yield match


def _links_or_none(fetcher: Fetcher, url: str) -> list[str]:
    try:
        return _links(fetcher, url)
    except SourceMissing:
        return []


def _links(fetcher: Fetcher, url: str) -> list[str]:
    """Return the names in the folder at *url*; those of folders end in a slash."""
    page = _Page()
    page.feed(fetcher.text(url))
    base = urlsplit(url)
    names = []
    for link in page.links:
        try:
            to = urlsplit(urljoin(url, link))
        except ValueError:
            continue
        name = to.path.removeprefix(base.path)
        below = to.netloc == base.netloc and to.path.startswith(base.path)
        if below and name.rstrip("/") and "/" not in name.rstrip("/") and not to.query:
            names.append(unquote(name))
    return list(dict.fromkeys(names))


class _Page(HTMLParser):
    """Gathers the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the target of an <a>."""
        if tag == "a" and len(self.links) < _MOST_LINKS:
            self.links += [value for name, value in attrs if name == "href" and value]
