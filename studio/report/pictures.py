"""A run's pictures as SVG, drawn without a toolkit: the loss over the steps, and every expert's load.

Each brings its own light ground, so that its colours are readable on a light and on a dark page. A page that holds them
inline may give `.ground`, `.line` and the curves `.c0` to `.c7` colours of its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

Curve = tuple[str, Sequence[int], Sequence[float]]

GROUND, LINE, INK, QUIET = "#ffffff", "#d5d9e2", "#1a1d24", "#525b6b"
COLOURS = ("#1f62d6", "#c2570c", "#13795b", "#8a34b8", "#8f6a00", "#0b7285", "#c02a5c", "#557a12")
# Load over its fair share, and its colour; between two of them colours are mixed.
LOAD = (
    (0.0, (28, 111, 209)),
    (0.5, (156, 195, 240)),
    (1.0, (241, 242, 245)),
    (1.5, (241, 185, 131)),
    (2.0, (204, 90, 18)),
)
MOST_POINTS = 300
WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 40, 44


def loss_picture(curves: Sequence[Curve]) -> str:
    """The curves (name, steps, losses) over the steps; "" where there are fewer than two points to join."""
    curves = [thinned(curve) for curve in curves if len(curve[1]) > 1]
    finite = [value for _, _, values in curves for value in values if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    first = min(steps[0] for _, steps, _ in curves)
    last = max(*(steps[-1] for _, steps, _ in curves), first + 1)
    parts, top = _legend([name for name, _, _ in curves])
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    height = top + inner_height + BOTTOM

    def place(step: float, value: float) -> str:
        x = LEFT + inner_width * (step - first) / (last - first)
        y = top + inner_height * (high - value) / (high - low)
        return f"{x:.1f},{y:.1f}"

    marks, digits = ticks(low, high, 6)
    for value in marks:
        y = top + inner_height * (high - value) / (high - low)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" class="line" stroke="{LINE}"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{value:,.{digits}f}", "end"))
    for step in ticks(first, last, 8, least=1)[0]:
        x = LEFT + inner_width * (step - first) / (last - first)
        parts.append(_text(x, height - BOTTOM + 20, f"{step:,.0f}", "middle"))
    parts.append(_text(LEFT + inner_width / 2, height - 6, "step", "middle"))
    for index, (_, steps, values) in enumerate(curves):
        which = index % len(COLOURS)
        points = " ".join(place(step, value) for step, value in zip(steps, values, strict=True) if math.isfinite(value))
        look = f'class="c{which}" fill="none" stroke="{COLOURS[which]}" stroke-width="1.8"'
        parts.append(f'<polyline points="{points}" {look}/>')
    return _svg(WIDTH, height, "Loss over the steps", parts)


def ticks(low: float, high: float, most: int, least: float = 0.0) -> tuple[list[float], int]:
    """Round numbers from `low` to `high`, about `most` of them, `least` apart at least, and the digits they need."""
    wanted = max((high - low) / most, least)
    power = math.floor(math.log10(wanted))
    apart = next(times * 10.0**power for times in (1, 2, 5, 10) if times * 10.0**power >= wanted * (1 - 1e-9))
    numbers = range(math.ceil(low / apart - 1e-9), math.floor(high / apart + 1e-9) + 1)
    return [number * apart for number in numbers], max(0, -math.floor(math.log10(apart) + 1e-9))


def _legend(names: Sequence[str]) -> tuple[list[str], int]:
    """The curves' names in their colours, in as many lines as they need, and where the picture below begins."""
    parts, x, y = [], LEFT, 20
    for index, name in enumerate(names):
        place = index % len(COLOURS)
        shown = name if len(name) <= 24 else f"{name[:23]}…"
        if x > LEFT and x + 20 + 7 * len(shown) > WIDTH:
            x, y = LEFT, y + 18
        parts.append(f'<path d="M{x} {y}h14" class="c{place}" stroke="{COLOURS[place]}" stroke-width="3"/>')
        parts.append(_text(x + 20, y + 4, shown, "start"))
        x += 34 + 7 * len(shown)
    return parts, y + TOP - 20


def load_picture(counts: NDArray[np.float32]) -> str:
    """The heatmap of routed slots [layers, experts]: blue is below the fair share of a layer, orange above."""
    layers, experts = counts.shape
    totals = counts.sum(axis=1, keepdims=True)
    utilisation = np.divide(counts * experts, totals, out=np.ones_like(counts), where=totals > 0)
    side_x = max(4, min(40, (WIDTH - LEFT - RIGHT) // experts))
    side_y = max(4, min(20, 480 // layers))
    width, height = LEFT + RIGHT + max(side_x * experts, 380), TOP + BOTTOM + side_y * layers
    parts = [_text(LEFT, 24, "Load ÷ fair share:", "start")]
    for number, (share, _) in enumerate(LOAD):
        x = LEFT + 122 + 46 * number
        parts.append(f'<rect x="{x}" y="13" width="14" height="14" fill="{_colour(share)}" stroke="{LINE}"/>')
        parts.append(_text(x + 18, 24, f"{share:g}", "start"))
    for layer in range(layers):
        for expert in range(experts):
            fill = _colour(float(utilisation[layer, expert]))
            x, y = LEFT + side_x * expert, TOP + side_y * layer
            parts.append(f'<rect x="{x}" y="{y}" width="{side_x - 1}" height="{side_y - 1}" fill="{fill}"/>')
        if layers <= 12 or layer % 4 == 0:
            parts.append(_text(LEFT - 8, TOP + side_y * (layer + 0.5) + 4, str(layer), "end"))
    for expert in range(experts):
        if experts <= 16 or expert % 8 == 0:
            parts.append(_text(LEFT + side_x * (expert + 0.5), TOP + side_y * layers + 16, str(expert), "middle"))
    parts.append(_text(LEFT + side_x * experts / 2, TOP + side_y * layers + 34, "expert", "middle"))
    parts.append(_text(8, 24, "layer", "start"))
    return _svg(width, height, "Every expert's load in every layer", parts)


def thinned(curve: Curve) -> Curve:
    """At most 300 points of a curve, each the mean of its neighbours, so that a noisy one shows its course."""
    name, steps, values = curve
    count = len(steps)
    if count <= MOST_POINTS:
        return curve
    edges = np.linspace(0, count, MOST_POINTS + 1).astype(int)
    means = [float(np.mean(values[a:b])) for a, b in itertools.pairwise(edges)]
    return name, [int(steps[b - 1]) for b in edges[1:]], means


def _colour(share: float) -> str:
    shares = [stop for stop, _ in LOAD]
    mixed = [round(float(np.interp(share, shares, [colour[part] for _, colour in LOAD]))) for part in range(3)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: float, height: float, title: str, parts: list[str]) -> str:
    ground = f'<rect class="ground" x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img" font-family="sans-serif" font-size="12" fill="{QUIET}">'
        f'<title>{escape(title)}</title>{ground} fill="{GROUND}" stroke="{LINE}"/>{"".join(parts)}</svg>\n'
    )
