"""Everything that gets installed is pinned, and the pins agree with what others ask for."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PINS = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8")
REQUIREMENTS = [Requirement(line) for line in PINS.splitlines() if line and not line.startswith("#")]
# torch's own metadata pins the CUDA libraries, which only a CUDA build has.
PINNED_BY_TORCH = ("nvidia-", "cuda-")


def test_that_every_line_is_one_exact_version() -> None:
    for requirement in REQUIREMENTS:
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement


def test_that_whatever_the_project_pulls_in_is_pinned() -> None:
    pinned = {canonicalize_name(requirement.name) for requirement in REQUIREMENTS}
    wanted = [("mixlora-studio", frozenset({"quantised", "test"}))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for line in metadata.distribution(name).requires or []:
            requirement = Requirement(line)
            used = [
                requirement.marker is None or requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}
            ]
            if any(used):
                wanted.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    unpinned = {name for name, _ in seen if not name.startswith(PINNED_BY_TORCH)} - pinned - {"mixlora-studio"}
    assert unpinned == set()


@pytest.mark.parametrize("system", ["linux", "win32"])
def test_that_the_kernels_compiler_comes_with_every_system_whose_torch_brings_none(system: str) -> None:
    def named(requirements: list[Requirement]) -> list[str]:
        here = {"sys_platform": system, "extra": ""}
        taken = [each for each in requirements if each.marker is None or each.marker.evaluate(here)]
        return [each.name for each in taken if each.name.startswith("triton")]

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = named([Requirement(line) for line in project["dependencies"]])
    assert asked == (["triton-windows"] if system == "win32" else []), "on Linux torch asks for it"
    assert named(REQUIREMENTS) == (asked or ["triton"])


def test_that_torch_is_the_version_that_machines_keep_at_hand() -> None:
    assert "\ntorch==2.13.0\n" in PINS


@pytest.mark.parametrize(("python", "version"), [("3.11", "6.11.3"), ("3.12", "6.12.0"), ("3.13", "6.12.0")])
def test_that_pyside_6_12_is_not_given_to_python_3_11(python: str, version: str) -> None:
    for requirement in REQUIREMENTS:
        if requirement.name in ("pyside6-essentials", "shiboken6"):
            assert requirement.marker is not None
            taken = requirement.marker.evaluate({"python_version": python})
            assert taken == (str(requirement.specifier) == f"=={version}")
    assert PINS.count("\npyside6-essentials==") == PINS.count("\nshiboken6==") == 2


def test_that_the_demo_model_is_where_the_studio_looks_for_it() -> None:
    from studio.core import places

    model = places.demo_model()
    assert model is not None
    assert model.name == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert model.stat().st_size > 80e6
