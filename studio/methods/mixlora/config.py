"""What a MixLoRA adapter is: PEFT's LoraConfig and the router's fields under the reference's names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from peft import LoraConfig

from studio.core.methods.mixlora import MIXLORA, STRATEGIES
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.words import tr
from studio.methods.config_fields import config_problems, stored_values
from studio.methods.registration import add_peft_type


@dataclass
class MixLoraConfig(LoraConfig):
    """Settings of MixLoRA; names as in the reference's adapter_config.json, where it has the field.

    `r`, `lora_alpha`, `lora_dropout`, `target_modules`, `use_dora` and `use_rslora` are LoraConfig's own and
    hold for the experts and, unless `attention_r` says otherwise, for the attention's plain LoRA. Without
    `target_modules` every linear projection of attention and feed-forward is adapted.
    Raises ProblemError, naming every field that is out of the range that `studio.core.methods.mixlora` declares.
    """

    num_experts: int = field(default=8, metadata={"help": "Experts in each feed-forward; 1 or more."})
    top_k: int = field(default=2, metadata={"help": "Experts that each token is sent to; 1 to num_experts."})
    routing_strategy: str = field(
        default=STRATEGIES["top-k"],
        metadata={"help": "mixlora (top-k), mixlora-dynamic (top-p) or mixlora-switch (top-1 with capacity)."},
    )
    router_aux_loss_coef: float = field(
        default=0.01, metadata={"help": "Weight of the load-balance loss; 0 to 10, 0 leaves it out."}
    )
    router_z_loss_coef: float = field(
        default=0.0, metadata={"help": "Weight of the router's z-loss (mean squared logsumexp); 0 to 1."}
    )
    router_init_range: float = field(
        default=0.02, metadata={"help": "Standard deviation of the router's first weights; above 0."}
    )
    jitter_noise: float = field(
        default=0.0, metadata={"help": "In training, x is multiplied by U(1-j, 1+j); 0 to 0.5."}
    )
    balance_scope: str = field(
        default="layer",
        metadata={"help": "layer: each layer balances for itself; pooled: all layers' tokens in one."},
    )
    balance_bias_rate: float = field(
        default=0.0,
        metadata={"help": "Step of the loss-free balancing bias that only selection sees; 0 (off) to 0.1."},
    )
    top_p: float = field(
        default=0.8, metadata={"help": "mixlora-dynamic: probability that the chosen experts reach; 0 to 1."}
    )
    expert_capacity: int = field(
        default=32, metadata={"help": "mixlora-switch: tokens of one sequence that an expert takes; 1 or more."}
    )
    attention_r: int | None = field(
        default=None, metadata={"help": "Rank of the attention's LoRA where it differs from r; 1 or more."}
    )
    attention_alpha: float | None = field(
        default=None, metadata={"help": "lora_alpha of the attention's LoRA where it differs; above 0."}
    )
    use_goat_scaling: bool = field(
        default=False,
        metadata={
            "help": "Scale experts by sqrt(3 · inputs / r) instead of by lora_alpha (GOAT, arXiv 2502.16894); "
            "the attention's LoRA keeps its own scaling."
        },
    )
    layer_experts: list[int] | None = field(
        default=None, metadata={"help": "Experts of each feed-forward, first layer first, instead of num_experts."}
    )
    layer_ranks: list[int] | None = field(
        default=None, metadata={"help": "Rank of each feed-forward's experts, first layer first, instead of r."}
    )
    whole_logits: bool = field(
        default=False,
        metadata={
            "help": "Return logits in training mode too, where labels are given; costs tokens x vocabulary of memory."
        },
    )
    form: str = field(
        default="auto", metadata={"help": "How experts are computed: auto, fused, sorted, masked or loop."}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = add_peft_type(MIXLORA.adapter.kind)
        ProblemError.raise_any(self._problems())

    def to_dict(self) -> dict[str, Any]:
        """Return all fields; the form is left to the machine that the adapter is read on."""
        return super().to_dict() | {"form": "auto"}

    def experts_of(self, depth: int) -> int:
        """Return the number of experts of the feed-forward at this depth, counted from 0."""
        return self.layer_experts[depth] if self.layer_experts is not None else self.num_experts

    def rank_of(self, depth: int) -> int:
        """Return the rank of the experts of the feed-forward at this depth, counted from 0."""
        return self.layer_ranks[depth] if self.layer_ranks is not None else self.r

    @classmethod
    def of(cls, table: MethodTable) -> MixLoraConfig:
        """Return the config of a recipe's [method] table."""
        own: dict[str, Any] = {"routing_strategy": STRATEGIES[table.routing]}
        if table.attention_rank is not None:
            ratio = table.attention_rank / table.rank  # the alpha that gives the attention the experts' scaling
            own["attention_alpha"] = table.alpha * (ratio**0.5 if table.rank_stabilised else ratio)
        return cls(**stored_values(MIXLORA, table) | own)

    def _problems(self) -> Iterator[Problem]:
        yield from config_problems(self, MIXLORA)
        if self.rank_pattern or self.alpha_pattern:
            yield Problem(
                "MixLoraConfig.rank_pattern",
                tr("Ranks by pattern are not supported."),
                tr("Use layer_ranks and attention_r."),
            )
