"""A stock mixture of experts, or a merged dense model, in a folder that transformers and vLLM load without this
package; proved in a fresh process that has only transformers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import size_of
from studio.core.progress import Progress, untold
from studio.core.words import tr
from studio.export.export_folder import Exported, fresh_folder, writing
from studio.export.model_card import Card, write_card
from studio.export.twin.build import merged_tensors, twin_tensors
from studio.export.twin.folder import write_stock_folder
from studio.export.twin.stock_proof import prove_stock, where_to_prove
from studio.export.twin.tensors import StockModel
from studio.hardware import detect
from studio.models.adapter_source import AdapterSource


def export_moe(source: AdapterSource, out: Path, progress: Progress = untold) -> Exported:
    """Write base and adapter into the folder `out` as the stock mixture of experts that computes the same.

    Raises ProblemError where there is none, and for what the user can fix; UnprovenError, leaving nothing at `out`,
    when what was written computes something else.
    """
    return _export("moe", twin_tensors, source, out, progress)


def export_merged(source: AdapterSource, out: Path, progress: Progress = untold) -> Exported:
    """Write the base with a plain LoRA or DoRA merged into it into the folder `out`; raises as `export_moe` does."""
    return _export("merged", merged_tensors, source, out, progress)


def _export(
    format: str, build: Callable[[AdapterSource], StockModel], source: AdapterSource, out: Path, progress: Progress
) -> Exported:
    with fresh_folder(out, progress) as partial:
        progress(tr("Reading the base and the adapter"))
        model = build(source)
        if model.seen_as:
            progress(tr("The base is unpacked from {seen_as}, as the run saw it", seen_as=model.seen_as))
        where_to_prove(source, model, detect())  # or say now that it cannot be, before gigabytes are written
        dtype = model.dtype if model.dtype in (torch.float16, torch.bfloat16) else torch.float32
        with writing(out):
            write_stock_folder(model, partial, dtype, progress)
            write_card(partial, source, _card(source, model, dtype))
        verified = prove_stock(source, model, partial, dtype, progress)
        size = size_of(partial)
    return Exported(format, absolute_path(out), size, verified)


def _card(source: AdapterSource, model: StockModel, dtype: torch.dtype) -> Card:
    """What is in the folder, and how each program runs it."""
    kind = f"a {model.twin.title} model with {model.experts} experts" if model.twin else "one dense model"
    seen = f" Its base is unpacked from {model.seen_as}, as the run saw it." if model.seen_as else ""
    left = " What the base has beside its language model was left out." if model.left_out else ""
    summary = (
        f"`{source.base.name}` with its adapter as {kind}, in {str(dtype).removeprefix('torch.')}.{seen}{left} It needs"
        " no adapter, no base and no package of ours."
    )
    use = """With transformers, which it was proven with:

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "path/of/this/folder"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto", device_map="auto")
```

vLLM reads the same names:

```
vllm serve path/of/this/folder
```
"""
    tags = ("moe",) if model.twin else ()
    return Card("transformers", summary, use, relation="finetune", tags=tags)
