"""Every colour of the window: two palettes of named roles, and the colours of tasks, experts and the heatmap."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from studio.core.methods.registry import METHODS, MethodName

Stops = tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """One theme's colours by their purpose; `load` maps utilisation (load ÷ fair share) to a colour."""

    name: str
    window: str
    sidebar: str
    surface: str
    raised: str
    field: str
    line: str
    ink: str
    quiet: str
    faint: str
    accent: str
    on_accent: str
    accent_wash: str
    good: str
    warning: str
    danger: str
    series: tuple[str, ...]
    experts: tuple[str, ...]
    load: Stops

    def task(self, index: int) -> str:
        """The colour of the task at `index`; the first of `series` belongs to the whole mix."""
        return self.series[1:][index % (len(self.series) - 1)]

    @staticmethod
    def method(name: MethodName) -> int:
        """Which of `series` belongs to a method, the same in every comparison."""
        return METHODS[name].colour

    def expert(self, index: int) -> str:
        """The colour of an expert: eight that colour-blind people tell apart, then hues a golden angle apart."""
        if index < len(self.experts):
            return self.experts[index]
        light, saturation = (0.66, 0.62) if self.name == "dark" else (0.38, 0.62)
        red, green, blue = colorsys.hls_to_rgb((0.61 + index * 0.381966) % 1, light, saturation)
        return QColor.fromRgbF(red, green, blue).name()

    def state(self, state: str) -> str:
        """The colour of a run's state."""
        match state:
            case "running" | "starting":
                return self.accent
            case "finished":
                return self.good
            case "stalled" | "paused" | "pausing" | "stopping" | "stopped":
                return self.warning
            case "failed" | "lost":
                return self.danger
            case _:
                return self.faint


DARK = Roles(
    name="dark",
    window="#14161b",
    sidebar="#101216",
    surface="#1b1e25",
    raised="#272b34",
    field="#12141a",
    line="#2e333e",
    ink="#eceef2",
    quiet="#a7afbd",
    faint="#858e9e",
    accent="#6ea8fe",
    on_accent="#0b1424",
    accent_wash="#1f2c44",
    good="#58d0a0",
    warning="#f0b74a",
    danger="#f47c7c",
    series=("#6ea8fe", "#f0a35e", "#58d0a0", "#d58cf0", "#f4d35e", "#5fd3e8", "#f47c9c", "#a8c256", "#b39df5"),
    experts=("#56b4e9", "#e69f00", "#00a878", "#f0e442", "#cc79a7", "#d55e00", "#5f7de8", "#c3c8d2"),
    load=((0.0, "#4aa8ff"), (0.5, "#477db5"), (1.0, "#525967"), (1.5, "#b0713a"), (2.0, "#ffb057")),
)

LIGHT = Roles(
    name="light",
    window="#f4f5f8",
    sidebar="#eaecf1",
    surface="#ffffff",
    raised="#eef0f5",
    field="#ffffff",
    line="#d5d9e2",
    ink="#1a1d24",
    quiet="#525b6b",
    faint="#5f6878",
    accent="#1f62d6",
    on_accent="#ffffff",
    accent_wash="#dfe9fb",
    good="#13795b",
    warning="#8a5a08",
    danger="#c03434",
    series=("#1f62d6", "#c2570c", "#13795b", "#8a34b8", "#8f6a00", "#0b7285", "#c02a5c", "#557a12", "#5b45c9"),
    experts=("#15428f", "#a5a400", "#27b571", "#875908", "#d960a5", "#8c2436", "#9792ff", "#321135"),
    load=((0.0, "#1c6fd1"), (0.5, "#8fb8e8"), (1.0, "#dde1e8"), (1.5, "#ecb27a"), (2.0, "#cc5a12")),
)


def qt_palette(roles: Roles) -> QPalette:
    """The roles as Qt's own palette, for everything that Fusion paints."""
    palette = QPalette()
    group, role = QPalette.ColorGroup, QPalette.ColorRole
    pairs = {
        role.Window: roles.window,
        role.WindowText: roles.ink,
        role.Base: roles.surface,
        role.AlternateBase: roles.surface,
        role.Text: roles.ink,
        role.Button: roles.raised,
        role.ButtonText: roles.ink,
        role.BrightText: roles.danger,
        role.ToolTipBase: roles.raised,
        role.ToolTipText: roles.ink,
        role.PlaceholderText: roles.faint,
        role.Highlight: roles.accent_wash,
        role.HighlightedText: roles.ink,
        role.Accent: roles.accent,
        role.Link: roles.accent,
        role.LinkVisited: roles.accent,
        role.Light: roles.raised,
        role.Midlight: roles.raised,
        role.Mid: roles.line,
        role.Dark: roles.line,
        role.Shadow: roles.sidebar,
    }
    for key, colour in pairs.items():
        palette.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(group.Disabled, key, QColor(roles.faint))
    palette.setColor(group.Disabled, role.Highlight, QColor(roles.line))
    return palette


def mixed(one: str, other: str, share: float) -> QColor:
    """The colour `share` of the way from `one` to `other`."""
    a, b = QColor(one), QColor(other)
    return QColor(
        round(a.red() + (b.red() - a.red()) * share),
        round(a.green() + (b.green() - a.green()) * share),
        round(a.blue() + (b.blue() - a.blue()) * share),
    )
