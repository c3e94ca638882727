"""Proof of a GGUF file: every tensor read back, its model asked in transformers, and llama.cpp itself where it is."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from studio.core.error_text import system_reason
from studio.core.os_errors import is_full
from studio.core.problem import ProblemError
from studio.core.progress import ByteCount, Progress
from studio.core.units import memory
from studio.core.words import tr
from studio.export.export_folder import proof_folder
from studio.export.gguf.llama_proof import (
    ABSENT,
    READ_BACK,
    difference,
    llama_cpp_is_here,
    prove_experts_in_llama_cpp,
    prove_in_llama_cpp,
)
from studio.export.gguf.quantisation import Quantisation, allowed_error, type_of
from studio.export.gguf.read_back import GgufContents, compare_tensors
from studio.export.gguf.read_config import config_in
from studio.export.gguf.write_model import FilePlan, held_tensors
from studio.export.proof import Ground, ProofEndedError, UnprovenError, in_fresh_process
from studio.export.twin import stock_process
from studio.export.twin.folder import write_stock_folder
from studio.export.twin.live_answers import ErrorBound, ask_live
from studio.export.twin.stock_proof import COARSE, PRECISE, choose_stock_ground, faults_in
from studio.export.twin.tensors import StockModel, StockTensor
from studio.hardware import detect
from studio.models.adapter_source import AdapterSource
from studio.models.base_model import load_tokenizer
from studio.models.disk_faults import disk_faults

MARGIN = 2**28  # bytes beyond the copy: the answers, what else is written meanwhile, and the drive's own tables


def prove_gguf(
    source: AdapterSource, model: StockModel, plan: FilePlan, file: Path, progress: Progress
) -> dict[str, Any]:
    """Compare the written `file` with the run's own adapter.

    `file` lies in the export's partial folder, beside which the proof puts a copy of its own for a while.

    Always: each tensor with the model's own, made again, and each expert's matrices counted. Where memory holds the
    model: what transformers computes from the file's tensors and header. Where llama.cpp's package is installed: what
    llama.cpp computes, its tokens and its text. Returns what was compared, and in `not_compared` why something was not:
    a drive or a memory that does not hold the copy takes nothing from the file. Raises UnprovenError or
    UnfaithfulFileError.
    """
    contents = GgufContents(file)
    found = compare_tensors(contents, model, plan, ByteCount(progress, tr("Reading the file back"), plan.bytes).add)
    expected = 3 * model.layers * model.experts
    if found["expert_matrices"] != expected:
        raise UnprovenError(f"the file holds {found['expert_matrices']} matrices of experts, the model {expected}")
    told = config_in(contents, model.config)
    missing: list[str] = []
    try:
        with proof_folder(file.parent) as work, disk_faults():
            if reason := _no_room(model, work):
                missing.append(reason)
            else:
                _ask(source, model, plan, contents, told, work, progress, found, missing)
    except ProofEndedError as error:
        missing.append(tr("Its answers could not all be compared: {what}", what=error.problems[0].what))
    except OSError as error:
        why = tr("the disk is full") if is_full(error) else system_reason(error)
        missing.append(tr("Its answers could not all be compared: {why}.", why=why))
    return found | {"not_compared": missing}


def read_model(contents: GgufContents, model: StockModel, plan: FilePlan, config: dict[str, Any]) -> StockModel:
    """The stock model whose tensors are the file's, and whose numbers are its header's."""
    held = {tensor.name for tensor in held_tensors(model)}

    def read(tensor: StockTensor) -> StockTensor:
        if tensor.name not in held:
            return tensor  # a shared expert of zeros, which the file does without
        compute = partial(contents.stock_tensor, plan.names, tensor.name, tensor.shape)
        return StockTensor(tensor.name, tensor.shape, compute, tensor.part, tensor.layer, tensor.expert, tensor.exact)

    return StockModel(
        config, tuple(map(read, model.tensors)), model.folder, torch.float32, model.seen_as, model.twin, model.layers,
        model.experts, model.slots, model.left_out,
    )  # fmt: skip


def _ask(
    source: AdapterSource, model: StockModel, plan: FilePlan, contents: GgufContents, told: dict[str, Any],
    work: Path, progress: Progress, found: dict[str, Any], missing: list[str],
) -> None:  # fmt: skip
    """Add to `found` what transformers and llama.cpp compute from the file, and to `missing` why one does not."""
    ground = choose_stock_ground(model, detect())
    progress(tr("Asking the run's own adapter, in {precision}", precision=ground.precision))
    known = ask_live(source, model, ground, _error_of(plan.choice), work)
    progress(tr("Asking the model in the file, in a fresh process with transformers alone"))
    found |= _asked_in_transformers(read_model(contents, model, plan, told), ground, known, work, progress)
    if plan.choice.name[0] == "q":
        found |= _cost_of_quantisation(work)
    if not llama_cpp_is_here():
        missing.append(tr(ABSENT))
        return
    progress(tr("Asking llama.cpp itself, in a fresh process"))
    tokenizer, _ = load_tokenizer(model.folder)
    tried = prove_in_llama_cpp(contents.file, tokenizer, known, plan.choice, ground, work)
    if isinstance(tried, str):
        missing.append(tried)
        return
    if model.experts:
        progress(tr("Asking llama.cpp for each of {experts} experts by itself", experts=model.experts))
        tried |= prove_experts_in_llama_cpp(contents, model.experts, known, plan.choice, ground, work)
    found["llama_cpp"] = tried


def _asked_in_transformers(
    read: StockModel, ground: Ground, known: dict[str, Any], work: Path, progress: Progress
) -> dict[str, Any]:
    """Write the file's own tensors as a folder, and compare what transformers computes from it with the run."""
    folder = work / "read back"
    folder.mkdir()
    write_stock_folder(read, folder, torch.float32, progress)
    script = Path(stock_process.__file__)
    found = in_fresh_process(script, [str(folder), ground.precision, str(work), "keep-logits"], work)
    shutil.rmtree(folder)
    if faults := list(faults_in(found, known, read, PRECISE if ground.precision == "fp32" else COARSE)):
        raise UnprovenError("the file does not compute what the run does: " + "; ".join(faults))
    return {
        "max_logit_difference": found["logits"]["max"],
        "mean_logit_difference": found["logits"]["rms"],
        "logit_scale": found["logit_scale"],
        "max_difference_of_an_expert": max((row[n]["max"] for n, row in enumerate(found["experts"])), default=0.0),
        "precision": ground.precision,
    }


