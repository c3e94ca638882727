"""One training step on a fake card, counted: `python -m tests.fake_cuda.step LIBRARY CASE...` prints JSON by line.

A case is METHOD:FORM:LAYERS:ROWS:LENGTH:OPTIONS, as in `mixlora:fused:3:8:512:checkpointing,dropout`; the options `8b`
and `1b` take the widths of Llama 3's models, else small ones, which launch the same kernels; with `three`, three
adapters of the method are computed together, each with its own rows; with `ram`, every layer lies in the machine's
memory.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

SMALL = {"hidden_size": 64, "intermediate_size": 192, "num_attention_heads": 4, "num_key_value_heads": 2}
LLAMA_1B = {"hidden_size": 2048, "intermediate_size": 8192, "num_attention_heads": 32, "num_key_value_heads": 8}
LLAMA_8B = {"hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8}


@dataclass(frozen=True, slots=True)
class Case:
    """What is counted: a method in a form ("" where it has none) on a Llama of `layers` layers in bfloat16."""

    method: str
    form: str
    layers: int
    rows: int
    length: int
    options: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Case:
        method, form, layers, rows, length, options = text.split(":")
        return cls(method, form, int(layers), int(rows), int(length), tuple(filter(None, options.split(","))))

    def __str__(self) -> str:
        sizes = f"{self.layers}:{self.rows}:{self.length}"
        return f"{self.method}:{self.form}:{sizes}:{','.join(self.options)}"


def count(case: Case) -> dict[str, Any]:
    """Run one step of `case` after another that warms it up, and return what the second asked of the card."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    from tests.fake_cuda.log import Log

    log = Log(answers=case.rows * case.length // 2)
    with FakeTensorMode(allow_non_fake_inputs=True), log:
        _only_form(case.form, log)
        step = _three(case) if "three" in case.options else _one(case)
        step()
        log.on = True
        step()
        log.on = False
    kernels = [each for each in log.operations if each.kind == "kernel"]
    stalls = [each for each in log.operations if each.kind == "stall"]
    return {
        "case": str(case),
        "kernels": len(kernels),
        "stalls": len(stalls),
        "tera_flop": sum(each.flop for each in kernels) / 1e12,
        "elementwise_gb": sum(each.bytes for each in kernels if not each.flop) / 1e9,
        "stalls_at": sorted(f"{each.name} at {each.where}" for each in stalls),
        "mixed": sorted(log.mixed),
        "brought": [size for size, _ in log.brought],
        "waited_for": sum(waits for _, waits in log.brought),
    }


def _only_form(form: str, log: Any) -> None:
    from studio.methods.mixlora.forms import choice, fused, kernels
    from studio.methods.mixlora.forms.verdict import Verdict
    from tests.fake_cuda.log import FakeKernel

    found = Verdict("" if form == "fused" else "not asked for")
    setattr(choice, "verdict", lambda *_: found)  # noqa: B010
    setattr(choice, "_say", lambda *_: None)  # noqa: B010
    setattr(fused, "_on", lambda *_: contextlib.nullcontext())  # noqa: B010
    for name in ("_meet", "_forward", "_backward_tokens", "_backward_experts", "_mask"):
        setattr(kernels, name, FakeKernel(name, log))


def _one(case: Case) -> Callable[[], None]:
    model, loss = _adapted(case, _base(case))
    if "checkpointing" in case.options:
        model.get_base_model().gradient_checkpointing_enable({"use_reentrant": False})
    if "ram" in case.options:
        _in_ram(model)
    return lambda: _step(case, [model], lambda batches: [loss(batches[0])])


def _in_ram(model: Any) -> None:
    """Put every layer into the machine's memory, of which a fake card pins none."""
    import torch

    from studio.training.memory.layers_in_ram import InOrder, LayersInRam

    layers = LayersInRam(model, torch.device("cuda:0"), InOrder())
    setattr(layers, "_pinned", lambda size: torch.empty(size, dtype=torch.uint8))  # noqa: B010
    setattr(layers, "_sent", lambda rows: rows.to("cuda:0", non_blocking=True))  # noqa: B010
    layers.put(layers.most)


def _three(case: Case) -> Callable[[], None]:
    """What `TogetherGradients` does for one micro-batch of three runs, each drawing from torch's own generators."""
    import torch

    from studio.methods.together import Part, Together
    from studio.models.shared_copy import shared_copy
    from studio.training.packed_attention import Block, PackedAttention

    base = _base(case)
    models, losses = zip(*(_adapted(case, shared_copy(base)) for _ in range(3)), strict=True)
    together, attention = Together.of(base, models), PackedAttention(base, flash=False)

    def computed(batches: list[Any]) -> list[Any]:
        for loss, batch in zip(losses, batches, strict=True):
            loss.describe(batch)
        ids = torch.cat([batch.input_ids.flatten() for batch in batches])[None]
        positions = torch.arange(case.length, device="cuda").repeat(3 * case.rows)[None]
        with attention.among([Block(case.rows, case.length)] * 3):
            states = together([Part(place, case.rows, case.length) for place in range(3)], ids, position_ids=positions)
        return [loss.of(batch, own) for loss, batch, own in zip(losses, batches, states, strict=True)]

    return lambda: _step(case, list(models), computed)


def _base(case: Case) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from studio.models import fused_norms

    sizes = LLAMA_8B if "8b" in case.options else LLAMA_1B if "1b" in case.options else SMALL
    vocabulary = 300 if sizes is SMALL else 128_256
    base = LlamaForCausalLM(LlamaConfig(**sizes, num_hidden_layers=case.layers, vocab_size=vocabulary))
    base = base.to("cuda", torch.bfloat16).requires_grad_(False).eval()
    # Norms are proved by comparing numbers, too.
    setattr(fused_norms, "is_plain", lambda *_: True)  # noqa: B010
    fused_norms.fuse_norms(base)
    return base


def _adapted(case: Case, base: Any) -> tuple[Any, Any]:
    from peft import get_peft_model

    from studio.core.recipe.recipe import MethodTable
    from studio.methods.registry import adapter_config
    from studio.training.answer_loss import AnswerLoss

    values = {"name": case.method, "dropout": 0.05 if "dropout" in case.options else 0.0}
    if "magnitudes" in case.options:
        values["magnitudes"] = True
    model = get_peft_model(base, adapter_config(MethodTable.model_validate(values)))
    # A forward of its own, before any step; that it mixes no devices is seen where there is one layer.
    unproved = patch.object(AnswerLoss, "_prove_head", lambda _: None)
    with unproved if case.layers > 1 else contextlib.nullcontext():
        loss = AnswerLoss(model)
    # The head is proved by comparing numbers, which fake tensors have not.
    loss._head.whole_logits = ""
    return model.train(), loss


def _step(case: Case, models: list[Any], computed: Callable[[list[Any]], list[Any]]) -> None:
    """What `StepComputer` and the loop do for one step of one micro-batch, without clipping and torch's optimiser."""
    import torch

    from studio.methods.protocols import routed_method
    from studio.training.input_casts import InputCasts

    ids = torch.ones(case.rows, case.length, dtype=torch.int64)
    batches = [_batch(ids).to("cuda") for _ in models]
    with ExitStack() as as_they_come:
        for model in models:
            as_they_come.enter_context(InputCasts(model).left_out())
        with torch.autocast("cuda", dtype=torch.bfloat16):
            totals = [own.total / 512 for own in computed(batches)]
            values: list[dict[str, Any]] = []
            for place, model in enumerate(models):
                if (routed := routed_method(model)) is not None:
                    for each in routed.auxiliary_losses().values():
                        totals[place] = totals[place] + each
                    values.append(routed.auxiliary_values())
        torch.autograd.backward(totals)
    for model, own in zip(models, values, strict=False):
        routed = routed_method(model)
        assert routed is not None
        own = own | routed.step_values()
        torch.stack([each.detach() for each in own.values()]).cpu()
        routed.take_loads()
    for model in models:
        model.zero_grad()
        if (routed := routed_method(model)) is not None:
            routed.end_step()


def _batch(ids: Any) -> Any:
    """Rows of which the last half is learned; made without a look at values, which fake tensors have not."""
    import torch

    from studio.data.batch import Batch, Learned

    rows, length = ids.shape
    answers = rows * (length // 2)
    places = torch.zeros(answers, dtype=torch.int64)
    groups = torch.zeros(rows, dtype=torch.int64)
    learned = Learned(places, places.clone(), places.clone(), groups.clone())
    return Batch(ids, torch.ones_like(ids), ids.clone(), groups, learned, 1)


if __name__ == "__main__":
    from tests.fake_cuda.device import open_device

    open_device(Path(sys.argv[1]))
    # What is imported is searched for dead cycles again and again otherwise, for a quarter of the time.
    gc.freeze()
    for text in sys.argv[2:]:
        print(json.dumps(count(Case.of(text))), flush=True)
