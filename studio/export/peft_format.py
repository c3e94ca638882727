"""PEFT's format, ours too: the adapter with every expert and router, a README that says how to load it, and a proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from peft import PeftModel
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import size_of
from studio.core.words import tr
from studio.export.count import ExpertsMissingError, FileCount, count_file
from studio.export.export_folder import ByteCount, Exported, Progress, copy_file, fresh_folder, untold, writing
from studio.export.model_card import Card, write_card
from studio.export.proof import prove
from studio.models.adapter_source import CONFIG, WEIGHTS, AdapterSource
from studio.models.manifest import write_manifest
from studio.report.use import peft_use


def export_peft(source: AdapterSource, out: Path, progress: Progress = untold) -> Exported:
    """Write the adapter into the folder `out` in PEFT's format, after a fresh process has loaded and compared it.

    Raises ProblemError for what the user can fix; ExpertsMissingError or UnprovenError, leaving nothing at `out`,
    when what was written is not what was trained.
    """
    with fresh_folder(out, progress) as partial:
        config = portable_config(source)
        with writing(out):
            weights = source.folder / WEIGHTS
            copy_file(
                weights, partial / WEIGHTS, ByteCount(progress, tr("Writing the adapter"), weights.stat().st_size)
            )
            (partial / CONFIG).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            counted = count_file(partial, config)
            write_card(partial, source, _card(source, config, counted))
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


def portable_config(source: AdapterSource) -> dict[str, Any]:
    """The adapter's config with its base named as every machine calls it, never by a path of this one."""
    base = source.base
    return source.config | {"base_model_name_or_path": base.name, "revision": base.revision if base.is_hub else None}


def load_peft(base: Any, folder: Path) -> Any:
    """The base with the adapter in `folder`, loaded as the README says."""
    return PeftModel.from_pretrained(base, folder)


def _card(source: AdapterSource, config: dict[str, Any], counted: FileCount) -> Card:
    """How another program loads the folder, and what is in it."""
    method = str(config["peft_type"])
    use = peft_use(source.base, method, _package(method))
    base = config["base_model_name_or_path"]
    routed = f"{counted.routers} routers over {counted.experts} experts in " if counted.routers else ""
    summary = (
        f"A {method} adapter for `{base}` in PEFT's format: {routed}{counted.tensors} tensors with"
        f" {counted.weights:,} weights."
    )
    said = f"""{use.needs}

```python
{use.python}
```

Or in MixLoRA Studio: `mixlora-studio chat path/of/this/folder`.
"""
    return Card("peft", summary, said, tags=("moe",) if counted.routers else ())


def _package(method: str) -> str | None:
    """The package or module that registers a method with PEFT; None for PEFT's own."""
    config_class = PEFT_TYPE_TO_CONFIG_MAPPING.get(method)
    module = config_class.__module__ if config_class else ""
    return ".".join(module.split(".")[:3]) if module.startswith("studio.methods.") else None
