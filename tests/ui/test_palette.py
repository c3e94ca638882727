from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor

from studio.ui.palette import DARK, LIGHT, Roles

TEXT = ("ink", "quiet", "faint", "accent", "good", "warning", "danger")
GROUNDS = ("window", "sidebar", "surface")


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""

    def luminance(colour: str) -> float:
        channels = [value / 255 for value in QColor(colour).getRgb()[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("roles", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("text", TEXT)
@pytest.mark.parametrize("ground", GROUNDS)
def test_that_every_text_can_be_read_on_every_ground(roles: Roles, text: str, ground: str) -> None:
    assert contrast(getattr(roles, text), getattr(roles, ground)) >= 4.5


@pytest.mark.parametrize("roles", [DARK, LIGHT], ids=["dark", "light"])
def test_that_the_primary_button_can_be_read(roles: Roles) -> None:
    assert contrast(roles.on_accent, roles.accent) >= 4.5


@pytest.mark.parametrize("roles", [DARK, LIGHT], ids=["dark", "light"])
def test_that_curves_stand_out_from_their_card(roles: Roles) -> None:
    for colour in (*roles.series, *(roles.expert(index) for index in range(64))):
        assert contrast(colour, roles.surface) >= 2.5


def test_that_both_themes_have_the_same_number_of_curve_colours_and_that_none_repeats() -> None:
    assert len(DARK.series) == len(LIGHT.series) == len(set(DARK.series)) == len(set(LIGHT.series))


def test_that_neighbouring_experts_have_different_colours() -> None:
    for roles in (DARK, LIGHT):
        colours = [roles.expert(index) for index in range(64)]
        assert all(one != other for one, other in itertools.pairwise(colours))
