"""What the doctor finds, each with a cure."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.hardware import Machine, detect, diagnose, diagnosis, remarks
from studio.hardware.machine import Torch
from studio.hardware.nvidia import Nvml
from tests.hardware.fake_nvml import CARD, FakeNvml


def _machine(monkeypatch: pytest.MonkeyPatch, torch: Torch | None, **card: object) -> Machine:
    monkeypatch.setattr("studio.hardware.detection.installed_torch", lambda: torch)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return detect(Nvml(FakeNvml({**CARD, **card})))


def _found(machine: Machine, folder: Path) -> str:
    return "\n".join(str(problem) for problem in diagnose(machine, folder))


def test_that_a_cpu_build_beside_a_card_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = _found(_machine(monkeypatch, Torch("2.13.0", "cpu")), tmp_path)
    assert "RTX 4090: it cannot train: the installed torch 2.13.0 is a cpu build." in found
    assert "packaging/launch.py" in found


def test_that_a_fitting_build_has_nothing_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = _machine(monkeypatch, Torch("2.13.0", "cuda", "13.0"))
    monkeypatch.setattr(diagnosis, "kernel_problems", lambda device: ())  # this machine may lack a compiler
    assert "RTX" not in _found(machine, tmp_path)
    assert "torch" not in _found(machine, tmp_path)


def test_that_a_driver_too_old_for_torchs_cuda_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = _machine(monkeypatch, Torch("2.13.0", "cuda", "13.0"))
    old = replace(machine.devices[0], driver="550.54.14")
    found = _found(replace(machine, devices=(old, *machine.devices[1:])), tmp_path)
    assert "driver 550.54.14 is too old" in found
    assert "580 or newer" in found


def test_that_a_card_too_old_for_torchs_cuda_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = _machine(monkeypatch, Torch("2.13.0", "cuda", "13.0"), capability=(6, 1))
    assert "compute capability 6.1" in _found(machine, tmp_path)


@pytest.mark.parametrize(("toolkit", "wrong"), [("12.6", True), ("12.8", False), ("13.0", False)])
def test_that_a_card_too_new_for_torchs_cuda_is_found(
    toolkit: str, wrong: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = _machine(monkeypatch, Torch("2.13.0", "cuda", toolkit), capability=(12, 0))
    assert ("no kernels for a card this new" in _found(machine, tmp_path)) is wrong


def test_that_a_card_whose_kernels_cannot_be_compiled_is_found_with_the_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = _machine(monkeypatch, Torch("2.13.0", "cuda", "13.0"))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    found = _found(machine, tmp_path)
    assert "it lacks a C compiler and Python's header files" in found
    assert "apt install gcc python3-dev" in found
    (tmp_path / "Python.h").touch()
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/gcc" if name == "gcc" else None)
    assert "compiles" not in _found(machine, tmp_path)


def test_that_a_card_without_triton_is_told_what_it_costs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = _machine(monkeypatch, Torch("2.13.0", "cuda", "13.0"))
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "triton" else found(name))
    assert "Triton is not installed. Experts are computed in a slower form" in _found(machine, tmp_path)
    old = _machine(monkeypatch, Torch("2.13.0", "cuda", "12.6"), capability=(7, 5))
    assert "Triton" not in _found(old, tmp_path)


def test_that_missing_torch_and_a_full_disk_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=100 << 20))
    found = _found(_machine(monkeypatch, None), tmp_path / "not" / "there")
    assert "PyTorch is not installed" in found
    assert "only 100 MiB is free" in found


def test_that_a_card_that_this_torch_cannot_use_is_the_only_thing_said_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = diagnose(_machine(monkeypatch, Torch("2.13.0", "cpu")), tmp_path)
    assert len([problem for problem in found if "RTX 4090" in problem.where]) == 1


def test_that_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(diagnosis, "NEEDED", ("transformers", "no_such_package_here"))
    found = _found(_machine(monkeypatch, Torch("2.13.0", "cuda", "13.0")), tmp_path)
    assert "packages: not installed: no_such_package_here." in found


def test_that_little_memory_and_broken_settings_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, studio_home: Path
) -> None:
    studio_home.mkdir(parents=True, exist_ok=True)
    (studio_home / "settings.toml").write_text("this is no toml", encoding="utf-8")
    machine = _machine(monkeypatch, Torch("2.13.0", "cuda", "13.0"))
    found = _found(replace(machine, ram_available_bytes=1 << 30), tmp_path)
    assert "only 1.0 GiB of memory is available." in found
    assert "settings.toml" in found


def test_that_a_folder_where_nothing_can_be_written_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.access", lambda place, mode: False)
    found = _found(_machine(monkeypatch, Torch("2.13.0", "cuda", "13.0")), tmp_path)
    assert "runs cannot be written here" in found


def test_that_what_is_missing_but_not_needed_is_a_remark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("studio.core.places.demo_model", lambda: None)
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "bitsandbytes" else found(name))
    machine = _machine(monkeypatch, Torch("2.13.0", "cpu"))
    said = "\n".join(remarks(machine))
    assert "demo model is not installed" in said
    assert "bitsandbytes is not installed" in said
    assert "training runs on the CPU" in said
    assert "demo model" not in _found(machine, tmp_path)


@pytest.mark.parametrize(
    ("installed", "python", "broken"),
    [("6.12.0", (3, 11), True), ("6.12.0", (3, 12), False), ("6.11.1", (3, 12), True), ("6.11.3", (3, 11), False)],
)
def test_that_a_qt_that_does_not_work_here_is_found(
    monkeypatch: pytest.MonkeyPatch, installed: str, python: tuple[int, int], broken: bool
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: installed)
    from studio.hardware.diagnosis import _window

    assert bool(list(_window(python))) is broken


def test_that_an_old_python_is_found() -> None:
    from studio.hardware.diagnosis import _python

    assert "needs 3.11" in str(next(_python((3, 10))))
    assert list(_python((3, 11))) == []


def test_that_every_problem_has_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=100 << 20))
    problems = diagnose(replace(_machine(monkeypatch, None), ram_available_bytes=0), tmp_path)
    assert len(problems) >= 3
    assert all(problem.where and problem.what and problem.remedy for problem in problems)
