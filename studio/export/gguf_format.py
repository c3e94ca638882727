"""One GGUF file for llama.cpp, LM Studio and Ollama, with Ollama's Modelfile beside it, and its proof."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import size_of
from studio.core.gguf_formats import GGUF_FORMATS
from studio.core.methods.method import Becomes
from studio.core.progress import ByteCount, Progress, untold
from studio.core.twins.exports import values_of_adapter
from studio.core.words import tr
from studio.export.export_folder import Exported, fresh_folder, writing
from studio.export.gguf.chat_turns import ChatTurns, chat_turns
from studio.export.gguf.metadata import context_length
from studio.export.gguf.modelfile import MODELFILE, modelfile
from studio.export.gguf.proof import prove_gguf
from studio.export.gguf.quantisation import QUANTISATIONS
from studio.export.gguf.vocabulary import Vocabulary, vocabulary_of
from studio.export.gguf.write_model import FilePlan, plan_file, write_model
from studio.export.model_card import Card, write_card
from studio.export.twin.build import merged_tensors, twin_tensors
from studio.export.twin.tensors import StockModel
from studio.models.adapter_source import AdapterSource
from studio.models.base_model import load_tokenizer
from studio.planner.model_licence import model_licence


def export_gguf(source: AdapterSource, out: Path, progress: Progress = untold, quantisation: str = "f16") -> Exported:
    """Write base and adapter into the folder `out` as one GGUF file in a quantisation of `GGUF_FORMATS`.

    A method with experts becomes its twin, a plain LoRA or DoRA the merged base. Raises ProblemError where llama.cpp
    has no such model or would tokenize differently, and for what the user can fix; UnprovenError or
    UnfaithfulFileError, leaving nothing at `out`, when the file computes something else.
    """
    choice = QUANTISATIONS[quantisation]
    with fresh_folder(out, progress) as partial:
        progress(tr("Reading the base and the adapter"))
        model = _stock_model(source)
        plan = plan_file(model, choice)
        tokenizer, _ = load_tokenizer(model.folder)
        vocabulary = vocabulary_of(tokenizer, model.config["vocab_size"])
        file = partial / f"{_stem(source.name)}-{choice.name.upper()}.gguf"
        if plan.half:
            progress(
                tr(
                    "{half} tensors stay in f16: {name} packs rows by 32, which does not divide theirs",
                    half=plan.half,
                    name=choice.name,
                )
            )
        with writing(out):
            count = ByteCount(progress, tr("Writing the file"), plan.bytes)
            write_model(model, plan, vocabulary, file, lambda writer: _add_general(writer, source), count.add)
            turns = chat_turns(tokenizer)
            begins = tokenizer.bos_token if vocabulary.add_bos else ""
            # Beyond the original context llama.cpp would take long positions for short texts too.
            long = plan.rope.scaling == "longrope"
            context = plan.rope.original_context if long else context_length(model.config)
            text = modelfile(file.name, turns, _stops(model, vocabulary), context, begins)
            (partial / MODELFILE).write_text(text, encoding="utf-8", newline="\n")
        verified = prove_gguf(source, model, plan, file, progress)
        with writing(out):
            write_card(partial, source, _card(source, model, plan, file.name, turns, verified))
        size = size_of(partial)
    return Exported("gguf", absolute_path(out), size, {"quantisation": choice.name, "file": file.name} | verified)


def _stock_model(source: AdapterSource) -> StockModel:
    method, values = values_of_adapter(source.config)
    becomes: Becomes = method.becomes(values)
    return merged_tensors(source) if becomes.no_experts and not becomes.no_merged else twin_tensors(source)


def _add_general(writer: Any, source: AdapterSource) -> None:
    """What the file says of itself to people."""
    writer.add_name(source.name)
    writer.add_quantized_by("MixLoRA Studio")
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, source.base.name)
    if licence := model_licence(source.model):
        writer.add_license(licence)


def _stem(name: str) -> str:
    """The name as a file's on every system."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "model"


def _stops(model: StockModel, vocabulary: Vocabulary) -> list[str]:
    """The texts of the tokens that end an answer."""
    named = model.config.get("eos_token_id")
    ids = [vocabulary.ids.get("eot"), vocabulary.ids.get("eos"), *(named if isinstance(named, list) else [named])]
    return list(dict.fromkeys(vocabulary.tokens[number] for number in ids if number is not None))


def _card(
    source: AdapterSource,
    model: StockModel,
    plan: FilePlan,
    file: str,
    turns: ChatTurns | None,
    verified: dict[str, Any],
) -> Card:
    kind = f"a mixture of {model.experts} experts, {model.slots} for each token" if model.twin else "a dense model"
    summary = (
        f"`{source.base.name}` and its adapter in one GGUF file, {kind}, in {plan.choice.name}"
        f" ({GGUF_FORMATS[plan.choice.name].title}), for contexts of up to {context_length(model.config):,} tokens."
    )
    if model.seen_as:
        summary += f" Its base is unpacked from {model.seen_as}, as the run saw it."
    if plan.rope.scaling == "longrope":
        summary += (
            f" llama.cpp chooses its positions by the context that it is started with: up to -c"
            f" {plan.rope.original_context:,} they are those of the run's shorter texts."
        )
    if "quantisation_moves_logits" in verified:
        summary += (
            f" Quantisation moves its logits typically by {100 * verified['quantisation_moves_logits']:.2g} % of their"
            f" scale; {100 * verified['quantisation_keeps_choices']:.0f} % of the tokens that it finds likeliest stay."
        )
    for missing in verified["not_compared"]:
        summary += f" {missing}"
    name = _stem(source.name).lower()
    ollama = (
        "The Modelfile holds the chat template in Ollama's own language."
        if turns is not None
        else "This model's chat template does more than Ollama's language can say, so the Modelfile has none: Ollama"
        " goes by the one in the file where it knows it. Compare its answers with llama.cpp's."
    )
    use = f"""llama.cpp:

```
llama-cli -m {file} --jinja -cnv
llama-server -m {file} --jinja
```

Ollama, in this folder:

```
ollama create {name} -f Modelfile
ollama run {name}
```

{ollama}

LM Studio: `lms import --copy {file}`, or copy the file into a folder `name/{name}` of its models folder.

{_smaller(model, plan, file)}
"""
    tags = ("gguf", *(("moe",) if model.twin else ()))
    return Card("gguf", summary, use, relation="quantized" if plan.choice.name[0] == "q" else "finetune", tags=tags)


def _smaller(model: StockModel, plan: FilePlan, file: str) -> str:
    widths = sorted({place.shape[-1] for place in plan.places.values() if len(place.shape) > 1} - {0})
    if plan.choice.name[0] == "q":
        return ""
    odd = [width for width in widths if width % 256]
    if odd:
        return (
            f"For a smaller file export q8_0 or q5_0: llama.cpp's K formats need rows of a multiple of 256, and this"
            f" model has rows of {odd[0]:,}."
        )
    return f"Smaller: `llama-quantize {file} smaller.gguf Q4_K_M`."
