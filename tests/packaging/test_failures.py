"""What the user reads when installing fails: where, what, remedy, and exit code 2; never a traceback."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

import pytest
from launcher import environment, fitness, machine
from launcher.command import ask, diagnose, run
from launcher.environment import Environment
from launcher.lock import only_one
from launcher.main import main
from launcher.problem import LaunchError, show

from tests.old_code_page import OLD_CODE_PAGE
from tests.packaging.facts import LINUX, MAC, WINDOWS

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
        ("ssl.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED]", "not trusted"),
        ("PermissionError: [WinError 5] Access is denied: 'torch.dll'", "could not be written"),
        ("ERROR: No matching distribution found for torch==2.13.0", "pinned package was not found"),
        ("noise\nFileNotFoundError: Forced include not found: resources\nerror: failed", "Forced include not found"),
        ("one\nERROR: the last word\n\n", "ERROR: the last word"),
        ("OSError: [WinError 206] The filename or extension is too long", "longer than this system allows"),
        ("HINT: This error might have occurred since this system does not have Windows Long Path support", "longer"),
        (
            "error: Failed to install\n  Caused by: Zu wenig Speicherplatz. (os error 112)",
            "disk is full",
        ),
        ("error: Failed to install\n  Caused by: Zugriff verweigert (os error 5)", "could not be written"),
        ("OSError: [WinError 32] Der Prozess kann nicht zugreifen: 'torch.dll'", "could not be written"),
        ("", "said nothing"),
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
    log = tmp_path / "a place" / "install.log"
    program = "print('façade'); raise SystemExit('ERROR: Network is unreachable')"
    with pytest.raises(LaunchError, match="could not be reached"):
        run([sys.executable, "-c", program], "installing", log, tmp_path)
    assert "façade" in log.read_text(encoding="utf-8")


def test_that_a_command_s_output_is_returned(tmp_path: Path) -> None:
    assert run([sys.executable, "-c", "print(7)"], "asking", tmp_path / "log", tmp_path) == "7\n"


def test_that_a_program_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="cannot be started"):
        run([str(tmp_path / "none")], "installing", tmp_path / "log", tmp_path)


def test_that_an_old_python_is_told_what_it_lacks() -> None:
    program = (
        f"import sys; sys.version_info = (3, 8, 1); sys.argv = ['launch.py']\n"
        f"exec(compile(open({str(PACKAGING / 'launch.py')!r}, encoding='utf-8').read(), 'launch.py', 'exec'))"
    )
    answer = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8")
    assert answer.returncode == 2
    assert "This is Python 3.8.1" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_that_a_project_that_is_not_whole_ends_with_code_2_and_a_remedy(tmp_path: Path) -> None:
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
    assert "The project is not whole" in answer.stderr
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
    assert answer.stdout == b"PYTHONPATH is set for another Python; here it is left aside.\n".replace(
        b"\n", os.linesep.encode()
    )
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
    said = run(
        [sys.executable, "-c", f"import os; print(*map(os.environ.get, {names}))"], "", tmp_path / "log", tmp_path
    )
    assert said == "None None 0\n"


def test_that_the_system_s_proxy_reaches_programs_that_only_look_at_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "getproxies", lambda: {"https": "http://proxy:8080", "http": "http://other:1"})
    assert machine.system_proxies() == {"HTTPS_PROXY": "http://proxy:8080", "HTTP_PROXY": "http://other:1"}
    monkeypatch.setenv("https_proxy", "http://mine:1")
    assert machine.system_proxies() == {"HTTP_PROXY": "http://other:1"}


def test_that_a_python_for_which_nothing_is_built_is_told_so() -> None:
    assert "32 bits" in (fitness.why_unfit(32, False) or "")
    assert "free-threaded" in (fitness.why_unfit(64, True) or "")
    assert fitness.why_unfit(64, False) is None


def test_that_a_system_older_than_qt_s_package_is_told_before_torch_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitness.platform, "libc_ver", lambda: ("glibc", "2.31"))
    with pytest.raises(LaunchError, match="Ubuntu 22"):
        fitness.refuse_unfit(LINUX, Path("/studio"))
    for libc in (("glibc", "2.34"), ("glibc", "2.36.9000"), ("musl", "1.2"), ("", "")):
        monkeypatch.setattr(fitness.platform, "libc_ver", lambda libc=libc: libc)
        fitness.refuse_unfit(LINUX, Path("/studio"))
    monkeypatch.setattr(fitness.platform, "mac_ver", lambda: ("13.6.1", ("", "", ""), "arm64"))
    with pytest.raises(LaunchError, match="macOS 14"):
        fitness.refuse_unfit(MAC, Path("/studio"))


def test_that_a_folder_too_deep_for_windows_is_warned_of_before_anything_is_fetched(
    capfd: pytest.CaptureFixture[str],
) -> None:
    deep = Path("C:/Users/Somebody With A Name/Documents/GitHub/mixlora-studio/mixlora-studio")
    fitness.refuse_unfit(WINDOWS, Path("C:/mixlora"))
    fitness.refuse_unfit(LINUX, deep)
    assert capfd.readouterr().out == ""
    fitness.refuse_unfit(WINDOWS, deep)
    assert "Windows may refuse files" in capfd.readouterr().out


def test_that_no_installed_file_has_a_longer_name_than_is_reckoned_with() -> None:
    names = [str(file) for name in ("torch", "pyside6-essentials", "transformers") for file in files(name) or ()]
    assert len(names) > 5000
    assert max(map(len, names)) <= fitness.LONGEST_FILE


def test_that_too_little_room_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="GiB are free"):
        Environment(tmp_path).need_room(1e9)


def test_that_a_python_without_venv_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LaunchError, match=r"apt-get install python3\.11-venv"):
        Environment(Path("/nowhere")).create(LINUX)


def test_that_an_environment_whose_python_is_gone_is_broken(tmp_path: Path) -> None:
    assert Environment(tmp_path).why_broken() == "its Python is gone"


def test_that_an_environment_without_pip_is_broken(tmp_path: Path) -> None:
    made = Environment(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    assert made.python_version == sys.version_info[:2]
    assert made.why_broken() == "its Python or its pip does not start"
    # The Python that it was made with is uninstalled, or is too old for what came since.
    settings = made.folder / "pyvenv.cfg"
    whole = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^version.*$", "version = 3.9.18", whole), encoding="utf-8")
    assert made.why_broken() == "it belongs to Python 3.9"
    settings.write_text(re.sub(r"(?m)^home.*$", "home = /nowhere", whole), encoding="utf-8")
    assert made.python_version is None
    assert made.why_broken() == "its Python is gone"


def test_that_a_python_in_a_folder_that_may_not_be_looked_into_is_not_taken_for_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Access is denied", str(path))

    assert environment._is_gone("/nowhere at all")
    monkeypatch.setattr(Path, "stat", refuse)
    assert not environment._is_gone("C:/Program Files/WindowsApps/Python")


def test_that_a_second_launcher_waits_and_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".venv.lock"
    with only_one(file):
        with pytest.raises(LaunchError, match="Another launcher"), only_one(file, patience=0.1):
            raise AssertionError("the lock was given twice")
        assert "waiting for it" in capfd.readouterr().out
    with only_one(file):
        assert file.exists()
