from __future__ import annotations

import itertools

import numpy as np
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


# Machado, Oliveira and Fernandes 2009: what protanopes, deuteranopes and tritanopes see of linear RGB.
SEEN = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("roles", [DARK, LIGHT], ids=["dark", "light"])
def test_that_colour_blind_people_tell_eight_experts_apart(roles: Roles, seen: str) -> None:
    def lab(colour: str) -> np.ndarray:
        channels = np.array(QColor(colour).getRgb()[:3]) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        xyz = to_xyz @ np.clip(np.array(SEEN[seen]) @ linear, 0, 1) / [0.9505, 1, 1.089]
        f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    pairs = itertools.combinations([lab(roles.expert(index)) for index in range(8)], 2)
    assert min(float(np.linalg.norm(one - other)) for one, other in pairs) > 12
