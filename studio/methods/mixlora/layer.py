"""The feed-forward with its router and experts, as a PEFT layer around the model's own frozen one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from studio.core.methods.mixlora import MIXLORA
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.forward_record import BatchTokens, ForwardRecord
from studio.methods.mixlora.activation import kind_of
from studio.methods.mixlora.call import Experts, LowRank, Settings, draw_seed
from studio.methods.mixlora.config import MixLoraConfig
from studio.methods.mixlora.dora import Magnitudes, dora_mixture
from studio.methods.mixlora.feedforward import FeedForward
from studio.methods.mixlora.forms.choice import FORMS, choose_form, chunk_tokens
from studio.methods.mixlora.forms.loop import loop_mixture
from studio.methods.mixlora.forms.proof import Case, Widths
from studio.methods.mixlora.frozen import dense_weight, keep_layout
from studio.methods.mixlora.function import mixture, mixture_parts
from studio.methods.mixlora.losses import AttachSums
from studio.methods.mixlora.router import (
    Router,
    Routing,
    Sequences,
    route_switch,
    route_top_k,
    route_top_p,
    without_barred,
)
from studio.methods.mixlora.sums import layer_sums
from studio.methods.routed_layer import RoutedLayer
from studio.methods.step_sums import pairs_of


class ExpertBank(nn.Module):
    """All experts of one feed-forward for one adapter.

    For each adapted projection p: parameters `p_A` [experts, rank, in] and `p_B` [experts, out, rank];
    A Kaiming-uniform(√5) per expert, B zero, so that the adapted model starts as the base exactly.
    MixDoRA adds `p_M` [experts, out], the magnitudes, which start as the row norms of the frozen weight.
    """

    def __init__(
        self, feed_forward: FeedForward, projections: list[str], experts: int, rank: int, magnitudes: bool
    ) -> None:
        super().__init__()
        for name in projections:
            inputs, outputs = feed_forward.shape_of(name)
            a = torch.empty(experts, rank, inputs)
            # kaiming_uniform_(a=√5) of each expert's [rank, in] matrix is U(-1/√in, 1/√in).
            nn.init.uniform_(a, -1.0 / math.sqrt(inputs), 1.0 / math.sqrt(inputs))
            self.register_parameter(f"{name}_A", nn.Parameter(a))
            self.register_parameter(f"{name}_B", nn.Parameter(torch.zeros(experts, outputs, rank)))
            if magnitudes:
                self.register_parameter(f"{name}_M", nn.Parameter(torch.ones(experts, outputs)))

    def pair(self, projection: str | None) -> LowRank | None:
        """Return the experts' pair of one projection, or None where it is not adapted."""
        if projection is None or f"{projection}_A" not in self._parameters:
            return None
        return LowRank(getattr(self, f"{projection}_A"), getattr(self, f"{projection}_B"))

    def magnitude(self, projection: str | None) -> Tensor | None:
        """Return the experts' magnitudes of one projection, or None where it has none."""
        return None if projection is None else self._parameters.get(f"{projection}_M")

    @torch.no_grad()
    def start_magnitudes(self, base_layer: nn.Module) -> None:
        """Set every magnitude to the row norm of the frozen weight, so that W' is W at the start."""
        for key, parameter in self.named_parameters():
            if key.endswith("_M") and not parameter.is_meta:
                weight = dense_weight(base_layer.get_submodule(key[:-2]), torch.float32)
                parameter.copy_(weight.norm(dim=1).expand_as(parameter))


