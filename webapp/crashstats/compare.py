"""Compare: what is in B and not in A? Versions, builds of a day and channels, side by side."""

from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.questions.compare import NULL, QUESTION, SIGNATURE
from socorro.questions.words import three_digits
from webapp import charts
from webapp.crashstats.leads import lead
from webapp.frame import cells
from webapp.frame.asked import Content, ask
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links

BARS: Final = 15
DECIMALS: Final = 3
RATES: Final = ("old_rate", "new_rate")
WORDS: Final = {
    SIGNATURE: "Signatures",
    NULL: "Null signatures",
    "flash": "Flash versions",
    "build": "Builds of null signatures",
    "module": "Modules of null signatures",
    "os": "Systems of null signatures",
    "reason": "Reasons of null signatures",
}


class Choice(NamedTuple):
    """A link to another comparison."""

    text: str
    address: str
    is_current: bool


def _of(links: Links) -> str:
    return links.value("of") or SIGNATURE


def _name(row: Row, links: Links) -> SafeString:
    address = _address(row, links)
    shown = cells.link(row["name"], address) if address else cells.text(row["name"])
    rates = " to ".join(cells.number(row[name], DECIMALS) or "?" for name in RATES)
    counts = f"{row['old_count']:,} and {row['new_count']:,} crashes"
    return format_html("{}{}", shown, cells.under(rates, _ratio(row, links), counts))


def _address(row: Row, links: Links) -> str:
    if _of(links) not in (SIGNATURE, NULL):
        return ""
    return links.to("signature", signature=row["name"], channel=None, version=None)


def _difference(row: Row, _links: Links) -> SafeString:
    more_is = "worse" if _is_clear(row) else ""
    return cells.change(row["difference"], decimals=DECIMALS, more_is=more_is)


def _is_clear(row: Row) -> bool:
    """Say whether it is no chance, which colours say: the interval is on one side of 1."""
    low, high = row["low"], row["high"]
    return low is not None and (low > 1 or (high is not None and high < 1))


def _rate(name: str) -> Any:
    def rate(row: Row, _links: Links) -> str:
        return cells.number(row[name], DECIMALS)

    return rate


def _ratio(row: Row, _links: Links) -> SafeString | str:
    return cells.ratio(row["ratio"], row["low"], row["high"])


PAGE = Page(
    route="compare",
    question=QUESTION,
    looks=(
        Look("name", "Name", _name, kind="signature"),
        Look(
            "old_rate",
            "Rate A",
            _rate("old_rate"),
            folds=True,
            title="Crashes per 1,000 ADI and day in A",
        ),
        Look(
            "new_rate",
            "Rate B",
            _rate("new_rate"),
            folds=True,
            title="Crashes per 1,000 ADI and day in B",
        ),
        Look("difference", "Change", _difference, title="Rate of B minus rate of A"),
        Look("ratio", "Ratio (99 % interval)", _ratio, folds=True, kind="number"),
        Look("old_count", "Crashes A", folds=True, title="Processed crashes of A"),
        Look("new_count", "Crashes B", folds=True, title="Processed crashes of B"),
    ),
    defaults={"limit": "50"},
)


def compare(request: HttpRequest) -> HttpResponse:
    """Compare two sides; without names the newest beta with the one before it."""
    content = ask(request, PAGE)
    if isinstance(content, HttpResponse):
        return content
    sentence, notes = lead(content.answer.notes, "null_share", "comparison")
    about, kind = content.answer.about, _of(content.links)
    return content.render(
        request,
        "crashstats/compare.html",
        lead=sentence,
        notes=notes,
        a=about.get("a") or content.links.value("a"),
        b=about.get("b") or content.links.value("b"),
        of=kind,
        kinds=[
            Choice(text, content.links.here(of=None if name == SIGNATURE else name, offset=None),
                   name == kind)
            for name, text in WORDS.items()
        ],
        presets=_presets(content),
        chart=chart(content),
        hidden=content.links.fields("a", "b", "offset", "format", "order"),
    )  # fmt: skip


def chart(content: Content) -> charts.Differences | None:
    """Draw the largest differences, up or down; None where no side has a rate."""
    with_rates = [row for row in content.rows if row["difference"] is not None]
    largest = sorted(with_rates, key=lambda row: -abs(row["difference"]))[:BARS]
    if not largest:
        return None
    rows = [
        charts.Difference(
            row["name"],
            row["difference"],
            text=_signed(row["difference"]),
            url=_address(row, content.links),
            is_clear=_is_clear(row),
        )
        for row in largest
    ]
    grey = "" if all(row.is_clear for row in rows) else " (grey: may be chance)"
    name = f"Largest differences, B minus A{grey}"
    return charts.differences("differences", name, "Crashes per 1,000 ADI and day", rows)


def _signed(value: float) -> str:
    """Write a difference with its sign, and with a minus that is as wide as the plus."""
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{three_digits(abs(value))}"


def _presets(content: Content) -> list[Choice]:
    """Return comparisons that people need often."""
    product = content.product or None
    presets = [
        ("Null signatures of two betas", {"of": NULL}),
        ("Flash versions of two betas", {"of": "flash"}),
        ("Release and beta", {"a": "release", "b": "beta"}),
        ("Beta and nightly", {"a": "beta", "b": "nightly"}),
    ]
    cleared = dict.fromkeys(("version", "channel", "days", "from", "to"))
    return [
        Choice(text, content.links.to("compare", product=product, **{**cleared, **names}), False)
        for text, names in presets
    ]
