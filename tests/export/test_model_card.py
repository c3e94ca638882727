"""An export's folder is a model card, and holds nothing of the machine that it was made on."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.base_name import FILE, BaseName, base_name, read_base_name
from studio.core.recipe.recipe import ModelTable
from studio.core.run.run_folder import RunFolder
from studio.export.model_card import Card, write_card
from studio.models.adapter_source import CONFIG, AdapterSource, find_adapter
from studio.models.base_lookup import KIND, remember
from studio.report.pictures import MOST_POINTS, load_picture, loss_picture, thinned
from tests.adapted_run import METHOD, write_adapter
from tests.fake_run import FakeRun

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

CARD = Card("peft", "An adapter.", "Run it like this.", tags=("lora",))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    """A run with scores before and after, curves, loads, and a real adapter."""
    runs = tmp_path_factory.mktemp("Läufe")
    with FakeRun(runs, total_steps=40) as run:
        run.start().evaluate("before").train(40).evaluate("after").end()
        folder = run.folder
    write_adapter(folder.adapter, tiny_model, METHOD)
    recipe = folder.recipe().model_copy(update={"model": ModelTable(source=str(tiny_model)), "method": METHOD})
    folder.write_provenance({"recipe": recipe.model_dump(mode="json")})
    return folder


@pytest.fixture
def source(trained: RunFolder) -> AdapterSource:
    return find_adapter(str(trained.path), trained.path.parent)


def card_of(source: AdapterSource, folder: Path) -> str:
    folder.mkdir()
    write_card(folder, source, CARD)
    return (folder / "README.md").read_text(encoding="utf-8")


def test_that_a_card_has_scores_pictures_recipe_base_and_use(source: AdapterSource, tmp_path: Path) -> None:
    card = card_of(source, tmp_path / "out")
    front = card.split("---")[1]
    assert "library_name: peft" in front
    assert "- mixlora" in front
    assert "| units | exact-match | 0.0 % ± 3.0 | 90.0 % ± 3.0 | 100 |" in card
    assert "one standard error" in card
    assert 'source = "kleines Modell"' in card
    assert 'train = "units.jsonl"' in card
    assert "Run it like this." in card
    assert "do not state a licence" in card
    for name in ("loss.svg", "expert-load.svg"):
        assert f"({name})" in card
        ElementTree.fromstring((tmp_path / "out" / name).read_text(encoding="utf-8"))
    base = read_base_name(tmp_path / "out")
    assert base is not None
    assert base.name == "kleines Modell"
    assert base.revision.startswith("sha256:")
    assert base.revision in card


def test_that_the_bases_licence_is_named(source: AdapterSource, tmp_path: Path, tiny_model: Path) -> None:
    card = tiny_model / "README.md"
    card.write_text('---\nlanguage: en\nlicense: "Apache-2.0"\n---\n# A model\n', encoding="utf-8")
    try:
        written = card_of(source, tmp_path / "out")
    finally:
        card.unlink()
    assert "license: apache-2.0" in written.split("---")[1]
    assert "Its licence is apache-2.0" in written


@pytest.mark.parametrize("to", ["peft", "reference", "moe", "gguf"])
def test_that_no_file_of_an_export_holds_a_path_of_this_machine(
    trained: RunFolder, tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.export import export_adapter
    from studio.export.count import count_file

    def counted(source: Any, exported: Path, *rest: Any) -> dict[str, Any]:
        if to != "peft":
            return {"not_compared": []}
        count = count_file(exported, json.loads((exported / CONFIG).read_text(encoding="utf-8")))
        return {name: getattr(count, name) for name in ("routers", "experts", "tensors", "weights")}

    proof = {"moe": "prove_stock", "gguf": "prove_gguf"}.get(to, "prove")
    monkeypatch.setattr(f"studio.export.{to}_format.{proof}", counted)
    exported = export_adapter(trained.id, to, tmp_path / "out", trained.path.parent)
    private = [tempfile.gettempdir(), str(Path.home()), str(trained.path.parent), "/home/", "/tmp/"]
    private += [json.dumps(each)[1:-1] for each in private]
    for file in exported.path.iterdir():
        content = file.read_bytes()
        assert [each for each in private if each.encode() in content] == [], file.name


def test_that_a_hub_model_is_named_by_its_id_and_commit(source: AdapterSource, tmp_path: Path) -> None:
    cache = f"/x/hub/models--owner--small-name/snapshots/{'0af' * 13}0"
    named = base_name(ModelTable(source=cache))
    assert named == BaseName("owner/small-name", "0af" * 13 + "0")
    assert base_name(ModelTable(source="owner/name", revision="v2")) == BaseName("owner/name", "v2")
    assert base_name(ModelTable(source=r"C:\Modelle\klein.gguf"), "sha256:1") == BaseName("klein.gguf", "sha256:1")


def exported(source: AdapterSource, folder: Path) -> Path:
    """A copy of the adapter as a stranger gets it: its base is only a name and a hash."""
    shutil.copytree(source.folder, folder)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8")) | {"base_model_name_or_path": "kleines Modell"}
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    write_card(folder, source, CARD)
    return folder


def test_that_a_base_is_found_again_by_name_and_hash_wherever_it_moved(
    source: AdapterSource, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, none = exported(source, tmp_path / "a" / "out"), tmp_path / "none"
    assert find_adapter(str(out), none).model.source == str(tiny_model)  # remembered from the export
    monkeypatch.setenv("MIXLORA_STUDIO_HOME", str(tmp_path / "another machine"))
    with pytest.raises(ProblemError, match="is not on this machine") as caught:
        find_adapter(str(out), none)
    (problem,) = caught.value.problems
    assert problem.kind == KIND
    assert json.loads(problem.about)["name"] == "kleines Modell"
    # A model of the run's, one in the studio's models, one beside the adapter, one that somebody named.
    assert source.run is not None
    assert find_adapter(str(out), source.run.path.parent).model.source == str(tiny_model)
    moved = shutil.copytree(tiny_model, tmp_path / "another machine" / "models" / "kleines Modell")
    assert find_adapter(str(out), none).model.source == str(moved)
    shutil.rmtree(moved)
    beside = shutil.copytree(tiny_model, tmp_path / "a" / "kleines Modell")
    assert find_adapter(str(out), none).model.source == str(beside)
    renamed = beside.rename(tmp_path / "renamed")
    base = read_base_name(out)
    assert base is not None
    remember(base, str(renamed))
    assert find_adapter(str(out), none).model.source == str(renamed)


def test_that_a_model_with_the_name_but_other_weights_is_not_taken(
    source: AdapterSource, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = exported(source, tmp_path / "a" / "out")
    monkeypatch.setenv("MIXLORA_STUDIO_HOME", str(tmp_path / "another machine"))
    other = shutil.copytree(tiny_model, tmp_path / "a" / "kleines Modell")
    config = json.loads((other / "config.json").read_text(encoding="utf-8")) | {"rope_theta": 5.0}
    (other / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ProblemError, match="with other weights"):
        find_adapter(str(out), tmp_path)
    base = read_base_name(out)
    assert base is not None
    with pytest.raises(ProblemError, match="its weights are not those of"):
        remember(base, str(other))
    with pytest.raises(ProblemError, match="there is no such model"):
        remember(base, str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    "content", ["[]", '{"name": "../x", "revision": ""}', '{"name": 1}', '{"name": "x", "revision": "\\n"}']
)
def test_that_a_damaged_name_of_a_base_is_a_problem(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ProblemError):
        read_base_name(tmp_path)


def test_that_a_run_from_another_machine_finds_its_base_by_what_it_recorded(
    trained: RunFolder, tmp_path: Path, tiny_model: Path, make_run: Callable[..., RunFolder]
) -> None:
    from studio.models.model_folder import fingerprint

    runs = tmp_path / "runs"
    foreign = RunFolder(shutil.copytree(trained.path, runs / trained.id))
    provenance = foreign.provenance()
    provenance["recipe"]["model"]["source"] = "/elsewhere/kleines Modell"
    foreign.write_provenance(provenance | {"model": {"revision": fingerprint(tiny_model)}})
    with pytest.raises(ProblemError, match="is not on this machine"):
        find_adapter(foreign.id, runs)
    make_run(runs)  # a run on the same model here
    found = find_adapter(str(foreign.path), runs)
    assert found.model.source == str(tiny_model)


def test_that_pictures_show_a_long_curves_course_and_survive_what_is_not_a_number() -> None:
    steps = list(range(1, 10_001))
    _, kept, values = thinned(("loss", steps, [1.0 + (step % 2) for step in steps]))
    assert len(kept) == MOST_POINTS
    assert set(np.round(values, 1)) == {1.5}
    picture = loss_picture([("a & <b>", steps, [float("nan"), *[2.0] * 9_999])])
    ElementTree.fromstring(picture)
    assert loss_picture([("one", [1], [1.0])]) == ""
    assert loss_picture([("nan", [1, 2], [float("nan")] * 2)]) == ""
    ElementTree.fromstring(load_picture(np.zeros((2, 64), dtype=np.float32)))
