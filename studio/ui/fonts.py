"""The studio's own fonts, loaded from the shipped resources; the system's fonts are the fallback for other scripts."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

from studio.core import places
from studio.core.problem import Problem
from studio.core.words import tr

log = logging.getLogger("studio.ui")

SANS, MONO = "Inter Studio", "JetBrains Mono Studio"
# A family is used as a whole or not at all: Qt would draw a missing weight as a blurred copy of another.
FILES = {
    SANS: ("InterStudio-Regular.ttf", "InterStudio-Medium.ttf", "InterStudio-SemiBold.ttf"),
    MONO: ("JetBrainsMonoStudio-Regular.ttf",),
}
SYSTEM_MONO = ("Cascadia Mono", "SF Mono", "Menlo", "DejaVu Sans Mono", "Consolas", "monospace")


class Fonts:
    """Which of the studio's families are loaded, and why one is not."""

    def __init__(self) -> None:
        self._loaded: set[str] = set()
        self._bad: dict[str, Path] = {}  # the file of a family that cannot be loaded

    def load(self, folder: Path | None = None) -> None:
        """Load each family of which every file can be read; the others become `problems`.

        folder: where the files lie; the shipped resources unless a test says otherwise.
        """
        folder = folder or places.resources() / "fonts"
        self._bad = {}
        for family, names in FILES.items():
            if family in self._loaded:
                continue
            bad = _load_family(family, [folder / name for name in names])
            if bad is None:
                self._loaded.add(family)
            else:
                self._bad[family] = bad
        for problem in self.problems:
            log.warning("%s", problem)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why families are not loaded, in the language of now: the window chooses it later."""
        remedy = tr("Reinstall the studio to get its own font back.")
        found = []
        for family, file in self._bad.items():
            what = tr(
                "the studio's font {family} cannot be loaded, so the system's font is used instead.", family=family
            )
            found.append(Problem(str(file), what, remedy))
        return tuple(found)

    def sans(self, system: QFont, script: str = "") -> QFont:
        """The window's font, of the size of `system`, which is its fallback for other scripts.

        script: the family that comes before the system's, for the characters of the window's language.
        """
        font = QFont(system)
        first = [*([SANS] if SANS in self._loaded else []), *([script] if script else [])]
        if first:
            font.setFamilies([*first, *(name for name in system.families() if name not in first)])
        return font

    def mono_families(self) -> list[str]:
        """The fixed-width families; the first that is installed is used."""
        return [*([MONO] if MONO in self._loaded else []), *SYSTEM_MONO]


fonts = Fonts()


def _load_family(family: str, files: list[Path]) -> Path | None:
    """Load these files of one family; where one cannot be loaded, none of them is, and it is returned."""
    loaded: list[int] = []
    for file in files:
        known = QFontDatabase.addApplicationFont(str(file)) if file.is_file() else -1
        if known >= 0:
            loaded.append(known)
        # Some platforms call a weight a family of its own, "Inter Studio Medium".
        if not any(name.startswith(family) for name in QFontDatabase.applicationFontFamilies(known)):
            for each in loaded:
                QFontDatabase.removeApplicationFont(each)
            return file
    return None
