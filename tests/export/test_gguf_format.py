"""The GGUF export: one file with its Modelfile and card, proved against the run, and in llama.cpp where that is."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from gguf import GGUFReader

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.run.run_folder import RunFolder
from studio.export import export_adapter
from studio.export.gguf.llama_process import answers
from studio.export.gguf.llama_proof import llama_cpp_is_here
from studio.export.gguf.read_back import GgufContents, UnfaithfulFileError
from studio.export.gguf.read_config import config_in
from studio.export.gguf.writer import GgufFile
from studio.export.proof import ProofEndedError, in_fresh_process
from studio.export.twin.build import twin_tensors
from studio.models.adapter_source import find_adapter

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

MakeRun = Callable[..., RunFolder]
PROVED = {"tensors": 1, "expert_matrices": 1, "not_compared": ["The file was not tried."]}


@pytest.fixture
def run(make_run: MakeRun, tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "Läufe")


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the fresh processes where the test is about the writing."""
    monkeypatch.setattr("studio.export.gguf_format.prove_gguf", lambda *arguments: PROVED)


@pytest.mark.slow
def test_that_a_file_computes_what_the_run_does_in_transformers_and_in_llama_cpp(
    run: RunFolder, tmp_path: Path
) -> None:
    told: list[str] = []
    out = tmp_path / "für andere" / "gguf"
    done = export_adapter(run.id, "gguf", out, tmp_path / "Läufe", lambda said, share=None: told.append(said))
    found = done.verified
    assert found["quantisation"] == "f16"
    assert found["expert_matrices"] == 2 * 4 * 3
    assert 0 < found["mean_logit_difference"] < 0.02 * found["logit_scale"]
    assert found["max_difference_of_an_expert"] < 0.02 * found["logit_scale"]
    assert {"Modelfile", "README.md", "base_model.json", found["file"]} <= {path.name for path in out.iterdir()}
    if llama_cpp_is_here():
        assert found["llama_cpp"]["typical_difference"] < 0.002
        assert found["llama_cpp"]["same_answers"] == found["llama_cpp"]["answers"] == 3
        assert found["not_compared"] == []
        assert any("llama.cpp itself" in sentence for sentence in told)
    else:
        assert "is not installed" in found["not_compared"][0]
        assert "is not installed" in (out / "README.md").read_text(encoding="utf-8")


def test_that_file_modelfile_and_card_name_one_another(run: RunFolder, tmp_path: Path, believed: None) -> None:
    done = export_adapter(run.id, "gguf", tmp_path / "out", tmp_path / "Läufe", quantisation="q8_0")
    file = done.path / done.verified["file"]
    assert file.name.endswith("-Q8_0.gguf")
    modelfile = (done.path / "Modelfile").read_text(encoding="utf-8")
    assert modelfile.startswith(f"FROM ./{file.name}\n")
    assert 'PARAMETER stop "<|im_end|>"' in modelfile
    card = (done.path / "README.md").read_text(encoding="utf-8")
    for line in (f"llama-cli -m {file.name} --jinja -cnv", "-f Modelfile", f"lms import --copy {file.name}"):
        assert line in card
    assert "The file was not tried." in card
    assert str(tmp_path) not in card + modelfile
    fields = GgufContents(file).fields
    assert (fields["general.architecture"], fields["llama.expert_count"]) == ("llama", 4)
    assert (fields["general.file_type"], fields["general.name"]) == (7, find_adapter(run.id, tmp_path / "Läufe").name)
    assert str(tmp_path) not in str(fields)


def test_that_a_plain_lora_becomes_the_merged_base(make_run: MakeRun, tmp_path: Path, believed: None) -> None:
    run = make_run(tmp_path / "runs", MethodTable.model_validate({"name": "lora", "rank": 4, "alpha": 8}))
    done = export_adapter(run.id, "gguf", tmp_path / "out", tmp_path / "runs")
    contents = GgufContents(done.path / done.verified["file"])
    assert "llama.expert_count" not in contents.fields
    assert "blk.1.ffn_down.weight" in contents.tensors


