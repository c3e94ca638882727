"""Resuming takes no more of a card than training did, and an 8-bit optimiser's states come back too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from studio.training.checkpoint.state import Progress, RandomStates, load_state, save_state
from tests.training.checkpoint.test_state import Held


class MadeOn(TorchDispatchMode):
    """Notes the bytes of every tensor that is made on a device, for however short a time."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device
        self.bytes: list[int] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {id(one.untyped_storage()) for one in _tensors((args, kwargs or {}))}
        made = function(*args, **(kwargs or {}))
        for one in _tensors(made):
            if one.device.type == self.device and id(one.untyped_storage()) not in given:
                self.bytes.append(one.untyped_storage().nbytes())
        return made


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_flatten(values)[0] if isinstance(value, Tensor)]


def test_that_a_checkpoint_goes_through_the_cpu_and_makes_nothing_on_the_card_but_the_optimisers_states(
    tmp_path: Path,
) -> None:
    held = Held()
    held.save(tmp_path / "state")
    # Tensors on "meta" stand for those on a card: torch keeps the two devices as strictly apart.
    card = Held()
    card.model.to("meta")
    trained = [one for one in card.model.parameters() if one.requires_grad]
    card.optimizer = torch.optim.AdamW(trained, lr=0.1)
    with MadeOn("meta") as made:
        card.load(tmp_path / "state")
    weights = [one.numel() * one.element_size() for one in trained]
    assert sorted(made.bytes) == sorted(2 * weights)
    assert {value.device.type for state in card.optimizer.state.values() for value in state.values()} == {"meta", "cpu"}
    assert all(one.device.type == "meta" for one in card.model.parameters())


def test_that_an_8_bit_optimisers_states_come_back_to_the_last_bit(tmp_path: Path) -> None:
    bitsandbytes = pytest.importorskip("bitsandbytes")

    def stepped() -> tuple[list[Tensor], Any, Any, Any]:
        torch.manual_seed(0)
        held = Held()
        trained = [one for one in held.model.parameters() if one.requires_grad]
        with torch.no_grad():
            trained[0].set_(torch.randn(64, 128))  # large enough to be held in 8 bits
        optimizer = bitsandbytes.optim.AdamW8bit(trained, lr=0.1, min_8bit_size=1)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
        for _ in range(2):
            for one in trained:
                one.grad = torch.randn_like(one)
            optimizer.step()
            schedule.step()
        return trained, optimizer, schedule, held.model

    _, optimizer, schedule, model = stepped()
    save_state(tmp_path, model, optimizer, schedule, Progress(2), RandomStates.capture())
    _, other, other_schedule, other_model = stepped()
    other.state.clear()
    load_state(tmp_path, other_model, other, other_schedule)
    before, after = ([dict(one.state[p]) for g in one.param_groups for p in g["params"]] for one in (optimizer, other))
    assert before[0]["state1"].dtype == torch.uint8
    for mine, wanted in zip(after, before, strict=True):
        assert mine.keys() == wanted.keys()
        assert all(torch.equal(torch.as_tensor(mine[name]), torch.as_tensor(wanted[name])) for name in wanted)


def test_that_a_paged_optimisers_states_come_back_into_paged_memory_and_never_lie_on_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bitsandbytes = pytest.importorskip("bitsandbytes")
    base = bitsandbytes.optim.optimizer.Optimizer8bit
    paged: list[Tensor] = []

    def in_paged_memory(self: Any, parameter: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        # What bitsandbytes makes of a large tensor beside a card: in the machine's memory, and marked.
        paged.append(torch.zeros(parameter.shape, dtype=dtype))
        return paged[-1]

    monkeypatch.setattr(base, "get_state_buffer", in_paged_memory)

    def stepped(place: str) -> Held:
        held = Held()
        trained = [one for one in held.model.parameters() if one.requires_grad]
        with torch.no_grad():
            for one in trained:
                one.set_(torch.randn(64, 128))  # large enough to be held in 8 bits
        held.model.to(place)
        trained = [one for one in held.model.parameters() if one.requires_grad]
        held.optimizer = bitsandbytes.optim.PagedAdamW8bit(trained, lr=0.1)
        held.schedule = torch.optim.lr_scheduler.LambdaLR(held.optimizer, lambda step: 1.0)
        for _ in range(2 if place == "cpu" else 0):
            for one in trained:
                one.grad = torch.randn_like(one)
            held.optimizer.step()
            held.schedule.step()
        return held

    trained_here = stepped("cpu")
    trained_here.save(tmp_path / "state")
    wanted = [one.clone() for one in paged]
    assert any(bool(one.any()) for one in wanted)
    paged.clear()
    card = stepped("meta")
    with MadeOn("meta") as made:
        card.load(tmp_path / "state")
    states = [value for state in card.optimizer.state.values() for value in state.values()]
    assert sum(any(one is value for value in states) for one in paged) == len(paged) == len(wanted) == 4
    assert all(torch.equal(mine, saved) for mine, saved in zip(paged, wanted, strict=True))
    # On the card only a scale for each 256 elements, and the two tables of levels, once.
    assert sorted(made.bytes) == sorted([4 * 64 * 128 // 256] * 4 + [4 * 256] * 2)
