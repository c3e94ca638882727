"""The day on which a run began, in the words that head its group in the list."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QDate, QLocale

from studio.core.words import tr


def day_text(day: date, today: date) -> str:
    """ "Today", "Yesterday", the weekday and date of this year, or the date with its year."""
    if day == today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    shape = tr("dddd, d MMMM", "Qt's format of a date") if day.year == today.year else tr("d MMMM yyyy", "Qt's format")
    # Not the system's language: a day stands among the window's other words.
    locale = QLocale(tr("en_GB", "the locale that dates are written in"))
    return locale.toString(QDate(day.year, day.month, day.day), shape)
