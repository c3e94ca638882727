"""The PEFT export: whole, loadable by any program, proved in a fresh process, and never half there."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.run.run_folder import RunFolder
from studio.export import export_adapter
from studio.export.count import ExpertsMissingError, count_file
from studio.export.proof import UnprovenError
from studio.models.adapter_source import CONFIG, WEIGHTS, find_adapter
from tests.fake_run import FakeRun

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

MakeRun = Callable[..., RunFolder]
FOUND = {"max_logit_difference": 0.0, "logit_scale": 1.0, "max_change_from_base": 1.0, "precision": "fp32"}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "Läufe"


@pytest.fixture
def run(make_run: MakeRun, runs: Path) -> RunFolder:
    return make_run(runs)


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the fresh process where the test is about the writing."""

    def counted(source: Any, exported: Path, progress: Any, format: str) -> dict[str, Any]:
        count = count_file(exported, json.loads((exported / CONFIG).read_text(encoding="utf-8")))
        return FOUND | {name: getattr(count, name) for name in ("routers", "experts", "tensors", "weights")}

    monkeypatch.setattr("studio.export.peft_format.prove", counted)


@pytest.mark.fresh
def test_that_an_export_answers_in_a_fresh_process_exactly_as_the_run_does(run: RunFolder, runs: Path) -> None:
    told: list[str] = []
    exported = export_adapter(
        run.id, "peft", runs.parent / "für andere" / "adapter", runs, lambda *said: told.append(said[0])
    )
    assert exported.verified["max_logit_difference"] == 0.0
    assert exported.verified["max_change_from_base"] > 0.1
    assert (exported.verified["routers"], exported.verified["experts"]) == (2, 8)
    assert exported.verified["experts_per_layer"] == [4, 4]
    assert sorted(path.name for path in exported.path.iterdir()) == [
        *("README.md", CONFIG, WEIGHTS, "base_model.json", "expert-load.svg", "loss.svg", "manifest.json")
    ]
    assert exported.bytes == sum(path.stat().st_size for path in exported.path.iterdir())
    assert any("fresh process" in sentence for sentence in told)
    assert [path.name for path in exported.path.parent.iterdir()] == ["adapter"]


def test_that_an_export_can_be_exported_again_without_its_run(
    run: RunFolder, runs: Path, tiny_model: Path, believed: None
) -> None:
    first = export_adapter(run.id, "peft", runs.parent / "one", runs).path
    shutil.rmtree(run.path)
    second = export_adapter(str(first), "peft", runs.parent / "two", runs).path
    assert (second / WEIGHTS).read_bytes() == (first / WEIGHTS).read_bytes()
    assert find_adapter(str(second), runs).model.source == str(tiny_model)


