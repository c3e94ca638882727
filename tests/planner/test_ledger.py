"""What past runs took sharpens later plans, within bounds, and a broken file costs nothing but its knowledge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.planner import ledger as ledgers
from studio.planner import plan_recipe
from studio.planner.ledger import FORMULA, LEAST, MOST, Ledger, Measured, add_measured, ledger_file, read_ledger
from studio.planner.methods.mixlora import MixLoraArithmetic
from studio.planner.model_source import model_shape
from studio.planner.plan import plan_decided
from studio.planner.recipe_plan import device_for
from tests.planner.machines import LLAMA_3_8B, config_folder, machine, recipe

GIB = 2**30
SETTLED = {
    "model": {"precision": "bf16"},
    "training": {"micro_batch": 1, "checkpointing": True, "optimizer": "adamw", "max_length": 512},
}


def entry(ratio: float, run: str = "one", computed: int = 20 * GIB, **changes: object) -> Measured:
    values = {
        "run": run,
        "device": "RTX 4090",
        "form": "fused",
        "precision": "bf16",
        "checkpointing": True,
        "computed_bytes": computed,
        "measured_bytes": int(computed * ratio),
    }
    return Measured.model_validate(values | changes)


def taught(*entries: Measured, computed: int = 20 * GIB) -> tuple[float, int]:
    found = Ledger(entries).correction("RTX 4090", "fused", "bf16", True, computed)
    return found.ratio, found.times


def test_that_the_median_of_past_ratios_corrects_a_plan() -> None:
    assert taught(entry(1.02, "a"), entry(1.04, "b"), entry(1.4, "c")) == (pytest.approx(1.04), 3)


def test_that_one_absurd_measurement_does_not_move_a_plan_beyond_the_bounds() -> None:
    assert taught(entry(30.0))[0] == pytest.approx(MOST)
    assert taught(entry(0.01))[0] == pytest.approx(LEAST)


@pytest.mark.parametrize(
    "changes",
    [
        {"device": "another"},
        {"form": "masked"},
        {"precision": "nf4"},
        {"checkpointing": False},
        {"formula": FORMULA - 1},
    ],
)
def test_that_only_ratios_of_the_same_kind_and_of_the_same_arithmetic_count(changes: dict[str, object]) -> None:
    assert taught(entry(1.2, **changes)) == (1.0, 0)


def test_that_a_small_models_ratio_says_ever_less_of_larger_ones() -> None:
    sizes = [20 * GIB * 2**doublings for doublings in range(6)]
    ratios = [taught(entry(1.4), computed=size)[0] for size in sizes]
    assert ratios[0] == pytest.approx(1.4)
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[-1] == 1.0


@settings(max_examples=200, deadline=None)
@given(ratio=st.floats(0.1, 4), at=st.integers(1, 2**44), size=st.integers(2**20, 2**44), more=st.integers(1, 2**40))
def test_that_a_larger_recipe_never_needs_less_for_what_was_learned(
    ratio: float, at: int, size: int, more: int
) -> None:
    learned = entry(1.0, computed=at, measured_bytes=max(1, int(at * ratio)))
    assert taught(learned, computed=size)[0] * size <= taught(learned, computed=size + more)[0] * (size + more)


def test_that_a_run_counts_once_and_its_latest_measurement_stays(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    for ratio in (1.1, 1.2):
        assert add_measured(entry(ratio), path) == ()
    add_measured(entry(1.3, "two"), path)
    assert [(one.run, one.measured_bytes / one.computed_bytes) for one in read_ledger(path).measured] == [
        ("one", pytest.approx(1.2)),
        ("two", pytest.approx(1.3)),
    ]


@pytest.mark.parametrize("content", ["{broken", "[]", '{"format": 2, "measured": []}', '{"format": 1}', "\x00"])
def test_that_a_broken_file_is_told_put_aside_and_begun_anew(content: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(content, encoding="utf-8")
    found = read_ledger(path)
    assert found.measured == ()
    assert found.problems[0].where == str(path)
    assert add_measured(entry(1.1), path) == found.problems
    assert read_ledger(path) == Ledger((entry(1.1),))
    assert (tmp_path / "ledger.broken.json").read_text(encoding="utf-8") == content


def test_that_an_entry_that_is_none_is_told_and_the_others_count(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    add_measured(entry(1.1), path)
    values = json.loads(path.read_text(encoding="utf-8"))
    values["measured"].append({"run": "x", "computed_bytes": 0})
    path.write_text(json.dumps(values), encoding="utf-8")
    found = read_ledger(path)
    assert len(found.measured) == 1
    assert "1 of its 2 entries" in found.problems[0].what


def test_that_a_ledger_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledgers, "write_whole", full)
    (problem,) = add_measured(entry(1.1), tmp_path / "ledger.json")
    assert "No space left" in problem.what


def test_that_a_plan_carries_what_was_computed_what_was_learned_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, card = recipe(config_folder(tmp_path, LLAMA_3_8B), **SETTLED), machine(24)
    monkeypatch.setattr(MixLoraArithmetic, "form", lambda *_: "fused")
    before = plan_recipe(asked, card)
    assert before.peak_bytes == before.computed_peak_bytes
    assert "measured" not in " ".join(before.notes).lower()
    for number in range(4):
        add_measured(entry(1.03, str(number), before.measurable_computed_bytes), ledger_file())
    after = plan_recipe(asked, card)
    assert after.computed_peak_bytes == before.computed_peak_bytes
    assert after.measurable_peak_bytes == pytest.approx(1.03 * before.measurable_peak_bytes, rel=1e-6)
    assert sum(after.items.values()) == after.peak_bytes
    assert sum(after.measurable_items.values()) == after.measurable_peak_bytes
    assert "Measured 4 times on this card: ×1.03." in after.notes
    said = after.to_dict()["plan"]
    assert (said["measured_times"], said["computed_peak_bytes"]) == (4, before.computed_peak_bytes)


def test_that_a_plan_that_runs_undercut_stays_exact_in_what_is_known_exactly(tmp_path: Path) -> None:
    asked, card = recipe(config_folder(tmp_path, LLAMA_3_8B), **SETTLED), machine(24)
    shape, device = model_shape(asked.model), device_for(asked, card)
    before = plan_decided(asked, shape, device, 24 * GIB, ledger=Ledger())
    learned = entry(0.98, form=before.form, computed=before.measurable_computed_bytes)
    after = plan_decided(asked, shape, device, 24 * GIB, ledger=Ledger((learned,)))
    assert after.peak_bytes < before.peak_bytes
    for name in ("weights", "adapter", "gradients", "optimizer", "batch", "context"):
        assert after.items[name] == before.items[name]
    assert min(after.items.values()) >= 0


def test_that_a_broken_ledger_is_said_in_the_plan(tmp_path: Path) -> None:
    asked, card = recipe(config_folder(tmp_path, LLAMA_3_8B), **SETTLED), machine(24)
    ledger_file().parent.mkdir(parents=True, exist_ok=True)
    ledger_file().write_text("{broken", encoding="utf-8")
    assert any("cannot be read" in note for note in plan_recipe(asked, card).notes)
