"""Names, sentences, addresses that nobody bears: invented, under reserved domains (RFC 2606)."""

from collections.abc import Iterator
from random import Random
from typing import Final

_SPACES: Final = (
    "quill", "garnet", "lantern", "orchard", "pebble", "harbor", "tundra", "saffron", "cobble",
    "meridian", "thicket", "ember", "willow", "basalt", "juniper", "sparrow", "anchor", "velvet",
    "cinder", "marble", "drift", "hazel", "copper", "bramble", "fathom", "ginger", "nimbus",
)  # fmt: skip
_NOUNS: Final = (
    "Layout", "Frame", "Glyph", "Cache", "Channel", "Cookie", "Tile", "Surface", "Timer", "Socket",
    "Script", "Parser", "Widget", "History", "Profile", "Font", "Canvas", "Decoder", "Shader",
    "Storage", "Worker", "Style", "Scroll", "Stream", "Arena", "Compositor", "Plugin", "Observer",
)  # fmt: skip
_KINDS: Final = (
    "Box", "Table", "Pool", "Queue", "Tree", "Builder", "Proxy", "Visitor", "Host", "Context",
    "Service", "Child", "Parent", "Entry", "Ring", "Map", "Walker", "Bridge",
)  # fmt: skip
_VERBS: Final = (
    "Reflow", "Release", "Lookup", "Flush", "Append", "Resolve", "Paint", "Decode", "Notify",
    "Insert", "Shrink", "Traverse", "Commit", "Attach", "Detach", "Rebuild", "Schedule", "Merge",
    "Sweep", "Acquire", "Unlink", "Dispatch", "Measure", "Seek",
)  # fmt: skip
_OBJECTS: Final = (
    "", "Child", "Next", "All", "Pending", "Buffer", "Range", "Rule", "Node", "Line", "Slot",
    "Header", "Entry", "Listener", "Page", "Task",
)  # fmt: skip
_OPENINGS: Final = (
    "I was reading", "I only opened", "It happened while I printed", "I closed a tab with",
    "I was scrolling through", "Second time today with", "I wanted to save", "Nothing but",
)  # fmt: skip
_OBJECTS_OF_TALK: Final = (
    "the weather page", "a long table", "my photos", "two videos at once", "the timetable",
    "a map", "an old letter", "the lantern game", "a recipe", "the news of the village",
)  # fmt: skip
_ENDS: Final = (
    "and then it was gone.", "when everything went grey.", "and the window closed by itself.",
    "after the machine woke up.", "please have a look", "and now it does so every time!",
    "\nI can repeat it:\n1. open\n2. wait", "with\ttwo\ttabs open", "\r\nThank you",
    "- says \"not responding\"", "für eine Minute, dann Schluss", "C:\\Temp is full, maybe?",
)  # fmt: skip
_HOSTILE: Final = (
    '=HYPERLINK("https://trap.example/","read me")', "+1 same here", "-2+3", "@all please fix",
    "\t=1+1", "\\N", '"=1+1', "   =SUM(1)", "x" * 2000,
)  # fmt: skip
_FIRST_NAMES: Final = (
    "ada",
    "bela",
    "cleo",
    "dov",
    "enno",
    "fritzi",
    "gus",
    "hedda",
    "ivo",
    "jule",
)
_LAST_NAMES: Final = ("acker", "birke", "carve", "dorn", "eiche", "farn", "gerst", "holm", "imker")
_TOPS: Final = ("example", "example", "example.com", "example.org", "example.net")
_PATHS: Final = (
    "", "index", "play/level", "news/today", "mail/inbox", "maps/here", "forum/thread", "shop/cart",
    "watch", "photo/album", "search", "account/settings",
)  # fmt: skip
_STRANGE: Final = (
    "about:blank", "about:config", "file:///C:/Users/somebody/letter.html", "chrome://browser/content/",
    "https://somebody@private.example/", "http://localhost/", "jar:https://old.example/a.jar!/b",
    "https://intranet/", "wyciwyg://0/https://stale.example/",
)  # fmt: skip


def functions(rng: Random) -> Iterator[str]:
    """Yield names of functions, each once, for ever."""
    seen = set()
    number = 1
    while True:
        name = (
            f"{rng.choice(_SPACES)}::{rng.choice(_NOUNS)}{rng.choice(_KINDS)}::"
            f"{rng.choice(_VERBS)}{rng.choice(_OBJECTS)}"
        )
        if name in seen:
            number += 1
            name = f"{name}<T{number}>"
        seen.add(name)
        yield name


def source_file(rng: Random) -> str:
    """Return the path of a source file."""
    return f"{rng.choice(_SPACES)}/{rng.choice(_NOUNS).lower()}/{rng.choice(_KINDS)}.cpp"


def file_name(rng: Random, letters: int = 8) -> str:
    """Return a name as malware gives itself: letters by chance."""
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=letters))


def word(rng: Random) -> str:
    """Return one word."""
    return rng.choice(_SPACES)


def domains(rng: Random, count: int) -> list[str]:
    """Return host names under reserved domains, the busiest first."""
    names: dict[str, None] = {}
    while len(names) < count:
        sub = rng.choice(("www.", "", "m.", "play.", ""))
        names[f"{sub}{rng.choice(_SPACES)}-{rng.choice(_VERBS).lower()}.{rng.choice(_TOPS)}"] = None
    return list(names)


def address_of(rng: Random, domain: str) -> str:
    """Return a page of a domain; what comes after the path tells one visitor from others."""
    path = rng.choice(_PATHS)
    tail = rng.choice(("", "", f"?id={rng.randrange(10**6)}", f"#part{rng.randrange(9)}"))
    return f"https://{domain}/{path}{tail}"


def addresses(rng: Random, hosts: list[str], count: int) -> list[str]:
    """Return pages, as often as they are visited; some that no list of domains may show."""
    weights = [1 / (rank + 3) for rank in range(len(hosts))]
    urls = [address_of(rng, host) for host in rng.choices(hosts, weights, k=count)]
    return [rng.choice(_STRANGE) if rng.random() < 0.04 else url for url in urls]


def comments(rng: Random, count: int) -> list[str]:
    """Return what users write: several lines, tabs, quotes, and what a spreadsheet would run."""
    texts = [
        f"{rng.choice(_OPENINGS)} {rng.choice(_OBJECTS_OF_TALK)} {rng.choice(_ENDS)}"
        for _ in range(count)
    ]
    return [*texts, *_HOSTILE]


def email(rng: Random) -> str:
    """Return an e-mail address that leads nowhere."""
    return f"{rng.choice(_FIRST_NAMES)}.{rng.choice(_LAST_NAMES)}@{rng.choice(_TOPS[2:])}"
