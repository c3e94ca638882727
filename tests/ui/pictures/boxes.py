"""Where the named widgets of a window lie: the part of a picture that no font and no processor changes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QWidget

from studio.core.methods.registry import METHODS
from studio.ui.fields.slider_row import SliderRow
from studio.ui.new_run.offer_cards import OfferCards
from studio.ui.new_run.plan_panel import PlanPanel
from tests.ui.pictures.likeness import Picture

Boxes = dict[str, list[int]]  # name -> x, y, width, height
ASIDE = 4  # pixels that a box may lie elsewhere: labels are a pixel wider or narrower from one FreeType to the next
PLANNED = ("rank", "parameters", "plan")  # of a method in the dialog that compares methods
INSIDE_OF_QT = ("qt_", "ScrollLeftButton", "ScrollRightButton")


def planned(window: QWidget) -> list[QWidget]:
    """What shows numbers of the planner, which become others with its formulas: that they are right is tested there."""
    found: list[QWidget] = [*window.findChildren(PlanPanel), *window.findChildren(OfferCards)]
    found += [each._help for each in window.findChildren(SliderRow)]
    names = ("compare_said", *(f"compare_{method}_{what}" for method in METHODS for what in PLANNED))
    found += [each for each in window.findChildren(QWidget) if each.objectName() in names]
    return [each for each in found if each.isVisible()]


def boxes_of(window: QWidget) -> Boxes:
    """Every named widget that can be seen, by name; of equal names the second and later ones are numbered."""
    found: Boxes = {}
    aside = planned(window)
    for each in window.findChildren(QWidget):
        name = each.objectName()
        if any(about is each or about.isAncestorOf(each) for about in aside):
            continue
        if not name or name.startswith(INSIDE_OF_QT) or each.window() is not window.window():
            continue
        if not each.isVisible() or each.visibleRegion().isEmpty():
            continue
        number = 1
        free = name
        while free in found:
            number += 1
            free = f"{name} {number}"
        box = _in(window, each)
        found[free] = [box.x(), box.y(), box.width(), box.height()]
    return found


def moved(seen: Boxes, kept: Boxes) -> list[str]:
    """What lies elsewhere than it did, is new or is gone."""
    told = [f"{name} is gone" for name in sorted(kept.keys() - seen.keys())]
    told += [f"{name} is new" for name in sorted(seen.keys() - kept.keys())]
    for name in sorted(seen.keys() & kept.keys()):
        if max(abs(now - was) for now, was in zip(seen[name], kept[name], strict=True)) > ASIDE:
            told.append(f"{name} is at {seen[name]} in place of {kept[name]}")
    return told


def out_of_place(window: QWidget) -> list[str]:
    """Buttons that lie outside of what they are in, or over one another: in no font and no language may one."""
    told = []
    buttons = [
        each
        for each in window.findChildren(QAbstractButton)
        if each.isVisible() and not each.visibleRegion().isEmpty() and not each.objectName().startswith(INSIDE_OF_QT)
    ]
    for each in buttons:
        around = each.parentWidget()
        if around is not None and not around.rect().contains(each.geometry()) and not _scrolls(each):
            told.append(
                f"{each.objectName()} '{each.text()}' reaches out of {around.objectName() or type(around).__name__}"
            )
    for number, each in enumerate(buttons):
        for other in buttons[:number]:
            if other.parentWidget() is each.parentWidget() and other.geometry().intersects(each.geometry()):
                told.append(f"{each.objectName()} lies over {other.objectName()}")
    return told


def without(picture: Picture, window: QWidget) -> Picture:
    """The picture with nothing where the planner's numbers stand."""
    blank = picture.copy()
    for each in planned(window):
        box = _in(window, each)
        blank[max(0, box.top()) : max(0, box.bottom() + 1), max(0, box.left()) : max(0, box.right() + 1)] = 0
    return blank


def _in(window: QWidget, each: QWidget) -> QRect:
    return QRect(each.mapTo(window, QPoint()), each.size())


def _scrolls(each: QWidget) -> bool:
    around = each.parentWidget()
    return around is not None and isinstance(around.parentWidget(), QScrollArea)
