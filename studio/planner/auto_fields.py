"""What a recipe's "auto" fields become: the best that fits, in a fixed order of preference."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Iterator

from studio.core.recipe.recipe import Recipe
from studio.core.units import memory
from studio.core.words import tr
from studio.hardware.machine import Device
from studio.planner.plan import Plan, layers_in_ram, plan_decided
from studio.planner.shape import ModelShape
from studio.planner.speed_estimate import tokens_per_second
from studio.planner.weights import PACKED, weight_bytes

WORTHWHILE_TOKENS = {"cuda": 8192, "xpu": 8192, "mps": 4096, "cpu": 2048}  # a larger micro-batch is no faster


def best_plan(recipe: Recipe, shape: ModelShape, device: Device, budget: int, longest: int | None = None) -> Plan:
    """The plan of a recipe with its "auto" fields set: the first of `choices` that fits, or the smallest.

    Where none of them fits, layers go into the machine's memory.
    """
    least: Plan | None = None
    for choice in choices(recipe, device, longest):
        plan = plan_decided(choice, shape, device, budget, longest)
        if plan.fits and has_room_in_ram(choice, shape, device):
            return plan
        if least is None or plan.peak_bytes < least.peak_bytes:
            least = plan
    assert least is not None
    moved = with_layers_in_ram(recipe, shape, device, budget, longest)
    return moved if moved is not None and (moved.fits or moved.peak_bytes < least.peak_bytes) else least


def with_layers_in_ram(
    recipe: Recipe, shape: ModelShape, device: Device, budget: int, longest: int | None = None
) -> Plan | None:
    """The fastest plan that fits with layers in the machine's memory, each with as few as it takes; else the smallest.

    None where that is not left to "auto", or cannot be had. Precision and optimiser are the smallest of those to try.
    """
    precision, optimizer = precisions(recipe, device)[-1], optimizers(recipe, device)[-1]
    if recipe.machine.layers_in_ram != "auto" or why_no_layers_in_ram(recipe, shape, precision, device) is not None:
        return None
    found: list[Plan] = []
    for checkpointing in _open(recipe.training.checkpointing, (False, True)):
        for micro_batch in micro_batches(recipe, device, longest):

            def plan(layers: int, recomputed: bool = checkpointing, rows: int = micro_batch) -> Plan:
                choice = decided(recipe, device, precision, optimizer, recomputed, rows, layers)
                return plan_decided(choice, shape, device, budget, longest)

            found.append(_fewest(plan, shape.layers))
    fitting = [each for each in found if each.fits]
    if not fitting:
        return min(found, key=lambda each: each.peak_bytes)
    return max(fitting, key=lambda each: tokens_per_second(each.recipe, shape, device, longest))


def _fewest(plan: Callable[[int], Plan], most: int) -> Plan:
    """The plan with the fewest layers in the machine's memory that fits; with all of them where none does."""
    least = plan(most)
    low = 0
    while least.fits and most - low > 1:
        middle = (low + most) // 2
        if (tried := plan(middle)).fits:
            least, most = tried, middle
        else:
            low = middle
    return least


def choices(recipe: Recipe, device: Device, longest: int | None = None) -> Iterator[Recipe]:
    """Every way to set the "auto" fields, from the best to the smallest.

    Precision goes last, since it costs quality; 8-bit optimiser states before it; within both, what is fastest first:
    without checkpointing at a micro-batch that fills the device, then smaller ones, then with checkpointing.
    """
    for precision in precisions(recipe, device):
        for optimizer in optimizers(recipe, device):
            for checkpointing in _open(recipe.training.checkpointing, (False, True)):
                for micro_batch in micro_batches(recipe, device, longest):
                    yield decided(recipe, device, precision, optimizer, checkpointing, micro_batch)


def decided(
    recipe: Recipe,
    device: Device,
    precision: str,
    optimizer: str,
    checkpointing: bool,
    micro_batch: int,
    layers_in_ram: int = 0,
) -> Recipe:
    """The recipe with these fields set, and its device named; `layers_in_ram` where it leaves that to "auto"."""
    asked = recipe.machine.layers_in_ram
    layers = layers_in_ram if asked == "auto" else asked
    machine = {
        "device": device.torch_name,
        "shard": recipe.machine.divides,
        "layers_in_ram": layers if has_own_memory(device) and not recipe.machine.divides else 0,
    }
    return recipe.model_copy(
        update={
            "model": recipe.model.model_copy(update={"precision": precision}),
            "training": recipe.training.model_copy(
                update={"optimizer": optimizer, "checkpointing": checkpointing, "micro_batch": micro_batch}
            ),
            "machine": recipe.machine.model_copy(update=machine),
        }
    )


