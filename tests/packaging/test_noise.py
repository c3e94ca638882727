"""The nets of tests/conftest.py: what a test leaves behind fails it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import os, pathlib, threading, subprocess, sys

kept = []

def test_thread():
    threading.Thread(target=threading.Event().wait, args=(60,), name="forgotten", daemon=True).start()

def test_process():
    sleeper = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
    kept.append(subprocess.Popen(sleeper, start_new_session=True, stdout=subprocess.PIPE))
    # A process in the middle of its exec has no environment to be known by yet.
    kept[-1].stdout.readline()

def test_window(qapp):
    from PySide6.QtWidgets import QWidget
    kept.append(QWidget(objectName="forgotten"))

def test_tidy(qtbot):
    from PySide6.QtWidgets import QWidget
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    thread = threading.Thread(target=lambda: None)
    thread.start()
    subprocess.run([sys.executable, "-c", ""], check=True)

def test_places():
    from studio.core import places
    assert "studio-tests-" in str(pathlib.Path.home())
    assert places.home() == pathlib.Path(os.environ["MIXLORA_STUDIO_HOME"])
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One run of pytest over tests that leave things behind, under the nets of this suite."""
    folder = tmp_path_factory.mktemp("noise")
    nets = "import tests.conftest\nfrom tests.conftest import *\ntests.conftest.LEAVING = 0.2\n"
    (folder / "conftest.py").write_text(nets, encoding="utf-8")
    (folder / "test_it.py").write_text(PROGRAM, encoding="utf-8")
    environ = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-c", str(ROOT / "pyproject.toml"), str(folder / "test_it.py")],
        cwd=ROOT,
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**environ, "PYTHONUTF8": "1"},
    )
    return answer.stdout


@pytest.mark.parametrize("kind", ["thread", "process", "window"])
def test_that_what_a_test_leaves_behind_fails_it(outcomes: str, kind: str) -> None:
    assert re.search(rf"^ERROR \S*::test_{kind} - Failed: left behind: {kind} ", outcomes, re.MULTILINE), outcomes


@pytest.mark.parametrize("name", ["test_tidy", "test_places"])
def test_that_a_tidy_test_passes_in_a_home_of_its_own(outcomes: str, name: str) -> None:
    assert re.search(rf"::{name} PASSED", outcomes), outcomes
    assert f"ERROR at teardown of {name}" not in outcomes
