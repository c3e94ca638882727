"""Pictures of the window for the documentation and for review, made without a screen."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from studio.core.problem import ProblemError
from studio.core.run.known_runs import find_run
from studio.core.run.run_folder import list_runs
from studio.core.settings import load_settings
from studio.ui.app import make_application, make_window, speak
from studio.ui.theme import theme
from studio.ui.window import MainWindow

SETTLING_SECONDS = 20.0  # seconds until a picture is taken of what is there


def take_screenshot(
    target: Path,
    size: tuple[int, int],
    choice: str,
    page: str,
    run: str | None,
    runs: Path | None,
    recipe: Path | None,
    tab: int = 0,
    language: str = "",
) -> int:
    """Save a picture of one page as `target` (PNG); returns the exit code."""
    app = make_application()
    theme.choose(choice)  # type: ignore[arg-type]
    settings, problems = load_settings()
    speak(app, language or settings.language)
    window = make_window(settings, problems, runs, recipe, remember=False)
    window.resize(*size)
    window.show()
    folder = None
    where = runs or settings.runs_folder()
    if page == "run":
        folder = find_run(run or "last", where)
        window.pages.show_run(folder)
    window.begin()
    known = len(list_runs(where))
    until = time.monotonic() + SETTLING_SECONDS
    done: list[int] = []

    def look() -> None:
        run_page = window.pages.run
        there = window.sidebar.model.rowCount() == known and window.status.memory.text() != ""
        if folder is not None and run_page is not None:
            there = there and run_page.header.pill.accessibleName() != "" and run_page.tail.caught_up
            run_page.tabs.setCurrentIndex(tab)
        elif page == "comparison":
            there = there and comparison_is_read(window, run)
        elif window.pages.new_run is not None:
            there = there and window.pages.new_run.is_settled()
        if there or time.monotonic() > until:
            timer.stop()
            QTimer.singleShot(400, window, shoot)

    def shoot() -> None:
        done.append(0 if window.grab().save(str(target)) else 1)
        window.close()
        QApplication.exit(done[0])

    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(100)
    app.exec()
    if not done or done[0]:
        raise ProblemError.at(str(target), "the picture cannot be written.", "Choose a PNG file that you can write.")
    return 0


def comparison_is_read(window: MainWindow, group: str | None) -> bool:
    """Open the comparison of this name (the newest if None); returns whether its runs were read."""
    if window.sidebar.model.rowCount() < 2:
        return False
    if window.pages.comparison is None:
        window.pages.show_comparison(())
        if window.pages.comparison is not None and group:
            window.pages.comparison.choose_group(group)
    return bool(window.pages.comparison and window.pages.comparison.variants)
