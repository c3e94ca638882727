"""All that a run needs to continue exactly: adapter, optimiser, scheduler, random states, the method's buffers.

No pickle is written or read: tensors go into safetensors, the rest into JSON (Python writes floats exactly).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import get_peft_model_state_dict
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from studio.core.at_once import ROWS_AT_ONCE
from studio.core.out_of_memory import is_out_of_memory
from studio.core.problem import ProblemError
from studio.core.said import words_of
from studio.core.words import plural, tr
from studio.models.adapter_files import write_adapter
from studio.models.disk_faults import disk_faults
from studio.training.loss_scale import LEAST, MOST, LossScale
from studio.training.memory.oom_recovery import AtOnce

TENSORS = "state.safetensors"
VALUES = "state.json"
ADAPTER = "adapter_model.safetensors"


@dataclass(slots=True)
class Progress:
    """What a checkpoint holds beside the tensors: finished steps and how much is computed at once.

    `loss_scale` is the loss's factor and how many steps it has held, where products are computed in float16.
    `without_loads`: an earlier version wrote it, which did not keep the loads that weight the next step's balance loss.
    """

    step: int = 0
    at_once: AtOnce = field(default_factory=lambda: AtOnce(1, False))
    loss_scale: LossScale | None = None
    without_loads: bool = False


def save_state(
    folder: Path, model: Any, optimizer: torch.optim.Optimizer, scheduler: Any, progress: Progress, rng: RandomStates
) -> None:
    """Write everything into `folder`, including an adapter that PEFT can load."""
    write_adapter(model, folder)
    tensors = {f"optimizer.{name}": value for name, value in _tensors(optimizer.state_dict()).items()}
    tensors |= {f"buffer.{name}": buffer for name, buffer in method_buffers(model).items()}
    tensors |= {f"rng.{name}": value for name, value in rng.tensors.items()}
    state = optimizer.state_dict()
    values = {
        "progress": {
            "step": progress.step,
            "micro_batch": progress.at_once.micro_batch,
            "evaluation_rows": progress.at_once.evaluation_rows,
            "layers_in_ram": progress.at_once.layers_in_ram,
            "loss_scale": None if progress.loss_scale is None else asdict(progress.loss_scale),
        },
        "checkpointing": progress.at_once.checkpointing,
        "scheduler": {name: value for name, value in scheduler.state_dict().items() if _is_plain(value)},
        "param_groups": state["param_groups"],
        "optimizer": _plain(state),
        "tensors": {name: _described(value) for name, value in tensors.items()},
        "python": rng.python,
        "numpy": rng.numpy,
    }
    with disk_faults():
        save_file(
            {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}, folder / TENSORS
        )
    (folder / VALUES).write_text(json.dumps(values), encoding="utf-8")


def load_state(folder: Path, model: Any, optimizer: torch.optim.Optimizer, scheduler: Any) -> Progress:
    """Put everything back in place, random generators last; raises ProblemError when it does not fit this run."""
    try:
        values = json.loads((folder / VALUES).read_text(encoding="utf-8"))
        progress = _progress(values)
        tensors = load_file(folder / TENSORS)
        if {name: _described(value) for name, value in tensors.items()} != values["tensors"]:
            raise ValueError(tr("{file} does not hold what {list} says", file=TENSORS, list=VALUES))
        _copy_over(get_peft_model_state_dict(model), load_file(folder / ADAPTER), tr("the adapter"))
        progress.without_loads = _load_buffers(method_buffers(model), _under(tensors, "buffer."))
        _load_optimizer(optimizer, values, _under(tensors, "optimizer."))
        # What is not a plain value (the schedule's function) stays this process's own.
        scheduler.load_state_dict({**scheduler.state_dict(), **values["scheduler"]})
        RandomStates(_under(tensors, "rng."), values["python"], values["numpy"]).restore()
        return progress
    except (
        OSError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
        SafetensorError,
    ) as error:
        if is_out_of_memory(error):
            raise
        raise ProblemError.at(
            tr("checkpoint {name}", name=folder.name),
            tr("it does not fit this run ({error}).", error=words_of(error)),
            tr("Resume with the recipe and the versions that it was made with, or start a new run."),
        ) from None


def load_weights(folder: Path, model: Any) -> None:
    """Put the adapter's weights and the method's buffers of a checkpoint in place, and nothing else of it.

    Raises ProblemError when they do not fit this run; then nothing was changed.
    """
    try:
        adapter, weights = get_peft_model_state_dict(model), load_file(folder / ADAPTER)
        with safe_open(folder / TENSORS, framework="pt") as tensors:
            held = {name: tensors.get_tensor(name) for name in tensors.keys() if name.startswith("buffer.")}  # noqa: SIM118
        _check_fits(adapter, weights, tr("the adapter"))
        _load_buffers(method_buffers(model), _under(held, "buffer."))
        _copy_over(adapter, weights, tr("the adapter"))
    except (OSError, LookupError, ValueError, SafetensorError) as error:
        raise ProblemError.at(
            tr("checkpoint {name}", name=folder.name),
            tr("it does not fit this run ({error}).", error=words_of(error)),
            tr("Start a new run."),
        ) from None


@dataclass(slots=True)
class RandomStates:
    """The states of every random generator of this process."""

    tensors: dict[str, Tensor]
    python: list[Any]
    numpy: list[Any]

    @classmethod
    def capture(cls) -> RandomStates:
        tensors = {"cpu": torch.get_rng_state()}
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            tensors |= {f"cuda.{index}": state for index, state in enumerate(torch.cuda.get_rng_state_all())}
        if torch.backends.mps.is_available():
            tensors["mps"] = torch.mps.get_rng_state()
        version, words, gauss = random.getstate()
        name, keys, place, has_gauss, cached = np.random.get_state(legacy=True)
        return cls(tensors, [version, list(words), gauss], [name, keys.tolist(), place, has_gauss, cached])  # type: ignore[union-attr]

    def restore(self) -> None:
        for name, state in self.tensors.items():
            kind, _, index = name.partition(".")
            if kind == "cpu":
                torch.set_rng_state(state)
            elif kind == "cuda" and torch.cuda.is_available() and int(index) < torch.cuda.device_count():
                torch.cuda.set_rng_state(state, int(index))
            elif kind == "mps" and torch.backends.mps.is_available():
                torch.mps.set_rng_state(state)
        version, words, gauss = self.python
        random.setstate((version, tuple(words), gauss))
        name, keys, place, has_gauss, cached = self.numpy
        np.random.set_state((name, np.array(keys, dtype=np.uint32), place, has_gauss, cached))


def method_buffers(model: nn.Module) -> dict[str, Tensor]:
    """Buffers of adapter layers: what a method keeps beside its weights (a router's bias, a queue of vectors).

    The base model's own buffers (rotary tables, causal masks) are made when it is loaded.
    """
    return {
        f"{place}.{name}": buffer
        for place, layer in model.named_modules()
        if isinstance(layer, BaseTunerLayer) and isinstance(layer, nn.Module)
        for name, buffer in layer.named_buffers()
        if "base_layer" not in name.split(".")
    }


def innermost(optimizer: Any) -> Any:
    """The optimiser itself, out of accelerate's wrapper."""
    while hasattr(optimizer, "optimizer"):
        optimizer = optimizer.optimizer
    return optimizer


def _copy_over(places: dict[str, Tensor], saved: dict[str, Tensor], what: str) -> None:
    _check_fits(places, saved, what)
    with torch.no_grad():
        for name, place in places.items():
            place.copy_(saved[name])


def _check_fits(places: dict[str, Tensor], saved: dict[str, Tensor], what: str) -> None:
    if set(places) != set(saved):
        odd = sorted(set(places) ^ set(saved))
        raise ValueError(
            plural(
                "{what} differs in one tensor: {first}",
                "{what} differs in {n} tensors, {first} among them",
                len(odd),
                what=what,
                first=odd[0],
            )
        )
    for name, place in places.items():
        if place.shape != saved[name].shape or place.dtype != saved[name].dtype:
            raise ValueError(tr("{name} has another shape or type", name=name))


def _load_buffers(places: dict[str, Tensor], saved: dict[str, Tensor]) -> bool:
    """Load a method's buffers; returns whether the last step's loads are missing, which are then zero."""
    loads = {name for name in places if name.endswith(".last_loads")}
    unknown = bool(loads) and not loads & set(saved)
    if unknown:
        saved = saved | {name: torch.zeros_like(places[name], device="cpu") for name in loads}
    _copy_over(places, saved, tr("the method's buffers"))
    return unknown


def _progress(values: dict[str, Any]) -> Progress:
    """How far the run was; raises ValueError where the parts of the state do not match."""
    step, micro_batch, recomputed = (
        values["progress"]["step"],
        values["progress"]["micro_batch"],
        values["checkpointing"],
    )
    scored = values["progress"].get("evaluation_rows", ROWS_AT_ONCE)  # earlier checkpoints have no such field
    layers = values["progress"].get("layers_in_ram", 0)  # nor this one
    whole = all(type(number) is int for number in (step, micro_batch, scored, layers))
    if not whole or type(recomputed) is not bool or min(micro_batch, scored, layers + 1) < 1:
        raise ValueError(tr("its progress is invalid"))
    if values["scheduler"]["last_epoch"] != step:
        raise ValueError(tr("its schedule is at another step"))
    at_once = AtOnce(micro_batch, recomputed, scored, layers)
    return Progress(step, at_once, _loss_scale(values["progress"].get("loss_scale")))


def _loss_scale(values: dict[str, Any] | None) -> LossScale | None:
    """The loss's factor as a checkpoint holds it; raises ValueError where it is none."""
    if values is None:
        return None
    found = LossScale(**values)
    if type(found.value) is not float or not LEAST <= found.value <= MOST or type(found.sound) is not int:
        raise ValueError(tr("its loss scale is invalid"))
    return found


def _described(tensor: Tensor) -> list[Any]:
    return [str(tensor.dtype), list(tensor.shape)]


def _tensors(state: dict[str, Any]) -> dict[str, Tensor]:
    return {place: value for place, value in _held(state) if isinstance(value, Tensor)}


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    return {place: value for place, value in _held(state) if not isinstance(value, Tensor)}


def _held(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an optimiser remembers of each parameter; bitsandbytes puts its 8-bit states one dictionary deeper."""
    for index, values in state["state"].items():
        for name, value in values.items():
            deeper = value if isinstance(value, dict) else {name: value}
            yield from ((f"{index}.{inner}", held) for inner, held in deeper.items())


def _load_optimizer(optimizer: torch.optim.Optimizer, values: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Any]] = {}
    for place, value in [*tensors.items(), *values["optimizer"].items()]:
        index, _, name = place.partition(".")
        # What was read is a view of the mapped file, and Windows deletes no file that is mapped.
        state.setdefault(int(index), {})[name] = value.clone() if isinstance(value, Tensor) else value
    shapes = [parameter.shape for group in optimizer.param_groups for parameter in group["params"]]
    for index, held in state.items():
        for name in ("exp_avg", "exp_avg_sq"):
            if name in held and held[name].shape != shapes[index]:
                raise ValueError(tr("the optimiser's {name} {index} has another shape", name=name, index=index))
    groups = [
        {name: tuple(value) if name == "betas" else value for name, value in group.items()}
        for group in values["param_groups"]
    ]
    own = innermost(optimizer)
    if hasattr(own, "init_state"):
        # bitsandbytes' own loading puts every state on the card, paged ones too, which training keeps in the machine's
        # memory, and gives each tensor its own copy of the tables of levels.
        optimizer.load_state_dict({"state": {}, "param_groups": groups})
        _fill_states(own, state)
    else:
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def _fill_states(optimizer: Any, saved: dict[int, dict[str, Any]]) -> None:
    """Make bitsandbytes' states where its first step would make them, and copy what was saved into them."""
    places = [
        (group, parameter, number, within)
        for number, group in enumerate(optimizer.param_groups)
        for within, parameter in enumerate(group["params"])
    ]
    for index in saved:
        group, parameter, number, within = places[index]
        optimizer.init_state(group, parameter, number, within)
    if torch.cuda.is_available():
        torch.cuda.synchronize()  # paged memory is filled with zeros by the card, in its own time
    for index, held in saved.items():
        made = optimizer.state[places[index][1]]
        tensors = {name: value for name, value in held.items() if isinstance(value, Tensor)}
        _copy_over(
            {name: value for name, value in made.items() if isinstance(value, Tensor)}, tensors, tr("the optimiser")
        )
        made.update({name: value for name, value in held.items() if name not in tensors})


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))
