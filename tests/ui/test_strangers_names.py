"""A stranger's names in the window: text that looks like HTML stays text, and a copied report names nothing private."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.problem import Problem
from studio.ui.controls.chip import Chip, Entry
from studio.ui.controls.widgets import ElidedText
from studio.ui.new_run.problems_panel import ProblemsPanel
from studio.ui.notices import Notice

MARKUP = "<img src='file:///home/ann/x.png'><b>finished</b>"


def test_that_markup_in_a_name_is_shown_as_it_is_written(qtbot: QtBot) -> None:
    text, chip, panel = ElidedText(), Chip(Entry("markup", MARKUP, 1)), ProblemsPanel()
    for widget in (text, chip, panel):
        qtbot.addWidget(widget)
    text.setText(MARKUP)
    assert text.textFormat() == Qt.TextFormat.PlainText
    assert text.text() == MARKUP
    panel.show_problems([(MARKUP, Problem(MARKUP, "is wrong.", "Mend it."))])
    for tip in (text.toolTip(), chip.toolTip(), panel.list.item(0).toolTip()):
        assert tip.startswith("<span>")  # Qt takes it for HTML and undoes the escapes
        assert "<img" not in tip
        assert "<b>" not in tip
        assert "&lt;b&gt;finished" in tip


@pytest.mark.parametrize("secret", ["hf_abcdefghijABCDEFGHIJ1234", "/home/ann", r"C:\Users\Ann Lee"])
def test_that_a_copied_report_names_nothing_private(secret: str) -> None:
    notice = Notice(f"what {secret}", f"remedy {secret}/x", where=f"{secret}/y", details=f"Traceback\n{secret}/z")
    assert secret not in notice.report()
    assert "Traceback" in notice.report()
