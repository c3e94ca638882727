"""Every test runs apart from this user's files, off the screen, and leaves nothing behind that still runs.

Set QT_QPA_PLATFORM to see the windows (xcb, wayland, windows, cocoa).
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partialmethod
from pathlib import Path
from typing import Any, TypeVar

# Before PySide6, whose import hook looks into modules that are half imported.
import psutil

# Loaded late by itself, as when torch asks every module for its file.
import pydantic._internal._validators  # noqa: F401
import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

from tests.crashes import pytest_configure, pytest_configure_node, pytest_terminal_summary  # noqa: F401  hooks
from tests.forking import REAL, forking, may_fork
from tests.patience import PATIENCE

# A busy machine takes seconds for what an idle one draws at once, which says nothing of the code under test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
Thing = TypeVar("Thing")
LEAVING = 20.0  # seconds in which what was told to end may end
MARK = "STUDIO_TEST_MARK"

# Helpers of libraries that live as long as the process, by what is in their command line.
LASTING_PROCESSES = (
    "multiprocessing.resource_tracker", "multiprocessing.forkserver", "compile_worker", "tests.forking",
)  # fmt: skip
# tqdm's monitor, and the dummies that Python makes for threads that are not its own (Qt's, autograd's).
LASTING_THREADS = ("TMonitor", "_DummyThread")

_numbers = itertools.count()
_home = tempfile.TemporaryDirectory(prefix="studio-tests-", ignore_cleanup_errors=True)
atexit.register(_home.cleanup)  # where no session began
_places = {
    "HOME": "home",
    "USERPROFILE": "home",
    "APPDATA": "home/roaming",
    "LOCALAPPDATA": "home/local",
    "XDG_CONFIG_HOME": "home/config",
    "XDG_DATA_HOME": "home/data",
    "XDG_STATE_HOME": "home/state",
    "XDG_CACHE_HOME": "home/cache",
    "HF_HOME": "home/huggingface",
    "TORCHINDUCTOR_CACHE_DIR": "home/inductor",
    "MIXLORA_STUDIO_HOME": "studio",
}

# At import, because libraries read these when they are imported themselves.
for _name, _folder in _places.items():
    _path = Path(_home.name) / _folder
    _path.mkdir(parents=True, exist_ok=True)
    os.environ[_name] = str(_path)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if sys.platform == "win32":
    # There the offscreen platform looks for fonts nowhere by itself, and each missing one is a warning.
    os.environ.setdefault("QT_QPA_FONTDIR", str(Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "Fonts")))
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# Torch's threads wait for one another where others work beside them: on a busy machine of two cores the test that loads
# the demo model took 226 s with two, and 29 s with one. Whoever wants more sets it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Whoever has torch do without a processor's newer instructions means oneDNN, too, which goes by the processor itself:
# torch asks it whether to pack keys for AMX, and has no kernel for that ("pack_vnni2 is only supported when avx512").
if (_capability := os.environ.get("ATEN_CPU_CAPABILITY")) in ("default", "avx2"):
    os.environ.setdefault("ONEDNN_MAX_CPU_ISA", {"default": "SSE41", "avx2": "AVX2"}[_capability])
# Every process that a test starts inherits this, so that a detached worker is known as ours.
os.environ[MARK] = uuid.uuid4().hex


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with slow tests first: begun last, one would keep a single processor busy while the others wait."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Leave what has been imported by now out of every later search for dead cycles.

    Torch, Qt and the tests themselves are 650,000 objects, through which each search went for 0.4 s of the processor:
    those after a window was closed, and those that the window's own thread makes several times a second.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Remove this process's folder now: one of several is killed soon after it has told that it is done."""
    _home.cleanup()


@pytest.fixture(autouse=True)
def studio_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A studio of its own for each test: settings, runs, logs and cached models lie in this folder."""
    # pytest's own numbering looks through all folders that there are, for each of some thousand tests.
    folder = tmp_path_factory.getbasetemp() / "studios" / str(next(_numbers))
    folder.mkdir(parents=True)
    monkeypatch.setenv("MIXLORA_STUDIO_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that loads in a moment, with a space in its name."""
    from tests.tiny import make_tiny_model

    return make_tiny_model(tmp_path_factory.mktemp("models") / "kleines Modell")


