"""Suspicious modules, and installs that crash with modules of two builds: both of nightly scans."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.questions import frankeninstalls, suspicious_modules
from webapp.crashstats.leads import lead
from webapp.frame import cells
from webapp.frame.asked import ask
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links

LISTS = (
    ("missing_symbols", "Missing symbols"),
    ("suspicious_modules", "Suspicious modules"),
    ("frankeninstalls", "Mixed builds"),
)
REASONS = {
    "many_names": "one file under many names",
    "no_certificate": "no certificate",
    "unusual_name": "unusual name",
    "new": "new",
    "one_signature": "one signature",
}


def lists(current: str) -> list[tuple[str, str, bool]]:
    """Return the pages about modules: address, text, whether it is this one."""
    return [(reverse(route), text, route == current) for route, text in LISTS]


def _signature(row: Row, links: Links) -> SafeString | str:
    name = row["signature"]
    if not name:
        return SafeString('<span class="quiet">all signatures</span>')
    return cells.link(name, links.to("signature", signature=name, product=row["product"]))


def _mixed(row: Row, links: Links) -> SafeString:
    module = cells.text(f"{row['filename']} in {row['build_id']}")
    return format_html("{}{}", _signature(row, links), cells.under(row["release_channel"], module))


def _percent(row: Row, _links: Links) -> SafeString:
    interval = f"({row['low']:.1f} to {row['high']:.1f})".replace(" ", "\N{NO-BREAK SPACE}")
    return format_html('{} <span class="quiet">{}</span>', f"{row['percent']:.1f}", interval)


def _owner(row: Row, _links: Links) -> SafeString | str:
    return row["of_build"] or SafeString('<span class="quiet">not seen</span>')


MIXED_PAGE = Page(
    route="frankeninstalls",
    question=frankeninstalls.QUESTION,
    looks=(
        Look("signature", "Signature", _mixed, kind="signature"),
        Look("release_channel", "Channel", folds=True),
        Look("mixed_installs", "Mixed installs", title="With a module of another build"),
        Look("installs", "Installs", folds=True, title="Whose stacks name modules"),
        Look("percent", "Share, % (95 % interval)", _percent, kind="number"),
        Look("build_id", "Build", folds=True, title="That crashed, of its commonest mix"),
        Look("filename", "Module", folds=True, title="Of another build"),
        Look("of_build", "Module's build", _owner, folds=True),
        Look("os_name", "System", folds=True),
    ),
)


def _names(row: Row, links: Links) -> SafeString:
    shown = format_html("<code>{}</code>", cells.text(row["name"]))
    reasons = ", ".join(REASONS.get(one, one) for one in row["reasons"])
    return format_html("{}{}", shown, cells.under(reasons, _top(row, links)))


def _reasons(row: Row, _links: Links) -> str:
    return ", ".join(REASONS.get(one, one) for one in row["reasons"])


def _points(row: Row, _links: Links) -> str:
    return f"{row['points']:.1f}"


def _top(row: Row, links: Links) -> SafeString | str:
    name = row["signature"]
    if not name:
        return ""
    return cells.link(name, links.to("signature", signature=name, product=row["product"]))


SUSPICIOUS_PAGE = Page(
    route="suspicious_modules",
    question=suspicious_modules.QUESTION,
    looks=(
        Look("name", "Module", _names),
        Look("name_count", "Names", folds=True, title="Of this file"),
        Look("points", "Points", _points, title="How many reasons, weighed", kind="number"),
        Look("reasons", "Reasons", _reasons, folds=True),
        Look("installs", "Installs", title="That crash with it on the stack"),
        Look("first_day", "First seen", folds=True),
        Look("signature", "Top signature", _top, folds=True, kind="signature"),
    ),
)


def mixed(request: HttpRequest) -> HttpResponse:
    """List signatures of installs that crash with modules of two builds."""
    content = ask(request, MIXED_PAGE)
    if isinstance(content, HttpResponse):
        return content
    sentence, notes = lead(content.answer.notes, "mixed", "not_counted_yet")
    return content.render(
        request, "crashstats/frankeninstalls.html",
        lead=sentence, notes=notes, lists=lists("frankeninstalls"),
    )  # fmt: skip


def suspicious(request: HttpRequest) -> HttpResponse:
    """List unknown modules that ride along in crashes, most points first."""
    content = ask(request, SUSPICIOUS_PAGE)
    if isinstance(content, HttpResponse):
        return content
    return content.render(
        request, "crashstats/suspicious_modules.html", lists=lists("suspicious_modules"),
    )  # fmt: skip
