"""What a report's pictures are made of."""

from __future__ import annotations

import re

import pytest

from studio.report.pictures import loss_picture, ticks


@pytest.mark.parametrize(
    ("low", "high", "most", "least", "shown", "digits"),
    [
        (1.179, 3.091, 6, 0.0, [1.5, 2, 2.5, 3], 1),
        (0, 14, 8, 1, [0, 2, 4, 6, 8, 10, 12, 14], 0),
        (0, 1, 8, 1, [0, 1], 0),
        (0, 100_000, 8, 1, [0, 20_000, 40_000, 60_000, 80_000, 100_000], 0),
        (0.0101, 0.0118, 6, 0.0, [0.0105, 0.011, 0.0115], 4),
        (-3, 3, 6, 0.0, [-3, -2, -1, 0, 1, 2, 3], 0),
    ],
)
def test_that_an_axis_has_round_numbers(
    low: float, high: float, most: int, least: float, shown: list[float], digits: int
) -> None:
    found, behind = ticks(low, high, most, least)
    assert found == pytest.approx(shown)
    assert behind == digits


def test_that_a_curve_s_numbers_stand_at_their_height() -> None:
    drawn = loss_picture([("loss", [0, 10], [3.0, 1.0])])
    heights = {text: float(y) for y, text in re.findall(r'y="([\d.]+)"[^>]*>([\d.]+)<', drawn)}
    points = re.search(r'points="[\d.]+,([\d.]+) [\d.]+,([\d.]+)"', drawn)
    assert points is not None
    assert (heights["3.0"], heights["1.0"]) == pytest.approx([float(each) + 4 for each in points.groups()], abs=0.11)


def test_that_a_single_value_has_an_axis_too() -> None:
    assert re.findall(r">(\d\.\d)<", loss_picture([("loss", [0, 1], [2.0, 2.0])])) == [
        "1.6",
        "1.8",
        "2.0",
        "2.2",
        "2.4",
    ]
