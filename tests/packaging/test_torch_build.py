"""Which build of torch is taken, over every combination of system, GPU and build at hand."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from launcher.problem import LaunchError
from launcher.torch_build import TorchBuild, choose, kind_of

PIN = "2.13.0"
GPU = "NVIDIA GeForce RTX 4090"
CPU_WHEEL, CUDA_WHEEL = "2.13.0+cpu", "2.13.0+cu130"
PYTHON, PINS = Path("/a place/.venv/bin/python"), Path("/a place/packaging/constraints.txt")

# (system, has a GPU, at hand) -> (kind, requirement, uv's backend, the kind taken when that fails)
TABLE = {
    ("Linux", False, None): ("cpu", "torch==2.13.0", "cpu", "cuda"),
    ("Linux", False, CPU_WHEEL): ("cpu", "torch==2.13.0+cpu", None, None),
    ("Linux", False, CUDA_WHEEL): ("cuda", "torch==2.13.0+cu130", None, None),
    ("Linux", True, None): ("cuda", "torch==2.13.0", "auto", "cuda"),
    ("Linux", True, CPU_WHEEL): ("cuda", "torch==2.13.0", "auto", "cuda"),
    ("Linux", True, CUDA_WHEEL): ("cuda", "torch==2.13.0+cu130", None, None),
    ("Windows", False, None): ("cpu", "torch===2.13.0", None, None),
    ("Windows", False, CPU_WHEEL): ("cpu", "torch==2.13.0+cpu", None, None),
    ("Windows", False, CUDA_WHEEL): ("cuda", "torch==2.13.0+cu130", None, None),
    ("Windows", True, None): ("cuda", "torch==2.13.0", "auto", None),
    ("Windows", True, CPU_WHEEL): ("cuda", "torch==2.13.0", "auto", None),
    ("Windows", True, CUDA_WHEEL): ("cuda", "torch==2.13.0+cu130", None, None),
    ("Darwin", False, None): ("cpu", "torch===2.13.0", None, None),
    ("Darwin", False, CPU_WHEEL): ("cpu", "torch==2.13.0+cpu", None, None),
}


def made(system: str, has_gpu: bool, local: str | None, wanted: str = "auto") -> TorchBuild:
    return choose(system, "arm64" if system == "Darwin" else "x86_64", GPU if has_gpu else None, local, PIN, wanted)


@pytest.mark.parametrize(("system", "has_gpu", "local"), TABLE)
def test_that_each_machine_gets_its_build(system: str, has_gpu: bool, local: str | None) -> None:
    build = made(system, has_gpu, local)
    otherwise = build.otherwise.kind if build.otherwise else None
    assert (build.kind, build.requirement, build.uv_backend, otherwise) == TABLE[system, has_gpu, local]


def test_that_the_table_holds_every_combination() -> None:
    everything = set(product(("Linux", "Windows"), (False, True), (None, CPU_WHEEL, CUDA_WHEEL)))
    assert everything == {key for key in TABLE if key[0] != "Darwin"}


@pytest.mark.parametrize("system", ["Linux", "Windows"])
@pytest.mark.parametrize("local", [None, CPU_WHEEL, CUDA_WHEEL])
def test_that_a_gpu_is_never_left_with_a_cpu_build(system: str, local: str | None) -> None:
    build: TorchBuild | None = made(system, True, local)
    while build is not None:
        assert build.kind == "cuda"
        build = build.otherwise


@pytest.mark.parametrize(("system", "has_gpu", "local"), TABLE)
def test_that_the_reason_names_the_gpu_or_its_absence(system: str, has_gpu: bool, local: str | None) -> None:
    why = made(system, has_gpu, local).why
    assert (GPU in why) == has_gpu
    assert ("has no NVIDIA GPU" in why) != has_gpu


def test_that_a_build_at_hand_is_named_in_the_reason() -> None:
    assert "torch 2.13.0+cpu is on this machine" in made("Linux", False, CPU_WHEEL).why


def test_that_the_user_may_insist_on_the_cpu() -> None:
    assert made("Linux", True, None, "cpu").uv_backend == "cpu"
    assert made("Windows", True, CPU_WHEEL, "cpu").requirement == "torch==2.13.0+cpu"
    assert "--torch cpu" in made("Linux", True, None, "cpu").why


def test_that_insisting_on_cuda_without_a_gpu_does_not_let_uv_choose_the_cpu() -> None:
    build = made("Windows", False, CPU_WHEEL, "cuda")
    assert (build.kind, build.uv_backend) == ("cuda", "cu130")


def test_that_pip_installs_the_build_at_hand_and_nothing_else() -> None:
    assert made("Linux", False, CPU_WHEEL).commands(PYTHON, PINS) == [
        ["pip", "install", "--no-compile", "-c", str(PINS), "torch==2.13.0+cpu"]
    ]


def test_that_uv_brings_the_pytorch_index_and_replaces_another_build() -> None:
    pip, uv = made("Windows", True, None).commands(PYTHON, PINS)
    assert pip == ["pip", "install", "--no-compile", "-c", str(PINS), "uv"]
    assert uv[:5] == ["uv", "pip", "install", "--python", str(PYTHON)]
    assert uv[5:] == ["--torch-backend=auto", "--reinstall-package", "torch", "-c", str(PINS), "torch==2.13.0"]


@pytest.mark.parametrize(
    ("version", "system", "kind"),
    [
        ("2.13.0", "Linux", "cuda"),
        ("2.13.0", "Windows", "cpu"),
        ("2.13.0", "Darwin", "cpu"),
        ("2.13.0+cpu", "Linux", "cpu"),
        ("2.13.0+cu126", "Windows", "cuda"),
    ],
)
def test_that_a_version_tells_its_kind(version: str, system: str, kind: str) -> None:
    assert kind_of(version, system) == kind


def test_that_an_intel_mac_is_told_that_torch_is_not_built_for_it() -> None:
    with pytest.raises(LaunchError, match="Intel"):
        choose("Darwin", "x86_64", None, None, PIN, "auto")


def test_that_cuda_on_a_mac_is_refused() -> None:
    with pytest.raises(LaunchError, match="no CUDA on macOS"):
        choose("Darwin", "arm64", None, None, PIN, "cuda")
