"""MoELoRA (arXiv 2402.12851): LoRA's own rank divided among routed experts, drawn apart by a contrastive loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from studio.core.methods.fields import (
    LOW_RANK_KEYS,
    LOW_RANK_OWN,
    ROUTED_OWN,
    BalanceFields,
    ExpertFields,
    LowRankFields,
    TargetFields,
    stored_experts,
    too_few_experts,
)
from studio.core.methods.method import AdapterFile, Becomes, Finding, FlooredLoss, Method, allowed_in
from studio.core.recipe_table import Table, shown
from studio.core.words import mark, tr


class ContrastFields(Table):
    """The contrastive loss, which draws the experts apart."""

    contrastive: float = Field(
        0.01,
        ge=0,
        le=10,
        title=mark("Contrastive"),
        description=mark(
            "Weight of the contrastive loss, which draws the experts apart; 0 leaves it out. It compares within"
            " the rows computed at once, so its result depends on micro_batch."
        ),
        json_schema_extra=shown(found=mark("In our laboratory MoELoRA learned no more with it than without.")),
    )
    temperature: float = Field(
        0.07,
        ge=0.01,
        le=10,
        title=mark("Temperature"),
        description=mark("Temperature of the contrastive loss: lower minds the nearest vectors more."),
        json_schema_extra=shown(advanced=True),
    )
    memory: int = Field(
        128,
        ge=0,
        le=65_536,
        title=mark("Earlier vectors"),
        description=mark("Earlier vectors of each expert that the contrastive loss compares with."),
        json_schema_extra=shown(mark("vectors"), advanced=True),
    )
    pairs: int = Field(
        128,
        ge=0,
        le=1_048_576,
        title=mark("Contrasted pairs"),
        description=mark(
            "(Token, expert) pairs contrasted in each layer and forward, spread evenly; 0 takes all of them. Several"
            " processes choose them together, as one would that computes all their rows at once; of packed rows each"
            " chooses its own."
        ),
        json_schema_extra=shown(advanced=True),
    )


LEAST_SHARE = 2  # of the rank, for each expert: the normalised output of an expert of rank 1 is 1 or -1


def _impossible(values: Mapping[str, Any]) -> Iterator[Finding]:
    yield from too_few_experts(values)
    rank, experts = values["rank"], values["experts"]
    share, rest = divmod(rank, experts)
    if rest or share < LEAST_SHARE:
        yield Finding(
            "rank",
            tr(
                "moelora splits rank {rank} over {experts} experts; each needs a whole share of "
                "{least_share} or more, since experts of rank 1 have nothing to contrast.",
                rank=rank,
                experts=experts,
                least_share=LEAST_SHARE,
            ),
            tr(
                "Set rank to a multiple of {experts}, at least {least_share}.",
                experts=experts,
                least_share=LEAST_SHARE * experts,
            ),
        )
    if values["top_k"] == 1:
        yield Finding(
            "top_k",
            tr(
                "moelora's gates are a softmax over the chosen experts only: with one it is always 1, so that the"
                " router would learn nothing from the answers."
            ),
            tr("Set top_k to 2 or more."),
        )


_BECOMES = Becomes(
    no_reference=mark("the reference's format holds MixLoRA's experts only"),
    no_experts=mark("MoELoRA routes inside each projection, which no stock architecture does"),
    no_merged=mark("MoELoRA's experts depend on the token, so that no single matrix holds them"),
)

_TABLES = (ExpertFields, LowRankFields, BalanceFields, ContrastFields, TargetFields)
_KEYS = LOW_RANK_KEYS | {
    "num_experts": "experts",
    "top_k": "top_k",
    "balance_coef": "balance",
    "contrastive_coef": "contrastive",
    "temperature": "temperature",
    "memory": "memory",
    "pairs": "pairs",
}

MOELORA = Method(
    name="moelora",
    title="MoELoRA",
    colour=3,
    routed=True,
    tables=_TABLES,
    impossible=_impossible,
    becomes=lambda values: _BECOMES,
    losses=(
        # Its floor moves, as it counts the vectors that the memory has gathered by then.
        FlooredLoss(
            "contrastive",
            mark("Contrastive loss"),
            mark("It draws the experts apart; it cannot fall below its floor, and far above it they are alike"),
            mark("the mean ln(positives)"),
        ),
    ),
    adapter=AdapterFile(
        kind="MOELORA",
        fields=_KEYS,
        required=("r", "lora_alpha", "target_modules", "num_experts", "top_k"),
        allowed=allowed_in(
            _TABLES,
            _KEYS,
            LOW_RANK_OWN | ROUTED_OWN | {"num_experts": stored_experts(2)},
        ),
    ),
)
