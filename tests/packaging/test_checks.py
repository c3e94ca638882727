"""The test command: every check runs, a summary follows, the exit code is the result."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest
from launcher import checks
from launcher.checks import environ_for_tests, run_all, summary
from launcher.command import environ_for
from launcher.environment import Environment
from launcher.main import run_to_the_end

from tests.patience import PATIENCE

ENVIRONMENT = Environment(Path("/a place"))


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_that_all_five_checks_are_planned_with_the_tests_last() -> None:
    names = [name for name, _ in checks.checks(ENVIRONMENT, quick=False, pytest_arguments=[])]
    assert names == ["ruff check", "ruff format", "mypy", "lint-imports", "pytest"]


def test_that_slow_tests_run_unless_asked_otherwise_and_benchmarks_never() -> None:
    for quick, marks in ((False, "not bench"), (True, "not slow and not bench")):
        _, command = checks.checks(ENVIRONMENT, quick, ["-k", "plan"])[-1]
        assert command[1:5] == ["-m", "pytest", "-m", marks]
        assert command[-2:] == ["-k", "plan"]


def test_that_tests_run_side_by_side_one_more_than_there_are_processors_and_no_more_than_four() -> None:
    assert checks.side_by_side(1) == []
    assert [checks.side_by_side(count)[1] for count in (2, 3, 4, 64)] == ["3", "4", "4", "4"]


def test_that_a_failed_check_stops_no_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    planned = [
        ("first", python("raise SystemExit(3)")),
        ("missing", [str(tmp_path / "none")]),
        ("last", python("print('== 5 passed in 1.00s ==')")),
    ]
    outcomes = run_all(Environment(tmp_path), planned, os.environ)
    assert [code for _, code, _ in outcomes] == [3, 127, 0]
    assert "== 5 passed in 1.00s ==" in capfd.readouterr().out


def test_that_the_short_checks_run_beside_the_last_and_show_what_they_say_after_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    waits = f"""
import pathlib, time
until = time.monotonic() + {PATIENCE}
while not pathlib.Path("last began").exists() and time.monotonic() < until:
    time.sleep(0.01)
assert pathlib.Path("last began").exists()
print("first says this")
pathlib.Path("first ended").touch()
"""
    last = """
import pathlib, time
pathlib.Path("last began").touch()
while not pathlib.Path("first ended").exists():
    time.sleep(0.01)
print("last says this")
"""
    outcomes = run_all(Environment(tmp_path), [("first", python(waits)), ("last", python(last))], os.environ)
    assert [(name, code) for name, code, _ in outcomes] == [("first", 0), ("last", 0)]
    said = capfd.readouterr().out
    assert said.index("=== last") < said.index("last says this") < said.index("=== first") < said.index("first says")


def test_that_who_stops_while_the_short_checks_end_does_not_wait_for_those_that_have_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: Future[object], timeout: float | None = None) -> object:
        assert not self.cancelled()
        raise KeyboardInterrupt  # while the first of them runs

    monkeypatch.setattr(Future, "result", stop)
    first = "import pathlib, time\npathlib.Path('first began').touch()\ntime.sleep(2)"
    last = "import pathlib, time\nwhile not pathlib.Path('first began').exists():\n    time.sleep(0.01)"
    planned = [
        ("first", python(first)),
        ("second", python("import pathlib; pathlib.Path('second began').touch()")),
        ("last", python(last)),
    ]
    with pytest.raises(KeyboardInterrupt):
        run_all(Environment(tmp_path), planned, os.environ)
    assert [path.name for path in tmp_path.iterdir()] == ["first began"]


def test_that_lines_of_windows_stay_lines_where_they_are_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    says = python("import sys; sys.stdout.buffer.write(b'one\\r\\ntwo\\r\\n')")
    run_all(Environment(tmp_path), [("first", says), ("last", python("pass"))], os.environ)
    assert "one\ntwo\n" in capfd.readouterr().out


def test_that_the_summary_names_what_failed_and_the_code_is_not_0() -> None:
    good = ("mypy", 0, 4.0)
    text, code = summary([good, ("pytest", 1, 60.0)])
    assert code == 1
    assert text.endswith("Failed: pytest.")
    assert summary([good]) == ("\n=== summary\nok      mypy                4 s\nAll checks passed.", 0)


def test_that_tests_run_offscreen_unless_the_caller_chose_a_platform() -> None:
    assert environ_for_tests(ENVIRONMENT, False, {})["QT_QPA_PLATFORM"] == "offscreen"
    assert environ_for_tests(ENVIRONMENT, False, {"QT_QPA_PLATFORM": "xcb"})["QT_QPA_PLATFORM"] == "xcb"


def test_that_what_is_compiled_is_kept_for_the_next_process() -> None:
    assert not environ_for_tests(ENVIRONMENT, False, {"PYTHONDONTWRITEBYTECODE": "1"})["PYTHONDONTWRITEBYTECODE"]


def test_that_the_virtual_display_is_announced_only_where_there_is_one() -> None:
    assert environ_for_tests(ENVIRONMENT, True, {})[checks.XVFB_VARIABLE] == "1"
    assert checks.XVFB_VARIABLE not in environ_for_tests(ENVIRONMENT, False, {})


def test_that_the_environment_s_programs_come_first() -> None:
    path = environ_for_tests(ENVIRONMENT, False, {"PATH": "/usr/bin"})["PATH"]
    assert path.split(os.pathsep) == [str(ENVIRONMENT.python.parent), "/usr/bin"]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_that_the_exit_code_of_what_was_started_is_passed_on(code: int) -> None:
    assert run_to_the_end(python(f"raise SystemExit({code})")) == code


def test_that_a_relative_home_of_the_studio_stays_where_the_caller_meant_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is launched stands in the project's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIXLORA_STUDIO_HOME", "studio")
    monkeypatch.setenv("HF_HOME", "~/hub")
    assert environ_for()["MIXLORA_STUDIO_HOME"] == str(tmp_path / "studio")
    assert environ_for()["HF_HOME"] == str(Path.home() / "hub")


def test_that_a_test_process_that_dies_is_not_replaced() -> None:
    arguments = checks.side_by_side(2)
    assert arguments[arguments.index("--max-worker-restart") + 1] == "0"
