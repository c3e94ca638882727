"""What a run holds and takes of memory, compared with its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from torch import Tensor

from studio.core.run.events import PlanMeasured
from studio.core.words import tr
from studio.planner import Plan
from studio.training.checkpoint.state import method_buffers
from studio.training.memory.usage import Peak
from studio.training.setup import Setup

GIB = 2**30


def held_bytes(setup: Setup, optimizer: Any) -> dict[str, int]:
    """What stays held for the whole run, counted tensor by tensor, under the plan's names; gradients as they are made.

    On a CPU "context" is what Python and the libraries took before the weights were read.
    """
    trained = [parameter for parameter in setup.model.parameters() if parameter.requires_grad]
    buffers = list(method_buffers(setup.model).values())
    own = {_place(tensor) for tensor in (*trained, *buffers)}
    frozen = [tensor for tensor in _frozen(setup.model) if _place(tensor) not in own]
    states = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, Tensor)]
    held = {
        "weights": _bytes(frozen),
        "adapter": _bytes([*trained, *buffers]),
        "gradients": sum(parameter.numel() * parameter.element_size() for parameter in trained),
        "optimizer": _bytes(states),
    }
    return held | ({"context": setup.libraries_bytes} if setup.libraries_bytes else {})


def measured_event(
    plan: Plan, stage: Literal["probe", "run"], peak: Peak, held: Mapping[str, int], **more: Any
) -> PlanMeasured:
    """The event that compares a measured peak with the plan; `more` are further fields of it."""
    predicted, taken = plan.measurable_peak_bytes, peak.bytes
    used, planned = taken / GIB, predicted / GIB
    sentence = tr(
        "{used:.2f} GiB used, {planned:.2f} GiB planned (×{ratio:.2f}).",
        used=used,
        planned=planned,
        ratio=taken / predicted,
    )
    if peak.least is not None:
        sentence = tr(
            "At most {used:.2f} GiB used, loading the model included; {planned:.2f} GiB planned.",
            used=used,
            planned=planned,
        )
    return PlanMeasured(
        predicted_peak_bytes=predicted,
        measured_peak_bytes=taken,
        at_most=peak.least is not None,
        items=plan.measurable_items,
        stage=stage,
        computed_peak_bytes=plan.measurable_computed_bytes,
        measured_items=_parts(held, taken),
        budget_bytes=plan.budget_bytes,
        ratio=taken / predicted,
        **{"sentence": sentence, **more},
    )


def _parts(held: Mapping[str, int], peak: int) -> dict[str, int]:
    """`held` and the rest, which sum to `peak`; on a CPU pages that were never touched are held but not taken."""
    parts, left = {}, peak
    for name in ("adapter", "gradients", "optimizer", "weights", "context"):
        if name in held:
            parts[name] = min(held[name], left)
            left -= parts[name]
    return parts | {"rest": left}


def _frozen(model: Any) -> Iterator[Tensor]:
    """Frozen parameters with the states of their quantisation, and buffers."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            continue
        yield local(parameter.data)
        state = getattr(parameter, "quant_state", None)
        nested = getattr(state, "state2", None)
        for owner, names in ((state, ("absmax", "code", "offset")), (nested, ("absmax", "code"))):
            yield from (value for name in names if isinstance(value := getattr(owner, name, None), Tensor))
        if isinstance(scales := getattr(parameter, "SCB", None), Tensor):
            yield scales
    yield from model.buffers()


def local(tensor: Tensor) -> Tensor:
    """This process's part of a tensor that is divided over several; any other tensor itself."""
    divided = getattr(tensor, "to_local", None)  # a DTensor, which a torch without torch.distributed has not
    return tensor if divided is None else divided()


def _bytes(tensors: list[Tensor]) -> int:
    """Each storage once."""
    return sum({_place(tensor): tensor.untyped_storage().nbytes() for tensor in tensors}.values())


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
