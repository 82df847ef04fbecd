"""Crashes whose client names no product: how readers ask for them, and how they are shown."""

from typing import Final

NO_PRODUCT: Final = "(no product)"


def stored(product: str | None) -> str | None:
    """Return the product as reports have it; None stays: no filter."""
    return "" if product == NO_PRODUCT else product


def shown(product: str) -> str:
    """Return the product as it is shown, from how reports have it."""
    return product or NO_PRODUCT
