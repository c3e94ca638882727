"""Rules about the whole tree that no tool checks."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written so that this file does not name them either.
HOSTS = re.compile(
    r"\bpypi[.](?:org|python)|pythonhosted[.]|\bpytorch[.]org/whl|download[.]pytorch|[a-z]+[.]debian[.]org|"
    r"registry[.]npmjs|conda[.]anaconda|pypi[.]nvidia|archive[.]ubuntu|crates[.]io",
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("git is not installed, or this tree is no clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    files = [ROOT / name for name in listed.decode("utf-8").split("\0") if name]
    return [file for file in files if file.is_file()]


def test_that_no_tracked_file_names_a_package_registry_s_host() -> None:
    files = tracked()
    assert len(files) > 10
    named = [
        f"{file.relative_to(ROOT)}: {found.group()}"
        for file in files
        if (found := HOSTS.search(file.read_bytes().decode("utf-8", "replace")))
    ]
    assert named == []


def test_that_the_folder_packaging_does_not_hide_the_package_of_that_name() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_that_the_launcher_needs_the_standard_library_only() -> None:
    import sys

    names = set()
    for file in sorted((ROOT / "packaging").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        names |= set(re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE))
    assert names - sys.stdlib_module_names == {"launcher"}


def test_that_ci_runs_what_a_developer_runs() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "exec python3 packaging/launch.py test"