def _error_of(choice: Quantisation) -> ErrorBound:
    """How far the file's format may put each value of a matrix from its own."""

    def error(values: Tensor) -> Tensor:
        array = values.contiguous().numpy()
        return torch.tensor(allowed_error(array, type_of("", array.shape, choice)))

    return error


def _cost_of_quantisation(work: Path) -> dict[str, float]:
    """What rounding the matrices alone does to the run's logits, as the file's own tensors show in transformers."""
    read, own = load_file(work / READ_BACK), load_file(work / "own.safetensors")
    rows = [name for name in read if name.startswith("row")]
    apart = difference([read[name] for name in rows], [own[name] for name in rows])
    return {"quantisation_moves_logits": apart.typical, "quantisation_keeps_choices": apart.same_choice}


def _no_room(model: StockModel, work: Path) -> str:
    """Why the model's answers cannot be compared here; "" where they can."""
    try:
        choose_stock_ground(model, detect())
    except ProblemError as error:
        return tr("Its answers were not compared: {what}", what=error.problems[0].what)
    need, free = model.size(torch.float32), shutil.disk_usage(work).free
    if need + MARGIN > free:
        return tr(
            "Its answers were not compared: that takes {need} more for a while on the drive of the "
            "export, and {free} are free.",
            need=memory(need + MARGIN),
            free=memory(free),
        )
    return ""
