"""How long a run takes: its operations over the device's speed; a first guess that past runs correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.methods.registry import METHODS
from studio.core.recipe.mixing import steps_of
from studio.core.recipe.recipe import Recipe
from studio.hardware.machine import Device
from studio.planner.adapter import targeted
from studio.planner.methods.registry import arithmetic_of
from studio.planner.plan import layers_in_ram, rows_at_once
from studio.planner.shape import ModelShape
from studio.planner.weights import PACKED, base_bytes, moved_bytes

# Operations that a core does in one clock: tensor cores of data centre chips and of others, none, AVX-512 of a CPU.
DATA_CENTRE = ((8, 0), (9, 0), (10, 0))
PER_CLOCK_DATA_CENTRE, PER_CLOCK_CARD, PER_CLOCK_PLAIN, PER_CLOCK_CPU = 32.0, 4.0, 2.0, 32.0
SHARE = {"cuda": 0.4, "xpu": 0.3, "mps": 0.3, "cpu": 0.5}  # of the peak that training reaches
UNKNOWN = {"cuda": 30e12, "xpu": 20e12, "mps": 5e12, "cpu": 5e10}  # peak where cores and clock are unknown
FILLING = {"cuda": 512, "xpu": 512, "mps": 256, "cpu": 32}  # tokens at which a device reaches half of its share
LINK = 12e9  # bytes a second from the machine's memory where the link is unknown: 16 lanes of PCI Express 3, or 8 of 4
UNPACKING = 4e11  # bytes a second at which packed matrices are written out
# A core of a processor writes a third of a byte a clock: so much that three adapters over an nf4 base, with a row of
# 128 tokens each, take 0.935 of the time together, as was measured. The second is for unknown cores and clock.
UNPACKED_A_CLOCK, UNPACKING_CPU = 0.3, 2e9
# Elementwise passes over [tokens, inner] that routing adds, as a share of plain LoRA's time.
ROUTED = {"cuda": 1.3, "xpu": 1.3, "mps": 1.3, "cpu": 1.2}


def operations_per_second(device: Device, precision: str) -> float:
    """The matrix products that the device should manage while training, in operations a second."""
    if is_published(device, precision):
        return device.tensor_flops * SHARE[device.kind]
    if not device.cores or not device.clock_hz:
        return UNKNOWN[device.kind] * SHARE[device.kind]
    per_clock = PER_CLOCK_CPU
    if device.kind != "cpu":
        per_clock = PER_CLOCK_DATA_CENTRE if device.compute_capability in DATA_CENTRE else PER_CLOCK_CARD
        if precision == "fp32" or (precision == "bf16" and device.lacks_bfloat16):
            per_clock = PER_CLOCK_PLAIN
    elif precision != "fp32":
        per_clock = PER_CLOCK_CPU / 2  # without AMX, bfloat16 products on a CPU are slower than float32
    return device.cores * device.clock_hz * per_clock * SHARE[device.kind]


def is_published(device: Device, precision: str) -> bool:
    """Whether the maker's figures apply to a card that is not here: they are for products in bfloat16 only."""
    native = device.compute_capability is not None and device.compute_capability >= (8, 0)
    return bool(device.tensor_flops) and native and precision != "fp32"


@dataclass(frozen=True, slots=True)
class Work:
    """What one micro-batch asks of a device: tokens (padding counted), operations, and bytes of unpacked weights.

    `moved`: bytes of layers that come from the machine's memory.
    """

    tokens: int
    operations: float
    written: float
    moved: int = 0


def work_of(recipe: Recipe, shape: ModelShape, device: Device, longest: int | None = None) -> Work:
    """The work of a recipe's micro-batch; needs a recipe without "auto"."""
    training, method = recipe.training, recipe.method
    assert isinstance(training.micro_batch, int)
    length = min(longest, training.max_length) if longest else training.max_length
    tokens = rows_at_once(recipe.rows_of_a_process, training.micro_batch) * length
    matrices = shape.layers * sum(each.elements for each in shape.linears)
    passes = 3 if training.checkpointing else 2  # forward, the gradient of the input, and forward once more
    head = shape.vocabulary * shape.hidden
    attention = shape.layers * 2 * length * shape.heads * shape.head_dim
    operations: float = 2 * passes * (matrices + attention) + 2 * 2 * head + 6 * _low_rank(shape, recipe)
    if METHODS[method.name].routed:
        operations *= ROUTED[device.kind]
    # A layer comes twice, for each pass through it; the last of a pass are the first of the next.
    moved = 2 * moved_bytes(shape, recipe.model.precision, layers_in_ram(recipe, shape))
    return Work(tokens, operations * tokens, passes * matrices * base_bytes(recipe.model.precision), moved)


def moving_seconds(works: Sequence[Work], device: Device) -> float:
    """How long the layers in the machine's memory are on their way to the card."""
    return max(work.moved for work in works) / (device.link or LINK)


def seconds_of(works: Sequence[Work], precision: str, device: Device) -> float:
    """How long the device works on micro-batches that go through one base together; one alone is a sequence of one.

    Layers come from the machine's memory while others are computed: whichever takes longer decides. A card is filled by
    the rows of all. A processor is no faster for more rows (measured: three adapters over a row of 128 tokens each take
    0.98 of the time together); there only the weights that are unpacked once count.
    """
    return max(_computing(works, precision, device), moving_seconds(works, device))


def _computing(works: Sequence[Work], precision: str, device: Device) -> float:
    filling = FILLING[device.kind]
    tokens = sum(work.tokens for work in works)
    ideal = sum(work.operations * (1 + filling / (work.tokens if device.kind == "cpu" else tokens)) for work in works)
    seconds = ideal / operations_per_second(device, precision)
    written = max(work.written for work in works)  # once for all rows
    if precision in PACKED:
        # Where the bandwidth is known: unpacked matrices are written and read again.
        return seconds + (2 * written / device.bandwidth if device.bandwidth else written / _unpacking(device))
    return max(seconds, written / device.bandwidth) if device.bandwidth else seconds


def _unpacking(device: Device) -> float:
    """Bytes a second at which packed matrices are written out."""
    if device.kind != "cpu":
        return UNPACKING
    return UNPACKED_A_CLOCK * device.cores * device.clock_hz if device.cores and device.clock_hz else UNPACKING_CPU


def tokens_per_second(recipe: Recipe, shape: ModelShape, device: Device, longest: int | None = None) -> float:
    """Tokens (padding counted) that training should take in a second; needs a recipe without "auto".

    Of several processes each has a card of its own, or they share the processor; what they send is not counted.
    """
    work = work_of(recipe, shape, device, longest)
    alike = recipe.machine.nodes if device.kind == "cpu" else recipe.machine.all_processes
    return alike * work.tokens / seconds_of([work], recipe.model.precision, device)


def run_seconds(
    recipe: Recipe, shape: ModelShape, device: Device, rows: int | None, longest: int | None = None
) -> float | None:
    """Seconds of training alone, all rows as long as the longest; None where the number of rows is not known."""
    training = recipe.training
    if training.max_steps is None and rows is None:
        return None
    steps = steps_of(training, rows or 0)
    length = min(longest, training.max_length) if longest else training.max_length
    return steps * training.batch_size * length / tokens_per_second(recipe, shape, device, longest)


def _low_rank(shape: ModelShape, recipe: Recipe) -> int:
    """Elements of the low-rank pairs that one token passes through."""
    method, ask = recipe.method, arithmetic_of(recipe.method)
    total = 0
    for each in targeted(shape, method):
        total += ask.pairs_a_token(each, shape, method) * method.rank * (each.inputs + each.outputs)
    return shape.layers * total
