"""What `tests.forking` forks is, seen from outside, what a real start gives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from studio.core.process import own_input
from studio.core.process.start_worker import python_environment
from studio.export.proof import FRESH_PROCESS
from studio.export.twin import stock_process
from tests.forking import REAL, Forked, forking, may_fork, module_of
from tests.patience import wait_until
from tests.processes import is_gone
from tests.tiny import make_tiny_model
from tests.training.small_run import curve, small_run
from tests.worker.light_training import light_workers

pytestmark = pytest.mark.skipif(not may_fork(), reason="nothing is forked here")
WORKER = [sys.executable, "-m", "studio.worker.run"]
WAITS = [sys.executable, "-m", "studio.data.row_process"]  # for its first line of input


def started(command: list[str], **options: object) -> subprocess.Popen[bytes]:
    """A process that the server forked."""
    process = subprocess.Popen(command, **options)  # type: ignore[call-overload]
    assert isinstance(process, Forked)
    assert process.forked
    return process


def test_that_it_says_and_returns_what_a_real_one_does(tmp_path: Path) -> None:
    command = [*WORKER, str(tmp_path / "kein Lauf")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": python_environment(), "cwd": tmp_path}
    found = []
    for popen in (started, REAL):
        with popen(command, **pipes) as process:
            found.append((*process.communicate(), process.returncode))
    assert found[0] == found[1]
    assert found[0][2] == 2


def test_that_it_says_no_warnings_where_none_are_wanted(tmp_path: Path) -> None:
    said = "import os, warnings; warnings.warn('unwanted'); os._exit(0)"
    (tmp_path / "sitecustomize.py").write_text(said, encoding="utf-8")
    pipes = {"stderr": subprocess.PIPE, "env": python_environment(PYTHONPATH=str(tmp_path))}
    found = []
    for quiet in ([], ["-W", "ignore"]):
        for popen in (started, REAL):
            with popen([sys.executable, *quiet, *WAITS[1:]], **pipes) as process:
                found.append(b"unwanted" in process.communicate()[1])
    assert found == [True, True, False, False]


def test_that_it_has_a_command_line_a_session_and_an_end_of_its_own() -> None:
    pipe = subprocess.PIPE
    with started(WAITS, stdin=pipe, stdout=pipe, env=python_environment(), start_new_session=True) as process:
        wait_until(lambda: WAITS[2] in psutil.Process(process.pid).cmdline())
        words = psutil.Process(process.pid).cmdline()
        assert (words[0], words[-2:]) == (WAITS[0], WAITS[1:])
        assert os.getsid(process.pid) == process.pid
        assert process.poll() is None
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert is_gone(process.pid)


def test_that_its_input_ends_with_whoever_started_it() -> None:
    pipe = subprocess.PIPE
    with started(WAITS, stdin=pipe, stdout=pipe, env=python_environment()) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() is not None


def test_that_a_sitecustomize_is_heeded_and_another_studio_is_started_really(tmp_path: Path) -> None:
    said = "raise SystemExit(77)"
    place = light_workers(tmp_path / "site")["PYTHONPATH"]
    (tmp_path / "site" / "sitecustomize.py").write_text(said, encoding="utf-8")
    assert started([*WORKER, "none"], env=python_environment(PYTHONPATH=place)).wait() == 77
    (tmp_path / "other" / "studio").mkdir(parents=True)
    elsewhere = python_environment(PYTHONPATH=str(tmp_path / "other"))
    with subprocess.Popen([*WORKER, "none"], env=elsewhere, stderr=subprocess.DEVNULL) as process:
        assert not process.forked
        assert process.wait() != 0


def test_that_a_server_starts_without_what_a_test_has_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with forking() as popen:
        for name, value in light_workers(tmp_path / "site").items():
            monkeypatch.setenv(name, value)
        folder = small_run(tmp_path, make_tiny_model(tmp_path / "model"), training__max_steps=1)
        with popen([*WORKER, str(folder.path)], env=python_environment(PYTHONPATH="")) as process:
            assert process.wait() == 0
    assert curve(folder).keys() == {1}
    assert (folder.adapter / "adapter_model.safetensors").is_file(), "it trained lightly"


def test_that_its_streams_are_those_of_a_real_one(tmp_path: Path) -> None:
    said = """
import os, sys
print(sys.stdin.encoding, sys.stdin.errors)
for each in (sys.stdout, sys.stderr):
    print(each.encoding, each.errors, each.line_buffering, each.write_through, flush=True)
print("left in a buffer, if there is one")
os._exit(0)
"""
    (tmp_path / "sitecustomize.py").write_text(said, encoding="utf-8")
    for unbuffered in ("", "1"):
        environment = python_environment(PYTHONPATH=str(tmp_path), PYTHONUNBUFFERED=unbuffered)
        found = []
        for popen in (started, REAL):
            with popen(WAITS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
                found.append(process.communicate()[0].decode())
        assert found[0] == found[1]
        assert found[0].count("utf-8") == 3
        assert ("left in a buffer" in found[0]) is bool(unbuffered)


def test_that_a_long_path_to_the_temporary_files_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with forking(("numpy",)) as popen, popen([*WORKER, "none"], env=python_environment(), stderr=-3) as process:
        assert process.forked
        assert process.wait() == 2


def test_that_beside_a_gpu_nothing_is_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidiactl").touch()
    monkeypatch.setattr("tests.forking.GPUS", (str(tmp_path / "nvidiactl"),))
    assert not may_fork()


def test_that_other_settings_of_libraries_are_started_really() -> None:
    with subprocess.Popen([*WORKER, "none"], env=python_environment(HF_HUB_OFFLINE="0"), stderr=-3) as process:
        assert not process.forked
        assert process.wait() == 2


@pytest.mark.fresh
def test_that_a_test_that_asks_for_real_ones_gets_them() -> None:
    assert subprocess.Popen is REAL


def test_that_of_a_proofs_scripts_only_ours_is_forked() -> None:
    by_itself = [sys.executable, "-P", own_input.__file__]
    assert module_of([*by_itself, str(FRESH_PROCESS), "base"]) == own_input.__name__
    assert module_of([*by_itself, stock_process.__file__, "folder"]) is None


@pytest.mark.parametrize("command", [[sys.executable, "-c", "0"], ["ls"], "ls", [*WAITS[:2], "studio.worker.none"]])
def test_that_nothing_else_is_forked(command: list[str] | str) -> None:
    assert module_of(command) is None
