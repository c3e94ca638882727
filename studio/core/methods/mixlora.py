"""MixLoRA (arXiv 2404.15159): a router over LoRA experts on every feed-forward, plain LoRA in the attention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from studio.core.methods.allowed import Number, Numbers, Words
from studio.core.methods.fields import (
    LOW_RANK_KEYS,
    LOW_RANK_OWN,
    ROUTED_OWN,
    STORED_RANK,
    BalanceFields,
    ExpertFields,
    LowRankFields,
    RankStabilisedFields,
    TargetFields,
    range_of,
    stored_experts,
    too_few_experts,
)
from studio.core.methods.method import AdapterFile, Becomes, Finding, Method, allowed_in
from studio.core.recipe_table import Table, shown
from studio.core.words import mark, tr

_RANK, _ALPHA = range_of(LowRankFields, "rank"), range_of(LowRankFields, "alpha")


class RoutingFields(Table):
    """How MixLoRA's router chooses, how it is kept in balance, and whether experts have magnitudes."""

    routing: Literal["top-k", "top-p", "switch"] = Field(
        "top-k",
        title=mark("Routing"),
        description=mark("How experts are chosen: the k best, the fewest that reach top_p, or one with a capacity."),
        json_schema_extra=shown(advanced=True),
    )
    top_p: float = Field(
        0.8,
        gt=0,
        le=1,
        title=mark("Top p"),
        description=mark("Probability that the experts chosen by top-p routing reach."),
        json_schema_extra=shown(advanced=True),
    )
    capacity: int = Field(
        32,
        ge=1,
        le=1_048_576,
        title=mark("Capacity"),
        description=mark("Tokens of one row that an expert takes under switch routing; the rest pass unchanged."),
        json_schema_extra=shown(mark("tokens"), advanced=True),
    )
    balance_scope: Literal["layer", "pooled"] = Field(
        "layer",
        title=mark("Balance scope"),
        description=mark(
            "Each layer balances for itself, or all layers together within the rows computed at once, as in the"
            " reference; the result then depends on micro_batch."
        ),
        json_schema_extra=shown(
            advanced=True,
            found=mark("In our laboratory pooled balance left MixLoRA's experts as uneven as a weight of 0.001."),
        ),
    )
    balance_bias: float = Field(
        0.0,
        ge=0,
        le=0.1,
        title=mark("Balance bias"),
        description=mark("Step of the loss-free balancing bias, which only selection sees; 0 leaves it out."),
        json_schema_extra=shown(
            advanced=True, found=mark("In our laboratory 0.001 in place of the balance loss learned less.")
        ),
    )
    z_loss: float = Field(
        0.0,
        ge=0,
        le=1,
        title=mark("Z loss"),
        description=mark("Weight of the router's z-loss, which keeps its logits small; 0 leaves it out."),
        json_schema_extra=shown(advanced=True),
    )
    jitter: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title=mark("Jitter"),
        description=mark("In training the routed input is multiplied by a random factor this far from 1."),
        json_schema_extra=shown(advanced=True),
    )
    magnitudes: bool = Field(
        False,
        title=mark("Magnitudes"),
        description=mark("Train DoRA's magnitudes in every expert too (MixDoRA), which takes longer."),
        json_schema_extra=shown(advanced=True),
    )
    form: Literal["auto", "fused", "masked", "sorted"] = Field(
        "auto",
        title=mark("Form"),
        description=mark(
            "How experts are computed, equal but for rounding: by kernels of our own, by plain products of all"
            " experts, or sorted by expert. Auto takes the faster on a card, and sorts on a processor."
        ),
        json_schema_extra=shown(advanced=True),
    )


class SingleLayerFields(Table):
    """GOAT's scaling, and what may differ between the attention and the layers' experts."""

    goat_scaling: bool = Field(
        False,
        title=mark("Goat scaling"),
        description=mark(
            "Scale experts by sqrt(3 x inputs / rank) instead of by alpha (GOAT); alpha is then unused there."
        ),
        json_schema_extra=shown(advanced=True),
    )
    attention_rank: int | None = Field(
        None,
        ge=_RANK.low,
        le=_RANK.high,
        title=mark("Attention rank"),
        description=mark("Rank in the attention where it differs from the experts'; its scaling stays the experts'."),
        json_schema_extra=shown(
            advanced=True,
            found=mark("In our laboratory MixLoRA came nearest to LoRA with LoRA's own rank here and four experts."),
        ),
    )
    layer_experts: list[int] | None = Field(
        None,
        title=mark("Layer experts"),
        description=mark("Experts of each layer, first layer first, instead of the one number for all."),
        json_schema_extra=shown(advanced=True),
    )
    layer_ranks: list[int] | None = Field(
        None,
        title=mark("Layer ranks"),
        description=mark("Rank of each layer's experts, first layer first, instead of the one rank for all."),
        json_schema_extra=shown(advanced=True),
    )


STRATEGIES = {"top-k": "mixlora", "top-p": "mixlora-dynamic", "switch": "mixlora-switch"}
"""The reference's word for each routing."""

FORMS = ("auto", "fused", "sorted", "masked", "loop")
"""How the experts may be computed; the last is for comparison, and no recipe takes it."""


