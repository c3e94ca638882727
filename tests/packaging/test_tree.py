"""Rules about the whole tree that no tool checks."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written so that this file does not name them either.
HOSTS = re.compile(
    r"\bpypi[.](?:org|python)|pythonhosted[.]|\bpytorch[.]org/whl|download[.]pytorch|[a-z]+[.]debian[.]org|"
    r"registry[.]npmjs|conda[.]anaconda|pypi[.]nvidia|archive[.]ubuntu|crates[.]io",
    re.IGNORECASE,
)

LONGEST_FILE = 450  # lines
LONGEST_FUNCTION = 70  # lines
MOST_METHODS = 25  # of a class
# Kernels are written out: their loops and their hand-made gradients are read beside the formula, from top to bottom.
KERNELS = ROOT / "studio" / "methods" / "mixlora" / "forms"


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


def sources() -> Iterator[tuple[Path, str]]:
    for folder in ("studio", "packaging"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT), file.read_text(encoding="utf-8")


def test_that_no_file_is_too_long_to_be_read_in_one_sitting() -> None:
    long = [f"{file}: {len(lines)} lines" for file, text in sources() if len(lines := text.splitlines()) > LONGEST_FILE]
    assert long == []


def test_that_no_function_outside_kernels_and_no_class_is_too_large() -> None:
    large = []
    for file, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION and KERNELS not in (ROOT / file).parents:
                    large.append(f"{file}: {node.name} has {lines} lines")
            elif isinstance(node, ast.ClassDef):
                methods = sum(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) for each in node.body)
                if methods > MOST_METHODS:
                    large.append(f"{file}: {node.name} has {methods} methods")
    assert large == []


def test_that_no_files_import_one_another_in_a_circle() -> None:
    import grimp

    graph = grimp.build_graph("studio", cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imported) > 100
    TopologicalSorter(imported).prepare()  # whose CycleError names the files of a circle