def test_that_a_method_that_is_in_no_program_is_refused(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", MethodTable.model_validate({"name": "moelora", "experts": 4, "rank": 8}))
    with pytest.raises(ProblemError):
        export_adapter(run.id, "gguf", tmp_path / "out", tmp_path / "runs")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("to", "quantisation", "words"),
    [("gguf", "q4_k_m", "Choose f16, bf16, q8_0"), ("peft", "q8_0", "only a GGUF file has one")],
)
def test_that_an_odd_quantisation_is_a_problem(tmp_path: Path, to: str, quantisation: str, words: str) -> None:
    with pytest.raises(ProblemError, match=words):
        export_adapter("last", to, tmp_path / "out", tmp_path, quantisation=quantisation)


def test_that_a_file_that_holds_something_else_leaves_nothing(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = GgufFile.put

    def wrong(self: GgufFile, name: str, tensor: Any) -> int:
        return put(self, name, -tensor if name.endswith("experts.3.w2.weight") else tensor)

    monkeypatch.setattr(GgufFile, "put", wrong)
    with pytest.raises(UnfaithfulFileError, match=r"blk\.0\.ffn_down_exps"):
        export_adapter(run.id, "gguf", tmp_path / "out", tmp_path / "Läufe")
    assert list(tmp_path.glob("*out*")) == []


FULL = OSError(errno.ENOSPC, "full")
ENDED = ProofEndedError.at("memory", "the system ended the process.", "Close other programs.")


@pytest.mark.parametrize(("error", "words"), [(FULL, "the disk is full"), (ENDED, "the system ended the process")])
def test_that_a_proof_that_finds_no_room_keeps_the_file_and_says_so(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    places: list[Path] = []

    def fail(*arguments: Any) -> None:
        places.append(arguments[-1].parent)
        raise error

    monkeypatch.setattr("studio.export.gguf.proof.ask_live", fail)
    done = export_adapter(run.id, "gguf", tmp_path / "out", tmp_path / "Läufe")
    assert done.verified["not_compared"] == [f"Its answers could not all be compared: {words}."]
    assert words in (done.path / "README.md").read_text(encoding="utf-8")
    assert places == [tmp_path]  # the export's own drive, not that of the temporary files
    assert list(tmp_path.glob("*out*")) == [tmp_path / "out"]


def test_that_a_proof_leaves_a_margin_on_the_drive(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = twin_tensors(find_adapter(run.id, tmp_path / "Läufe")).size(torch.float32)
    monkeypatch.setattr("studio.export.gguf.proof.shutil.disk_usage", lambda place: SimpleNamespace(free=size + 2**20))
    done = export_adapter(run.id, "gguf", tmp_path / "out", tmp_path / "Läufe")
    assert "on the drive of the export" in done.verified["not_compared"][0]


def script(folder: Path, text: str) -> Path:
    file = folder / "script.py"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("end", ["import os; os.kill(os.getpid(), 9)", "raise MemoryError"])
def test_that_a_killed_proof_is_not_the_exports_fault(tmp_path: Path, end: str) -> None:
    if "kill" in end and sys.platform == "win32":
        pytest.skip("Windows ends a process with a code of its own")
    with pytest.raises(ProofEndedError, match="when memory runs out"):
        in_fresh_process(script(tmp_path, end), [], tmp_path)


@pytest.mark.parametrize("said", ["(os error 1455)", "[WinError 1455]"])
def test_that_windows_says_in_its_own_language_that_memory_ran_out(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.core.os_errors.ON_WINDOWS", True)
    with pytest.raises(ProofEndedError, match="when memory runs out"):
        in_fresh_process(script(tmp_path, f"raise OSError('Die Auslagerungsdatei ist zu klein {said}')"), [], tmp_path)


def test_that_a_header_with_another_number_is_refused(run: RunFolder, tmp_path: Path, believed: None) -> None:
    done = export_adapter(run.id, "gguf", tmp_path / "out", tmp_path / "Läufe")
    file = done.path / done.verified["file"]
    config = twin_tensors(find_adapter(run.id, tmp_path / "Läufe")).config
    assert config_in(GgufContents(file), config)["num_experts_per_tok"] == 2
    reader = GGUFReader(file, "r+")
    reader.fields["llama.expert_used_count"].parts[-1][0] = 1
    del reader
    with pytest.raises(UnfaithfulFileError, match=r"expert_used_count is 1 in the header, and 2"):
        config_in(GgufContents(file), config)


def test_that_a_package_of_llama_cpp_that_is_broken_is_no_proof_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    assert list(answers("model.gguf", tmp_path)) == ["broken"]
