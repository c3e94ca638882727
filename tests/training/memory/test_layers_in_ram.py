"""Layers in the machine's memory compute what they do on the device, to the last bit, and come when they are needed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import get_peft_model
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM

from studio.core.problem import DoesNotFitError, ProblemError
from studio.core.recipe.recipe import MethodTable, ModelTable
from studio.core.run.run_folder import RunFolder
from studio.hardware.machine import GIB, Device
from studio.methods.protocols import routed_method
from studio.methods.registry import adapter_config
from studio.models.base_model import load_base
from studio.planner import plan_recipe
from studio.planner.pins import with_value
from studio.training import setup
from studio.training.answer_loss import AnswerLoss
from studio.training.checkpoint.state import VALUES as PROGRESS
from studio.training.crew.crew import Crew
from studio.training.memory import oom_recovery
from studio.training.memory.layers_in_ram import LayersInRam, block_sizes, copy_blocks, spread
from studio.training.memory.oom_recovery import AtOnce, Recovery
from studio.training.memory.report import _bytes, _frozen
from studio.training.step import StepComputer
from tests.methods.conftest import randomise
from tests.planner.machines import machine
from tests.tiny import make_tiny_model
from tests.training.small_run import assert_same_run, events, small_recipe, small_run, train
from tests.training.test_packing import METHODS, computer

CPU = torch.device("cpu")
LAYERS = 7
VALUES = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "pad_token_id": 0,
}


class LateLane:
    """A lane as slow as may be: until it is waited for, a buffer holds not one sound byte.

    moves: what was begun and what was waited for, in order.
    """

    def __init__(self) -> None:
        self.under_way: dict[int, tuple[Tensor, list[Tensor]]] = {}
        self.moves: list[tuple[str, int]] = []
        self.bytes = 0

    def copy(self, buffer: int, target: Tensor, blocks: Sequence[Tensor]) -> None:
        assert buffer not in self.under_way, "a buffer is filled anew before it was used"
        target.fill_(255)  # not a number, in every floating type
        self.under_way[buffer] = target, list(blocks)
        self.moves.append(("copy", buffer))
        self.bytes += target.numel()

    def wait(self, buffer: int) -> None:
        if buffer in self.under_way:
            copy_blocks(*self.under_way.pop(buffer))
        self.moves.append(("wait", buffer))


def adapted(fields: dict[str, Any], dtype: torch.dtype = torch.float64, **config: Any) -> Any:
    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **VALUES | config)).to(dtype)
    base.requires_grad_(False)
    values = {"name": "mixlora", "rank": 4, "alpha": 8, "experts": 4, "top_k": 2, "dropout": 0.1}
    method = MethodTable.model_validate(values | fields)
    model = randomise(get_peft_model(base, adapter_config(method)))
    return model.double() if dtype == torch.float64 else model


def step_of(model: Any, checkpointing: bool, times: int = 1) -> tuple[Any, dict[str, Tensor]]:
    """The figures and gradients of the last of `times` steps, each of two forwards."""
    Recovery(model, None, CPU, AtOnce(3, checkpointing))  # type: ignore[arg-type]
    compute = computer(model, packed=False)
    for _ in range(times):
        if (routed := routed_method(model)) is not None:
            routed.forget_step()
        model.zero_grad()
        torch.manual_seed(3)
        figures = compute(0, 3)
    return figures, {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}


def saved_progress(run: RunFolder) -> dict[str, Any]:
    newest = max(run.checkpoints.iterdir())
    return dict(json.loads((newest / PROGRESS).read_text(encoding="utf-8"))["progress"])


def assert_same(plain: tuple[Any, dict[str, Tensor]], moved: tuple[Any, dict[str, Tensor]]) -> None:
    (figures, gradients), (found, found_gradients) = plain, moved
    assert found.loss == figures.loss
    assert found.auxiliary == figures.auxiliary
    assert found_gradients.keys() == gradients.keys()
    for name, gradient in gradients.items():
        assert torch.equal(found_gradients[name], gradient), name


@pytest.mark.parametrize("checkpointing", [True, False], ids=["recomputed", "kept"])
@pytest.mark.parametrize("fields", METHODS.values(), ids=METHODS)
def test_that_every_method_has_the_same_loss_and_gradients_to_the_last_bit(
    fields: dict[str, Any], checkpointing: bool
) -> None:
    plain = step_of(adapted(fields), checkpointing, times=2)
    model, lane = adapted(fields), LateLane()
    LayersInRam(model, CPU, lane).put(5)
    assert_same(plain, step_of(model, checkpointing, times=2))


@pytest.mark.parametrize("count", [1, 2, 3, LAYERS])
def test_that_any_number_of_layers_may_lie_there(count: int) -> None:
    plain = step_of(adapted({"name": "lora"}), checkpointing=True)
    model, lane = adapted({"name": "lora"}), LateLane()
    layers = LayersInRam(model, CPU, lane)
    layers.put(count)
    assert layers.count == count
    assert_same(plain, step_of(model, checkpointing=True))
    # Forward and backward of two micro-batches; the last two of a pass are the first of the next.
    copies = [move for move in moves_of_a_step(model, lane) if move[0] == "copy"]
    assert len(copies) == 4 * max(0, count - 2)


def test_that_more_layers_may_follow_between_two_steps() -> None:
    plain = step_of(adapted({}), checkpointing=True)
    model = adapted({})
    layers = LayersInRam(model, CPU, LateLane())
    for count in (1, 3, 6):
        layers.put(count)
        assert_same(plain, step_of(model, checkpointing=True))
    layers.put(2)
    assert layers.count == 6


def test_that_the_next_layer_is_on_its_way_while_one_is_computed() -> None:
    model, lane = adapted({"name": "lora"}), LateLane()
    LayersInRam(model, CPU, lane).put(4)
    Recovery(model, None, CPU, AtOnce(3, True))  # type: ignore[arg-type]
    # Whether a layer that is computed again is waited for anew depends on transformers' version.
    turns: list[tuple[str, int]] = []
    for move in moves_of_a_step(model, lane):
        waits = [each for each in turns if each[0] == "wait"]
        if move[0] == "copy" or waits[-1:] != [move]:
            turns.append(move)
    # The first two are there still; the third sets out when the second's turn comes, into the first one's buffer.
    forward = [("wait", 1), ("copy", 0), ("wait", 0), ("copy", 1), ("wait", 1)]
    backward = [("wait", 0), ("copy", 1), ("wait", 1), ("copy", 0), ("wait", 0)]
    assert turns == [("wait", 0), *forward, *backward, *forward, *backward]


def moves_of_a_step(model: Any, lane: LateLane) -> list[tuple[str, int]]:
    """What a step of two micro-batches moves, after one that proved the head by a forward of its own."""
    compute = computer(model, packed=False)
    compute(0, 3)
    lane.moves.clear()
    compute(0, 3)
    return lane.moves


def test_that_what_autograd_saves_keeps_no_layer_on_the_device() -> None:
    model = adapted({"name": "lora"})
    layers = LayersInRam(model, CPU)
    whole = _bytes(list(_frozen(model)))
    layers.put(6)
    left = _bytes(list(_frozen(model)))
    # Six layers have left, of which two are shown in the buffers; and the embedding, but for one element.
    assert whole - left == 4 * layers.layer_bytes + (64 * 32 - 1) * 8
    assert kept_beside(model) == kept_beside(adapted({"name": "lora"})) > 0


def kept_beside(model: Any) -> int:
    """Bytes that a step's autograd saves beside the model's own tensors, each storage once."""
    own = {each.untyped_storage().data_ptr() for each in model.parameters()}
    saved: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        saved.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        step_of(model, checkpointing=False)
    return sum(each.untyped_storage().nbytes() for place, each in saved.items() if place not in own)


def test_that_an_embedding_that_is_the_heads_matrix_stays() -> None:
    tied, free = adapted({}, tie_word_embeddings=True), adapted({})
    for model in (tied, free):
        LayersInRam(model, CPU).put(3)
    assert tied.get_base_model().get_input_embeddings().weight.untyped_storage().nbytes() == 64 * 32 * 8
    assert free.get_base_model().get_input_embeddings().weight.untyped_storage().nbytes() == 8
    plain = step_of(adapted({}, tie_word_embeddings=True), checkpointing=True)
    assert_same(plain, step_of(tied, checkpointing=True))


def test_that_a_model_is_scored_and_asked_as_ever() -> None:
    model, other = adapted({}).eval(), adapted({}).eval()
    LayersInRam(other, CPU, LateLane()).put(5)
    words = torch.randint(1, 64, (2, 9), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for _ in range(3):
            assert torch.equal(model(words).logits, other(words).logits)
        asked: dict[str, Any] = {"max_new_tokens": 5, "do_sample": False, "attention_mask": torch.ones_like(words)}
        assert torch.equal(model.generate(input_ids=words, **asked), other.generate(input_ids=words, **asked))


@pytest.mark.parametrize("checkpointing", [True, False], ids=["recomputed", "kept"])
@pytest.mark.parametrize("precision", ["bf16", "nf4", "int8"])
@pytest.mark.parametrize("name", ["mixlora", "lora", "dora", "moelora"])
def test_that_weights_in_every_precision_come_as_they_are(
    name: str, precision: str, checkpointing: bool, tmp_path: Path
) -> None:
    if precision in ("nf4", "int8"):
        pytest.importorskip("bitsandbytes")
    if (name, precision) == ("dora", "int8"):
        pytest.skip("on a CPU PEFT's DoRA loses the scales of int8 weights in its second forward, wherever they lie")
    make_tiny_model(tmp_path, num_hidden_layers=5)
    found = []
    for count in (0, 4):
        table = ModelTable.model_validate({"source": str(tmp_path), "precision": precision})
        base = load_base(table, "cpu")
        values = {"name": name, "rank": 8, "alpha": 8, "experts": 4, "top_k": 2, "dropout": 0.1}
        torch.manual_seed(2)
        model = randomise(get_peft_model(base.model, adapter_config(MethodTable.model_validate(values))))
        if count:
            LayersInRam(model, CPU, LateLane()).put(count)
        found.append(step_of(model, checkpointing))
    assert_same(*found)


def test_that_every_beginning_of_the_order_is_spread_evenly() -> None:
    for count in (1, 2, 3, 7, 24, 32, 61):
        order = spread(count)
        assert sorted(order) == list(range(count))
        for taken in range(2, count):
            chosen = sorted(order[:taken])
            gaps = [b - a for a, b in zip(chosen, [*chosen[1:], count], strict=True)]
            assert max(gaps) <= 2 * -(-count // taken), (count, taken)


def test_that_pinned_blocks_are_whole_powers_of_two_and_waste_less_than_one_of_the_least() -> None:
    for size in (1, 1 << 20, 109_051_904, 436_207_616, 436_207_617):
        blocks = block_sizes(size)
        assert all(block & (block - 1) == 0 for block in blocks)
        assert size <= sum(blocks) < size + (1 << 20)


def test_that_a_whole_run_is_the_same_with_layers_in_ram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_tiny_model(tmp_path / "model", num_hidden_layers=5)
    changes: dict[str, Any] = {"training__max_steps": 4, "training__evaluate_every": 2}
    plain = small_run(tmp_path, model, **changes)
    assert train(plain) == 0
    lanes: list[LateLane] = []

    def in_ram(model: Any, *_: Any) -> LayersInRam:
        lanes.append(LateLane())
        layers = LayersInRam(model, CPU, lanes[-1])
        layers.put(4)
        return layers

    monkeypatch.setattr(setup, "_layers", in_ram)
    moved = small_run(tmp_path, model, **changes)
    assert train(moved) == 0
    assert lanes[0].bytes > 0
    assert_same_run(plain, moved)


def test_that_layers_go_to_the_machines_memory_where_nothing_else_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_tiny_model(tmp_path / "model", num_hidden_layers=6)
    layers: list[LayersInRam] = []

    def none_yet(model: Any, *_: Any) -> LayersInRam:
        layers.append(LayersInRam(model, CPU, LateLane()))
        return layers[-1]

    monkeypatch.setattr(setup, "_layers", none_yet)
    broken, computed = [0], StepComputer.__call__

    def runs_out(self: StepComputer, step: int, micro_batch: int) -> Any:
        figures = computed(self, step, micro_batch)
        if step == 2 and broken[0] < 3:
            broken[0] += 1
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return figures

    monkeypatch.setattr(StepComputer, "__call__", runs_out)
    changes: dict[str, Any] = {"training__max_steps": 4, "training__checkpointing": False, "method__dropout": 0}
    run = small_run(tmp_path, model, **changes)
    assert train(run) == 0
    reduced = events(run, "MemoryReduced")
    assert [each.layers_in_ram for each in reduced] == [0, 0, 4]
    assert "layers lie in the machine's memory" in reduced[-1].change
    assert layers[0].count == 4
    # Resuming puts them there at once: it is the checkpoint's own progress.
    assert saved_progress(run)["layers_in_ram"] == 4


def test_that_the_loss_is_proved_where_the_layers_are_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Beside the card a method's kernels could not run, and a large model would take minutes.
    order: list[str] = []
    proof = AnswerLoss._prove_head

    def moved(*_: Any) -> None:
        order.append("moved")

    def proved(self: AnswerLoss) -> None:
        order.append("proved")
        proof(self)

    monkeypatch.setattr(setup, "_layers", moved)
    monkeypatch.setattr(AnswerLoss, "_prove_head", proved)
    run = small_run(tmp_path, make_tiny_model(tmp_path / "model"), training__max_steps=1)
    assert train(run) == 0
    assert order == ["moved", "proved"]


def test_that_a_run_that_took_layers_off_its_card_is_planned_although_no_whole_model_had_room(tmp_path: Path) -> None:
    model = make_tiny_model(tmp_path / "model", num_hidden_layers=6)
    poor = machine(8, ram_bytes=1)
    asked = small_recipe(tmp_path, model, machine__device="cuda")
    plan = plan_recipe(asked, poor)
    with pytest.raises(ProblemError, match="can be had"):
        plan_recipe(with_value(plan.recipe, "machine.layers_in_ram", 4), poor)
    values: Any = dict.fromkeys(field.name for field in dataclasses.fields(setup.Setup))
    ready = setup.Setup(**values | {"plan": plan, "machine": poor, "longest": 32})
    assert ready.plan_for(AtOnce(1, True, layers_in_ram=4)).ram_bytes > 0


def test_that_what_leaves_a_card_is_counted_with_the_embedding_and_for_every_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layers = LayersInRam(adapted({"name": "lora"}), CPU)
    needed = 4 * layers.layer_bytes + 64 * 32 * 8
    assert layers.ram_bytes(4) == needed
    for processes in (1, 2):
        recovery = Recovery(layers._model, None, CPU, AtOnce(1, True), layers, Crew(local_count=processes))  # type: ignore[arg-type]
        for there, wanted in ((processes * needed, True), (processes * needed - 1, False)):
            monkeypatch.setattr(oom_recovery, "ram_for_card", lambda *_, there=there: there)
            assert recovery.can_reduce is wanted
    layers.put(4)
    assert layers.ram_bytes(6) == 2 * layers.layer_bytes


def test_that_processes_take_as_many_layers_off_their_cards_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = LayersInRam(adapted({"name": "lora"}), CPU)
    crew = Crew(count=2)
    monkeypatch.setattr(Crew, "most", lambda _, number: max(number, 0))  # the other process has no room
    recovery = Recovery(layers._model, None, CPU, AtOnce(1, True), layers, crew)  # type: ignore[arg-type]
    with pytest.raises(DoesNotFitError):
        recovery.reduce(1, "out of memory")
    assert layers.count == 0


def test_that_no_layer_leaves_for_the_memory_that_it_is_in() -> None:
    card = Device("cuda", "GB10", 0, GIB, GIB, shares_system_memory=True)
    plan: Any = SimpleNamespace(device=card, recipe=SimpleNamespace(machine=SimpleNamespace(layers_in_ram=0)))
    model: Any = adapted({"name": "lora"})
    assert setup._layers(model, plan, None) is None  # type: ignore[arg-type]


def test_that_layers_without_a_linear_are_not_moved() -> None:
    model = torch.nn.Module()
    model.layers = torch.nn.ModuleList([torch.nn.LayerNorm(4) for _ in range(3)])
    layers = LayersInRam(model, CPU)
    assert layers.most == 0
    assert not Recovery(model, None, CPU, AtOnce(1, False), layers)._more_layers()  # type: ignore[arg-type]


def test_that_what_could_not_be_pinned_is_said_whenever_layers_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = LayersInRam(adapted({"name": "lora"}), CPU)
    taken = layers._taken

    def unpinned(place: int) -> list[Tensor]:
        layers.unpinned_bytes += layers.layer_bytes
        return taken(place)

    monkeypatch.setattr(layers, "_taken", unpinned)
    said: list[str] = []
    recorder: Any = SimpleNamespace(warn=lambda where, *_: said.append(where), event=lambda _: None)
    Recovery(layers._model, recorder, CPU, AtOnce(1, True), layers).reduce(1, "out of memory")
    assert said == ["machine.layers_in_ram"]


def test_that_a_machine_without_memory_gives_up_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    model = adapted({"name": "lora"})
    layers = LayersInRam(model, CPU)
    recovery = Recovery(model, None, CPU, AtOnce(1, True), layers)  # type: ignore[arg-type]
    assert recovery.can_reduce
    monkeypatch.setattr(oom_recovery, "ram_for_card", lambda *_: 0)
    assert not recovery.can_reduce
