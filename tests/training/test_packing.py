"""Rows laid end to end teach what padded rows do, and no row sees another, in every kind of attention."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from peft import get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from studio.core.recipe.recipe import MethodTable
from studio.core.run.run_folder import list_runs
from studio.data.batch import Batch, packed_batches
from studio.data.order import RowOrder
from studio.data.packing import Packing
from studio.data.token_rows import TokenRow, TokenRows
from studio.methods.protocols import routed_method
from studio.methods.registry import adapter_config
from studio.training import packed_attention, packing_proof, setup, step
from studio.training.answer_loss import AnswerLoss
from studio.training.memory.oom_recovery import AtOnce, Recovery
from studio.training.packed_attention import CannotPackError, PackedAttention
from studio.training.packing_proof import why_not_packed
from studio.training.recorder import Recorder
from studio.training.step import StepComputer, StepFigures
from tests.methods.conftest import randomise
from tests.training.small_run import assert_same_run, curve, events, small_run, train
from tests.training.test_division import WITHIN, assert_learned_the_same


class PowerCut(BaseException):
    """Ends the worker as a kill would: nothing after it is done."""


VOCABULARY, WINDOW = 64, 6
LENGTHS = ((5, 23, 9), (3, 14, 9))  # of two tasks' rows: longer and shorter than the window
SLIDING = {"sliding_window": WINDOW}
MIXED = SLIDING | {"layer_types": ["sliding_attention", "full_attention"]}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": {},
    "mistral": SLIDING,
    "qwen2": MIXED | {"use_sliding_window": True},
    "qwen3": {},
    "gemma": {},
    "gemma2": MIXED,
    "gemma3_text": MIXED,
    "phi": {"num_key_value_heads": 4},
    "phi3": SLIDING,
    "smollm3": {},
}
POSITIONS: dict[str, dict[str, Any]] = {"opt": {"dropout": 0.0, "ffn_dim": 48, "word_embed_proj_dim": 32}}
CARRYING: dict[str, dict[str, Any]] = {
    "mamba": {},
    "lfm2": {"layer_types": ["conv", "full_attention"]},
    "qwen3_5_text": {
        "layer_types": ["linear_attention", "full_attention"],
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
    },
}
METHODS: dict[str, dict[str, Any]] = {
    "mixlora": {"z_loss": 0.01, "balance": 0.02},
    "top-p": {"routing": "top-p"},
    "switch": {"routing": "switch", "top_k": 1, "capacity": 4},
    "mixdora": {"magnitudes": True},
    "moelora": {"name": "moelora", "rank": 8, "balance": 0.02, "contrastive": 0.02},
    "lora": {"name": "lora"},
    "dora": {"name": "dora"},
}


def make_model(architecture: str, dtype: torch.dtype = torch.float64) -> Any:
    values = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 128,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "initializer_range": 0.2,
    }
    torch.manual_seed(0)
    config = AutoConfig.for_model(architecture, **values | (ARCHITECTURES | POSITIONS | CARRYING)[architecture])
    return AutoModelForCausalLM.from_config(config).to(dtype)


def adapted(architecture: str, dtype: torch.dtype = torch.float64, **fields: Any) -> Any:
    values = {"name": "mixlora", "rank": 4, "alpha": 8, "experts": 4, "top_k": 2, "dropout": 0}
    method = MethodTable.model_validate(values | fields)
    model = get_peft_model(make_model(architecture, dtype), adapter_config(method))
    return randomise(model.double() if dtype == torch.float64 else model)  # routers too, which else are in float32


def computer(model: Any, packed: bool) -> StepComputer:
    """The run's own step over the rows of `LENGTHS`, which are all in one optimiser batch."""
    draw = np.random.default_rng(0)
    sets = []
    for name, lengths in zip(("ask", "tell"), LENGTHS, strict=True):
        rows = [
            TokenRow(draw.integers(3, VOCABULARY, length, dtype=np.int32), np.arange(length) >= length // 2 - 1)
            for length in lengths
        ]
        sets.append(SimpleNamespace(name=name, train=TokenRows(rows)))
    tasks: Any = SimpleNamespace(tasks=sets, pad_id=0)
    order = RowOrder([len(lengths) for lengths in LENGTHS], [1, 1], sum(map(len, LENGTHS)), seed=0)
    model.train()
    return StepComputer(model, AnswerLoss(model), tasks, order, None, PackedAttention(model) if packed else None)


def taken(model: Any, packed: bool, micro_batch: int = 6) -> tuple[StepFigures, dict[str, torch.Tensor]]:
    """A step's figures and gradients."""
    if (routed := routed_method(model)) is not None:
        routed.forget_step()
    model.zero_grad()
    figures = computer(model, packed)(0, micro_batch)
    return figures, {
        name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None
    }


def assert_same_step(model: Any, *, within: float = 1e-12, rounding: float = 1e-12, micro_batch: int = 6) -> None:
    """`within` is for losses, relative; `rounding` for gradients, relative to the largest."""
    buffers = {name: value.clone() for name, value in model.named_buffers()}
    figures, gradients = taken(model, packed=False)
    with torch.no_grad():
        for name, value in model.named_buffers():
            value.copy_(buffers[name])  # a memory and last loads are the first step's own again
    found, found_gradients = taken(model, packed=True, micro_batch=micro_batch)
    assert found.loss == pytest.approx(figures.loss, rel=within)
    assert found.task_losses == pytest.approx(figures.task_losses, rel=within)
    assert found.auxiliary == pytest.approx(figures.auxiliary, rel=within)
    assert (found.tokens, found.answer_tokens) == (figures.tokens, figures.answer_tokens)
    assert {task: counts.tolist() for task, counts in found.loads.items()} == {
        task: counts.tolist() for task, counts in figures.loads.items()
    }
    assert found_gradients.keys() == gradients.keys()
    largest = max(float(gradient.abs().max()) for gradient in gradients.values())
    for name, gradient in gradients.items():
        torch.testing.assert_close(found_gradients[name], gradient, rtol=rounding, atol=rounding * largest, msg=name)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_that_packed_rows_teach_what_padded_rows_do(architecture: str) -> None:
    eager = architecture == "gemma2"  # its softmax is in float32 whatever the model's type, and of padding not a number
    model = adapted(architecture, torch.float32 if eager else torch.float64, z_loss=0.01)
    assert_same_step(model, within=1e-6 if eager else 1e-12, rounding=1e-5 if eager else 1e-12)


def test_that_positions_begin_again_with_each_row() -> None:
    # Rotary positions are relative, so only a model that learned its positions shows where they begin.
    assert_same_step(adapted("opt", name="lora", targets=["q_proj", "v_proj"]))


@pytest.mark.parametrize("fields", METHODS.values(), ids=METHODS)
def test_that_every_method_has_the_same_losses_loads_and_gradients_of_packed_rows(fields: dict[str, Any]) -> None:
    assert_same_step(adapted("llama", **fields))


@pytest.mark.parametrize("name", ["mixlora", "switch", "lora", "dora"])
def test_that_packed_rows_may_be_divided_and_computed_again(name: str) -> None:
    model = adapted("mistral", **METHODS[name])
    recovery = Recovery(model, None, torch.device("cpu"), AtOnce(1, True))  # type: ignore[arg-type]
    assert recovery.checkpointing
    for micro_batch in (1, 2):
        assert_same_step(model, micro_batch=micro_batch)


@pytest.mark.parametrize("name", ["mixlora", "switch", "moelora"])
def test_that_padding_up_to_a_cards_multiple_joins_no_load_and_no_loss(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sum(map(sum, LENGTHS)) % 16

    def filled(*given: Any) -> list[Batch]:
        return packed_batches(*given[:4], lambda tokens: -(-tokens // 16) * 16)

    monkeypatch.setattr(step, "packed_batches", filled)
    assert_same_step(adapted("llama", **METHODS[name]))


def test_that_the_probe_meets_the_fullest_sequence_that_the_longest_rows_make() -> None:
    model = adapted("llama", name="lora")
    lengths = {(task, row): length for task, own in enumerate(LENGTHS) for row, length in enumerate(own)}
    packed, padded = computer(model, packed=True), computer(model, packed=False)
    for micro_batch, filled in ((1, [23]), (2, [23, 14, 9]), (6, [23, 14, 9, 9, 5, 3])):
        found = sorted((lengths[int(task), int(row)] for task, row in packed.largest(micro_batch)), reverse=True)
        assert found == filled
        assert sum(found) <= micro_batch * 23
    assert padded.largest(2).tolist() == padded.longest(2).tolist()


def test_that_a_packed_sequence_is_no_longer_than_the_plan_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of six rows four do not fit at once: padded, they are divided into three and three, and so they are planned."""
    made = computer(adapted("llama", name="lora"), packed=True)
    given = []
    monkeypatch.setattr(step, "packed_batches", lambda *values: given.append(values[2]) or packed_batches(*values))
    for micro_batch in (1, 2, 3, 4, 5, 6, 64):
        made(0, micro_batch)
    assert given == [rows * 23 for rows in (1, 2, 3, 3, 3, 6, 6)]


def logits(model: Any, ids: torch.Tensor, packing: Packing) -> torch.Tensor:
    with torch.no_grad(), PackedAttention(model).among(packing):
        found: torch.Tensor = model(input_ids=ids, position_ids=packing.positions, use_cache=False).logits[0]
    return found


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_that_a_row_is_the_same_to_the_last_bit_whatever_lies_beside_it(architecture: str) -> None:
    model = make_model(architecture, torch.float32).eval()
    packing = Packing.of((9, 13, 5), padding=5)
    ids = torch.randint(3, VOCABULARY, (1, 32), generator=torch.Generator().manual_seed(1))
    before = logits(model, ids, packing)
    for row, length in enumerate(packing.lengths):
        start = int(packing.offsets[row])
        others = ids.clone()
        others[0, start : start + length] = 3 + ids[0, start : start + length] % 7
        changed = (logits(model, others, packing) != before).any(dim=1)
        assert changed[start : start + length].all()
        assert not changed[:start].any()
        assert not changed[start + length :].any()
    alone = model(input_ids=ids[:, 9:22], use_cache=False).logits[0]
    torch.testing.assert_close(before[9:22], alone, rtol=1e-5, atol=1e-5)


def varlen(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, starts: torch.Tensor, *_: Any, **given: Any
) -> torch.Tensor:
    """What torch says of its `varlen_attn`, plainly: tensors [tokens, heads, width], a window of (left, right)."""
    (left, right), groups = given["window_size"], query.shape[1] // key.shape[1]
    assert right == 0
    assert given["enable_gqa"] == (groups > 1)
    rows = []
    for start, stop in pairwise(starts.tolist()):
        q, k, v = (each[start:stop].transpose(0, 1) for each in (query, key, value))
        k, v = (each.repeat_interleave(groups, 0) for each in (k, v))
        apart = torch.arange(len(q[0]))[:, None] - torch.arange(len(q[0]))
        seen = (apart >= 0) & ((apart <= left) | (left < 0))
        scores = (q @ k.transpose(1, 2) * given["scale"]).masked_fill(~seen, -torch.inf)
        rows.append((scores.softmax(-1) @ v).transpose(0, 1))
    return torch.cat(rows)


@pytest.mark.parametrize("architecture", ["llama", "mistral", "gemma3_text", "phi", "gemma2"])
def test_that_a_cards_attention_gets_the_rows_their_window_and_their_scale(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(architecture, torch.float32).eval()
    packing = Packing.of((9, 13, 5), padding=5)
    ids = torch.randint(3, VOCABULARY, (1, 32), generator=torch.Generator().manual_seed(1))
    one_by_one = logits(model, ids, packing)
    called: list[int] = []

    def counting(*arguments: Any, **given: Any) -> torch.Tensor:
        called.append(1)
        return varlen(*arguments, **given)

    monkeypatch.setattr(packed_attention, "_has_flash", lambda *_: True)
    monkeypatch.setattr(packed_attention, "_varlen", lambda: counting)
    torch.testing.assert_close(logits(model, ids, packing), one_by_one, rtol=1e-5, atol=1e-5)
    assert len(called) == (0 if architecture == "gemma2" else 2)  # in each layer; soft-capped scores are eager
    with torch.no_grad(), PackedAttention(model, flash=False).among(packing):
        model(input_ids=ids, position_ids=packing.positions, use_cache=False)
    assert len(called) <= 2


def test_that_the_models_own_attention_is_back_after_a_packed_pass() -> None:
    model = make_model("gemma3_text")
    own = model.config._attn_implementation
    ids = torch.randint(3, VOCABULARY, (1, 16))
    with pytest.raises(CannotPackError):
        logits(model, ids, Packing.of((2, 2)))  # not as many tokens as there are
    assert model.config._attn_implementation == own


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("architecture", [*CARRYING, "llama", "gemma2"])
def test_that_a_model_whose_layers_carry_a_state_is_told_from_one_that_attends(
    architecture: str, dtype: torch.dtype
) -> None:
    targets = {"mamba": ["x_proj"], "lfm2": ["q_proj"], "qwen3_5_text": ["q_proj"]}.get(architecture, "all")
    model = adapted(architecture, dtype, name="lora", targets=targets)
    why = why_not_packed(model, PackedAttention(model))
    assert bool(why) == (architecture in CARRYING), why
    assert model.training


@pytest.mark.parametrize("fault", [KeyError("mask"), AssertionError(), TypeError("a dict"), RuntimeError("shape")])
def test_that_whatever_a_models_own_attention_raises_says_that_it_takes_no_packed_rows(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> str:
        raise fault

    monkeypatch.setattr(packing_proof, "_compare", refuse)
    model = adapted("llama", name="lora")
    assert type(fault).__name__ in why_not_packed(model, PackedAttention(model))


def run(folder: Path, model: Path, packing: bool, **changes: Any) -> Any:
    changes = {
        "method__balance": 0.01,
        "method__dropout": 0,
        "training__batch_size": 8,
        "training__micro_batch": 8,
        "training__max_steps": 4,
        "training__save_every": 2,
        "training__packing": packing,
    } | changes
    made = small_run(
        folder,
        model,
        training__learning_rate=0.001,
        training__evaluate_every=1000,
        **changes,
    )
    assert train(made) == 0
    return made


def test_that_a_packed_run_learns_what_a_padded_one_does_also_after_running_out_of_memory(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    padded = run(tmp_path, tiny_model, packing=False)
    packed = run(tmp_path, tiny_model, packing=True)
    assert_learned_the_same(packed, padded)
    assert [event.tokens for event in events(packed, "StepEnded")] == [
        event.tokens for event in events(padded, "StepEnded")
    ]
    assert curve(packed, "task/ask/loss") == pytest.approx(curve(padded, "task/ask/loss"), rel=WITHIN)
    assert not [event for event in events(packed, "WarningRaised") if "packing" in event.where]
    compute = StepComputer.__call__

    def greedy(self: StepComputer, step: int, micro_batch: int) -> Any:
        figures = compute(self, step, micro_batch)
        if step >= 2 and micro_batch > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return figures

    monkeypatch.setattr(StepComputer, "__call__", greedy)
    halved = run(tmp_path, tiny_model, packing=True)
    assert [(event.step, event.micro_batch) for event in events(halved, "MemoryReduced")] == [(3, 4), (3, 2)]
    assert_learned_the_same(halved, padded)


def test_that_a_packed_run_continues_exactly_where_it_was_killed(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"method__dropout": 0.1, "training__micro_batch": 2}
    whole = run(tmp_path, tiny_model, packing=True, **changes)
    record = Recorder.step

    def recorded(self: Recorder, ended: Any, *rest: Any, **more: Any) -> None:
        record(self, ended, *rest, **more)
        if ended.step == 3:
            raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "step", recorded)
        with pytest.raises(PowerCut):
            run(tmp_path, tiny_model, packing=True, **changes)
    (broken,) = [found for found in list_runs(tmp_path / "runs") if found.id != whole.id]
    torch.rand(17)
    assert train(broken) == 0
    assert [event.step for event in events(broken, "RunResumed")] == [2]
    assert_same_run(broken, whole)


def test_that_a_model_that_cannot_be_packed_trains_with_padded_rows_and_says_so(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    padded = run(tmp_path, tiny_model, packing=False, training__max_steps=2)
    monkeypatch.setattr(setup, "why_not_packed", lambda *_, **__: "its layers carry a state")
    checked, check_fit = [], setup._check_fit

    def check(plan: Any, asked: Any, *rest: Any) -> None:
        checked.append((plan.recipe.training.packing, asked.training.packing))
        check_fit(plan, asked, *rest)

    monkeypatch.setattr(setup, "_check_fit", check)
    folder = run(tmp_path, tiny_model, packing=True, training__max_steps=2)
    assert_same_run(folder, padded)
    (warning,) = [event for event in events(folder, "WarningRaised") if event.where == "training.packing"]
    assert "its layers carry a state" in warning.what
    assert "padded" in warning.what
    assert checked == [(True, True), (False, False)], "padded rows take more than packed ones: that too must fit"
