"""The frozen base divided over a crew (FSDP2): each process keeps its part, and gathers a layer while it is computed.

Only the decoder's layers are divided. What is trained stays whole in every process, as without it, and so do
embeddings and head, which the loss reads outside of the model's forward: gradients, checkpoints and the adapter are the
same as ever.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.causal import decoder_of
from studio.training.crew.crew import Crew


def shard_base(model: Any, crew: Crew, device: torch.device) -> None:
    """Divide the frozen layers of an adapted model over the crew, each process's part on `device`.

    Raises ProblemError for packed weights, which cannot be divided, and where cards cannot exchange the parts.
    """
    if device.type == "cuda" and not dist.is_nccl_available():
        raise ProblemError.at(
            "machine.shard",
            tr(
                "this build of torch has no NCCL, over which cards exchange the parts of a divided model (on Windows"
                " none has)."
            ),
            tr("Set machine.shard to false, or take a smaller model or precision."),
        )
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    trained = {each for each in model.parameters() if each.requires_grad}
    layers = decoder_layers(model)
    inside = {each for layer in layers for each in layer.parameters()}
    if odd := [each for each in inside - trained if not each.is_floating_point()]:
        raise ProblemError.at(
            "machine.shard",
            tr("weights held as {kind} cannot be divided over processes.", kind=odd[0].dtype),
            tr('Set model.precision to "bf16", or machine.shard to false.'),
        )
    with torch.no_grad():
        for each in [*trained, *(each for each in model.parameters() if each not in inside)]:
            each.data = each.data.to(device)
        for module in model.modules():
            for name, buffer in module.named_buffers(recurse=False):
                setattr(module, name, buffer.to(device))
    mesh = init_device_mesh(device.type, (crew.count,))
    for layer in layers:
        # The last layer's weights, which backward begins with, are let go too: a layer's worth is what the plan counts.
        fully_shard(layer, mesh=mesh, reshard_after_forward=True, ignored_params=trained)


def decoder_layers(model: Any) -> list[nn.Module]:
    """The layers of the text decoder: its longest list of modules."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    _, decoder = decoder_of(base)
    lists = [each for each in decoder.modules() if isinstance(each, nn.ModuleList)]
    return sorted(map(list, lists), key=len)[-1]
