"""Whether an adapter's tensors can belong to a base model, where nothing recorded which one it was trained on."""

from __future__ import annotations

import re
from pathlib import Path

from studio.core.foreign.safetensors_header import read_header
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.core.words import tr
from studio.planner import model_shape

# q_proj.lora_A.weight [rank, inputs], or lora_experts.up_proj_A [experts, rank, inputs]
_INPUT_SIDE = re.compile(r"\.(?P<linear>\w+?)(?:\.lora_A(?:\.\w+)?\.weight|_A)$")
_LAYER = re.compile(r"\.layers\.(\d+)\.")


def refuse_misfit(weights: Path, base: Path) -> None:
    """Raise ProblemError where an adapter's layers or widths are not those of the model at `base`; reads headers alone.

    A model whose shape is not known is not compared: loading the adapter does that.
    """
    entries = read_header(weights)
    try:
        shape = model_shape(ModelTable(source=str(base)))
    except ProblemError:
        return
    inner = {linear.name.rsplit(".", 1)[-1] for linear in shape.linears if linear.inputs != shape.hidden}
    known = {linear.name.rsplit(".", 1)[-1] for linear in shape.linears} - inner
    for name, entry in entries.items():
        layer, side = _LAYER.search(name), _INPUT_SIDE.search(name)
        what = ""
        if layer and int(layer[1]) >= shape.layers:
            what = tr(
                "the adapter has a layer {layer}, and this model {layers} layers", layer=layer[1], layers=shape.layers
            )
        elif side and side["linear"] in known and entry.shape[-1] != shape.hidden:
            width = entry.shape[-1]
            what = tr(
                "the adapter is for a width of {width:,}, and this model's is {own:,}", width=width, own=shape.hidden
            )
        if what:
            raise ProblemError.at(
                str(base), tr("{sentence}.", sentence=what), tr("Name the model that the adapter was trained on.")
            )
