"""What a MoELoRA adapter is: PEFT's LoraConfig, the router's fields and those of the two extra losses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from peft import LoraConfig

from studio.core.methods.moelora import MOELORA
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.words import tr
from studio.methods.config_fields import config_problems, stored_values
from studio.methods.registration import add_peft_type


@dataclass
class MoeLoraConfig(LoraConfig):
    """Settings of MoELoRA (studio/methods/README.md).

    `r` is the total rank of each adapted projection: expert e owns r / num_experts rows of A and columns of B, so
    that there are LoRA's trainable parameters at rank r, and the routers'. Updates are scaled by
    lora_alpha / (r / num_experts). Without `target_modules` PEFT's own choice for the model is taken, which is the
    paper's for most: the query and value projections.
    Raises ProblemError, naming every field that is out of the range that `studio.core.methods.moelora` declares.
    """

    num_experts: int = field(default=8, metadata={"help": "Experts in each adapted projection; 2 or more."})
    top_k: int = field(default=2, metadata={"help": "Experts that each token is sent to; 2 to num_experts."})
    balance_coef: float = field(default=0.01, metadata={"help": "Weight of the load-balance loss; 0 to 10."})
    contrastive_coef: float = field(default=0.01, metadata={"help": "Weight of the contrastive loss; 0 to 10."})
    temperature: float = field(default=0.07, metadata={"help": "Temperature of the contrastive loss; 0.01 to 10."})
    memory: int = field(
        default=128, metadata={"help": "Earlier vectors of each expert that are contrasted with; 0 or more."}
    )
    pairs: int = field(
        default=128,
        metadata={
            "help": "(Token, expert) pairs of one forward that are contrasted in each layer, spread evenly over its"
            " tokens; 0 takes all of them, in chunks."
        },
    )
    router_init_range: float = field(
        default=0.02, metadata={"help": "Standard deviation of the router's first weights; above 0."}
    )

    whole_logits: bool = field(
        default=False,
        metadata={
            "help": "Return logits in training mode too, where labels are given; costs tokens x vocabulary of memory."
        },
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = add_peft_type(MOELORA.adapter.kind)
        ProblemError.raise_any(self._problems())

    @property
    def expert_rank(self) -> int:
        """Rank of one expert: its share of r."""
        return self.r // self.num_experts

    @property
    def update_scaling(self) -> float:
        """The factor s in W x + s · B concat_e(g_e A_e x); rsLoRA divides by the root of the expert's rank."""
        return self.lora_alpha / (math.sqrt(self.expert_rank) if self.use_rslora else self.expert_rank)

    def experts_of(self, depth: int) -> int:
        """Return the number of experts of any adapted projection: all have the same."""
        return self.num_experts

    @classmethod
    def of(cls, table: MethodTable) -> MoeLoraConfig:
        """Return the config of a recipe's [method] table."""
        return cls(**stored_values(MOELORA, table))

    def _problems(self) -> Iterator[Problem]:
        yield from config_problems(self, MOELORA)
        if self.use_dora:
            yield Problem(
                "MoeLoraConfig.use_dora", tr("MoELoRA has no DoRA magnitudes."), tr("Leave it out, or use dora.")
            )
        if self.rank_pattern or self.alpha_pattern:
            yield Problem(
                "MoeLoraConfig.rank_pattern",
                tr("Ranks per module are not supported."),
                tr("Choose one r for all targets."),
            )
