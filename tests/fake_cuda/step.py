"""One training step on a fake card, counted: `python -m tests.fake_cuda.step LIBRARY CASE...` prints JSON by line.

A case is METHOD:FORM:LAYERS:ROWS:LENGTH:OPTIONS, as in `mixlora:fused:3:8:512:checkpointing,dropout`; the options `8b`
and `1b` take the widths of Llama 3's models, else small ones, which launch the same kernels.
"""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        model, loss = _model(case)
        _step(case, model, loss)
        log.on = True
        _step(case, model, loss)
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


def _model(case: Case) -> tuple[Any, Any]:
    import torch
    from peft import get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    from studio.core.recipe.recipe import MethodTable
    from studio.methods.registry import adapter_config
    from studio.training.answer_loss import AnswerLoss

    sizes = LLAMA_8B if "8b" in case.options else LLAMA_1B if "1b" in case.options else SMALL
    vocabulary = 300 if sizes is SMALL else 128_256
    base = LlamaForCausalLM(LlamaConfig(**sizes, num_hidden_layers=case.layers, vocab_size=vocabulary))
    base = base.to("cuda", torch.bfloat16).requires_grad_(False).eval()
    values = {"name": case.method, "dropout": 0.05 if "dropout" in case.options else 0.0}
    if "magnitudes" in case.options:
        values["magnitudes"] = True
    model = get_peft_model(base, adapter_config(MethodTable.model_validate(values)))
    loss = AnswerLoss(model)
    # The head is proved by comparing numbers, which fake tensors have not.
    loss._head.whole_logits = ""
    if "checkpointing" in case.options:
        model.get_base_model().gradient_checkpointing_enable({"use_reentrant": False})
    return model.train(), loss


def _step(case: Case, model: Any, loss: Any) -> None:
    """What `StepComputer` and the loop do for one step of one micro-batch, without clipping and torch's optimiser."""
    import torch

    from studio.methods.protocols import routed_method
    from studio.training.input_casts import InputCasts

    ids = torch.ones(case.rows, case.length, dtype=torch.int64)
    batch = _batch(ids).to("cuda")
    routed = routed_method(model)
    values: dict[str, Any] = {}
    with InputCasts(model).left_out():
        with torch.autocast("cuda", dtype=torch.bfloat16):
            losses = loss(batch)
            total = losses.total / 512
            if routed is not None:
                for each in routed.auxiliary_losses().values():
                    total = total + each
                values = routed.auxiliary_values()
        total.backward()
    if routed is not None:
        values = values | routed.step_values()
        torch.stack([each.detach() for each in values.values()]).cpu()
        routed.take_loads()
    model.zero_grad()
    if routed is not None:
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
    for text in sys.argv[2:]:
        print(json.dumps(count(Case.of(text))), flush=True)
