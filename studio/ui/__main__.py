"""`python -m studio.ui`: opens the window, or with --grab takes a picture of it."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

# Pydantic comes before PySide6, whose import hook inspects modules that are half imported.
import studio.core.recipe.recipe  # noqa: F401
from studio.core.absolute_path import absolute_path
from studio.core.problem import EXIT_USER_CAN_FIX, ProblemError
from studio.core.process.display import missing_display
from studio.core.process.text_streams import write_utf8
from studio.ui.on_windows import say

TRACEBACK_CHARACTERS = 2000  # characters of a traceback that a message box shows


def _size(text: str) -> tuple[int, int]:
    wide, _, high = text.partition("x")
    return int(wide), int(high)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Report invalid arguments, in a message box where there is no console, and exit."""
        say(f"{self.format_usage()}{self.prog}: error: {message}")
        sys.exit(EXIT_USER_CAN_FIX)


def _arguments() -> argparse.Namespace:
    parser = _Parser(prog="python -m studio.ui", description=__doc__)
    parser.add_argument("--recipe", type=absolute_path, help="the recipe to fill in")
    parser.add_argument("--runs", type=absolute_path, help="the folder of runs")
    parser.add_argument("--theme", choices=("dark", "light", "system"))
    parser.add_argument("--language", choices=("auto", "English", "中文"), help="instead of the one of the settings")
    picture = parser.add_argument_group("a picture instead of a window")
    picture.add_argument("--grab", type=absolute_path, metavar="PNG")
    picture.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH")
    picture.add_argument("--scale", default="1", help="device pixels to a pixel")
    picture.add_argument("--page", choices=("new", "run", "comparison"), default="new")
    picture.add_argument("--run", help="the run to show: its id, a part of it, or last; or the comparison")
    picture.add_argument("--tab", type=int, default=0, help="which part of the run's page")
    return parser.parse_args()


def main() -> int:
    """Read the arguments and open the window; returns the exit code."""
    write_utf8(sys.stdout, sys.stderr)
    chosen = _arguments()
    try:
        if chosen.grab:
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
            if sys.platform == "win32":  # where that platform finds no fonts by itself
                os.environ.setdefault("QT_QPA_FONTDIR", str(Path(os.environ["SYSTEMROOT"], "Fonts")))
            os.environ["QT_SCALE_FACTOR"] = chosen.scale
            from studio.ui.screenshot import take_screenshot

            return take_screenshot(
                chosen.grab,
                chosen.size,
                chosen.theme or "dark",
                chosen.page,
                chosen.run,
                chosen.runs,
                chosen.recipe,
                chosen.tab,
                chosen.language,
            )
        if missing := missing_display(os.environ):
            raise ProblemError(missing)
        from studio.ui.app import run_window

        return run_window(chosen.recipe, chosen.runs, chosen.theme, chosen.language)
    except ProblemError as error:
        say(str(error))
        return EXIT_USER_CAN_FIX
    except Exception:
        if sys.stderr is None:  # Python itself would print nothing
            say(f"The window could not be opened.\n\n{traceback.format_exc()[-TRACEBACK_CHARACTERS:]}")
        raise


if __name__ == "__main__":
    sys.exit(main())
