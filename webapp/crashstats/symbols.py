"""The modules whose missing symbols affect most crashes, and the command that adds them."""

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.questions import missing_symbols
from webapp.crashstats import module_lists
from webapp.crashstats.leads import lead
from webapp.frame import cells
from webapp.frame.asked import ask
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links


def _module(row: Row, _links: Links) -> SafeString:
    names = dict.fromkeys((row["debug_file"], row["filename"]))
    shown = cells.text(" ".join(name for name in (*names, row["version"]) if name))
    return format_html(
        "{}{}", shown, cells.under(_mono(_halved(row["debug_id"])), _mono(row["fix"]))
    )


def _halved(debug_id: str) -> SafeString:
    """Write a debug id, 33 characters, so that it wraps in its middle."""
    return format_html("{}<wbr>{}", cells.text(debug_id[:16]), cells.text(debug_id[16:]))


def _id(row: Row, _links: Links) -> SafeString:
    return _halved(row["debug_id"])


def _mono(text: str) -> SafeString:
    shown = text if isinstance(text, SafeString) else cells.text(text)
    return format_html("<code>{}</code>", shown)


def _origin(row: Row, _links: Links) -> SafeString | str:
    if row["is_system"]:
        return "system"
    return SafeString('<span class="quiet">own, or another program\'s</span>')


PAGE = Page(
    route="missing_symbols",
    question=missing_symbols.QUESTION,
    looks=(
        Look("debug_file", "Module", _module),
        Look("naming_count", "Signatures affected", title="Crashes whose signature names it"),
        Look("crash_count", "Crashes affected", folds=True, title="With it on their stack"),
        Look("is_system", "Library of", _origin, folds=True, title="By its name"),
        Look("debug_id", "Debug id", _id, folds=True, kind="mono"),
        Look("last_submitted", "Last crash", folds=True),
        Look("fix", "How to fix", folds=True, kind="mono"),
    ),
)


def missing(request: HttpRequest) -> HttpResponse:
    """Rank modules without symbols by the crashes that they affect."""
    content = ask(request, PAGE)
    if isinstance(content, HttpResponse):
        return content
    sentence, notes = lead(content.answer.notes, "affected", "nothing_matches")
    return content.render(
        request, "crashstats/missing_symbols.html",
        lead=sentence, notes=notes, lists=module_lists.lists("missing_symbols"),
    )  # fmt: skip
