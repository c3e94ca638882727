"""Sizes before anything is written: counted from headers, and compared with what is then written."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.export_formats import EXPORT_FORMATS, PROGRAMS
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable, ModelTable
from studio.core.run.run_folder import RunFolder
from studio.core.twins.bases import TWINS, Twin, twin_of
from studio.export import export_adapter
from studio.export.gguf.quantisation import QUANTISATIONS as WRITTEN
from studio.export.gguf.write_model import plan_file
from studio.export.offers import Offers, free_bytes, offers_of, offers_table
from studio.export.twin.build import merged_tensors, twin_tensors
from studio.export.twin.names import SHARED_WIDTH
from studio.hardware import detect
from studio.models.adapter_source import AdapterSource, find_adapter
from studio.models.gguf_folder import LARGE
from studio.planner import export_sizes
from studio.planner.export_sizes import QUANTISATIONS, VOCABULARY_BYTES, folder_bytes, gguf_bytes, stored_width
from studio.planner.model_source import model_config, model_shape
from tests.adapted_run import METHOD, make_adapted_run, write_adapter
from tests.tiny import make_tiny_model

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

GIB = 2**30
BASES: dict[str, dict[str, Any]] = {
    "llama": {"tie_word_embeddings": True},
    "mistral": {"tie_word_embeddings": False},
    "phi3": {"pad_token_id": 0},
    "qwen2": {},
    "qwen3": {"tie_word_embeddings": True},
    "granite": {},
    "olmo2": {},
}


@pytest.fixture(scope="module", params=BASES)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AdapterSource:
    """A mixlora adapter on a tiny model of each architecture that has a twin."""
    folder = tmp_path_factory.mktemp(request.param)
    model = make_tiny_model(folder / "model", request.param, **BASES[request.param])
    write_adapter(folder / "adapter", model, METHOD)
    return find_adapter(str(folder / "adapter"), folder)


def test_that_a_twins_folder_is_counted_to_the_byte(source: AdapterSource) -> None:
    shape, config = model_shape(source.model), model_config(source.model)
    twin = twin_of(config)
    assert isinstance(twin, Twin)
    width = stored_width(source.model, shape, config)
    made = twin_tensors(source)
    assert width == made.dtype.itemsize
    assert folder_bytes(shape, width, twin, 4) == made.size(made.dtype)


def test_that_a_twins_gguf_file_is_counted_in_every_quantisation(source: AdapterSource) -> None:
    shape, config = model_shape(source.model), model_config(source.model)
    twin = twin_of(config)
    assert isinstance(twin, Twin)
    if not twin.gguf:
        pytest.skip("llama.cpp has no such twin")
    made = twin_tensors(source)
    for name, choice in WRITTEN.items():
        counted = gguf_bytes(shape, name, 4) - VOCABULARY_BYTES * shape.vocabulary
        # Tiny tensors are mostly padded; the difference is at most one alignment each.
        assert abs(counted - plan_file(made, choice).bytes) <= 32 * len(made.tensors), name


def test_that_a_merged_model_is_counted_to_the_byte(tmp_path: Path, tiny_model: Path) -> None:
    write_adapter(tmp_path / "adapter", tiny_model, MethodTable(name="lora", rank=4))
    source = find_adapter(str(tmp_path / "adapter"), tmp_path)
    made = merged_tensors(source)
    assert folder_bytes(model_shape(source.model), made.dtype.itemsize, None, 0) == made.size(made.dtype)


def test_that_the_counts_know_what_the_writers_do() -> None:
    assert list(QUANTISATIONS) == list(WRITTEN)
    assert export_sizes.SHARED_WIDTH == SHARED_WIDTH
    assert export_sizes.UNPACKED_LARGE == LARGE
    assert PROGRAMS.keys() >= EXPORT_FORMATS.keys()
    assert {"qwen2", "qwen3_5", "gemma4"} <= TWINS.keys()  # those with parts beside the experts


def test_that_an_unpacked_gguf_files_width_follows_its_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.touch()
    table = ModelTable(source=str(file))
    assert stored_width(table, SimpleNamespace(parameters=LARGE - 1), {}) == 4  # type: ignore[arg-type]
    assert stored_width(table, SimpleNamespace(parameters=LARGE), {}) == 2  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    return make_adapted_run(tmp_path_factory.mktemp("runs"), tiny_model)


def offered(run: RunFolder, out: Path, **device: Any) -> Offers:
    machine = detect()
    card = replace(machine.devices[-1], name="A card", kind="cuda", usable=True, **device)
    return offers_of(find_adapter(str(run.path), run.path.parent), out, replace(machine, devices=(card,)))


def test_that_adapters_are_counted_as_they_are_written(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.export.reference_format.prove", lambda *rest: {})
    monkeypatch.setattr("studio.export.offers.SMALL_FILES", 0)
    offers = offered(run, tmp_path, total_bytes=24 * GIB)
    exported = export_adapter(str(run.path), "reference", tmp_path / "out", run.path.parent)
    written = (exported.path / "adapter_model.bin").stat().st_size
    reference, peft = offers.of("reference"), offers.of("peft")
    assert reference is not None
    assert peft is not None
    assert reference.bytes == pytest.approx(written, rel=0.05)  # so small that names weigh more than tensors
    assert peft.bytes == (run.adapter / "adapter_model.safetensors").stat().st_size
    assert peft.fits_card
    assert peft.exact


def test_that_an_adapter_that_is_too_large_for_the_card_says_so(run: RunFolder, tmp_path: Path) -> None:
    offers = offered(run, tmp_path, total_bytes=1000)
    peft = offers.of("peft")
    assert peft is not None
    assert peft.fits_card is False
    assert "your card holds 1000 B" in peft.advice
    assert offers.as_dict()["device"] == {"name": "A card", "total_bytes": 1000}
    json.dumps(offers.as_dict())
    assert offers_table(offers)[1][0] == "peft"


def test_that_an_export_that_no_disk_can_hold_is_not_begun(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    with pytest.raises(ProblemError, match=r"the export takes .* and the drive has 1000 B free"):
        export_adapter(str(run.path), "peft", tmp_path / "new" / "out", run.path.parent)
    assert list(tmp_path.iterdir()) == []
    assert free_bytes(tmp_path / "not" / "yet") == 1000


def test_that_sizes_are_listed_without_an_export(
    run: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from studio.cli.app import run_verb

    assert run_verb(["export", str(run.path), "--sizes", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [each["format"] for each in listed["sizes"]][:2] == ["peft", "reference"]
    assert listed["disk"]["free_bytes"] > 0
    assert run_verb(["export", str(run.path), "--sizes"]) == 0
    assert "RUNS IN" in capsys.readouterr().out
    assert run_verb(["export", str(run.path)]) == 2
    assert "OUT: it is missing." in capsys.readouterr().err


def test_that_an_adapter_runs_on_its_base_whose_bytes_count_too(run: RunFolder) -> None:
    offers = offered(run, run.path, total_bytes=24 * GIB)
    peft = offers.of("peft")
    assert peft is not None
    assert peft.bytes is not None
    assert peft.running_bytes is not None
    base = model_shape(find_adapter(str(run.path), run.path.parent).model).parameters * 4
    assert peft.running_bytes - peft.bytes == base
