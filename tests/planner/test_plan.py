"""The plan's answer: device, budget, items, what "auto" became, and models that are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.core import places
from studio.core.at_once import LOGITS_AT_ONCE, MOST_LOGITS_AT_ONCE
from studio.core.problem import ProblemError
from studio.hardware.machine import GIB, Machine
from studio.planner import Plan, alternatives, model_shape, plan_recipe
from studio.planner.plan import rows_at_once
from studio.planner.shape import shape_of_model
from studio.planner.weights import packed_bytes
from tests.planner.machines import LLAMA_3_8B, SMALL, config_folder, machine, processor_only, recipe


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return config_folder(tmp_path / "large", LLAMA_3_8B)


def test_that_items_sum_to_the_peak_and_the_json_has_the_keys_of_the_design(large: Path) -> None:
    plan = plan_recipe(recipe(large), machine())
    assert sum(plan.items.values()) == plan.peak_bytes
    assert set(plan.items) <= set(plan.labels)
    said = json.loads(json.dumps(plan.to_dict()))
    assert set(said["device"]) == {"kind", "name", "total_bytes", "free_bytes", "present"}
    assert said["budget_bytes"] == plan.budget_bytes
    assert said["plan"]["fits"] is plan.fits
    assert said["plan"]["items"] == plan.items
    assert said["plan"]["recipe"]["model"]["precision"] == plan.recipe.model.precision


def test_that_a_llama_8b_is_counted_right(large: Path) -> None:
    shape = model_shape(recipe(large).model)
    assert shape.parameters == 8_030_261_248
    plan = plan_recipe(recipe(large, method={"rank": 16, "experts": 8}), machine(80))
    router, attention = 8 * 4096, 16 * (2 * (4096 + 4096) + 2 * (4096 + 1024))
    experts = 8 * 16 * 3 * (4096 + 14336)
    loads = 8  # of the last step, which weigh the balance loss
    assert plan.items["adapter"] == 4 * 32 * (router + attention + experts + loads)


def test_that_auto_takes_packed_weights_only_where_plain_ones_do_not_fit(large: Path) -> None:
    assert plan_recipe(recipe(large), machine(80)).recipe.model.precision == "bf16"
    small_card = plan_recipe(recipe(large), machine(16))
    assert small_card.recipe.model.precision == "nf4"
    assert small_card.fits
    assert any("nf4" in note for note in small_card.notes)


def test_that_the_plan_says_what_is_unwise_of_the_methods_settings(tmp_path: Path) -> None:
    folder = config_folder(tmp_path / "small", SMALL)
    (note,) = [note for note in plan_recipe(recipe(folder, method={"top_k": 1}), machine()).notes if "top_k" in note]
    assert note.startswith("method.top_k: ")
    assert "switch" in note
    assert not any("top_k" in note for note in plan_recipe(recipe(folder), machine()).notes)


def test_that_packed_rows_are_planned_without_attention_masks_and_said(large: Path) -> None:
    fixed = {"micro_batch": 8, "batch_size": 16, "checkpointing": False, "max_length": 1024}
    old = machine(80, compute_capability=(7, 5))
    padded = plan_recipe(recipe(large, training=fixed), old)
    packed = plan_recipe(recipe(large, training={**fixed, "packing": True}), old)
    keys = 2 * (4096 - 1024) * 2  # keys and values repeated for every head, two bytes each
    rotary = 2 * (8 - 1) * 1024 * 128 * 2  # rotary tables for every token of the sequence
    masks = 32 * 8 * 1024 * (1024 * 2 + keys)  # and each layer's own mask
    assert padded.items["activations"] - packed.items["activations"] == masks - rotary
    # Padded rows of a card with FlashAttention have no mask either: no learned token sees what is on its right.
    without = plan_recipe(recipe(large, training=fixed), machine(80))
    flash = plan_recipe(recipe(large, training={**fixed, "packing": True}), machine(80))
    assert flash.items["activations"] - without.items["activations"] == rotary
    in_full = plan_recipe(recipe(large, training=fixed, model={"precision": "fp32"}), machine(80))
    assert in_full.items["batch"] == padded.items["batch"] > without.items["batch"]
    assert packed.items["batch"] < padded.items["batch"]
    assert packed.form == f"{padded.form}, packed"
    assert any("packed" in note and "8 rows" in note and "no mask" in note for note in packed.notes)
    assert not any("packed" in note for note in padded.notes)


@pytest.mark.parametrize(
    "carrying",
    [{"layer_types": ["linear_attention", "full_attention"]}, {"mamba_d_state": 128}],
    ids=["linear attention", "mamba"],
)
def test_that_a_model_whose_layers_carry_a_state_is_planned_with_padded_rows(
    carrying: dict[str, object], tmp_path: Path
) -> None:
    folder = config_folder(tmp_path / "hybrid", {**SMALL, **carrying})
    padded = plan_recipe(recipe(folder), machine())
    plan = plan_recipe(recipe(folder, training={"packing": True}), machine())
    assert plan.recipe.training.packing is False
    assert plan.items == padded.items
    assert any("carry a state" in note for note in plan.notes)


def test_that_packed_rows_beyond_a_sliding_window_are_counted_with_masks_where_there_is_no_flash_attention(
    tmp_path: Path,
) -> None:
    def packed(window: int, **card: object) -> int:
        folder = config_folder(
            tmp_path / f"window-{window}", {**SMALL, "model_type": "mistral", "sliding_window": window}
        )
        fixed = {"packing": True, "micro_batch": 4, "checkpointing": False, "max_length": 512}
        return plan_recipe(recipe(folder, training=fixed), machine(24, **card)).items["activations"]

    assert packed(256) == packed(1024)
    assert packed(256, compute_capability=(7, 5)) > packed(1024, compute_capability=(7, 5))


def test_that_a_processor_trains_in_float32_and_an_old_card_never_in_bfloat16(tmp_path: Path) -> None:
    small = recipe(config_folder(tmp_path / "small", SMALL))
    assert plan_recipe(small, processor_only()).recipe.model.precision == "fp32"
    old = machine(11, compute_capability=(7, 5))
    assert plan_recipe(small, old).recipe.model.precision == "fp16"
    wished = small.model_copy(update={"model": small.model.model_copy(update={"precision": "bf16"})})
    assert any("without tensor cores, slowly; fp16" in note for note in plan_recipe(wished, old).notes)
    assert not any("slowly" in note for note in plan_recipe(wished, machine(11)).notes)


def test_that_the_budget_is_what_is_free_less_the_reserve_unless_it_is_set(large: Path) -> None:
    display = machine(24, free=20, has_display=True)
    assert plan_recipe(recipe(large), display).budget_bytes == 20 * GIB - 24 * GIB // 10
    assert plan_recipe(recipe(large, machine={"memory_budget": "12GiB"}), display).budget_bytes == 12 * GIB
    assert plan_recipe(recipe(large, machine={"memory_budget": "12GiB"}), display, 8 * GIB).budget_bytes == 8 * GIB
    over = plan_recipe(recipe(large), display, 23 * GIB)
    assert any("only 20.0 GiB is free" in note for note in over.notes)


def test_that_what_does_not_fit_is_said_with_the_smallest_that_there_is(large: Path) -> None:
    plan = plan_recipe(recipe(large), machine(), 2 * GIB)
    assert not plan.fits
    assert plan.peak_bytes > 2 * GIB
    assert plan.recipe.training.checkpointing is True
    assert plan.recipe.training.micro_batch == 1


def test_that_shorter_rows_than_allowed_need_less(large: Path) -> None:
    asked = recipe(large, training={"max_length": 2048, "micro_batch": 1, "checkpointing": True})
    assert plan_recipe(asked, machine(), longest=300).peak_bytes < plan_recipe(asked, machine()).peak_bytes


def test_that_a_micro_batch_is_divided_evenly_as_the_data_is() -> None:
    assert [rows_at_once(16, size) for size in (1, 5, 6, 16, 64)] == [1, 4, 6, 16, 16]


def test_that_4_bit_weights_are_counted_as_bitsandbytes_holds_them() -> None:
    elements = 4096 * 14336
    assert packed_bytes(14336, 4096, "nf4") == elements // 2 + elements // 64 + 4 * (elements // 64 // 256) + 1092
    assert packed_bytes(100, 36, "nf4") == 1800 + 57 + 4 + 1092
    assert packed_bytes(64, 32, "int8") == 64 * 32 + 4 * 64


def test_that_the_demo_model_is_known_from_its_header() -> None:
    if places.demo_model() is None:
        pytest.skip("the demo model is not installed")
    shape = model_shape(recipe("demo").model)
    assert (shape.layers, shape.hidden, shape.inner, shape.vocabulary) == (30, 576, 1536, 49152)
    assert (shape.heads, shape.kv_heads, shape.tied) == (9, 3, True)
    assert shape.parameters == 134_515_008


def test_that_a_devices_absence_is_a_problem_with_a_remedy(large: Path) -> None:
    with pytest.raises(ProblemError, match=r"no cuda:3.*cuda:0, cpu"):
        plan_recipe(recipe(large, machine={"device": "cuda:3"}), machine())
    with pytest.raises(ProblemError, match="cannot train"):
        plan_recipe(recipe(large, machine={"device": "cuda"}), machine(usable=False, why_not="a CPU build."))


def test_that_an_unknown_architecture_and_unknown_targets_are_problems(tmp_path: Path) -> None:
    strange = config_folder(tmp_path / "strange", {**SMALL, "model_type": "mamba"})
    with pytest.raises(ProblemError, match="mamba"):
        plan_recipe(recipe(strange), machine())
    small = config_folder(tmp_path / "small", SMALL)
    with pytest.raises(ProblemError, match="no projection 'w1'"):
        plan_recipe(recipe(small, method={"targets": ["w1"]}), machine())
    with pytest.raises(ProblemError, match="experts live"):
        plan_recipe(recipe(small, method={"targets": ["q_proj"]}), machine())
    with pytest.raises(ProblemError, match="one entry for each layer"):
        plan_recipe(recipe(small, method={"layer_experts": [4]}), machine())


def test_that_a_change_of_the_model_on_disk_is_seen(tmp_path: Path) -> None:
    folder = config_folder(tmp_path / "model", SMALL)
    assert model_shape(recipe(folder).model).layers == 3
    config = folder / "config.json"
    config.write_text(json.dumps({**SMALL, "num_hidden_layers": 7}), encoding="utf-8")
    import os

    os.utime(config, (2e9, 2e9))
    assert model_shape(recipe(folder).model).layers == 7


def test_that_the_language_part_of_a_vision_model_is_planned() -> None:
    inner = {**SMALL, "model_type": "gemma3_text", "head_dim": 16}
    assert shape_of_model({"model_type": "gemma3", "text_config": inner}).layers == 3


def test_that_what_torch_can_measure_leaves_a_cards_context_out(large: Path) -> None:
    on_card, on_processor = plan_recipe(recipe(large), machine()), plan_recipe(recipe(large), processor_only(200))
    assert on_card.measurable_peak_bytes == on_card.peak_bytes - on_card.items["context"]
    assert on_processor.measurable_peak_bytes == on_processor.peak_bytes


def test_that_it_is_said_what_8_bit_linears_hold_although_activations_are_computed_again(large: Path) -> None:
    def planned(precision: str, checkpointing: bool) -> Plan:
        training = {"checkpointing": checkpointing, "micro_batch": 4, "max_length": 512}
        return plan_recipe(recipe(large, model={"precision": precision}, training=training), machine(80))

    told = planned("int8", True)
    # The norm's result and the attention's of each layer, in bfloat16: MixLoRA's own linears hold nothing.
    assert told.held_anyway_bytes == 32 * 4 * 512 * 2 * (4096 + 4096)
    assert any("8-bit linears hold 1.0 GiB" in note and "nf4" in note for note in told.notes)
    for other in (planned("nf4", True), planned("int8", False)):
        assert other.held_anyway_bytes == 0
        assert not any("8-bit linears hold" in note for note in other.notes)


def test_that_an_answer_with_8_bit_weights_says_what_they_cost_in_activations(large: Path) -> None:
    asked = recipe(large, model={"precision": "int8"}, training={"checkpointing": True, "micro_batch": 4})
    answers = alternatives(asked, machine(80))
    assert answers
    for answer in answers:
        assert "hold 1.0 GiB of them anyway" in answer.why


@pytest.mark.parametrize("typical", [None, 64, 128, 400])
def test_that_no_offer_of_as_many_weights_is_faster_than_the_fastest(large: Path, typical: int | None) -> None:
    offers = alternatives(recipe(large, training={"max_steps": 400}), machine(24, 22.5), typical=typical)
    told = {offer.label: offer for offer in offers}
    ranks = {label: offer.plan.recipe.method.rank for label, offer in told.items()}
    assert told["fastest"].seconds is not None
    for label in ("balanced", "best quality"):
        if ranks[label] >= ranks["fastest"]:
            assert told["fastest"].seconds <= told[label].seconds


def test_that_a_budget_beyond_what_the_device_has_makes_nothing_fit(large: Path) -> None:
    asked = recipe(large, model={"precision": "bf16"}, training={"micro_batch": 16, "checkpointing": False})
    plan = plan_recipe(asked, machine(24), 1000 * GIB)
    assert plan.budget_bytes == 24 * GIB < plan.peak_bytes
    assert not plan.fits
    assert any("1,000 GiB is not available" in note and "24.0 GiB in total" in note for note in plan.notes)


def test_that_a_plan_within_its_budget_but_not_within_what_is_free_says_so(large: Path) -> None:
    asked = recipe(large, model={"precision": "bf16"}, training={"micro_batch": 1, "checkpointing": True})
    plan = plan_recipe(asked, machine(24, free=10), 23 * GIB)
    assert plan.fits
    assert any("close other programs before the run starts" in note for note in plan.notes)
    free = plan_recipe(asked, machine(24), 23 * GIB)
    assert not any("close other programs" in note for note in free.notes)


def test_that_a_device_that_cannot_page_an_optimisers_states_says_so(tmp_path: Path) -> None:
    small = recipe(config_folder(tmp_path / "small", SMALL), training={"optimizer": "adamw-paged-8bit"})
    assert any("does not page optimiser states" in note for note in plan_recipe(small, processor_only()).notes)
    assert not any("does not page" in note for note in plan_recipe(small, machine()).notes)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("rows", [1, 4, 8])
def test_that_a_cards_loss_takes_larger_chunks_where_another_moment_takes_as_much_already(
    rows: int, checkpointing: bool, large: Path
) -> None:
    fixed = {"micro_batch": rows, "batch_size": 16, "checkpointing": checkpointing, "max_length": 512}
    plan = plan_recipe(recipe(large, training=fixed), machine(80))
    assert LOGITS_AT_ONCE <= plan.logits_at_once <= MOST_LOGITS_AT_ONCE
    chunk = plan.logits_at_once // 128256 * 128256
    wide = 3 * 4 + 2 * 2  # float32 logits, log-softmax and gradient; logits and gradient in 16 bits
    assert chunk * wide <= plan.items["transient"]
    if plan.logits_at_once > LOGITS_AT_ONCE:
        assert "chunk of logits" not in plan.notes[0]
    assert plan_recipe(recipe(large, training=fixed), processor_only(200)).logits_at_once == LOGITS_AT_ONCE


def test_that_only_rows_of_a_card_are_filled_up_and_the_plan_counts_it(large: Path) -> None:
    def batch(length: int, there: Machine) -> int:
        fixed = {"micro_batch": 4, "batch_size": 16, "max_length": length}
        return plan_recipe(recipe(large, training=fixed, model={"precision": "bf16"}), there).items["batch"]

    assert batch(300, machine(80)) == batch(320, machine(80)) < batch(321, machine(80))
    assert batch(300, processor_only(200)) < batch(301, processor_only(200))
