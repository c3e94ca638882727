"""What the user reads when installing fails: where, what, remedy, and exit code 2; never a traceback."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from launcher import machine
from launcher.command import ask, diagnose, run
from launcher.environment import Environment
from launcher.lock import only_one
from launcher.main import main
from launcher.problem import LaunchError, show

from tests.old_code_page import OLD_CODE_PAGE

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
LOG = Path("/a place/.venv/install.log")


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'\n"
            "ERROR: No matching distribution found for torch==2.13.0",
            "could not be reached",
        ),
        ("cause: dns error\ncause: failed to lookup address information", "could not be reached"),
        ("ERROR: Connection refused", "could not be reached"),
        ("ssl.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED]", "could not be reached"),
        ("PermissionError: [WinError 5] Access is denied: 'torch.dll'", "could not be written"),
        ("error: Failed to install\n  Caused by: Zugriff verweigert (os error 5)", "could not be written"),
        ("OSError: [WinError 32] Der Prozess kann nicht zugreifen: 'torch.dll'", "could not be written"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no build for this system"),
        ("noise\nFileNotFoundError: Forced include not found: resources\nerror: failed", "Forced include not found"),
        ("one\nERROR: the last word\n\n", "ERROR: the last word"),
        ("OSError: [WinError 206] The filename or extension is too long", "longer than this system allows"),
        ("HINT: This error might have occurred since this system does not have Windows Long Path support", "longer"),
        (
            "error: Failed to install\n  Caused by: Zu wenig Speicherplatz. (os error 112)",
            "disk is full",
        ),
        ("", "no output"),
    ],
)
def test_that_a_failed_command_is_explained(output: str, what: str) -> None:
    error = diagnose(output, "installing PyTorch", LOG)
    assert what in error.what
    assert str(LOG) in error.remedy


def test_that_a_problem_shows_its_three_parts_on_lines_of_their_own() -> None:
    page = io.StringIO()
    show(LaunchError("the place", "It is wrong.", "Mend it."), page)
    assert page.getvalue() == "\nwhere   the place\nwhat    It is wrong.\nremedy  Mend it.\n"


def test_that_a_command_s_words_are_kept_in_the_log_and_its_failure_is_raised(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    program = "print('façade'); raise SystemExit('ERROR: Network is unreachable')"
    with pytest.raises(LaunchError, match="could not be reached"):
        run([sys.executable, "-c", program], "installing", log, tmp_path)
    assert "façade" in log.read_text(encoding="utf-8")


def test_that_an_old_python_is_told_what_it_lacks() -> None:
    program = (
        f"import sys; sys.version_info = (3, 8, 1); sys.argv = ['launch.py']\n"
        f"exec(compile(open({str(PACKAGING / 'launch.py')!r}, encoding='utf-8').read(), 'launch.py', 'exec'))"
    )
    answer = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8")
    assert answer.returncode == 2
    assert "This is Python 3.8.1" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_that_an_incomplete_project_ends_with_code_2_and_a_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "a place with é"
    shutil.copytree(PACKAGING, folder / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    answer = subprocess.run(
        [sys.executable, str(folder / "packaging" / "launch.py"), "--headless"],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert answer.returncode == 2
    assert "The project is incomplete" in answer.stderr
    assert "remedy  Clone it again." in answer.stderr
    assert "Traceback" not in answer.stderr


def test_that_an_old_code_page_does_not_make_a_path_with_accents_a_failure(tmp_path: Path) -> None:
    folder = tmp_path / "Größe ✓"
    shutil.copytree(PACKAGING, folder / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    answer = subprocess.run(
        [sys.executable, str(folder / "packaging" / "launch.py")],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(tmp_path)},
    )
    assert answer.returncode == 2
    assert b"Gr??e" in answer.stderr
    assert b"Traceback" not in answer.stderr


def test_that_what_is_printed_into_a_pipe_is_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    with pytest.raises(SystemExit):
        main(["no verb"])
    assert (sys.stdout.encoding, sys.stderr.encoding) == ("utf-8", "utf-8")


def test_that_what_a_python_says_of_a_path_is_read_as_it_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OLD_CODE_PAGE.items():
        monkeypatch.setenv(name, value)
    assert ask([sys.executable, "-c", "print('fa\\xe7ade')"]).stdout == "façade\n"


def test_that_what_is_set_for_another_python_does_not_reach_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path))
    monkeypatch.setenv("PIP_USER", "1")
    names = ("PYTHONPATH", "PIP_TARGET", "PIP_USER")
    assert ask([sys.executable, "-c", f"import os; print(*map(os.environ.get, {names}))"]).stdout == "None None 0\n"


def test_that_a_32_bit_python_is_refused() -> None:
    with pytest.raises(LaunchError, match="32-bit"):
        machine.refuse_unfit_python(2**31 - 1)
    machine.refuse_unfit_python()


def test_that_too_little_room_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="GiB free"):
        Environment(tmp_path).need_room(1e9)


def test_that_a_python_without_venv_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(LaunchError, match=r"without ensurepip.*apt-get install python3\.\d+-venv"):
        machine.refuse_unfit_python()


def test_that_an_environment_without_python_or_without_pip_has_no_version(tmp_path: Path) -> None:
    made = Environment(tmp_path)
    assert made.python_version() is None
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    assert made.python_version() is None
    assert made.asked("print(7)") == "7"


def test_that_a_package_that_cannot_be_imported_is_noticed(tmp_path: Path) -> None:
    made = Environment(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    assert made.why_not("import sys") is None
    assert made.why_not("import torch") == "ModuleNotFoundError: No module named 'torch'"


def test_that_what_is_installed_is_compiled_but_for_packages_own_tests_and_what_cannot_be(tmp_path: Path) -> None:
    made = Environment(tmp_path / "tests")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    packages = Path(made.asked("import sysconfig; print(sysconfig.get_path('purelib'))") or "")
    for name, text in (("sound/a.py", "a = 1"), ("sound/tests/b.py", "b = 1"), ("odd.py", "this is no Python")):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text(text, encoding="utf-8")
    made.compile()
    assert [file.name.partition(".")[0] for file in packages.rglob("*.pyc")] == ["a"]


def test_that_it_is_said_where_what_is_installed_cannot_be_compiled(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = Environment(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    packages = Path(made.asked("import sysconfig; print(sysconfig.get_path('purelib'))") or "")
    refuses = "def refuse(*_, **__):\n    raise OSError('no more processes')\n"
    refuses += "import concurrent.futures\nconcurrent.futures.ProcessPoolExecutor = refuse\n"
    (packages / "sitecustomize.py").write_text(refuses, encoding="utf-8")
    made.compile()
    assert "not possible (OSError: no more processes)" in capfd.readouterr().out


def test_that_a_second_launcher_waits_and_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".venv.lock"
    with only_one(file):
        with pytest.raises(LaunchError, match="Another launcher is still"), only_one(file, patience=0.1):
            raise AssertionError("the lock was given twice")
        assert "waiting for it to finish" in capfd.readouterr().out
    with only_one(file):
        assert file.exists()
