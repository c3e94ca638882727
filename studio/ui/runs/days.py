"""The day on which a run began, in the words that head its group in the list."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QDate, QLocale

# Not the system's language: every other word in the window is English, too.
_ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)


def day_text(day: date, today: date) -> str:
    """ "Today", "Yesterday", the weekday and date of this year, or the date with its year."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    shape = "dddd, d MMMM" if day.year == today.year else "d MMMM yyyy"
    return _ENGLISH.toString(QDate(day.year, day.month, day.day), shape)