def test_that_the_readmes_own_lines_load_the_export(
    run: RunFolder, runs: Path, believed: None, tiny_model: Path
) -> None:
    exported = export_adapter(run.id, "peft", runs.parent / "out", runs).path
    readme = (exported / "README.md").read_text(encoding="utf-8")
    assert "2 routers over 8 experts in 30 tensors" in readme
    code = readme.split("```python\n")[1].split("```")[0].replace('"path/of/this/folder"', repr(str(exported)))
    code = code.replace(f'"path/of/{tiny_model.name}"', repr(str(tiny_model)))
    done = subprocess.run(
        [sys.executable, "-c", code + "print(type(model).__name__)"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout.split() == ["PeftModelForCausalLM"], done.stderr


def test_that_plain_lora_is_exported_with_a_readme_that_needs_nothing_of_ours(
    make_run: MakeRun, runs: Path, believed: None
) -> None:
    folder = make_run(runs, MethodTable(name="lora", rank=4), name="plain")
    exported = export_adapter(folder.id, "peft", runs.parent / "out", runs)
    readme = (exported.path / "README.md").read_text(encoding="utf-8")
    assert "import studio" not in readme
    assert exported.verified["experts_per_layer"] == []


def test_that_an_adapter_changed_on_its_way_is_not_handed_out(
    run: RunFolder, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_badly(source: Path, target: Path, count: object) -> None:
        tensors = load_file(source)
        name = next(name for name in sorted(tensors) if name.endswith("lora_router.weight"))
        tensors[name] = -tensors[name]
        save_file(tensors, target)

    monkeypatch.setattr("studio.export.peft_format.copy_file", copy_badly)
    out = runs.parent / "out"
    with pytest.raises(UnprovenError, match="logits differ from the run's"):
        export_adapter(run.id, "peft", out, runs)
    assert not out.exists()
    assert list(runs.parent.glob(".out*")) == []


@pytest.mark.parametrize("lost", ["lora_router", "lora_experts"])
def test_that_an_adapter_without_a_layers_routers_or_experts_is_not_handed_out(
    run: RunFolder, runs: Path, lost: str
) -> None:
    tensors = {name: tensor for name, tensor in load_file(run.adapter / WEIGHTS).items() if f"1.mlp.{lost}" not in name}
    save_file(tensors, run.adapter / WEIGHTS)
    with pytest.raises(ExpertsMissingError):
        export_adapter(run.id, "peft", runs.parent / "out", runs)
    assert not (runs.parent / "out").exists()


def test_that_a_run_without_an_adapter_is_a_problem(runs: Path) -> None:
    with FakeRun(runs) as fake:
        fake.start().train(2)
        with pytest.raises(ProblemError, match="it has no adapter yet"):
            export_adapter("last", "peft", runs.parent / "out", runs)


def test_that_a_folder_that_holds_something_is_left_alone(run: RunFolder, runs: Path) -> None:
    out = runs.parent / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ProblemError, match="the folder is not empty"):
        export_adapter(run.id, "peft", out, runs)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_that_an_empty_folder_may_be_named(run: RunFolder, runs: Path, believed: None) -> None:
    out = runs.parent / "out"
    out.mkdir()
    assert export_adapter(run.id, "peft", out, runs).path == out


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "it cannot be written")]
)
def test_that_a_disk_that_refuses_is_a_problem_and_leaves_nothing(
    run: RunFolder, runs: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(source: Path, target: Path, count: object) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(number, "refused")

    monkeypatch.setattr("studio.export.peft_format.copy_file", refuse)
    with pytest.raises(ProblemError, match=words):
        export_adapter(run.id, "peft", runs.parent / "out", runs)
    assert list(runs.parent.glob("*out*")) == []


def test_that_an_unknown_format_is_a_problem(runs: Path) -> None:
    with pytest.raises(ProblemError, match="format is unknown"):
        export_adapter("last", "onnx", runs, runs)


def test_that_a_folder_that_is_neither_run_nor_adapter_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="neither a run nor an adapter"):
        find_adapter(str(tmp_path), tmp_path)


def test_that_an_adapter_that_names_no_base_is_a_problem(run: RunFolder, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run.adapter, copy)
    config = json.loads((copy / CONFIG).read_text(encoding="utf-8")) | {"base_model_name_or_path": None}
    (copy / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ProblemError, match="does not say which base model"):
        find_adapter(str(copy), tmp_path)


def test_that_an_adapter_for_another_base_is_a_problem(run: RunFolder, runs: Path, tmp_path: Path) -> None:
    from tests.tiny import make_tiny_model

    wider = make_tiny_model(tmp_path / "wider", hidden_size=64)
    recipe = run.provenance()["recipe"] | {"model": {"source": str(wider)}}
    run.write_provenance({"recipe": recipe})
    with pytest.raises(ProblemError, match="does not fit this base model"):
        export_adapter(run.id, "peft", runs.parent / "out", runs)


def test_that_a_hub_id_stays_the_exports_base(run: RunFolder, runs: Path, believed: None) -> None:
    recipe = run.provenance()["recipe"] | {"model": {"source": "owner/name", "revision": "abc"}}
    run.write_provenance({"recipe": recipe})
    exported = export_adapter(run.id, "peft", runs.parent / "out", runs).path
    config = json.loads((exported / CONFIG).read_text(encoding="utf-8"))
    assert (config["base_model_name_or_path"], config["revision"]) == ("owner/name", "abc")
