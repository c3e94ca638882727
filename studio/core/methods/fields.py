"""The recipe fields that several methods share, each declared once, and what PEFT calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from studio.core.methods.allowed import Allowed, Flag, Number, allowed_by
from studio.core.methods.method import Finding
from studio.core.recipe_table import Table, shown
from studio.core.words import mark, tr


class ExpertFields(Table):
    """How many experts a routed layer has, and how many of them see a token."""

    experts: int = Field(
        8,
        ge=2,
        le=256,
        title=mark("Experts"),
        description=mark("Experts in each routed layer."),
        json_schema_extra=shown(
            found=mark(
                "In our laboratory MixLoRA with four, and LoRA's own rank in the attention, learned more than with"
                " eight of as many weights."
            )
        ),
    )
    top_k: int = Field(
        2,
        ge=1,
        le=256,
        title=mark("Experts for each token"),
        description=mark("Experts that each token is sent to."),
        json_schema_extra=shown(found=mark("In our laboratory two of MixLoRA's eight learned no less than all eight.")),
    )


class LowRankFields(Table):
    """The low-rank pairs that every method trains."""

    rank: int = Field(
        16,
        ge=1,
        le=1024,
        title=mark("Rank"),
        description=mark("Rank of every low-rank pair (moelora: of all its experts)."),
    )
    alpha: float = Field(
        32,
        gt=0,
        le=8192,
        title=mark("Strength (alpha)"),
        description=mark("Scaling numerator: updates are scaled by alpha / rank."),
        json_schema_extra=shown(
            found=mark("In our laboratory MixLoRA with a fivefold alpha learned no more, and at a lower learning rate.")
        ),
    )
    dropout: float = Field(
        0.05, ge=0, lt=1, title=mark("Dropout"), description=mark("Dropout before the low-rank pair, in training only.")
    )


class BalanceFields(Table):
    """The loss that keeps a router from preferring a few experts."""

    balance: float = Field(
        0.01,
        ge=0,
        le=10,
        title=mark("Balance of the experts"),
        description=mark(
            "Weight of the load-balance loss, which weighs each step with the experts' loads of the last one."
        ),
        json_schema_extra=shown(
            found=mark("In our laboratory MixLoRA learned alike with 0.01 and 0.1, and less with 0.001 or 0.")
        ),
    )


class RankStabilisedFields(Table):
    """rsLoRA's scaling."""

    rank_stabilised: bool = Field(
        False,
        title=mark("Rank-stabilised scaling"),
        description=mark("Scale updates by alpha / sqrt(rank) (rsLoRA), which suits high ranks."),
        json_schema_extra=shown(advanced=True),
    )


class TargetFields(Table):
    """Which projections are adapted."""

    targets: Literal["all"] | list[str] = Field(
        "all",
        title=mark("Adapted projections"),
        description=mark('Adapted projections: "all", or names such as ["q_proj", "up_proj"].'),
    )


def range_of(table: type[Table], field: str) -> Number:
    """The range of a recipe's field that is a number."""
    found = allowed_by(table.model_fields[field])
    assert isinstance(found, Number)
    return found


LOW_RANK_KEYS = {"r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout"}

# Wider than a recipe: PEFT bounds neither, and an adapter from elsewhere may be larger than what is trained here.
STORED_RANK = replace(range_of(LowRankFields, "rank"), high=4096)
LOW_RANK_OWN: dict[str, Allowed] = {"r": STORED_RANK, "lora_alpha": replace(range_of(LowRankFields, "alpha"), high=1e6)}

# What only the library sets.
ROUTED_OWN: dict[str, Allowed] = {"router_init_range": Number(0, 100, above=True), "whole_logits": Flag()}


def stored_experts(least: int) -> Number:
    """How many experts a stored adapter may have: a recipe's most, and at least `least`."""
    return replace(range_of(ExpertFields, "experts"), low=least)


def too_few_experts(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Find a token that would be sent to more experts than its layer has."""
    top_k, listed = values["top_k"], values.get("layer_experts")
    fewest = min(listed or [values["experts"]])
    if top_k > fewest:
        yield Finding(
            "top_k",
            tr("{top_k} experts for each token, but a layer has only {n}.", top_k=top_k, n=fewest)
            if listed
            else tr("{top_k} experts for each token, but there are {n}.", top_k=top_k, n=fewest),
            tr(
                "Set top_k to {n} or less, or {field} to {top_k} or more.",
                n=fewest,
                field="layer_experts" if listed else "experts",
                top_k=top_k,
            ),
        )
