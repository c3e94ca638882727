"""The application object with its style, font, theme and locale, and the opening of the window."""

from __future__ import annotations

import gc
import locale
import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication

from studio.core import places
from studio.core.problem import Problem, ProblemError
from studio.core.runs_place import make_place
from studio.core.settings import Settings, load_settings
from studio.core.words import tr
from studio.ui.collecting import Collecting
from studio.ui.crash_guard import CrashGuard
from studio.ui.fonts import fonts
from studio.ui.icons import icon
from studio.ui.notices import Notice
from studio.ui.off_thread import off_thread
from studio.ui.on_windows import take_own_taskbar_button
from studio.ui.style import StudioStyle
from studio.ui.theme import forget_fonts, theme
from studio.ui.translations import translations
from studio.ui.window import MainWindow

NO_FONT = "No font is installed, so no text can be shown. On Debian or Ubuntu: sudo apt-get install fonts-dejavu-core"

FORGETS_FONTS = "forgetsFonts"  # the property of an application that is told of its fonts already


def make_application(arguments: list[str] | None = None) -> QApplication:
    """The one QApplication, in the studio's style."""
    take_own_taskbar_button()
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(arguments or sys.argv[:1])
    app.setApplicationName(places.APP)
    if app.findChild(Collecting) is None:
        Collecting(app)
    if not app.property(FORGETS_FONTS):
        app.fontChanged.connect(forget_fonts)
        app.setProperty(FORGETS_FONTS, True)
    # Each Qt call that releases Python's lock may wait this long for a thread that reads or plans.
    sys.setswitchinterval(0.001)
    QGuiApplication.setDesktopFileName("mixlora-studio")
    # Qt sets the locale from the environment, and a decimal comma breaks C libraries that read numbers.
    locale.setlocale(locale.LC_NUMERIC, "C")
    app.setStyle(StudioStyle())
    fonts.load()
    _set_font(app)
    app.setWindowIcon(icon("app"))
    if not QFontDatabase.families():
        print(NO_FONT, file=sys.stderr)
    return app


def speak(app: QApplication, language: str) -> None:
    """Speak this language in every window that is opened from now on, in a font that has its characters."""
    translations.load(language)
    _set_font(app)


def _set_font(app: QApplication) -> None:
    font = fonts.sans(app.font(), translations.family)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    if font.pointSizeF() < 9:
        font.setPointSizeF(9)
    app.setFont(font)


def make_window(
    settings: Settings, problems: list[Problem], runs: Path | None, recipe: Path | None, remember: bool = True
) -> MainWindow:
    """The main window, with notices about what is wrong with the settings and the studio's fonts."""
    window = MainWindow(settings, runs or settings.runs_folder(), recipe, remember)
    # Objects that last until the end are not searched again and again: a full collection blocked the window for 30 ms.
    window.warm_up.done.connect(gc.freeze, Qt.ConnectionType.QueuedConnection)
    for problem in problems:
        window.tell(Notice.of(problem))
    for problem in (*fonts.problems, *translations.problems):
        window.tell(Notice(problem.what[:1].upper() + problem.what[1:], problem.remedy, "warning", problem.where))
    return window


def _made_place(runs: Path) -> Problem | None:
    """Why the folder of runs cannot be made; None where it is there."""
    try:
        make_place(runs)
    except ProblemError as error:
        return error.problems[0]
    return None


def crash_notice(details: str) -> Notice:
    """The notice after a crash; its report holds the stack traces."""
    remedy = tr("Runs continue without the window. The report shows where it crashed.")
    return Notice(tr("The window crashed last time."), remedy, "warning", details=details)


def run_window(recipe: Path | None, runs: Path | None, choice: str | None, language: str | None = None) -> int:
    """Open the window and wait until it is closed; returns the exit code."""
    app = make_application()
    settings, problems = load_settings()
    speak(app, language or settings.language)
    if problems:
        problems = load_settings()[1]  # in that language
    theme.choose(choice or settings.theme)  # type: ignore[arg-type]
    window = make_window(settings, problems, runs, recipe)

    def tell(what: str, details: str) -> None:
        remedy = tr("The window keeps running; details are in {file}.", file=guard.file)
        window.tell(Notice(what, remedy, "danger", details=details))

    def made(problem: Problem | None) -> None:
        if problem is not None:
            window.telling.problem(problem)

    if runs is not None:  # asked for by name
        off_thread(window, "place", partial(_made_place, runs), made)
    guard = CrashGuard(places.logs(), tell)
    crashed = guard.install()
    if crashed:
        window.tell(crash_notice(crashed))
    window.show()
    QTimer.singleShot(0, window, window.begin)
    code = app.exec()
    guard.remove()
    return code