def precisions(recipe: Recipe, device: Device) -> tuple[str, ...]:
    """The precisions to try, best first: bfloat16 on an accelerator that has it, else float16; on a CPU float32."""
    if recipe.model.precision != "auto":
        return (recipe.model.precision,)
    if device.kind == "cpu":
        return ("fp32", "bf16")
    if recipe.machine.divides:
        return ("fp16",) if device.lacks_bfloat16 else ("bf16",)
    plain = ("fp16",) if device.lacks_bfloat16 else ("bf16",)
    return (*plain, *(reversed(PACKED[1:]) if quantisation_installed() and device.kind == "cuda" else ()))


def optimizers(recipe: Recipe, device: Device) -> tuple[str, ...]:
    """The optimisers to try; 8-bit states need bitsandbytes and a CUDA device."""
    if recipe.training.optimizer != "auto":
        return (recipe.training.optimizer,)
    if device.kind == "cuda" and quantisation_installed():
        return ("adamw", "adamw-8bit")
    return ("adamw",)


def micro_batches(recipe: Recipe, device: Device, longest: int | None = None) -> list[int]:
    """The micro-batches to try, largest first: divisors of a process's rows, up to where larger ones are no faster."""
    training = recipe.training
    own = recipe.rows_of_a_process
    if training.micro_batch != "auto":
        return [min(training.micro_batch, own)]
    length = min(longest, training.max_length) if longest else training.max_length
    most = max(1, WORTHWHILE_TOKENS[device.kind] // length)
    return [size for size in range(min(own, most), 0, -1) if own % size == 0]


def why_no_packed(device: Device) -> str:
    """Why weights cannot be held as int8 or nf4 on a device, as part of a sentence; "" where they can."""
    if not quantisation_installed():
        return tr("int8 and nf4 weights need the package bitsandbytes, which is not installed")
    if device.kind in ("cuda", "cpu"):
        return ""
    return tr("int8 and nf4 weights are not supported on {device}", device=device.name)


def why_no_8bit(device: Device) -> str:
    """Why an optimiser cannot keep its states in 8 bits on a device, as part of a sentence; "" where it can."""
    if not quantisation_installed():
        return tr("8-bit optimiser states need the package bitsandbytes, which is not installed")
    if device.kind in ("cuda", "cpu"):
        return ""
    return tr("8-bit optimiser states are not supported on {device}", device=device.name)


def has_own_memory(device: Device) -> bool:
    """Whether layers may lie in the machine's memory instead of the device's own."""
    return device.kind == "cuda" and not device.shares_system_memory


def why_no_layers_in_ram(recipe: Recipe, shape: ModelShape, precision: str, device: Device) -> str | None:
    """Why layers cannot lie in the machine's memory, as part of a sentence, "" where it goes without saying.

    None where they can: the whole model has room there, through which it is loaded, for each process of this machine.
    """
    if not has_own_memory(device) or recipe.machine.divides or not device.ram_bytes:
        return ""
    needed = recipe.machine.processes * weight_bytes(shape, precision, device.kind)
    if needed <= device.ram_bytes:
        return None
    return tr(
        "layers in RAM would take {size} of this machine's memory, of which {there} can be had",
        size=memory(needed),
        there=memory(device.ram_bytes),
    )


def has_room_in_ram(decided: Recipe, shape: ModelShape, device: Device) -> bool:
    """Whether the machine's memory holds what a decided recipe has there."""
    return not layers_in_ram(decided, shape) or not why_no_layers_in_ram(
        decided, shape, decided.model.precision, device
    )


@functools.cache
def quantisation_installed() -> bool:
    """Whether bitsandbytes is installed, which int8, nf4 and the 8-bit optimisers need."""
    return importlib.util.find_spec("bitsandbytes") is not None


def _open(value: bool | str, options: tuple[bool, ...]) -> tuple[bool, ...]:
    return (value,) if isinstance(value, bool) else options