@pytest.fixture
def unpacked_demo(studio_home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's model, unpacked once for all tests of a session that load it, stands in this test's studio.

    Skips where it is not installed.
    """
    from studio.core import places
    from studio.models.gguf_folder import unpacked_gguf

    file = places.demo_model()
    if file is None:
        pytest.skip("the demo model is not installed; packaging/launch.py installs it")
    own, base = places.models(), tmp_path_factory.getbasetemp()
    together = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "the demo's model"
    with monkeypatch.context() as patch:
        patch.setattr(places, "models", lambda: together)
        folder, _ = unpacked_gguf(file, lambda _: None)  # of several processes, one does it
    # Hard links: a copy takes half a gigabyte.
    shutil.copytree(folder, own / folder.name, copy_function=os.link)


@pytest.fixture
def make_run(tiny_model: Path) -> Callable[..., Any]:
    """Make a finished run whose adapter is real: `make_run(runs, method, name)` gives its `RunFolder`."""
    from tests.adapted_run import make_adapted_run

    return lambda runs, *arguments, **options: make_adapted_run(runs, tiny_model, *arguments, **options)


@pytest.fixture(scope="session")
def forked() -> Iterator[type[subprocess.Popen[Any]]]:
    """What starts workers and proofs without importing torch for each of them; see `tests.forking`."""
    with forking() as popen:
        yield popen


@pytest.fixture(autouse=True, scope="module")
def start_quickly_for_a_file(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fork what imports torch, for what a file's tests share too, unless the whole file is marked `fresh`."""
    with pytest.MonkeyPatch.context() as patch:
        if may_fork() and request.node.get_closest_marker("fresh") is None:
            patch.setattr(subprocess, "Popen", request.getfixturevalue("forked"))
        yield


@pytest.fixture(autouse=True)
def start_really(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork nothing for a test that is marked `fresh`: its subject is a start, an import or a whole path."""
    if request.node.get_closest_marker("fresh") is not None:
        monkeypatch.setattr(subprocess, "Popen", REAL)


class PatientBot(QtBot):
    """pytest-qt's bot, which waits for what comes as long as the rest of the suite, and not five seconds.

    It keeps what it is given. pytest-qt's own forgets it, so that a window of which a fixture gave only a part was
    destroyed by Python's next search for dead cycles, with its threads still running, which ends the process.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__(request)
        self._kept: list[Any] = []

    def addWidget(self, widget: Any, **options: Any) -> None:
        super().addWidget(widget, **options)
        self._kept.append(widget)

    waitUntil = partialmethod(QtBot.waitUntil, timeout=round(1000 * PATIENCE))
    waitSignal = partialmethod(QtBot.waitSignal, timeout=round(1000 * PATIENCE))
    waitExposed = partialmethod(QtBot.waitExposed, timeout=round(1000 * PATIENCE))
    waitActive = partialmethod(QtBot.waitActive, timeout=round(1000 * PATIENCE))


@pytest.fixture(scope="session")
def searching_in_this_thread(qapp: Any) -> Any:
    """As in the studio, dead cycles are searched for in the window's thread alone from the first window on."""
    from studio.ui.collecting import Collecting

    return Collecting(qapp)


@pytest.fixture
def qtbot(qapp: Any, searching_in_this_thread: Any, request: pytest.FixtureRequest) -> QtBot:
    """A bot with patience; see `tests.patience`."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def nothing_left_running(studio_home: Path) -> Iterator[None]:
    """Fail the test that leaves a thread, a process (detached ones too) or a window behind."""
    threads, processes, windows = _threads(), set(psutil.pids()), _windows()
    yield
    left = [f"window {name}" for name in _close_windows(windows)]
    left += [f"thread {thread.name}" for thread in _wait(lambda: _threads() - threads)]
    left += [f"process {_describe(process)}" for process in _wait(lambda: _own(set(psutil.pids()) - processes))]
    for process in _own(set(psutil.pids()) - processes):
        with contextlib.suppress(psutil.Error):
            process.kill()
    if collecting := sys.modules.get("studio.ui.collecting"):
        collecting.collect_due()  # no event loop does it between tests
    if left:
        pytest.fail("left behind: " + "; ".join(sorted(left)))


def _wait(leftovers: Callable[[], set[Thing]]) -> set[Thing]:
    until = time.monotonic() + LEAVING
    while (left := leftovers()) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if type(thread).__name__ not in LASTING_THREADS}


def _own(pids: set[int]) -> set[psutil.Process]:
    """Those of the processes that a test of this session started and that really run."""
    own = set()
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or process.environ().get(MARK) != os.environ[MARK]:
                continue
            if not any(word in " ".join(process.cmdline()) for word in LASTING_PROCESSES):
                own.add(process)
    return own


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} ({' '.join(process.cmdline())[:200]})"
    except psutil.Error:
        return str(process.pid)


def _windows() -> set[int]:
    """The addresses of the windows that there are, without importing Qt into a test that does not use it."""
    return {_address(window) for window in _top_level_windows()}


def _address(window: Any) -> int:
    """Where Qt's own object lies; Python's wrapper around it may be made anew each time it is asked for."""
    return sys.modules["shiboken6"].getCppPointer(window)[0]


def _top_level_windows() -> list[Any]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    return [window for window in widgets.QApplication.topLevelWidgets() if window.parent() is None]


def _close_windows(before: set[int]) -> list[str]:
    """Close and name the windows that a test left; Python's own cycles may hold some, which is no leak."""
    if not _left(before):
        return []
    from PySide6.QtCore import QCoreApplication, QEvent

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = _left(before)
    names = [f"{type(window).__name__} {window.objectName()}".strip() for window in left]
    for window in left:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return names


def _left(before: set[int]) -> list[Any]:
    return [window for window in _top_level_windows() if _address(window) not in before]
