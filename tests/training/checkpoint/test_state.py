"""A checkpoint's state put back: exactly, or not at all with a Problem, whatever its files hold."""

from __future__ import annotations

import copy
import gc
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

from studio.core.problem import ProblemError
from studio.training.checkpoint.state import Progress, RandomStates, load_state, save_state
from studio.training.memory.oom_recovery import AtOnce
from tests.tensor_files import copied_tensors


class Held:
    """A model with an adapter, its optimiser and schedule, after two steps."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        config = LlamaConfig(
            vocab_size=32,
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
            num_key_value_heads=1,
        )
        self.model = get_peft_model(LlamaForCausalLM(config), LoraConfig(r=2, target_modules=["q_proj"]))
        trained = [one for one in self.model.parameters() if one.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=0.1)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: 1 / (1 + step))
        for _ in range(2):
            self.model(input_ids=torch.arange(6)[None]).logits.square().sum().backward()
            self.optimizer.step()
            self.schedule.step()
            self.optimizer.zero_grad()

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_state(
            folder, self.model, self.optimizer, self.schedule, Progress(2, AtOnce(4, False, 16)), RandomStates.capture()
        )

    def load(self, folder: Path) -> Progress:
        return load_state(folder, self.model, self.optimizer, self.schedule)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Held, Path]:
    held, folder = Held(), tmp_path_factory.mktemp("state")
    held.save(folder)
    return held, folder


def test_that_everything_comes_back_to_the_last_bit(saved: tuple[Held, Path], tmp_path: Path) -> None:
    held, folder = saved
    held.save(tmp_path / "now")
    drawn = torch.rand(5).tolist(), random.random(), np.random.rand()
    before = copy.deepcopy(held.optimizer.state_dict())
    weights = {name: one.clone() for name, one in held.model.named_parameters()}
    other = Held()
    with torch.no_grad():
        for one in other.model.parameters():
            if one.requires_grad:
                one.add_(1.0)
    assert other.load(tmp_path / "now") == Progress(2, AtOnce(4, False, 16))
    assert (torch.rand(5).tolist(), random.random(), np.random.rand()) == drawn
    assert all(torch.equal(weights[name], one) for name, one in other.model.named_parameters())
    after = other.optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    for index, values in before["state"].items():
        assert all(torch.equal(value, after["state"][index][name]) for name, value in values.items())
    assert other.schedule.last_epoch == held.schedule.last_epoch
    assert folder.is_dir()


KEYS = st.sampled_from(["progress", "checkpointing", "scheduler", "param_groups", "tensors", "python", "numpy"])
FILES = st.sampled_from(["state.json", "state.safetensors", "adapter_model.safetensors"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=KEYS, junk=JUNK, drop=st.booleans())
def test_that_no_state_whatever_gives_more_than_a_problem(
    key: str, junk: Any, drop: bool, saved: tuple[Held, Path], tmp_path: Path
) -> None:
    held, folder = saved
    values = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    if drop:
        del values[key]
    else:
        values[key] = junk
    odd = tmp_path / "odd"
    held.save(odd)
    (odd / "state.json").write_text(json.dumps(values), encoding="utf-8")
    if key == "checkpointing" and not drop and isinstance(junk, bool):
        held.load(odd)  # the one junk that is none
    else:
        with pytest.raises(ProblemError, match="does not fit this run"):
            held.load(odd)
    held.load(folder)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300),
    file=FILES,
)
def test_that_no_bytes_whatever_give_more_than_a_problem(
    content: bytes, file: str, saved: tuple[Held, Path], tmp_path: Path
) -> None:
    held, folder = saved
    odd = tmp_path / "odd"
    held.save(odd)
    (odd / file).write_bytes(content)
    with pytest.raises(ProblemError, match="does not fit this run"):
        held.load(odd)
    held.load(folder)


@pytest.mark.parametrize("change", ["missing", "more", "shape", "type"])
@pytest.mark.parametrize("file", ["state.safetensors", "adapter_model.safetensors"])
def test_that_tensors_of_another_run_are_a_problem(
    change: str, file: str, saved: tuple[Held, Path], tmp_path: Path
) -> None:
    held, folder = saved
    held.save(tmp_path)
    tensors = copied_tensors(tmp_path / file)
    name = next(name for name in sorted(tensors) if "lora" in name or name.endswith("exp_avg"))
    if change == "missing":
        del tensors[name]
    elif change == "more":
        tensors[name + "x"] = torch.zeros(2)
    elif change == "shape":
        tensors[name] = torch.zeros(3, 3)
    else:
        tensors[name] = tensors[name].double()
    save_file(tensors, tmp_path / file)
    with pytest.raises(ProblemError):
        held.load(tmp_path)
    held.load(folder)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists what is mapped")
def test_that_no_file_of_a_checkpoint_stays_mapped_after_it_was_read(tmp_path: Path) -> None:
    Held().save(tmp_path / "a checkpoint")
    other = Held()
    other.load(tmp_path / "a checkpoint")
    gc.collect()
    mapped = [
        line for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines() if "a checkpoint" in line
    ]
    assert mapped == []
