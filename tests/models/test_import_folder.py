"""What another machine made is taken in as a copy: checked, whole or not at all, its base asked for once."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.recipe.base_name import BaseName
from studio.core.recipe.recipe import MethodTable
from studio.core.run.run_folder import RunFolder
from studio.methods.mixlora.reference_format import write_reference
from studio.models.adapter_source import CONFIG, WEIGHTS, find_adapter
from studio.models.base_lookup import KIND
from studio.models.import_folder import import_folder
from studio.models.load_adapter import adapter_alone, start_from
from studio.models.model_folder import fingerprint
from tests.adapted_run import METHOD, write_adapter
from tests.tensor_files import copied_tensors
from tests.training.small_run import small_run, train

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")


@pytest.fixture
def given(tmp_path: Path, tiny_model: Path) -> Path:
    """An adapter as a stranger sends it: its base is a name and a hash."""
    folder = tmp_path / "From Ada!"
    write_adapter(folder, tiny_model)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8")) | {"base_model_name_or_path": tiny_model.name}
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    BaseName(tiny_model.name, fingerprint(tiny_model)).write(folder)
    return folder


def test_that_an_adapters_base_is_asked_for_once_and_the_adapter_then_has_a_name(
    given: Path, tmp_path: Path, tiny_model: Path
) -> None:
    with pytest.raises(ProblemError, match="is not on this machine") as caught:
        import_folder(given, tmp_path / "runs")
    assert caught.value.problems[0].kind == KIND
    assert caught.value.problems[0].where.startswith(str(given))
    assert not places.adapters().exists() or list(places.adapters().iterdir()) == []
    imported = import_folder(given, tmp_path / "runs", str(tiny_model))
    assert (imported.kind, imported.name, imported.method) == ("adapter", "from-ada", "mixlora")
    assert imported.as_dict()["base"]["source"] == str(tiny_model)
    shutil.rmtree(given)
    assert find_adapter("from-ada", tmp_path / "runs").model.source == str(tiny_model)
    write_adapter(given, tiny_model)  # with the path itself, as PEFT writes it
    assert import_folder(given, tmp_path / "runs").name == "from-ada-2"


def test_that_a_base_without_a_hash_is_never_guessed_by_its_name(given: Path, tmp_path: Path, tiny_model: Path) -> None:
    BaseName(tiny_model.name).write(given)
    shutil.copytree(tiny_model, given.parent / tiny_model.name)  # beside it, of the same name
    for _ in range(2):
        with pytest.raises(ProblemError, match="does not say which kleines Modell is its base") as caught:
            import_folder(given, tmp_path / "runs")
        assert caught.value.problems[0].kind == KIND
        named = import_folder(given, tmp_path / "runs", str(tiny_model))
        # The copy has a hash, so that it alone finds what was named for it.
        assert named.base == BaseName(tiny_model.name, fingerprint(tiny_model))
        assert find_adapter(named.name, tmp_path / "runs").model.source == str(tiny_model)


def test_that_a_base_of_another_shape_is_refused(given: Path, tmp_path: Path, tiny_model: Path) -> None:
    BaseName(tiny_model.name).write(given)
    held = copied_tensors(given / WEIGHTS)
    wide = {name: torch.cat([each, each], -1) if name.endswith("gate_proj_A") else each for name, each in held.items()}
    save_file(wide, given / WEIGHTS)
    with pytest.raises(ProblemError, match="is for a width of"):
        import_folder(given, tmp_path / "runs", str(tiny_model))


def test_that_an_import_leaves_alone_what_has_its_names(given: Path, tmp_path: Path, tiny_model: Path) -> None:
    theirs = [places.adapters() / name / "thesis.txt" for name in (".from-ada.partial", ".from-ada.old")]
    for file in theirs:
        file.parent.mkdir(parents=True)
        file.write_bytes(b"years")
    with pytest.raises(ProblemError, match="no note says that the studio made it"):
        import_folder(given, tmp_path / "runs", str(tiny_model))
    theirs[0].parent.rename(tmp_path / "away")
    import_folder(given, tmp_path / "runs", str(tiny_model))
    assert theirs[1].read_bytes() == b"years"


def test_that_a_reference_adapter_becomes_the_adapter_that_it_was_written_from(
    tmp_path: Path, tiny_model: Path
) -> None:
    original, folder = tmp_path / "original", tmp_path / "reference"
    write_adapter(original, tiny_model)
    write_reference(adapter_alone(find_adapter(str(original), tmp_path)), folder)
    imported = import_folder(folder, tmp_path / "runs")
    first, second = load_file(original / WEIGHTS), load_file(imported.folder / WEIGHTS)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    source = find_adapter(imported.name, tmp_path / "runs")
    assert (source.config["lora_alpha"], source.config["top_k"]) == (METHOD.alpha, METHOD.top_k)
    adapter_alone(source)  # every tensor has its place


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("this ran",)


def test_that_a_pickle_that_runs_something_is_refused_unrun(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reference"
    source = tmp_path / "original"
    write_adapter(source, tiny_model)
    write_reference(adapter_alone(find_adapter(str(source), tmp_path)), folder)
    (folder / "adapter_model.bin").write_bytes(pickle.dumps({"x": Evil()}, protocol=2))
    with pytest.raises(ProblemError, match="cannot be read"):
        import_folder(folder, tmp_path / "runs")
    assert "this ran" not in capsys.readouterr().out
    described = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    del described["target_modules"]
    (folder / CONFIG).write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(ProblemError, match="cannot be read"):
        import_folder(folder, tmp_path / "runs")


def test_that_a_run_from_another_machine_is_copied_and_finds_its_base(
    make_run: Callable[..., RunFolder], tmp_path: Path, tiny_model: Path
) -> None:
    foreign = make_run(tmp_path / "elsewhere")
    text = foreign.recipe_file.read_text(encoding="utf-8").replace('source = "demo"', 'source = "/away/kleines Modell"')
    foreign.recipe_file.write_text(text, encoding="utf-8")
    provenance = foreign.provenance()
    provenance["recipe"]["model"]["source"] = "/away/kleines Modell"
    foreign.write_provenance(provenance | {"model": {"revision": fingerprint(tiny_model)}})
    runs = tmp_path / "runs"
    with pytest.raises(ProblemError, match="is not on this machine"):
        import_folder(foreign.path, runs)
    imported = import_folder(foreign.path, runs, str(tiny_model))
    assert imported.kind == "run"
    copy = RunFolder(imported.folder)
    assert copy.recipe().model.source == str(tiny_model)
    assert find_adapter(imported.name, runs).model.source == str(tiny_model)
    assert [path.name for path in runs.iterdir()] == [imported.name]
    with copy.reader() as reader:
        assert reader.last_event("RunEnded") is not None


def test_that_a_strangers_run_leads_to_no_other_computer(make_run: Callable[..., RunFolder], tmp_path: Path) -> None:
    foreign = make_run(tmp_path / "elsewhere")
    text = foreign.recipe_file.read_text(encoding="utf-8")
    changed = text.replace('source = "demo"', 'source = "//host/share/kleines Modell"')
    foreign.recipe_file.write_text(changed, encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        import_folder(foreign.path, tmp_path / "runs")
    assert caught.value.problems[0].kind == KIND
    task = foreign.recipe().tasks[0]
    assert isinstance(task.train, str)
    foreign.recipe_file.write_text(text.replace(json.dumps(task.train), '"//host/share/x.jsonl"'), encoding="utf-8")
    with pytest.raises(ProblemError, match="which is on another computer"):
        import_folder(foreign.path, tmp_path / "runs")


def test_that_a_link_in_a_strangers_run_is_refused(make_run: Callable[..., RunFolder], tmp_path: Path) -> None:
    foreign = make_run(tmp_path / "elsewhere")
    try:
        (foreign.adapter / "more").symlink_to(tmp_path)
    except OSError:
        pytest.skip("links cannot be made here")
    with pytest.raises(ProblemError, match="is a link"):
        import_folder(foreign.path, tmp_path / "runs")


def test_that_what_is_neither_run_nor_adapter_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="neither a run nor an adapter"):
        import_folder(tmp_path, tmp_path / "runs")


def test_that_training_starts_from_an_adapters_weights_where_its_method_is_the_same(
    tmp_path: Path, tiny_model: Path
) -> None:
    for seed in (1, 2):
        write_adapter(tmp_path / str(seed), tiny_model, seed=seed)
    first, second = (find_adapter(str(tmp_path / name), tmp_path) for name in ("1", "2"))
    model = adapter_alone(first)
    start_from(model, second)
    weights = load_file(second.folder / WEIGHTS)
    got = {name.replace(".default", ""): value for name, value in model.named_parameters() if value.requires_grad}
    assert weights.keys() == got.keys()
    assert all(torch.equal(weights[name], got[name]) for name in weights)
    write_adapter(tmp_path / "3", tiny_model, MethodTable(name="mixlora", experts=4, top_k=1, rank=4, alpha=16))
    with pytest.raises(ProblemError, match=r"lora_alpha = 16.* and not 8.*top_k = 1 and not 2"):
        start_from(model, find_adapter(str(tmp_path / "3"), tmp_path))


def test_that_a_run_can_start_from_an_adapter(tmp_path: Path, tiny_model: Path) -> None:
    write_adapter(tmp_path / "start", tiny_model, MethodTable(name="mixlora", experts=4, top_k=2, rank=4, alpha=8))
    changes = {"training__learning_rate": 1e-12, "training__max_steps": 1, "method__alpha": 8}
    folder = small_run(tmp_path, tiny_model, model__adapter=json.dumps(str(tmp_path / "start")), **changes)
    assert train(folder) == 0
    before, after = load_file(tmp_path / "start" / WEIGHTS), load_file(folder.adapter / WEIGHTS)
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before)


def test_that_the_command_line_takes_an_adapter_in_and_knows_it_by_its_name(
    given: Path, tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from studio.cli.app import run_verb

    runs = ["--runs", str(tmp_path / "runs")]
    assert run_verb(["import", str(given), *runs]) == 2
    said = capsys.readouterr().err
    assert "its base model kleines Modell (sha256:" in said
    assert "--base PATH" in said
    assert run_verb(["import", str(given), "--base", str(tiny_model), "--json", *runs]) == 0
    imported = json.loads(capsys.readouterr().out)
    assert (imported["kind"], imported["name"], imported["base"]["name"]) == ("adapter", "from-ada", "kleines Modell")
    assert run_verb(["import", str(given), *runs]) == 0  # remembered
    assert "chat from-ada-2" in capsys.readouterr().out
    assert run_verb(["evaluate", "from-ada", *runs]) == 2
    assert "Name a recipe" in capsys.readouterr().err
