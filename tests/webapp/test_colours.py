"""Colours of the style sheet: text in tables has enough contrast for tired eyes."""

import re

import pytest

from webapp.settings import STATIC

LEAST = 7  # WCAG's contrast for text, level AAA
COLOURS = dict(
    re.findall(
        r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\);", (STATIC / "site.css").read_text(), re.ASCII
    )
)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["text", "muted", "accent", "worse", "better", "attention"])
def test_text_in_tables_has_a_contrast_of_seven_to_one(name: str) -> None:
    for ink, paper in zip(COLOURS[name].split(", "), COLOURS["back"].split(", "), strict=True):
        assert contrast(ink, paper) >= LEAST


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
