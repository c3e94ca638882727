"""Whatever an adapter's folder holds, its values are loaded as they are in the file, or it is reported as a Problem."""

from __future__ import annotations

import copy
import gc
import json
import shutil
import struct
import sys
import warnings
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from peft import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable, ModelTable
from studio.models.adapter_source import CONFIG, WEIGHTS, find_adapter
from studio.models.base_model import load_base
from studio.models.load_adapter import load_adapter, rebuild_adapter
from studio.models.manifest import write_manifest
from tests.adapted_run import METHOD, write_adapter
from tests.fuzz.mutations import STRINGS, fuzz, mutated_bytes, mutated_json, odd_value, pick, rounds
from tests.tensor_files import copied_tensors
from tests.tiny import make_tiny_model

LORA = MethodTable(name="lora", rank=2, alpha=4, targets=["q_proj", "up_proj"])
FIELDS = ("auto_mapping", "trust_remote_code", "layer_replication", "modules_to_save", "megatron_config", "use_dora",
          "target_modules", "rank_pattern", "init_lora_weights", "lora_bias", "layer_experts", "exclude_modules",
          "layers_to_transform", "trainable_token_indices", "runtime_config", "bias", "fan_in_fan_out")  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "model", num_hidden_layers=1)


@pytest.fixture(scope="module")
def base(model: Path) -> Any:
    return load_base(ModelTable(source=str(model))).model


@pytest.fixture(scope="module")
def sound(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("adapters")
    for name, method in (("mixlora", METHOD), ("lora", LORA)):
        write_adapter(folder / name, model, method)
    return folder / "mixlora", folder / "lora"


def damage(random: Random, folder: Path) -> None:
    """One accident, or one trick of a stranger's."""
    config, weights = folder / CONFIG, folder / WEIGHTS
    action = random.randrange(9)
    if action < 2:
        config.write_text(json.dumps(mutated_json(random, json.loads(config.read_bytes()))), encoding="utf-8")
    elif action == 2:
        values = json.loads(config.read_bytes()) | {pick(random, FIELDS): odd_value(random)}
        config.write_text(json.dumps(values), encoding="utf-8")
    elif action == 3:
        config.write_bytes(mutated_bytes(random, config.read_bytes()))
    elif action == 4:
        weights.write_bytes(mutated_bytes(random, weights.read_bytes()))
    elif action == 5:
        content = weights.read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header = json.dumps(mutated_json(random, json.loads(content[8 : 8 + length]))).encode()
        weights.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + length :])
    elif action == 6:
        held = copied_tensors(weights)
        name = pick(random, sorted(held))
        match random.randrange(6):
            case 0:
                del held[name]
            case 1:
                held[name + pick(random, STRINGS).encode("ascii", "replace").decode()[:50]] = held.pop(name)
            case 2:
                held[name] = held[name].to(pick(random, (torch.float16, torch.bfloat16, torch.int64, torch.float64)))
            case 3:
                held[name].view(-1)[0] = pick(random, (float("nan"), float("inf"), 1e30))
            case 4:
                held[name] = torch.zeros(pick(random, ((0,), (1,), (3, 3), (4, 4, 4), (1, 1, 1, 1))))
            case _:
                other = pick(random, sorted(held))
                held[name], held[other] = held[other], held[name]
        save_file({key: each.contiguous().clone() for key, each in held.items()}, weights)
    elif action == 7:
        pick(random, (config, weights)).unlink()
    else:
        (folder / pick(random, ("adapter_model.bin", "evil.py", "manifest.json"))).write_bytes(b'{"a": 1}')


def values(model: Any) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in get_peft_model_state_dict(model).items()}


@rounds
@fuzz
@given(random=st.randoms(use_true_random=False))
def test_that_an_adapter_is_loaded_as_it_is_or_reported_as_a_problem(
    random: Random, turn: int, base: Any, sound: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    original = pick(random, sound)
    folder = shutil.copytree(original, tmp_path_factory.mktemp("damaged") / "adapter")
    hashed = random.random() < 0.4
    if hashed:
        write_manifest(folder, (CONFIG, WEIGHTS))
    for _ in range(1 + random.randrange(2)):
        try:
            damage(random, folder)
        except (ValueError, OSError, RuntimeError, struct.error, torch.cuda.CudaError):
            break  # the damage itself could not be done to what earlier damage left
        except Exception as error:
            if "safetensors" not in type(error).__module__.lower():
                raise
            break
    plain = {name: value.clone() for name, value in base.state_dict().items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning alone would be no refusal outside of the tests
            source = find_adapter(str(folder), folder.parent)
            loaded = load_adapter(base, source.folder)
            held = values(loaded)
            loaded.unload()
            rebuilt = values(rebuild_adapter(copy.deepcopy(base), source))
    except ProblemError as error:
        if not all(problem.where and problem.what and problem.remedy for problem in error.problems):
            pytest.fail(f"a Problem says too little: {error}")
    else:
        stored = copied_tensors(folder / WEIGHTS)
        if hashed and (folder / "manifest.json").stat().st_size > 8:
            kept = load_file(original / WEIGHTS)
            assert stored.keys() == kept.keys()
            assert all(torch.equal(stored[name], kept[name]) for name in kept)
            assert json.loads((folder / CONFIG).read_bytes()) == json.loads((original / CONFIG).read_bytes())
        for each in (held, rebuilt):
            assert each.keys() == stored.keys()
            assert all(torch.equal(each[name], stored[name].to(each[name].dtype)) for name in stored)
        assert all(value.isfinite().all() for value in held.values())
    # Whatever was tried, the base is what it was.
    assert base.state_dict().keys() == plain.keys()
    assert all(torch.equal(value, plain[name]) for name, value in base.state_dict().items())
    if sys.platform == "win32":
        gc.collect()  # since Python 3.12 a refused load's tensors, which are mapped, are in a cycle with its frames
    shutil.rmtree(folder.parent)
