"""The window's language: Qt's translation files, and a font that has its characters."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase

from studio.core import places
from studio.core.problem import Problem
from studio.core.words import speak_through

log = logging.getLogger("studio.ui")

AUTO, ENGLISH, CHINESE = "auto", "English", "中文"  # the choices of `Settings.language`
CODES = {CHINESE: "zh_CN"}  # of the translation file of each language but English
# The first of these that is installed draws Chinese; the system's own choice may be a Japanese form of a character.
CHINESE_FONTS = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
NO_GLYPHS = Problem(
    "",
    "no font with Chinese characters is installed, so the window is in English.",
    "Install one (on Debian or Ubuntu: sudo apt-get install fonts-noto-cjk) and open the window again.",
)
DAMAGED = "the translation cannot be read, so the window is in English."
REMEDY = "Reinstall the studio to get its translations back."


class Translations:
    """Which language the window speaks, and why it is not the one asked for."""

    def __init__(self) -> None:
        self.language = ENGLISH
        self.family = ""  # of the font that has the language's characters, where the studio's own has not
        self.problems: tuple[Problem, ...] = ()
        self._loaded: list[QTranslator] = []
        self._words = b""  # of the studio's file; Qt reads them where they lie

    def load(self, choice: str, folder: Path | None = None) -> None:
        """Speak the language of the setting from now on; windows that are already there keep their words.

        folder: where the studio's translation files lie; the shipped resources unless a test says otherwise.
        """
        self.unload()
        wanted = language_of(choice, QLocale.system().uiLanguages())
        if wanted == ENGLISH:
            return
        family = family_for(wanted)
        if not family:
            self._refuse(NO_GLYPHS)
            return
        file = (folder or places.resources() / "translations") / f"studio_{CODES[wanted]}.qm"
        own = QTranslator()
        # Not by its name: Qt maps the file, and an update that writes it anew would end the process with a bus error.
        try:
            words = file.read_bytes()
        except OSError:
            words = b""  # refused below, as a damaged one is
        if not own.load(words):
            self._refuse(Problem(str(file), DAMAGED, REMEDY))
            return
        self._words = words
        # Qt's own words, of file dialogs and text menus; a build of Qt may lack them, which leaves those in English.
        qt = QTranslator()
        if qt.load(f"qtbase_{CODES[wanted]}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            QCoreApplication.installTranslator(qt)
            self._loaded.append(qt)
        self._loaded.append(own)
        self.language, self.family = wanted, family
        speak_through(lambda text, about, count: own.translate("", text, about, count) or "")

    def unload(self) -> None:
        """Back to English."""
        speak_through(None)
        for translator in self._loaded:
            QCoreApplication.removeTranslator(translator)
        self._loaded.clear()
        self.language, self.family = ENGLISH, ""
        self.problems = ()

    def _refuse(self, problem: Problem) -> None:
        self.problems = (problem,)
        log.warning("%s", problem)


translations = Translations()


def language_of(choice: str, system: list[str]) -> str:
    """The language of a setting; for "auto" the first of the system's ("zh-Hans-CN") that there is."""
    if choice != AUTO:
        return choice
    for name in system:
        for language, code in {ENGLISH: "en", **CODES}.items():
            if name.replace("_", "-").partition("-")[0] == code.partition("_")[0]:
                return language
    return ENGLISH


def family_for(language: str) -> str:
    """The font of this machine that draws a language that the studio's own has no characters for; else empty."""
    systems = {CHINESE: QFontDatabase.WritingSystem.SimplifiedChinese}
    there = QFontDatabase.families(systems[language])
    return next((name for name in CHINESE_FONTS if name in there), next(iter(there), ""))
