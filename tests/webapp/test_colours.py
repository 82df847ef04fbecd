"""Colours of the style sheet: what tables are written in can be read by tired eyes."""

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
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["text", "muted", "accent", "worse", "better", "attention"])
def test_what_tables_are_written_in_stands_out_by_seven_to_one(name: str) -> None:
    for ink, paper in zip(COLOURS[name].split(", "), COLOURS["back"].split(", "), strict=True):
        assert contrast(ink, paper) >= LEAST


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
