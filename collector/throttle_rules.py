"""The tables of throttle rules that ship, and how a setting names one.

Of release Firefox, which crashes most, ten percent are processed; the rest is stored and
processed when somebody looks at it. Its crashes of GPU, RDD, socket and utility processes, and
those that the heap checker (PHC) explains, are rare and processed whole. So is everything else. No
shipped rule rejects, and none drops one half of a hang pair: both halves get the same draw
(collector/decision.py).
"""

import importlib
import re

from collector.throttle import Annotations, Rule

_LETTER_IN_VERSION = re.compile(r"\..*[A-Za-z]")  # 13.0a1, 12.0b3, 10.0.2esr, 12.0pre


def sent_by_hand(crash: Annotations) -> bool:
    """Say whether somebody pressed "submit" in about:crashes."""
    return crash.get("Throttleable", "").strip() == "0"


def has_comments(crash: Annotations) -> bool:
    """Say whether the user wrote something."""
    plugin_hang = crash.get("PluginHang", "").strip() == "1" or crash.get("HangID", "").strip()
    comments = crash.get("PluginUserComment", "") if plugin_hang else ""
    return bool(crash.get("Comments", "").strip() or comments.strip())


def has_phc(crash: Annotations) -> bool:
    """Say whether the probabilistic heap checker detected what was wrong: rare, and precise."""
    return any(name.startswith("PHC") and value.strip() for name, value in crash.items())


def from_rare_process(crash: Annotations) -> bool:
    """Say whether a process crashed of which there are few."""
    return crash.get("ProcessType", "").strip().lower() in {"gpu", "rdd", "socket", "utility"}


def from_nightly(crash: Annotations) -> bool:
    """Say whether the channel is nightly or one of its branches (nightly-oak)."""
    return _channel(crash).startswith("nightly")


def from_aurora_beta_esr(crash: Annotations) -> bool:
    """Say whether the channel is one with few users."""
    return _channel(crash) in {"aurora", "beta", "esr"}


def has_letter_in_version(crash: Annotations) -> bool:
    """Say whether the version is an alpha, a beta or the like."""
    return bool(_LETTER_IN_VERSION.search(crash.get("Version", "")))


def is_firefox(crash: Annotations) -> bool:
    """Say whether the product is desktop Firefox."""
    return crash.get("ProductName", "").strip() == "Firefox"


def anything(_crash: Annotations) -> bool:
    """Hold for every crash."""
    return True


DEFAULT = (
    Rule("throttleable_0", sent_by_hand),
    Rule("has_comments", has_comments),
    Rule("is_nightly", from_nightly),
    Rule("is_aurora_beta_esr", from_aurora_beta_esr),
    Rule("has_letter_in_version", has_letter_in_version),
    Rule("has_phc", has_phc),
    Rule("is_rare_process", from_rare_process),
    Rule("is_firefox_release", is_firefox, rate=0.1),
    Rule("accept_everything", anything),
)

ACCEPT_ALL = (Rule("accept_everything", anything),)

SHIPPED = {"default": DEFAULT, "accept_all": ACCEPT_ALL}


def find_table(name: str) -> tuple[Rule, ...]:
    """Return the table called *name*: a shipped one, or package.module.NAME.

    Raises ValueError when there is none, or it is not a table.
    """
    if name in SHIPPED:
        return SHIPPED[name]
    module, _, attribute = name.rpartition(".")
    try:
        table = tuple(getattr(importlib.import_module(module), attribute))
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise ValueError(f"rules {name!r}: {error}") from None
    if not all(isinstance(rule, Rule) for rule in table):
        raise ValueError(f"rules {name!r}: not a sequence of rules")
    names = [rule.name for rule in table]
    if len(set(names)) != len(names):
        raise ValueError(f"rules {name!r}: two rules have the same name")
    return table


def _channel(crash: Annotations) -> str:
    return crash.get("ReleaseChannel", "").strip().lower()
