"""PEFT's format, ours too: the adapter with every expert and router, a README that says how to load it, and a proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from peft import PeftModel
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from studio import __version__
from studio.core.absolute_path import absolute_path, is_path
from studio.core.atomic_file import size_of
from studio.export.count import ExpertsMissingError, FileCount, count_file
from studio.export.export_folder import ByteCount, Exported, Progress, copy_file, fresh_folder, untold, writing
from studio.export.proof import prove
from studio.models.adapter_source import CONFIG, WEIGHTS, AdapterSource
from studio.models.manifest import write_manifest


def export_peft(source: AdapterSource, out: Path, progress: Progress = untold) -> Exported:
    """Write the adapter into the folder `out` in PEFT's format, after a fresh process has loaded and compared it.

    Raises ProblemError for what the user can fix; ExpertsMissingError or UnprovenError, leaving nothing at `out`,
    when what was written is not what was trained.
    """
    with fresh_folder(out, progress) as partial:
        config = source.config | {"base_model_name_or_path": portable_base(source)}
        if _is_hub(source):
            config["revision"] = source.model.revision
        with writing(out):
            weights = source.folder / WEIGHTS
            copy_file(weights, partial / WEIGHTS, ByteCount(progress, "Writing the adapter", weights.stat().st_size))
            (partial / CONFIG).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            counted = count_file(partial, config)
            (partial / "README.md").write_text(readme(source, config, counted), encoding="utf-8", newline="\n")
            write_manifest(partial, (CONFIG, WEIGHTS))
        found = prove(source, partial, progress, "peft")
        for name in ("routers", "experts", "tensors", "weights"):
            if found[name] != getattr(counted, name):
                raise ExpertsMissingError(
                    f"{WEIGHTS} holds {getattr(counted, name)} {name}, but {found[name]} were loaded"
                )
        size = size_of(partial)
    verified = found | {"experts_per_layer": list(counted.experts_per_layer)}
    return Exported("peft", absolute_path(out), size, verified)


def load_peft(base: Any, folder: Path) -> Any:
    """The base with the adapter in `folder`, loaded as the README says."""
    return PeftModel.from_pretrained(base, folder)


def readme(source: AdapterSource, config: dict[str, Any], counted: FileCount) -> str:
    """How another program loads the folder, and what is in it."""
    method = str(config["peft_type"])
    package = _package(method)
    first = f"import {package}  # first: it makes {method} known to PEFT\n" if package else ""
    needs = (
        f"Needs MixLoRA Studio in the same Python (`pip install .` in its clone): importing `{package}` makes {method}"
        " known to PEFT, so it must come first.\n"
        if package
        else "Needs only PEFT.\n"
    )
    base = config["base_model_name_or_path"]
    routed = f"{counted.routers} routers over {counted.experts} experts in " if counted.routers else ""
    name = json.dumps(base, ensure_ascii=False)
    return f"""---
library_name: peft
tags: [{method.lower()}]
---
# {source.name}

A {method} adapter for `{base}` in PEFT's format: {routed}{counted.tensors} tensors with {counted.weights:,} weights.
Written by MixLoRA Studio {__version__}, after a fresh process had loaded it and compared its logits.

## Load it

{needs}
```python
{first}from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = {name}
tokenizer = AutoTokenizer.from_pretrained(base)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), "path/of/this/folder")
```
"""


def _package(method: str) -> str | None:
    """The package or module that registers a method with PEFT; None for PEFT's own."""
    config_class = PEFT_TYPE_TO_CONFIG_MAPPING.get(method)
    module = config_class.__module__ if config_class else ""
    return ".".join(module.split(".")[:3]) if module.startswith("studio.methods.") else None


def _is_hub(source: AdapterSource) -> bool:
    model = source.model.source
    return model != "demo" and not is_path(model) and model.count("/") == 1


def portable_base(source: AdapterSource) -> str:
    """The base as another machine finds it, if it can: a hub id, not a folder of this machine's cache."""
    return source.model.source if _is_hub(source) else str(source.config["base_model_name_or_path"])
