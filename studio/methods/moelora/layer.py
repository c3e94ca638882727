"""A frozen linear projection with LoRA's pair beside it, whose rank is divided among routed experts."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from studio.core.methods.moelora import MOELORA
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.moelora.config import MoeLoraConfig
from studio.methods.moelora.losses import AttachTerms
from studio.methods.moelora.memory import ContrastiveMemory
from studio.methods.moelora.product import routed_update
from studio.methods.moelora.sums import ProjectionSums
from studio.methods.moelora.tokens import ForwardTokens
from studio.methods.routed_layer import RoutedLayer
from studio.methods.step_sums import pairs_of


class Router(nn.Module):
    """One projection's router: weight [experts, in] in float32, without bias; `product` computes with it.

    `last_loads` [experts] is the gate weight that each expert got of a token on average over the last optimiser step,
    zeros before the first: a buffer that a run's checkpoints keep, adapters not.
    """

    last_loads: Tensor

    def __init__(self, inputs: int, experts: int, init_range: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, inputs, dtype=torch.float32))
        nn.init.normal_(self.weight, std=init_range)
        self.register_buffer("last_loads", torch.zeros(experts, dtype=torch.float32), persistent=False)


class MoeLoraLinear(RoutedLayer):
    """y = W x + s · B concat_e(g_e A_e dropout(x)) around a linear layer of any packing.

    The gates multiply the rank space, expert e its own r/E of it, so that all experts are one LoRA-sized product.
    `tokens`, shared with the tuner and all other layers as `record` is, holds what follows from the mask alone.
    """

    method = MOELORA.title
    adapter_layer_names = ("lora_A", "lora_B", "lora_router")
    other_param_names = ("configs", "lora_dropout", "lora_memory")

    def __init__(self, base_layer: nn.Module) -> None:
        super().__init__(base_layer, depth=0)  # its place among the adapted projections; the tuner numbers them
        self.in_features = int(cast(Any, base_layer).in_features)
        self.out_features = int(cast(Any, base_layer).out_features)
        self.lora_A = nn.ModuleDict()
        self.lora_B = nn.ModuleDict()
        self.lora_router = nn.ModuleDict()
        self.lora_dropout = nn.ModuleDict()
        self.lora_memory = nn.ModuleDict()
        self.tokens = ForwardTokens(self.record, torch.zeros((), dtype=torch.int64))

    def update_layer(self, adapter_name: str, config: MoeLoraConfig) -> None:
        """Add one more adapter, on the base layer's device: A Kaiming-uniform(√5), B zero, so that nothing changes."""
        self.configs[adapter_name] = config
        down = nn.Linear(self.in_features, config.r, bias=False)
        up = nn.Linear(config.r, self.out_features, bias=False)
        nn.init.kaiming_uniform_(down.weight, a=math.sqrt(5))
        nn.init.zeros_(up.weight)
        self.lora_A[adapter_name], self.lora_B[adapter_name] = down, up
        self.lora_router[adapter_name] = Router(self.in_features, config.num_experts, config.router_init_range)
        self.lora_dropout[adapter_name] = nn.Dropout(config.lora_dropout) if config.lora_dropout else nn.Identity()
        self.lora_memory[adapter_name] = ContrastiveMemory(config.num_experts, config.memory, config.expert_rank)
        self._move_adapter_to_device_of_base_layer(adapter_name)
        BaseTunerLayer.set_adapter(self, self.active_adapters, inference_mode=config.inference_mode)

    def router(self, adapter_name: str) -> Router:
        """Return one adapter's router."""
        return cast(Router, self.lora_router[adapter_name])

    def memory(self, adapter_name: str) -> ContrastiveMemory:
        """Return one adapter's memory of vectors."""
        return cast(ContrastiveMemory, self.lora_memory[adapter_name])

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Refuse: the gates depend on the token, so no single matrix holds the experts."""
        raise ProblemError.at(
            "merge", tr("A MoELoRA projection cannot be merged into one matrix."), tr("Export the adapter as peft.")
        )

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Return the adapted projection [..., out] of x [batch, sequence, in] or [tokens, in]."""
        name = self.chosen_adapter()
        y = self.base_layer(x, *args, **kwargs)
        if name is None:
            return y
        config, record = self.configs[name], self.record
        tokens = x.reshape(-1, x.shape[-1])
        dropped = self.lora_dropout[name](tokens) if self.training and config.lora_dropout else None
        shared = self.tokens.of(x, config)
        weights = self._weights(name)
        barred = record.barred_in(self.depth, tokens)
        found = routed_update(
            tokens, dropped, weights, config.top_k, config.update_scaling, shared.mask, shared.indices, barred
        )
        self.form_in_use = "rank-masked"
        y = y + found.update.view(y.shape).to(y.dtype)
        if record.traced and self.depth not in record.routing:
            # A gate of 0 is that of a barred expert, where fewer than k were left.
            experts = found.experts if barred is None else found.experts.masked_fill(found.weights == 0, -1)
            record.routing[self.depth] = (experts, found.weights)
        if not record.wanted:
            return y
        counted = record.paired and self.depth not in record.layers
        pairs = pairs_of(found.experts, config.num_experts, shared.mask) if counted else None
        sums = ProjectionSums(found.gate_sums, found.picked, found.experts, shared, pairs)
        layers: dict[int, Any] = record.layers
        first = layers.setdefault(self.depth, sums)
        recomputed = first is not sums
        if recomputed and torch.is_grad_enabled() and record.differentiable and not first.probability.requires_grad:
            return AttachTerms.apply(record, self.depth, y, sums.probability, sums.picked)
        return y

    def _weights(self, name: str) -> tuple[Tensor, Tensor, Tensor]:
        down, up = cast(nn.Linear, self.lora_A[name]), cast(nn.Linear, self.lora_B[name])
        return down.weight, up.weight, self.router(name).weight

    def _move_adapter_to_device_of_base_layer(self, adapter_name: str, device: torch.device | None = None) -> None:
        """Move one adapter beside the base layer; A and B take its float type, router and memory stay float32."""
        found, dtype = BaseTunerLayer._get_base_layer_device_and_dtype(self, self.base_layer)
        if self.lora_A[adapter_name].weight.is_meta:
            return
        for part in (self.lora_A, self.lora_B):
            part[adapter_name].to(device or found, dtype if dtype is not None and dtype.is_floating_point else None)
        for other in (self.lora_router, self.lora_memory):
            other[adapter_name].to(device or found)
