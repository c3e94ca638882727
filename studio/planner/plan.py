"""The Plan: a recipe's memory, item by item, against a budget; pure arithmetic, in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from studio.core.at_once import BUCKET_BYTES, LOGITS_AT_ONCE, card_length
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.units import memory
from studio.core.words import mark, tr
from studio.hardware.machine import Device
from studio.planner.activations import held_anyway_bytes, input_bytes, kept_bytes
from studio.planner.activations import layer_bytes as kept_by_layer
from studio.planner.adapter import ELEMENT, elements, optimizer_bytes
from studio.planner.ledger import Correction, Ledger, read_ledger
from studio.planner.methods.registry import arithmetic_of
from studio.planner.shape import ModelShape
from studio.planner.step import Step
from studio.planner.transients import largest_transient, roomy_chunk
from studio.planner.weights import divided_bytes, in_ram_bytes, off_card_bytes, weight_bytes

LABELS = {
    "weights": mark("Frozen weights"),
    "adapter": mark("Adapter"),
    "gradients": mark("Gradients"),
    "sent": mark("Gradients on their way"),
    "optimizer": mark("Optimiser states"),
    "activations": mark("Values kept for learning"),
    "batch": mark("Batch and masks"),
    "transient": mark("Largest block for a moment"),
    "context": mark("Libraries"),
    "rounding": mark("Gaps between blocks"),
    "correction": mark("Learned from past runs"),
}


def label_of(item: str) -> str:
    """What an item of a plan's is called where it is shown."""
    return tr(LABELS[item]) if item in LABELS else item.capitalize()


PACKED_FORM = ", packed"
"""What is added to the form of a plan with packed rows, so that they are compared with their own kind alone."""

MARGIN = 0.03  # of the peak: kept free for what arithmetic cannot know
CONTEXT = {"cuda": 450 << 20, "xpu": 450 << 20, "mps": 300 << 20, "cpu": 675 << 20}
ROUNDING = {"cuda": 0.02, "xpu": 0.02, "mps": 0.02}


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe's memory on a device; bytes.

    `items` sum to `peak_bytes`; the recipe fits when the peak and the plan's own margin, `reserve_bytes`, are within
    `budget_bytes`. `recipe` is the one asked for with every "auto" of memory and device decided: what the worker should
    run. `computed_peak_bytes` is the result of arithmetic alone, before the `correction` by this machine's past runs of
    the same `form`. `held_anyway_bytes` of the activations are held although checkpointing computes them again.
    `logits_at_once` go into one chunk of the loss. `ram_bytes` of the frozen layers lie in the machine's memory, and
    are in none of the items. `notes` are sentences on what was decided and why.
    """

    fits: bool
    peak_bytes: int
    items: dict[str, int]
    budget_bytes: int
    reserve_bytes: int
    device: Device
    recipe: Recipe
    notes: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=lambda: {item: label_of(item) for item in LABELS})
    computed_peak_bytes: int = 0
    form: str = ""
    correction: Correction = field(default_factory=Correction)
    held_anyway_bytes: int = 0
    logits_at_once: int = LOGITS_AT_ONCE
    step: Step | None = None
    ram_bytes: int = 0

    @property
    def measurable_peak_bytes(self) -> int:
        """The part of the peak that torch's counters show on an accelerator: all but the device's context.

        On a CPU it is the whole: what the worker's resident memory will be.
        """
        return self.peak_bytes - self._unseen

    @property
    def measurable_computed_bytes(self) -> int:
        """The same part of the computed peak, to which the ledger's ratios refer."""
        return self.computed_peak_bytes - self._unseen

    @property
    def measurable_items(self) -> dict[str, int]:
        """The items of `measurable_peak_bytes`, to which they sum."""
        return {name: size for name, size in self.items.items() if name != "context" or not self._unseen}

    @property
    def _unseen(self) -> int:
        return 0 if self.device.kind == "cpu" else self.items["context"]

    def to_dict(self) -> dict[str, Any]:
        """The keys `device`, `budget_bytes` and `plan` of `plan --json` (studio/README.md)."""
        device = self.device
        return {
            "device": {
                "kind": device.kind,
                "name": device.name,
                "total_bytes": device.total_bytes,
                "free_bytes": device.free_bytes,
                "present": device.present,
            },
            "budget_bytes": self.budget_bytes,
            "plan": {
                "fits": self.fits,
                "peak_bytes": self.peak_bytes,
                "computed_peak_bytes": self.computed_peak_bytes,
                "measured_times": self.correction.times,
                "measured_ratio": self.correction.ratio,
                "reserve_bytes": self.reserve_bytes,
                "ram_bytes": self.ram_bytes,
                "items": dict(self.items),
                "labels": dict(self.labels),
                "notes": list(self.notes),
                "recipe": self.recipe.model_dump(mode="json"),
            },
        }


