"""A person opens the window, trains, watches, stops and exports; worker, desk and model are real."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListView, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from safetensors.numpy import load_file

from studio.core.run.run_folder import list_runs
from studio.core.settings import Settings
from studio.core.state.run_state import read_state
from studio.models.adapter_source import WEIGHTS
from studio.ui.app import make_application
from studio.ui.theme import theme
from studio.ui.window import MainWindow
from tests.ui.conftest import ink, picture

pytestmark = pytest.mark.fresh


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path, recipe_file: Path) -> Iterator[Callable[[], MainWindow]]:
    """Opens the window as its entry point does, on a folder of runs with a space and an accent in its name."""
    make_application(["e2e"])
    theme.choose("dark")
    opened: list[MainWindow] = []
    (tmp_path / "mes exécutions").mkdir()  # nobody makes a person's own folder of runs

    def open_() -> MainWindow:
        window = MainWindow(Settings(), tmp_path / "mes exécutions", recipe_file, remember=False)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        with qtbot.waitExposed(window):
            window.show()
        window.begin()
        opened.append(window)
        return window

    yield open_
    for window in opened:
        window.close()


def find(window: QWidget, name: str, kind: type[QWidget] = QWidget) -> QWidget:
    found = [each for each in window.findChildren(kind, name) if isinstance(each, QWidget)]
    assert len(found) == 1, f"{name} is there {len(found)} times"
    return found[0]


def press(qtbot: QtBot, window: QWidget, name: str) -> None:
    control = find(window, name, QPushButton)
    qtbot.waitUntil(lambda: control.isVisible() and control.isEnabled())
    qtbot.mouseClick(control, Qt.MouseButton.LeftButton)


def state_of(window: QWidget) -> str:
    return find(window, "run_state").accessibleName().removeprefix("State: ")


def listening() -> list[object]:
    """Every port that the window's process, or one that it started, worker and desk among them, listens on."""
    window = psutil.Process()
    found = []
    for each in (window, *window.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            found += [port for port in each.net_connections(kind="inet") if port.status == psutil.CONN_LISTEN]
    return found


def test_that_a_person_trains_watches_stops_and_exports_in_the_window(
    qtbot: QtBot, open_window: Callable[[], MainWindow], tmp_path: Path, recipe_file: Path
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: window.pages.new_run is not None)  # its recipe is read beside the window
    press(qtbot, window, "start")
    qtbot.waitUntil(lambda: window.pages.run is not None)
    page = window.pages.run
    assert page is not None
    record = page.tail.record

    # The curve grows and the heatmap fills while the worker trains.
    qtbot.waitUntil(lambda: state_of(window) == "running" and record.step >= 5)
    seen = record.step
    qtbot.waitUntil(lambda: record.step >= seen + 5)
    qtbot.waitUntil(lambda: "nothing routed" not in find(window, "expert_map").accessibleName())
    plot = picture(find(window, "loss_plot"))
    assert ink(plot, theme.roles.accent, 40) > 50, "the loss curve is not drawn"
    heat = picture(find(window, "expert_map"))
    assert len({tuple(colour) for colour in heat[::7, ::7].reshape(-1, 3)}) > 4, "the heatmap has no cells"

    # A second window on the same run shows it as it is, and closing it changes nothing.
    window.close()
    (folder,) = list_runs(tmp_path / "mes exécutions")
    assert folder.is_alive()
    window = open_window()
    runs = find(window, "runs_list", QListView)
    assert isinstance(runs, QListView)
    qtbot.waitUntil(lambda: runs.model().rowCount() == 1)
    first = runs.visualRect(runs.model().index(0, 0))
    qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=first.center())
    qtbot.waitUntil(lambda: window.pages.run is not None and window.pages.run.tail.record.step > seen)

    assert listening() == []
    press(qtbot, window, "stop")
    qtbot.waitUntil(lambda: state_of(window) == "stopped")
    qtbot.waitUntil(lambda: not folder.is_alive())
    assert read_state(folder).state == "stopped"
    with folder.reader() as reader:
        losses = [point.value for point in reader.scalars() if point.name == "loss"]
        loads = reader.loads()
    assert losses[-1] < losses[0]
    assert {each.task for each in loads} == {"", "colours", "cities"}
    assert all(each.counts.shape == (2, 4) for each in loads)

    out = tmp_path / "pour Ada"
    qtbot.waitUntil(window.path.stages["export"].isEnabled)
    qtbot.mouseClick(window.path.stages["export"], Qt.MouseButton.LeftButton)
    dialog = find(window, "export_dialog")
    into = dialog.findChild(QWidget, "export_out")
    into.setText(str(out))  # type: ignore[attr-defined]
    press(qtbot, dialog, "export_go")
    said = dialog.findChild(QLabel, "export_said")
    qtbot.waitUntil(lambda: said.text() == "Exported and verified.")
    assert listening() == []

    # That it loads in a process of its own was verified by the export itself.
    experts = {name: tensor for name, tensor in load_file(out / WEIGHTS).items() if "lora_experts" in name}
    assert len(experts) == 2 * 3 * 2
    assert all(tensor.any() for tensor in experts.values())


def test_that_no_page_of_the_window_imports_torch() -> None:
    code = (
        "import sys; import studio.ui.window, studio.ui.run.page, studio.ui.new_run.page, studio.ui.dialogs.export;"
        " bad = {'torch', 'transformers', 'peft', 'datasets'} & set(sys.modules); sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_that_the_same_works_on_a_real_display(tmp_path: Path) -> None:
    if os.environ.get("STUDIO_TEST_XVFB") != "1":
        pytest.skip("no virtual display here (STUDIO_TEST_XVFB is not set)")
    reading, writing = os.pipe()
    display = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not say which display it serves"
        environ = {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
        test = f"{__file__}::{test_that_a_person_trains_watches_stops_and_exports_in_the_window.__name__}"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
            check=False, timeout=500, cwd=Path(__file__).parents[2], env=environ,
            capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    finally:
        display.terminate()
        display.wait(10)
