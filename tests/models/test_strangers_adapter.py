"""An adapter from a stranger is refused with a Problem, or loaded as what it says; nothing in it is executed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.models.adapter_source import CONFIG, WEIGHTS, find_adapter
from studio.models.base_model import load_base
from studio.models.load_adapter import load_adapter
from studio.models.manifest import write_manifest
from tests.adapted_run import METHOD, write_adapter
from tests.tensor_files import copied_tensors

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def sound(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters") / "sound"
    write_adapter(folder, tiny_model, METHOD)
    return folder


@pytest.fixture(scope="module")
def base(tiny_model: Path) -> Any:
    return load_base(ModelTable(source=str(tiny_model))).model


@pytest.fixture
def adapter(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "adapter")


def configure(**values: Any) -> Change:
    def change(folder: Path) -> None:
        file = folder / CONFIG
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")

    return change


def without(name: str) -> Change:
    def change(folder: Path) -> None:
        file = folder / CONFIG
        values = json.loads(file.read_text(encoding="utf-8"))
        del values[name]
        file.write_text(json.dumps(values), encoding="utf-8")

    return change


def tensors(edit: Callable[[dict[str, torch.Tensor]], object]) -> Change:
    def change(folder: Path) -> None:
        held = copied_tensors(folder / WEIGHTS)
        edit(held)
        save_file({name: each.contiguous() for name, each in held.items()}, folder / WEIGHTS)

    return change


def first(held: dict[str, torch.Tensor], ending: str) -> str:
    return next(name for name in held if name.endswith(ending))


def raw(content: bytes, name: str = CONFIG) -> Change:
    return lambda folder: (folder / name).write_bytes(content) and None


def pickled(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    torch.save({"x": torch.ones(1)}, folder / "adapter_model.bin")


def poison(held: dict[str, torch.Tensor], value: float) -> None:
    held[first(held, "down_proj_B")][1, 2, 3] = value


def drop(held: dict[str, torch.Tensor]) -> None:
    del held[first(held, "lora_router.weight")]


def add(held: dict[str, torch.Tensor]) -> None:
    held["base_model.model.model.layers.9.mlp.lora_router.weight"] = torch.ones(4, 32)


def swap(held: dict[str, torch.Tensor], ending: str, new: torch.Tensor) -> None:
    held[first(held, ending)] = new


HOSTILE: list[tuple[str, Change, str]] = [
    ("rank of a billion", configure(r=10**9), "not a whole number from 1 to 4,096"),
    ("rank of another adapter", configure(r=8), "has rank 4, which the config does not name"),
    ("a billion experts", configure(num_experts=10**9), "not a whole number from 1 to 256"),
    ("other experts", configure(num_experts=8), "has 4 experts, which the config does not name"),
    ("rank in quotes", configure(r="4"), "not a whole number"),
    ("rank true", configure(r=True), "not a whole number"),
    (
        "alpha NaN",
        raw(b'{"peft_type": "LORA", "r": 4, "lora_alpha": NaN, "target_modules": ["q"]}'),
        "not a number above 0",
    ),
    ("no rank", without("r"), "does not set r"),
    ("no alpha", without("lora_alpha"), "does not set lora_alpha"),
    ("unknown kind", configure(peft_type="PROMPT_TUNING"), "peft_type is 'PROMPT_TUNING'"),
    ("kind of wrong type", configure(peft_type=["LORA"]), "peft_type is"),
    ("endless pattern", configure(target_modules="(a+)+$"), "nor a simple pattern"),
    ("a million modules", configure(target_modules=["q"] * 10**6), "neither a list of names"),
    ("pattern as a name", configure(target_modules=["(a|a)*$"]), "neither a list of names"),
    ("rank pattern", configure(rank_pattern={"(a+)+$": 4}), "does not map modules to numbers"),
    ("module to import", configure(auto_mapping={"parent_library": "os", "base_model_class": "x"}), "import a module"),
    ("own code", configure(trust_remote_code=True), "not understood here"),
    ("megatron", configure(megatron_config={"a": 1}, megatron_core="evil.module"), "megatron.core"),
    ("layers replicated", configure(layer_replication=[[0, 10**9]]), "not understood here"),
    ("unknown field", configure(num_expertz=4), "not understood here"),
    ("base that is changed", configure(init_lora_weights="pissa"), "changes the base model"),
    ("layer experts", configure(layer_experts=[4, 10**9]), "each entry a whole number from 1 to 256"),
    ("control characters", configure(base_model_name_or_path="x\x1b[2J"), "not a name"),
    ("no base", configure(base_model_name_or_path=None), "which base model"),
    ("no JSON", raw(b"\x80\x04\x95pickle"), "cannot be read"),
    ("a list", raw(b"[]"), "not a JSON object"),
    ("nested", raw(b'{"a":' * 100_000), "nested"),
    ("huge", raw(b'{"a": "' + b"x" * 2**24 + b'"}'), "larger than"),
    ("pickle", pickled, "a pickle, which can run any program"),
    ("header of exabytes", raw(b"\xff" * 64, WEIGHTS), "its header claims"),
    ("NaN", tensors(lambda held: poison(held, float("nan"))), "contains NaN or infinity"),
    ("infinity", tensors(lambda held: poison(held, float("inf"))), "contains NaN or infinity"),
    ("missing tensor", tensors(drop), "lora_router.weight is missing"),
    ("unknown tensor", tensors(add), "layers.9.mlp.lora_router.weight is not known"),
    ("no tensor", tensors(dict.clear), "no tensor"),
    ("whole numbers", tensors(lambda held: swap(held, "gate_proj_A", torch.ones(4, 4, 32).int())), "has the type I32"),
    ("another width", tensors(lambda held: swap(held, "gate_proj_A", torch.ones(4, 4, 33))), "does not fit"),
]


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_that_a_strangers_adapter_is_refused_with_a_problem(
    change: Change, said: str, adapter: Path, base: Any, tmp_path: Path
) -> None:
    change(adapter)
    before = {name: value.clone() for name, value in base.state_dict().items()}
    with pytest.raises(ProblemError) as raised:
        load_adapter(base, find_adapter(str(adapter), tmp_path).folder)
    assert said in str(raised.value)
    # The desk keeps the base for the next question.
    assert base.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in base.state_dict().items())


@pytest.mark.parametrize("base", ["\\\\host\\share\\m", "//host/share/m", "\\\\?\\UNC\\host\\m"])
def test_that_a_base_on_another_computer_is_asked_for_and_never_looked_at(
    base: str, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(base_model_name_or_path=base)(adapter)
    asked: list[str] = []
    stat = os.stat

    def told(path: Any, *arguments: Any, **more: Any) -> os.stat_result:
        asked.append(str(path))
        return stat(path, *arguments, **more)

    monkeypatch.setattr(os, "stat", told)
    with pytest.raises(ProblemError, match="which m is its base model"):
        find_adapter(str(adapter), tmp_path)
    assert asked
    assert [path for path in asked if "host" in path] == []


def test_that_the_sound_adapter_is_loaded_with_every_value(adapter: Path, base: Any, tmp_path: Path) -> None:
    from peft import get_peft_model_state_dict

    model = load_adapter(base, find_adapter(str(adapter), tmp_path).folder)
    held, stored = get_peft_model_state_dict(model), load_file(adapter / WEIGHTS)
    model.unload()
    assert held.keys() == stored.keys()
    assert all(torch.equal(held[name], stored[name]) for name in stored)


def test_that_one_changed_bit_of_an_adapter_with_a_manifest_is_a_problem(adapter: Path, tmp_path: Path) -> None:
    write_manifest(adapter, (CONFIG, WEIGHTS))
    find_adapter(str(adapter), tmp_path)
    content = bytearray((adapter / WEIGHTS).read_bytes())
    content[-100] ^= 1
    (adapter / WEIGHTS).write_bytes(content)
    with pytest.raises(ProblemError, match="has changed since it was written"):
        find_adapter(str(adapter), tmp_path)


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "C:\\x", "a:b"])
def test_that_a_manifest_names_nothing_outside_its_folder(name: str, adapter: Path, tmp_path: Path) -> None:
    (adapter / "manifest.json").write_text(json.dumps({"format": 1, "files": {name: {}}}), encoding="utf-8")
    with pytest.raises(ProblemError, match="not a path inside"):
        find_adapter(str(adapter), tmp_path)


def test_that_a_link_in_an_adapters_folder_is_refused(adapter: Path, tmp_path: Path) -> None:
    (adapter / WEIGHTS).rename(tmp_path / "elsewhere")
    try:
        (adapter / WEIGHTS).symlink_to(tmp_path / "elsewhere")
    except OSError:
        pytest.skip("this system lets this user make no links")
    with pytest.raises(ProblemError, match="is a link"):
        find_adapter(str(adapter), tmp_path)