def plan_decided(
    recipe: Recipe,
    shape: ModelShape,
    device: Device,
    budget: int,
    longest: int | None = None,
    ledger: Ledger | None = None,
) -> Plan:
    """Count the memory of a recipe in which nothing is "auto" any more.

    The correction comes from `ledger`; None is this machine's own, which does not apply to a card elsewhere.
    """
    training, method = recipe.training, recipe.method
    length = min(longest, training.max_length) if longest else training.max_length
    if device.kind == "cuda":
        length = card_length(length)
    step = _largest_step(recipe, shape, device, length)
    ask = arithmetic_of(method)
    tensors = ask.tensors(shape, method)
    adapter = elements(tensors) * ELEMENT
    kept = kept_bytes(shape, method, step)
    evaluates = any(task.evaluate for task in recipe.tasks)
    roomy = roomy_chunk(shape, method, step, tensors, training.optimizer, kept, evaluates)
    step = replace(step, logits_at_once=roomy)
    transient, what = largest_transient(shape, method, step, tensors, training.optimizer, kept, evaluates)
    items = {
        "weights": _weight_bytes(recipe, shape, device),
        "adapter": adapter + ask.remembered(shape, method),
        "gradients": adapter,
        "optimizer": optimizer_bytes(tensors, training.optimizer),
        "activations": kept,
        "batch": input_bytes(shape, step),
        "transient": transient,
        "context": CONTEXT[device.kind],
    }
    items |= {"sent": min(adapter, BUCKET_BYTES)} if recipe.machine.all_processes > 1 else {}
    items["rounding"] = _rounding(items, shape, method, step)
    form = ask.form(shape, method, step) + (PACKED_FORM if training.packing else "")
    computed = sum(items.values())
    seen = computed if device.kind == "cpu" else computed - items["context"]
    ledger = ledger or (read_ledger() if device.present else Ledger())
    correction = ledger.correction(device.name, form, recipe.model.precision, step.checkpointing, seen)
    items = corrected(items, int((correction.ratio - 1) * seen), device.kind)
    margin = int(MARGIN * (peak := sum(items.values())))
    held_anyway = held_anyway_bytes(shape, method, step)
    return Plan(
        fits=peak + margin <= budget,
        peak_bytes=peak,
        items=items,
        budget_bytes=budget,
        reserve_bytes=margin,
        device=device,
        recipe=recipe,
        computed_peak_bytes=computed,
        form=form,
        correction=correction,
        held_anyway_bytes=held_anyway,
        logits_at_once=roomy,
        step=step,
        ram_bytes=in_ram_bytes(shape, recipe.model.precision, layers_in_ram(recipe, shape)),
        notes=_notes(what, held_anyway),
    )


def _notes(largest: str, held_anyway: int) -> tuple[str, ...]:
    """What the arithmetic found: the largest block for a moment, and what is held although it is computed again."""
    said = tr("The largest block that is needed for a moment is {what}.", what=largest)
    if not held_anyway:
        return (said,)
    held = tr(
        "bitsandbytes' 8-bit linears hold {held_anyway} of their inputs until the backward "
        "pass, although activations are computed again there; with nf4 they would not.",
        held_anyway=memory(held_anyway),
    )
    return (said, held)