class MixLoraFeedForward(RoutedLayer):
    """A frozen feed-forward whose tokens are routed over LoRA experts (studio/methods/README.md)."""

    method = MIXLORA.title
    computes_frozen = True
    adapter_layer_names = ("lora_router", "lora_experts")
    other_param_names = ("configs", "scaling")

    def __init__(self, base_layer: nn.Module, feed_forward: FeedForward, depth: int) -> None:
        super().__init__(base_layer, depth)
        keep_layout(base_layer)
        self.feed_forward = feed_forward
        self.lora_router = nn.ModuleDict()
        self.lora_experts = nn.ModuleDict()
        self.scaling: dict[str, float] = {}

    @property
    def recomputes_a_part(self) -> bool:
        """Whether an adapter has magnitudes, whose products are computed again."""
        return any(config.use_dora for config in self.configs.values())

    def update_layer(self, adapter_name: str, config: MixLoraConfig, projections: list[str]) -> None:
        """Add the router and experts of one more adapter, on the base layer's device."""
        experts, rank = config.experts_of(self.depth), config.rank_of(self.depth)
        self.configs[adapter_name] = config
        self.scaling[adapter_name] = self._scaling(config, rank)
        self.lora_router[adapter_name] = Router(
            self.feed_forward.hidden, experts, config.router_init_range, config.balance_bias_rate > 0
        )
        bank = ExpertBank(self.feed_forward, projections, experts, rank, config.use_dora)
        bank.start_magnitudes(self.base_layer)
        self.lora_experts[adapter_name] = bank
        self._move_adapter_to_device_of_base_layer(adapter_name)
        BaseTunerLayer.set_adapter(self, self.active_adapters, inference_mode=config.inference_mode)

    def _scaling(self, config: MixLoraConfig, rank: int) -> float:
        if config.use_goat_scaling:
            return math.sqrt(3.0 * self.feed_forward.hidden / rank)
        return config.lora_alpha / (math.sqrt(rank) if config.use_rslora else rank)

    def scaling_of(self, adapter_name: str, projection: str) -> float:
        """Return s in W v + s · B A v of one projection; with GOAT's scaling the last one has its own."""
        scaling = self.scaling[adapter_name]
        if self.configs[adapter_name].use_goat_scaling and projection == self.feed_forward.last:
            return scaling * math.sqrt(self.feed_forward.inner / self.feed_forward.hidden)
        return scaling

    def router(self, adapter_name: str) -> Router:
        """Return one adapter's router."""
        return cast(Router, self.lora_router[adapter_name])

    def bank(self, adapter_name: str) -> ExpertBank:
        """Return one adapter's experts."""
        return cast(ExpertBank, self.lora_experts[adapter_name])

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Refuse: experts depend on the token, so no single matrix holds them."""
        raise ProblemError.at(
            "merge",
            tr("A MixLoRA feed-forward cannot be merged into one matrix."),
            tr("Export it as a MoE checkpoint."),
        )

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Return the routed feed-forward's output for x [batch, sequence, hidden] or [tokens, hidden]."""
        name = self.chosen_adapter()
        if name is None:
            return self.base_layer(x, *args, **kwargs)
        config = self.configs[name]
        record = self.record
        if self.training and config.jitter_noise > 0:
            x = x * torch.empty_like(x).uniform_(1 - config.jitter_noise, 1 + config.jitter_noise)
        tokens = x.reshape(-1, x.shape[-1])
        batch = record.tokens_of(x, torch.promote_types(x.dtype, torch.float32))
        routing = self._route(name, tokens, batch.mask, self._sequences(record, x))
        y = self._mix(name, tokens, routing)
        y = self._note(record, routing, batch, config.router_z_loss_coef > 0, y)
        return y.view(x.shape)

    @property
    def shares_products(self) -> bool:
        """Whether the adapter in force leaves its frozen products to another: see `begin_shared`."""
        name = self.chosen_adapter()
        if name is None:
            return False
        config = self.configs[name]
        jittered = self.training and config.jitter_noise > 0
        return not config.use_dora and config.form != "loop" and not jittered

    def begin_shared(
        self, x: Tensor, gate: Tensor, up: Tensor | None, down_bias: Tensor | None
    ) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """Do what `forward` does for x [batch, sequence, hidden], except for the frozen products.

        gate, up: the first ones' [batch, sequence, inner]. Returns what the last one is to be applied to [batch,
        sequence, inner], and a function that makes this layer's output of that product, its bias included.
        """
        name = self.chosen_adapter()
        assert name is not None
        record, config = self.record, self.configs[name]
        tokens = x.reshape(-1, x.shape[-1])
        batch = record.tokens_of(x, torch.promote_types(x.dtype, torch.float32))
        routing = self._route(name, tokens, batch.mask, self._sequences(record, x))
        form, settings, low = self._chosen(name, tokens, routing)
        inner = gate.shape[-1]
        total, rest = mixture_parts(
            FORMS[form], settings, tokens, gate.reshape(-1, inner), None if up is None else up.reshape(-1, inner),
            down_bias, routing.experts, routing.weights, low,
        )  # fmt: skip

        def finish(product: Tensor) -> Tensor:
            y = self._keep_unchanged(tokens, routing, product.reshape(rest.shape).to(rest.dtype) + rest)
            return self._note(record, routing, batch, config.router_z_loss_coef > 0, y).view(x.shape)

        return total.view(*x.shape[:-1], inner), finish

    @staticmethod
    def _sequences(record: ForwardRecord, x: Tensor) -> Sequences:
        rows = record.rows_for(x)
        if rows is None or record.row_groups is None:
            return Sequences(x.shape[0] if x.dim() == 3 else 1)
        return Sequences(len(record.row_groups), rows)

    def _route(self, name: str, tokens: Tensor, mask: Tensor | None, sequences: Sequences) -> Routing:
        logits, bias = self.router(name)(tokens), self.router(name).selection_bias
        barred = self.record.barred_in(self.depth, logits)
        if barred is None:
            return self._choose(name, logits, bias, mask, sequences)
        logits = logits.index_fill(-1, barred, float("-inf"))
        bias = None if bias is None else bias.index_fill(-1, barred, float("-inf"))
        return without_barred(self._choose(name, logits, bias, mask, sequences), barred)

    def _choose(
        self, name: str, logits: Tensor, bias: Tensor | None, mask: Tensor | None, sequences: Sequences
    ) -> Routing:
        config = self.configs[name]
        if config.routing_strategy == "mixlora-switch":
            return route_switch(logits, config.expert_capacity, sequences, mask)
        if config.routing_strategy == "mixlora-dynamic":
            return route_top_p(logits, config.top_p, bias)
        return route_top_k(logits, config.top_k, bias)

    def _mix(self, name: str, tokens: Tensor, routing: Routing) -> Tensor:
        if self.configs[name].use_dora:
            low = self._low_rank(name)
            self.form_in_use = "dora"
            settings = self._settings(name, tokens, tokens.shape[0])
            y = dora_mixture(tokens, routing.experts, routing.weights, low, self._magnitudes(name), settings)
            return self._keep_unchanged(tokens, routing, y)
        form, settings, low = self._chosen(name, tokens, routing)
        if form == "loop" or not len(tokens):  # the others walk over blocks, and there are none
            self.form_in_use = "loop"
            y = loop_mixture(tokens, routing.experts, routing.weights, low, settings)
        else:
            y = mixture(FORMS[form], settings, tokens, routing.experts, routing.weights, low)
        return self._keep_unchanged(tokens, routing, y)

    def _chosen(self, name: str, tokens: Tensor, routing: Routing) -> tuple[str, Settings, Experts]:
        """Return the form in which the tokens are computed, and what it is given."""
        low = self._low_rank(name)
        settings = self._settings(name, tokens, chunk_tokens(tokens.is_cuda), routing.all_used)
        case = self._case(low, settings, routing.experts.shape[1])
        form, self.fallback = choose_form(self.configs[name].form, tokens.device, case, self._widths)
        self.form_in_use = form
        return form, settings, low

    @property
    def _widths(self) -> Widths:
        return Widths(self.feed_forward.hidden, self.feed_forward.inner)

    def _case(self, low: Experts, settings: Settings, slots: int) -> Case:
        shape = self.feed_forward
        pairs = (low.gate, low.up, low.down)
        return Case(
            dtype=settings.base_dtype,
            activation=kind_of(shape.activation),
            slots=slots,
            experts=settings.experts,
            rank=next(pair.A.shape[1] for pair in pairs if pair is not None),
            gated=shape.kind != "plain",
            adapted=(low.gate is not None, low.up is not None, low.down is not None),
            dropout=settings.dropout > 0,
            whole_lines=shape.inner % 16 == 0,
        )

    @staticmethod
    def _keep_unchanged(tokens: Tensor, routing: Routing, y: Tensor) -> Tensor:
        if routing.unchanged is None:
            return y
        return torch.where(routing.unchanged[:, None], tokens.to(y.dtype), y)

    def _settings(self, name: str, tokens: Tensor, chunk: int, all_used: bool = False) -> Settings:
        config = self.configs[name]
        dropout = config.lora_dropout if self.training else 0.0
        device = tokens.device.type
        dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else tokens.dtype
        return Settings(
            matrices=lambda dtype: self.feed_forward.matrices(self.base_layer, dtype),
            activation=self.feed_forward.activation,
            experts=config.experts_of(self.depth),
            scaling=self.scaling[name],
            dropout=dropout,
            seed=draw_seed() if dropout else 0,
            chunk=chunk,
            base_dtype=dtype,
            all_used=all_used,
        )

    def _low_rank(self, name: str) -> Experts:
        bank, shape = self.bank(name), self.feed_forward
        first, last = bank.pair(shape.first), bank.pair(shape.last)
        own = self.scaling_of(name, shape.last) / self.scaling[name]
        if last is not None and own != 1.0:
            last = LowRank(last.A, last.B * own)  # the forms know one scaling for all three projections
        if shape.kind == "fused" and first is not None:
            # One pair over the stacked matrix: both halves share its A.
            halves = first.B.split(shape.inner, dim=1)
            return Experts(LowRank(first.A, halves[0]), LowRank(first.A, halves[1]), last)
        return Experts(first, bank.pair(shape.up), last)

    def _magnitudes(self, name: str) -> Magnitudes:
        bank, shape = self.bank(name), self.feed_forward
        first, last = bank.magnitude(shape.first), bank.magnitude(shape.last)
        if shape.kind == "fused" and first is not None:
            halves = first.split(shape.inner, dim=1)
            return Magnitudes(halves[0], halves[1], last)
        return Magnitudes(first, bank.magnitude(shape.up), last)

    def _note(self, record: ForwardRecord, routing: Routing, batch: BatchTokens, with_z: bool, y: Tensor) -> Tensor:
        """Leave this layer's sums in the record, once a forward; tie a recomputation to them."""
        if record.traced and self.depth not in record.routing:
            record.routing[self.depth] = (routing.experts.detach(), routing.weights.detach())
        if not record.wanted:
            return y
        # Summed again in a recomputation: non-re-entrant checkpointing wants the same tensors saved again.
        sums = layer_sums(routing, batch, record.bins, with_z)
        first = record.layers.setdefault(self.depth, sums)
        recomputed = first is not sums
        if record.paired and not recomputed:
            sums.pairs = pairs_of(routing.experts, sums.probability.shape[0], batch.keep)
        if recomputed and torch.is_grad_enabled() and record.differentiable and not first.probability.requires_grad:
            return AttachSums.apply(record, self.depth, y, sums.probability, sums.z)
        return y

    def _move_adapter_to_device_of_base_layer(self, adapter_name: str, device: torch.device | None = None) -> None:
        """Move one adapter beside the base layer; experts take its float type, the router stays float32."""
        first = self.base_layer.get_submodule(self.feed_forward.first)
        found, dtype = BaseTunerLayer._get_base_layer_device_and_dtype(self, first)
        router, bank = self.router(adapter_name), self.bank(adapter_name)
        if any(parameter.is_meta for parameter in bank.parameters()):
            return
        router.to(device or found)
        bank.to(device or found, dtype if dtype is not None and dtype.is_floating_point else None)
