"""The sizes of the standard controls: in pixels, in lines of text, and those of Fusion's that are worth keeping."""

from __future__ import annotations

from PySide6.QtWidgets import QStyle

from studio.ui.controls.item_paint import ITEM_PAD

_PM = QStyle.PixelMetric
# Sizes that never change, and those that are so many lines of text.
PIXELS = {
    _PM.PM_MenuVMargin: 4,
    _PM.PM_MenuHMargin: 4,
    _PM.PM_ButtonShiftHorizontal: 0,
    _PM.PM_ButtonShiftVertical: 0,
}
LINES = {
    _PM.PM_ScrollBarExtent: 0.75,
    _PM.PM_IndicatorWidth: 1.05,
    _PM.PM_IndicatorHeight: 1.05,
    _PM.PM_ExclusiveIndicatorWidth: 1.05,
    _PM.PM_ExclusiveIndicatorHeight: 1.05,
    _PM.PM_SliderLength: 1.0,
    _PM.PM_SliderThickness: 1.0,
    _PM.PM_FocusFrameHMargin: ITEM_PAD,
    _PM.PM_SplitterWidth: 0.75,
}
# Fusion's own, the same for every widget; most of them it finds by asking this style for another.
ALIKE = frozenset(
    (
        _PM.PM_SmallIconSize,
        _PM.PM_ButtonIconSize,
        _PM.PM_LineEditIconSize,
        _PM.PM_LineEditIconMargin,
        _PM.PM_ListViewIconSize,
        _PM.PM_TabBarIconSize,
        _PM.PM_TabBarTabHSpace,
        _PM.PM_TabBarTabVSpace,
        _PM.PM_TabBarTabShiftHorizontal,
        _PM.PM_TabBarTabShiftVertical,
        _PM.PM_HeaderMargin,
        _PM.PM_ScrollBarSliderMin,
        _PM.PM_ScrollView_ScrollBarOverlap,
    )
)