def _weight_bytes(recipe: Recipe, shape: ModelShape, device: Device) -> int:
    precision, processes = recipe.model.precision, recipe.machine.all_processes
    if recipe.machine.divides:
        return divided_bytes(shape, precision, processes, device.kind)
    return weight_bytes(shape, precision, device.kind) - off_card_bytes(shape, precision, layers_in_ram(recipe, shape))


def layers_in_ram(recipe: Recipe, shape: ModelShape) -> int:
    """How many layers lie in the machine's memory: none where that is still "auto"."""
    asked = recipe.machine.layers_in_ram
    return min(asked, shape.layers) if isinstance(asked, int) else 0


def _largest_step(recipe: Recipe, shape: ModelShape, device: Device, length: int) -> Step:
    """The largest micro-batch of a recipe in which nothing is "auto" any more, its longest rows of `length` tokens."""
    training, precision = recipe.training, recipe.model.precision
    assert isinstance(training.micro_batch, int)
    assert isinstance(training.checkpointing, bool)
    return Step(
        rows_at_once(recipe.rows_of_a_process, training.micro_batch),
        length,
        precision,
        training.checkpointing,
        device.kind,
        padded=_has_masks(shape, length, precision, device, training.packing),
        packed=training.packing,
        old=device.lacks_bfloat16,
    )


def _has_masks(shape: ModelShape, length: int, precision: str, device: Device, packed: bool) -> bool:
    """Whether attention has masks: where it is eager, for rows beyond a sliding window, and among padded rows.

    Padded rows go without where a card has FlashAttention: no learned token sees what is on its right. It knows windows
    too, but transformers asks that of it only among packed rows, by `studio.training.packed_attention`.
    """
    flash = device.kind == "cuda" and precision != "fp32" and (device.compute_capability or (0, 0)) >= (8, 0)
    return shape.soft_capped or (0 < shape.window <= length and not (flash and packed)) or not (flash or packed)


def _rounding(items: dict[str, int], shape: ModelShape, method: MethodTable, step: Step) -> int:
    """What the allocator takes beyond what is asked of it."""
    if step.device == "cpu":
        # On a CPU, blocks of a few MiB come from the C library's heap, and from the second step on it holds holes: so
        # much of what all layers' activations take. glibc's posix_memalign, by which torch allocates, asks for more
        # than it gives back, so a block never fits where one of its own size was (0 of 6 tries; malloc 6 of 6). A
        # fixed mmap threshold of 1 MiB leaves a fourth of the holes, but its page faults cost a third of a step's
        # time, so the holes are planned instead. They differ from run to run, on the demo model by 0.6 to 0.95 of it.
        # Windows and macOS have other allocators and are planned the same, unmeasured; there as here the probe finds
        # out, and the ledger corrects what follows.
        return int(arithmetic_of(method).holes * shape.layers * kept_by_layer(shape, method, step))
    return int(ROUNDING[step.device] * sum(size for name, size in items.items() if name != "context"))


def corrected(items: dict[str, int], by: int, device: str) -> dict[str, int]:
    """The items with what past runs took beyond them as one more; what they took less comes off the estimated ones."""
    if by >= 0:
        return items | ({"correction": by} if by else {})
    names = ("rounding", "transient", "activations", *(("context",) if device == "cpu" else ()))
    total = sum(items[name] for name in names)
    left = max(0, total + by)
    return items | {name: items[name] * left // max(1, total) for name in names}


def rows_at_once(batch_size: int, micro_batch: int) -> int:
    """The rows of the largest micro-batch: a batch is divided evenly, as `studio.data.batch.micro_batches` does."""
    return -(-batch_size // -(-batch_size // min(micro_batch, batch_size)))
