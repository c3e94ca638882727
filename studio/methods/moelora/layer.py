"""A frozen linear projection with LoRA's pair beside it, whose rank is divided among routed experts."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.methods.mixlora.record import ForwardRecord
from studio.methods.moelora.config import MoeLoraConfig
from studio.methods.moelora.contrastive import chosen_tokens, contrastive_loss, normalised
from studio.methods.moelora.losses import AttachTerms
from studio.methods.moelora.memory import ContrastiveMemory, Remembered
from studio.methods.moelora.router import Gates, Router, route
from studio.methods.moelora.sums import ProjectionSums, projection_sums


class MoeLoraLinear(nn.Module, BaseTunerLayer):
    """y = W x + s · B concat_e(g_e A_e dropout(x)) around a linear layer of any packing (METHODS.md section 3).

    The gates multiply the rank space, expert e its own r/E of it, so that all experts are one LoRA-sized product.
    `record` is shared with the tuner and with all other layers: it holds the batch's mask and takes the sums.
    """

    base_layer: nn.Module
    active_adapters: list[str]
    adapter_layer_names = ("lora_A", "lora_B", "lora_router")
    other_param_names = ("configs", "lora_dropout", "lora_memory")

    def __init__(self, base_layer: nn.Module) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.depth = 0  # its place among the adapted projections; the tuner numbers them
        self.in_features = int(cast(Any, base_layer).in_features)
        self.out_features = int(cast(Any, base_layer).out_features)
        self.lora_A = nn.ModuleDict()
        self.lora_B = nn.ModuleDict()
        self.lora_router = nn.ModuleDict()
        self.lora_dropout = nn.ModuleDict()
        self.lora_memory = nn.ModuleDict()
        self.configs: dict[str, MoeLoraConfig] = {}
        self.record = ForwardRecord()
        self.form_in_use = ""
        self._disable_adapters = False
        self.merged_adapters: list[str] = []

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
            "merge", "A MoELoRA projection cannot be merged into one matrix.", "Export the adapter as peft."
        )

    def unmerge(self) -> None:
        """Do nothing, since nothing is ever merged."""

    def chosen_adapter(self) -> str | None:
        """Return the one adapter in force here, or None for the plain base layer."""
        names = [name for name in self.active_adapters if name in self.lora_A]
        if self.disable_adapters or not names:
            return None
        if len(names) > 1:
            raise ProblemError.at(
                "set_adapter", f"{len(names)} MoELoRA adapters are active at once.", "Activate one at a time."
            )
        return names[0]

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Return the adapted projection [..., out] of x [batch, sequence, in] or [tokens, in]."""
        name = self.chosen_adapter()
        y = self.base_layer(x, *args, **kwargs)
        if name is None:
            return y
        config = self.configs[name]
        down, up = self.lora_A[name], self.lora_B[name]
        tokens = x.reshape(-1, x.shape[-1])
        gates = route(self.router(name)(tokens), config.top_k)
        dropped = self.lora_dropout[name](tokens)
        if not torch.is_autocast_enabled(x.device.type):
            dropped = dropped.to(down.weight.dtype)
        low = down(dropped).view(tokens.shape[0], config.num_experts, config.expert_rank)
        self.form_in_use = "rank-masked"
        # Scaled in the rank space, which is in / r times smaller than the output.
        scaled = (gates.dense * config.update_scaling).to(low.dtype)
        update = up((low * scaled[..., None]).flatten(1))
        y = y + update.view(y.shape).to(y.dtype)
        return self._note(name, x, gates, low, y)

    def _note(self, name: str, x: Tensor, gates: Gates, low: Tensor, y: Tensor) -> Tensor:
        """Leave this projection's sums in the record, once a forward; tie a recomputation to them."""
        record = self.record
        if record.traced and self.depth not in record.routing:
            record.routing[self.depth] = (gates.experts.detach(), gates.weights.detach())
        if not record.wanted:
            return y
        mask = record.mask_for(x)
        first = record.layers.get(self.depth)
        sums = projection_sums(gates, mask, record.groups_for(x), record.groups)
        if record.training and self.configs[name].contrastive_coef > 0:
            # A recomputation sees the memory as it was for the first pass, and leaves it alone.
            before = first.remembered if isinstance(first, ProjectionSums) else None
            sums.contrast, sums.floor, sums.remembered = self._contrast(name, gates, low, mask, before)
        if first is None:
            record.layers[self.depth] = sums
        elif torch.is_grad_enabled() and record.differentiable and not first.probability.requires_grad:
            return AttachTerms.apply(record, self.depth, y, sums.probability, sums.contrast)
        return y

    def _contrast(
        self, name: str, gates: Gates, low: Tensor, mask: Tensor | None, before: Remembered | None
    ) -> tuple[Tensor, Tensor, Remembered]:
        """Return (loss, floor, the memory as it was); the memory takes the pairs unless `before` is given."""
        config, memory = self.configs[name], self.memory(name)
        remembered = memory.recall() if before is None else before
        count, top_k = gates.experts.shape
        wanted = min(count, max(1, config.pairs // top_k)) if config.pairs else count
        indices, valid = chosen_tokens(mask, count, wanted, remembered.forwards)
        experts = gates.experts[indices].flatten()
        place = indices.repeat_interleave(top_k) * config.num_experts + experts
        vectors = low.reshape(-1, config.expert_rank).index_select(0, place)
        units, valid = normalised(vectors, valid.repeat_interleave(top_k))
        loss, floor = contrastive_loss(units, experts, valid, remembered, config.temperature)
        if before is None:
            memory.remember(units.detach(), experts, valid)
        return loss, floor, remembered

    def _move_adapter_to_device_of_base_layer(self, adapter_name: str, device: torch.device | None = None) -> None:
        """Move one adapter beside the base layer; A and B take its float type, router and memory stay float32."""
        found, dtype = BaseTunerLayer._get_base_layer_device_and_dtype(self, self.base_layer)
        if self.lora_A[adapter_name].weight.is_meta:
            return
        for part in (self.lora_A, self.lora_B):
            part[adapter_name].to(device or found, dtype if dtype is not None and dtype.is_floating_point else None)
        for other in (self.lora_router, self.lora_memory):
            other[adapter_name].to(device or found)