# Tokens walked at a time, on a CPU and on a card: enough for the frozen products to run at full speed, few enough that
# the dozen [tokens, inner] tensors alive inside one pass stay small beside what is kept between the passes.
STRETCH, STRETCH_CUDA = 1024, 2048

# The fused kernels: what a tensor core takes at least (smaller ranks are filled with zeros), and most experts a token.
LEAST_RANK, MOST_SLOTS = 16, 4


def _impossible(values: Mapping[str, Any]) -> Iterator[Finding]:
    yield from too_few_experts(values)
    if values["balance_scope"] == "pooled" and len(set(values["layer_experts"] or [0])) > 1:
        yield Finding(
            "balance_scope",
            tr("pooled balance needs the same number of experts in every layer."),
            tr('Choose "layer", or equal layer_experts.'),
        )
    if values["goat_scaling"] and values["rank_stabilised"]:
        yield Finding(
            "goat_scaling",
            tr("GOAT's and rsLoRA's scaling exclude each other."),
            tr("Choose goat_scaling or rank_stabilised."),
        )


def _cautions(values: Mapping[str, Any]) -> Iterator[Finding]:
    if values["routing"] == "top-k" and values["top_k"] == 1:
        yield Finding(
            "top_k",
            tr("the weight of a token's only expert is always 1, so the answers teach the router nothing."),
            tr('Set top_k to 2 or more, or routing to "switch", whose router learns from the answers too.'),
        )


def _becomes(values: Mapping[str, Any]) -> Becomes:
    """What other programs can hold: top-k routing without a bias, and the same number of experts in every layer."""
    routing = values["routing"]
    stock = ""
    if routing in ("top-p", STRATEGIES["top-p"]):
        stock = tr("top-p routing gives each token as many experts as it needs, and stock architectures a fixed number")
    elif routing in ("switch", STRATEGIES["switch"]):
        stock = tr(
            "switch routing lets tokens over an expert's capacity pass unchanged, which no stock architecture does"
        )
    elif values["balance_bias"]:
        stock = tr("loss-free balancing chooses experts by a bias, which no stock router around this base has")
    elif len(set(values["layer_experts"] or [0])) > 1:
        stock = tr("its layers differ in their number of experts, and a stock architecture has one for all")
    reference = stock or (
        tr("the reference's format has no place for MixDoRA's magnitudes") if values["magnitudes"] else ""
    )
    return Becomes(reference, stock, tr("MixLoRA's experts depend on the token, so that no single matrix holds them"))


FEW_EXPERTS = 4


def _measured(values: Mapping[str, Any], tasks: int) -> str:
    """What tests/bench/learning found; its numbers are those of the tables "one", "methods" and "time"."""
    if tasks == 1:
        return tr("One task: in our laboratory LoRA learned it as well, and it is simpler (tests/bench/learning).")
    if max(values["layer_experts"] or [values["experts"]]) > FEW_EXPERTS:
        return tr(
            "With as many trained weights, eight experts learned less than LoRA in our laboratory, and four beside"
            " LoRA's own rank in the attention as much (tests/bench/learning)."
        )
    return tr(
        "With as many trained weights, LoRA learned as well as four experts in as many steps in our laboratory, and"
        " more in equal time (tests/bench/learning)."
    )


_TABLES = (
    ExpertFields,
    LowRankFields,
    BalanceFields,
    RoutingFields,
    RankStabilisedFields,
    SingleLayerFields,
    TargetFields,
)
_KEYS = LOW_RANK_KEYS | {
    "num_experts": "experts",
    "top_k": "top_k",
    "router_aux_loss_coef": "balance",
    "routing_strategy": "routing",
    "top_p": "top_p",
    "expert_capacity": "capacity",
    "balance_scope": "balance_scope",
    "balance_bias_rate": "balance_bias",
    "router_z_loss_coef": "z_loss",
    "jitter_noise": "jitter",
    "use_dora": "magnitudes",
    "use_rslora": "rank_stabilised",
    "use_goat_scaling": "goat_scaling",
    "form": "form",
    "attention_r": "attention_rank",
    "layer_experts": "layer_experts",
    "layer_ranks": "layer_ranks",
}
_EXPERTS = stored_experts(1)  # one, which the library allows, is LoRA with a router that has no choice

MIXLORA = Method(
    name="mixlora",
    title="MixLoRA",
    colour=0,
    routed=True,
    tables=_TABLES,
    impossible=_impossible,
    cautions=_cautions,
    becomes=_becomes,
    measured=_measured,
    adapter=AdapterFile(
        kind="MIXLORA",
        fields=_KEYS,
        required=("r", "lora_alpha", "target_modules", "num_experts", "top_k", "routing_strategy"),
        allowed=allowed_in(
            _TABLES,
            _KEYS,
            LOW_RANK_OWN
            | ROUTED_OWN
            | {
                "num_experts": _EXPERTS,
                "routing_strategy": Words(tuple(STRATEGIES.values())),
                "attention_r": STORED_RANK,
                # A recipe's alpha at most, times the attention's rank over the experts'.
                "attention_alpha": Number(0, _ALPHA.high * _RANK.high, above=True),
                "layer_experts": Numbers(_EXPERTS),
                "layer_ranks": Numbers(STORED_RANK),
                "form": Words(FORMS),
            },
        ),
        banks=True,
    ),
)
