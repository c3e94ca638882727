"""Models are found where the programs that people have keep them, each with what can be done with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core import silent_drive
from studio.core.model_places import FOLDERS, PLACES
from studio.core.problem import ProblemError
from studio.core.process.start_worker import python_environment
from studio.core.recipe.recipe import ModelTable, Recipe
from studio.models import hub_search
from studio.models.base_model import find_base
from studio.models.find_models import look
from studio.models.model_facts import facts_of, facts_of_source
from studio.models.model_places import hub_cache, lm_studio_folders, ollama_folders
from tests.models.model_home import in_hub_cache, in_lm_studio, in_ollama, use_home, write_tiny_gguf
from tests.planner.local_hub import hub_searched
from tests.planner.machines import machine, processor_only
from tests.slow_disk import silent_disk
from tests.tiny import make_tiny_model

RECIPE = Recipe.model_validate(
    {"tasks": [{"name": "t", "train": "t.jsonl"}], "training": {"max_length": 64, "batch_size": 4}}
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_tiny_model(tmp_path_factory.mktemp("modelle") / "ein Modell")
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Tiny\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def gguf(tiny: Path) -> Path:
    return write_tiny_gguf(tiny, tiny.parent / "tiny.gguf")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "Zuhause von Ada"
    place.mkdir()
    use_home(monkeypatch, place)
    return place


def test_that_folders_are_looked_through_for_models_and_whole_gguf_files(home: Path, tiny: Path, gguf: Path) -> None:
    root = tiny.parent
    (root / "mmproj-tiny.gguf").write_bytes(b"GGUF")
    (root / "big-00002-of-00003.gguf").write_bytes(b"GGUF")
    (root / "leer").mkdir(exist_ok=True)
    (root / "leer" / "config.json").write_text("{}", encoding="utf-8")
    found = look("folders", [root])
    assert {each.title for each in found.models} == {"ein Modell", "tiny"}
    assert all(each.size > 1000 for each in found.models)


@pytest.mark.skipif(sys.platform != "linux", reason="such names cannot be made elsewhere")
def test_that_links_that_lead_nowhere_and_names_that_are_no_text_hide_no_other_model(
    home: Path, tmp_path: Path, gguf: Path
) -> None:
    root = tmp_path / "Ordner"
    root.mkdir()
    shutil.copyfile(gguf, root / "good.gguf")
    shutil.copyfile(gguf, os.fsencode(root) + b"/odd\xff.gguf")
    (root / "loop.gguf").symlink_to("loop.gguf")
    os.mkfifo(root / "pipe.gguf")
    found = look("folders", [root]).models
    assert [each.path.name for each in found] == ["good.gguf", os.fsdecode(b"odd\xff.gguf")]
    told = [facts_of(each, RECIPE, processor_only(16)).as_dict() for each in found]
    assert told[0]["problem"] == ""
    assert "not UTF-8" in told[1]["problem"]
    json.dumps(told, ensure_ascii=False).encode("utf-8")


def test_that_folders_of_others_that_may_not_be_looked_into_hide_no_model(
    home: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_lm_studio(home, gguf)
    in_ollama(home, gguf)
    real = os.stat

    def refusing(path: object, *arguments: object, **options: object) -> object:
        if "lm-studio" in str(path) or "/ollama" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "stat", refusing)
    assert len(look("lm-studio").models) == 1
    assert len(look("ollama").models) == 1


def test_that_a_name_at_two_registries_of_ollama_is_two_models(home: Path, gguf: Path) -> None:
    in_ollama(home, gguf)
    manifests = home / ".ollama" / "models" / "manifests"
    shutil.copytree(manifests / "a.registry", manifests / "another.registry")
    assert [each.title for each in look("ollama").models] == ["tiny:latest"] * 2


def test_that_a_hub_cache_that_cannot_be_read_is_said(home: Path) -> None:
    hub_cache().parent.mkdir(parents=True)
    hub_cache().write_text("a file", encoding="utf-8")
    assert "cannot be read" in look("hub-cache").note


def test_that_a_folder_as_large_as_a_drive_is_not_looked_through_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.models.find_models.MOST_FOLDERS", 3)
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    assert "Only the first 3" in look("folders", [tmp_path]).note


def test_that_a_model_in_the_hubs_cache_is_named_as_a_recipe_names_it(home: Path, tiny: Path) -> None:
    in_hub_cache(home, tiny)
    (found,) = look("hub-cache").models
    assert (found.title, found.source, found.revision) == ("owner/tiny", "owner/tiny", "main")
    facts = facts_of(found, RECIPE, processor_only(16))
    assert (facts.kind, facts.model_type, facts.licence) == ("gated feed-forward", "llama", "apache-2.0")
    assert facts.fits is True
    assert facts.precision == "fp32"
    assert "Mixtral folder" in facts.exports
    assert facts.parameters > 10_000


def test_that_lm_studios_and_ollamas_files_are_found_and_can_be_used(home: Path, tiny: Path, gguf: Path) -> None:
    file, blob = in_lm_studio(home, gguf), in_ollama(home, gguf)
    (studio,), (ollama,) = look("lm-studio").models, look("ollama").models
    assert (studio.title, Path(studio.source)) == ("tiny-Q8_0", file)
    assert (ollama.title, Path(ollama.source)) == ("tiny:latest", blob)
    for each in (studio, ollama):
        assert facts_of(each, RECIPE, processor_only(16)).fits is True
    folder, revision = find_base(ModelTable(source=ollama.source), lambda text: None)
    assert (folder / "config.json").is_file()
    assert revision.startswith("sha256:")


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", "{}", '{"layers": [{}]}', '{"layers": [{"mediaType": "x.image.model", "digest": "sha256:../../x"}]}'],
)
def test_that_a_broken_manifest_of_ollama_hides_no_other_model(home: Path, gguf: Path, manifest: str) -> None:
    in_ollama(home, gguf)
    broken = home / ".ollama" / "models" / "manifests" / "a.registry" / "library" / "broken" / "latest"
    broken.parent.mkdir(parents=True)
    broken.write_text(manifest, encoding="utf-8")
    assert [each.title for each in look("ollama").models] == ["tiny:latest"]


def test_that_nothing_is_found_where_there_is_nothing(home: Path) -> None:
    for place in ("folders", "hub-cache", "lm-studio", "ollama"):
        assert look(place).models == ()


def test_that_each_system_keeps_models_in_its_own_places(tmp_path: Path) -> None:
    windows = {"USERPROFILE": r"C:\Users\Ada", "OLLAMA_MODELS": r"D:\ollama"}
    assert str(ollama_folders(windows, "win32")[0]) == r"D:\ollama"
    assert len(ollama_folders({"HOME": "/home/a"}, "linux")) > len(ollama_folders({"HOME": "/home/a"}, "darwin"))
    assert hub_cache({"HF_HOME": str(tmp_path)}) == tmp_path / "hub"
    (tmp_path / ".lmstudio-home-pointer").write_text(str(tmp_path / "elsewhere") + "\n", encoding="utf-8")
    assert lm_studio_folders({"HOME": str(tmp_path)})[0] == tmp_path / "elsewhere" / "models"


def test_that_a_model_too_large_for_the_card_or_broken_says_so(home: Path, tiny: Path) -> None:
    whole = facts_of_source(ModelTable(source=str(tiny)), "tiny", "folders", RECIPE, machine(0.2))
    assert whole.fits is False
    assert whole.peak > whole.budget
    gone = facts_of_source(ModelTable(source=str(tiny / "nowhere")), "gone", "folders", RECIPE, machine(8))
    assert gone.fits is None
    assert gone.problem.endswith("does not exist.")


def test_that_the_hub_is_searched_for_models_that_write_text(monkeypatch: pytest.MonkeyPatch) -> None:
    hits = [
        {"id": "owner/large", "downloads": 9, "tags": ["license:mit"], "gated": "manual"},
        {"id": "owner/small", "downloads": 3, "tags": [], "safetensors": {"total": 135_000_000, "parameters": {}}},
    ]
    with hub_searched(hits) as (address, asked):
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        found = hub_search.search_hub("smol llama")
    assert [(each.source, each.licence, each.gated) for each in found] == [
        ("owner/large", "mit", True),
        ("owner/small", "", False),
    ]
    assert found[1].parameters == 135_000_000
    assert "search=smol" in asked[0]
    assert "text-generation" in asked[0]


def test_that_without_a_network_the_search_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(ProblemError, match="cannot be reached") as caught:
        hub_search.search_hub("llama")
    assert "on this machine" in caught.value.problems[0].remedy


def test_that_the_desk_lists_models_place_by_place_without_torch(home: Path, tiny: Path, gguf: Path) -> None:
    in_ollama(home, gguf)
    program = (
        "import io, json, sys\n"
        "from studio.worker.desk import Desk\n"
        "out = io.StringIO()\n"
        "desk = Desk(out)\n"
        "for line in sys.stdin.buffer: desk.answer(line)\n"
        "print(json.dumps([out.getvalue().splitlines(), 'torch' in sys.modules]))\n"
    )
    asked = [{"id": number, "do": "models", "place": place} for number, place in enumerate(PLACES, 1)]
    asked += [{"id": 9, "do": "model", "source": str(tiny), "recipe": "half made", "folder": "."}]
    asked += [{"id": 10, "do": "models", "place": "under the bed"}]
    lines = "".join(json.dumps(each) + "\n" for each in asked)
    environment = python_environment() | {"USERPROFILE": str(home), "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", program], input=lines, capture_output=True, text=True, env=environment, check=True
    )
    told, has_torch = json.loads(done.stdout)
    answers = {each["id"]: each for each in map(json.loads, told) if "progress" not in each}
    titles = [
        each["title"] for answer in answers.values() if answer.get("done") for each in answer["done"].get("models", ())
    ]
    assert "tiny:latest" in titles
    assert answers[9]["done"]["fits"] is True
    assert "under the bed" in answers[10]["problems"][0]["what"]
    assert not has_torch


def test_that_a_folder_whose_drive_never_answers_is_named_and_hides_no_other_model(
    home: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 0.2)
    disk = silent_disk(monkeypatch, tmp_path / "unplugged")
    seen = look(FOLDERS, [tmp_path / "unplugged", tiny.parent])
    assert tiny in [each.path for each in seen.models]
    assert "does not answer" in seen.note
    assert str(tmp_path / "unplugged") in seen.note
    disk.answer()
