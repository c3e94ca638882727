"""Sending an export to the hub from the window: private unless told otherwise, and never because it was once wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.desk import Answer
from studio.ui.dialogs.export import ExportDialog
from studio.ui.dialogs.export_words import export_facts
from tests.fake_run import make_fake_run
from tests.ui.test_desk import FakeDesk


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def dialog(qtbot: QtBot, runs: Path, fake: FakeDesk) -> ExportDialog:
    dialog = ExportDialog(desk=fake)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show_run(make_fake_run(runs, steps=2))
    return dialog


def want(dialog: ExportDialog, repo: str) -> None:
    dialog.push.wanted.setChecked(True)
    dialog.push.repo.setText(repo)


def test_that_nothing_is_sent_unless_asked_and_a_new_repository_is_private(
    dialog: ExportDialog, fake: FakeDesk
) -> None:
    dialog.go.click()
    assert not {"push", "private"} & fake.asked[1].keys()
    fake.answered.emit(Answer(2, cancelled=True))
    dialog.push.wanted.setChecked(True)
    assert not dialog.go.isEnabled()  # it has no name yet
    want(dialog, " ada/small ")
    assert "only you can see it" in dialog.push.told.text()
    dialog.go.click()
    assert (fake.asked[2]["push"], fake.asked[2]["private"]) == ("ada/small", True)
    assert not dialog.push.isEnabled()
    dialog.hide()


def test_that_what_becomes_public_is_said_and_where_it_is_afterwards(dialog: ExportDialog, fake: FakeDesk) -> None:
    want(dialog, "ada/small")
    dialog.push.public.setChecked(True)
    assert "everybody can see and download it" in dialog.push.told.text()
    assert "no row of your data" in dialog.push.told.text()
    dialog.go.click()
    assert fake.asked[1]["private"] is False
    pushed: dict[str, Any] = {"repo": "ada/small", "url": "https://hub/ada/small", "commit": "abc"}
    fake.answered.emit(Answer(2, done={"path": "out", "verified": {"experts": 8}, "pushed": pushed}))
    assert dialog.said.text() == "Exported and verified, and sent to the hub."
    assert export_facts({"pushed": pushed})["On the hub"] == "https://hub/ada/small"
    dialog.hide()


def test_that_a_cancelled_sending_says_that_the_export_stays(
    qtbot: QtBot, dialog: ExportDialog, fake: FakeDesk, tmp_path: Path
) -> None:
    want(dialog, "ada/small")
    dialog.out.setText(str(tmp_path / "out"))
    dialog.go.click()
    (tmp_path / "out").mkdir()
    fake.answered.emit(Answer(2, cancelled=True))
    qtbot.waitUntil(lambda: "stays in its folder" in dialog.said.text())
    dialog.hide()


def test_that_another_run_is_not_sent_because_one_was(dialog: ExportDialog, runs: Path) -> None:
    want(dialog, "ada/small")
    dialog.push.public.setChecked(True)
    dialog.hide()
    dialog.show_run(make_fake_run(runs, steps=2, name="other"))
    assert dialog.push.arguments() == {}
    assert not dialog.push.public.isChecked()
    dialog.hide()
