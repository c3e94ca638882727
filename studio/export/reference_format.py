"""The reference's format, for `mixlora` and `moe-peft`: written, read back in a fresh process, and compared."""

from __future__ import annotations

import json
from pathlib import Path

from studio.core.absolute_path import absolute_path
from studio.core.atomic_file import size_of
from studio.core.methods.mixlora import MIXLORA
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.export.export_folder import Exported, Progress, fresh_folder, untold, writing
from studio.export.model_card import Card, write_card
from studio.export.proof import prove
from studio.methods.mixlora.reference_format import CONFIG, Written, write_reference
from studio.models.adapter_source import AdapterSource
from studio.models.load_adapter import adapter_alone


def export_reference(source: AdapterSource, out: Path, progress: Progress = untold) -> Exported:
    """Write a MixLoRA adapter into the folder `out` as the reference programs read it, proved in a fresh process.

    Raises ProblemError where the format cannot hold what was trained; UnprovenError, leaving nothing at `out`, when
    what was written computes something else.
    """
    kind = source.config["peft_type"]
    if kind != MIXLORA.adapter.kind:
        raise ProblemError.at(
            "--to reference",
            tr("the reference format holds {title}, not {kind}.", title=MIXLORA.title, kind=kind),
            tr("Export to peft instead."),
        )
    with fresh_folder(out, progress) as partial:
        progress(tr("Writing the adapter"))
        model = adapter_alone(source)
        with writing(out):
            written = write_reference(model, partial)
            config = json.loads((partial / CONFIG).read_text(encoding="utf-8"))
            config["base_model_name_or_path"] = source.base.name
            (partial / CONFIG).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            write_card(partial, source, _card(source, written))
        verified = prove(source, partial, progress, "reference")
        size = size_of(partial)
    return Exported("reference", absolute_path(out), size, verified)


def _card(source: AdapterSource, written: Written) -> Card:
    base = source.base.name
    summary = (
        f"A MixLoRA adapter for `{base}` in the format of the packages `mixlora` and `moe-peft`: {written.routers}"
        f" routers, {written.experts} expert tensors and {written.attention} tensors of the attention, float32."
    )
    here = (
        ""
        if source.base.is_hub
        else f"\n`{base}` must be a folder where you start it: the package takes the name for a path."
    )
    use = f"""With `mixlora` 0.2.3:{here}

```python
from mixlora import MixLoraModelForCausalLM

model, config = MixLoraModelForCausalLM.from_pretrained("path/of/this/folder")
```
"""
    return Card(MIXLORA.name, summary, use, tags=("moe",))
